//! The root of subscriptions, and what their fields share.
//!
//! The executor would keep what the caller may do and what time it is from the start of a stream to its end. So a field of a
//! subscription is resolved again and again, each time in an execution of its own: once at the start, when it says what it listens
//! to; whenever what the caller may do is looked at anew; and once for each event. [`Turn`] tells it which it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Context, MergedSubscription};
use futures_util::stream::{self, Iter};
use tokio::time::Instant;

use super::errors::ApiError;
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::events::cursor::Cursor;
use crate::events::hub::{Follower, concerns_access};
use crate::events::log::{Entry, Reading};
use crate::features::cases::graphql::CaseSubscription;
use crate::features::changes::subscriptions::ChangeSubscription;
use crate::features::influence::graphql::InfluenceSubscription;
use crate::features::recovery::graphql::RecoverySubscription;

/// What can be followed. Each event says the cursor after it: with it as `after`, another subscription goes on where this one
/// ended, without a gap and without repeating anything.
#[derive(MergedSubscription, Default)]
pub struct Subscription(ChangeSubscription, CaseSubscription, InfluenceSubscription, RecoverySubscription);

/// The most entries that are gathered into one event.
const MOST_GATHERED: usize = 200;

/// Why a field of a subscription is resolved this time.
pub enum Turn {
    /// A stream begins: the field leaves what it listens to.
    Start(Slot),
    /// It is only to be seen whether the caller may still follow.
    Check,
    /// Something happened that the field listens to.
    Event(Arc<Happened>),
}

/// What a field answers with in one turn: something, or nothing.
pub type Told<T> = Iter<std::option::IntoIter<T>>;

/// What a field that has its answer for this turn returns.
///
/// # Errors
/// The error that the field met.
pub fn told<T>(answer: Result<Option<T>>) -> Result<Told<T>, ApiError> {
    Ok(stream::iter(answer?))
}

/// The turn that a field is resolved for.
pub fn turn<'a>(ctx: &Context<'a>) -> &'a Turn {
    ctx.data_unchecked()
}

/// What the caller may do in a community now.
///
/// # Errors
/// As [`OpContext::community`].
pub fn access<'a>(ctx: &Context<'a>, slug: &str) -> Result<&'a Access> {
    ctx.data_unchecked::<OpContext>().community(slug)
}

/// Begins to follow a community's log, after a cursor or from its present end.
///
/// # Errors
/// [`crate::error::Error::User`] at `after` for what is no cursor of this log, [`crate::error::Error::CursorExpired`] for one that
/// is too old; when the database fails.
pub async fn follow(ctx: &Context<'_>, access: &Access, after: Option<&str>) -> Result<Follower> {
    let community = access.community_id();
    let after = after.map(|text| Cursor::decode(text, community)).transpose()?;
    let app = ctx.data_unchecked::<App>();
    app.hub.follow(community, after.map(|cursor| cursor.seq)).await
}

/// Whether an actor may see an entry.
#[must_use]
pub fn may_see(access: &Access, entry: &Entry) -> bool {
    let reading = Reading {
        community: access.community_id(),
        permissions: access.permissions,
        clearance: access.clearance,
        types: None,
        subjects: None,
    };
    reading.shows(entry)
}

/// The cursor after an entry.
#[must_use]
pub fn cursor(entry: &Entry) -> String {
    Cursor::new(entry.community, entry.seq).encode()
}

/// Where a field leaves what it listens to.
#[derive(Clone, Default)]
pub struct Slot(Arc<Mutex<Option<Source>>>);

impl Slot {
    /// Leaves it.
    pub fn put(&self, source: Source) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
    }

    /// Takes what was left.
    #[must_use]
    pub fn take(&self) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Which entries of the log matter to a subscription, to whom it may be shown included.
type Wants = Box<dyn FnMut(&Access, &Entry) -> bool + Send>;

/// What a subscription heard.
#[derive(Debug)]
pub enum Heard {
    /// The entries of the next event.
    Entries(Vec<Arc<Entry>>),
    /// At this place in the log, what people may do has changed. Who listens is to be looked at before they hear of it, or of anything
    /// after it.
    AccessChanged(i64),
}

/// What a subscription listens to.
pub struct Source {
    slug: String,
    follower: Follower,
    /// An entry that waits until the caller was looked at.
    held: Option<Arc<Entry>>,
    wants: Wants,
    gathers: Option<Duration>,
    gathered: Vec<Arc<Entry>>,
    until: Option<Instant>,
}

impl Source {
    /// Listens to the entries of a community that `wants` picks, one event for each.
    #[must_use]
    pub fn new(slug: String, follower: Follower, wants: impl FnMut(&Access, &Entry) -> bool + Send + 'static) -> Self {
        Self {
            slug,
            follower,
            held: None,
            wants: Box::new(wants),
            gathers: None,
            gathered: Vec::new(),
            until: None,
        }
    }

    /// Makes one event of all that happens within `time` of the first.
    #[must_use]
    pub fn gathering(mut self, time: Duration) -> Self {
        self.gathers = Some(time);
        self
    }

    /// The community, by its slug.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Who follows.
    #[must_use]
    pub const fn follower(&self) -> &Follower {
        &self.follower
    }

    /// What comes next. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// As [`Follower::next`].
    pub async fn next(&mut self, access: &Access) -> Result<Heard> {
        loop {
            let until = self.until;
            let entry = match self.held.take() {
                Some(entry) => entry,
                None => tokio::select! {
                    biased;
                    () = at(until) => return Ok(self.take()),
                    entry = self.follower.next() => {
                        let entry = entry?;
                        if concerns_access(&entry) {
                            let place = entry.seq;
                            self.held = Some(entry);
                            return Ok(Heard::AccessChanged(place));
                        }
                        entry
                    }
                },
            };
            if !(self.wants)(access, &entry) {
                continue;
            }
            self.gathered.push(entry);
            match self.gathers {
                Some(time) if self.gathered.len() < MOST_GATHERED => {
                    self.until = self.until.or_else(|| Some(Instant::now() + time));
                }
                _ => return Ok(self.take()),
            }
        }
    }

    fn take(&mut self) -> Heard {
        self.until = None;
        Heard::Entries(std::mem::take(&mut self.gathered))
    }
}

/// Waits until an instant, for ever when there is none.
pub async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// What happened that a subscription listens to: at least one entry, in the order of the log.
pub struct Happened {
    entries: Vec<Arc<Entry>>,
    is_last: AtomicBool,
}

impl Happened {
    /// These entries came.
    #[must_use]
    pub const fn new(entries: Vec<Arc<Entry>>) -> Self {
        Self {
            entries,
            is_last: AtomicBool::new(false),
        }
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The last entry, after which another subscription goes on.
    #[must_use]
    pub fn last(&self) -> Option<&Arc<Entry>> {
        self.entries.last()
    }

    /// Ends the stream after this event.
    pub fn end(&self) {
        self.is_last.store(true, Ordering::Relaxed);
    }

    /// Whether the stream ends after this event.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_last.load(Ordering::Relaxed)
    }
}
