//! Tells in the change log what became of scores: the keeper swaps rankings, and here they are compared with what was last told.
//!
//! One process does it at a time: whoever holds the lease, which is looked at again in every transaction that tells. What was told is
//! kept in a table, so that whoever takes over goes on where the other stopped. What is worth telling stands in [`super::marks`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{CommunityId, MemberId, Timestamp};

use super::keeper::Scope;
use super::marks::{Marks, Told, differences, note};
use super::snapshot::Snapshot;
use super::store;
use crate::app::App;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::events::{self, EventType, NewEvent};
use crate::leases;

/// The name of the lease.
const LEASE: &str = "scores";
/// How long it is held without being renewed, in microseconds: so long nobody tells after a process was killed.
const LEASE_MICROS: i64 = 10 * 1_000_000;
/// How often it is renewed at least.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// The shortest time between two rounds: a community is told of once in it.
const REST: Duration = Duration::from_secs(1);
/// How much is told in one transaction.
const BATCH: usize = 500;
/// A community of which nothing was told yet is taken as it is from so many members with a score on: an import or an upgrade
/// would be told as news of everybody.
const MANY_AT_FIRST: usize = 100;

/// Tells until the process stops.
pub async fn run(app: App) {
    let mut swaps = app.scores.swaps();
    let mut teller = Teller::default();
    loop {
        // What is swapped from here on is for the next round.
        swaps.mark_unchanged();
        if let Err(error) = teller.round(&app).await {
            // The database may be away for a while: nothing is lost, it is tried again.
            tracing::warn!(%error, "scores have to wait to be told");
            teller = Teller::default();
        }
        let goes_on = app.stopping.rest(REST).await;
        let goes_on = goes_on
            && tokio::select! {
                swapped = swaps.changed() => swapped.is_ok(),
                goes_on = app.stopping.rest(RENEW_EVERY - REST) => goes_on,
            };
        if !goes_on {
            teller.leave(&app).await;
            return;
        }
    }
}

/// Whether this process is the one that tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// Another one is.
    Lost,
    /// It is now: what was told by others has to be read.
    Taken,
    /// It still is.
    Kept,
}

/// What is known of a community.
struct Book {
    marks: Arc<Marks>,
    /// As of when the ranking was that was last looked at.
    seen: Option<Timestamp>,
}

/// Who tells, for as long as this process holds the lease.
#[derive(Default)]
pub struct Teller {
    books: HashMap<CommunityId, Book>,
    renewed: Option<Instant>,
}

impl Teller {
    /// Tells of all communities what there is to tell; how much that was. Nothing while another process does it.
    ///
    /// # Errors
    /// When the database fails. Then this teller does not know what was told, and another one must go on.
    pub async fn round(&mut self, app: &App) -> Result<usize> {
        let mut count = 0;
        if self.renew(app).await? == Hold::Lost {
            return Ok(count);
        }
        let now = app.clock.now();
        for community in store::communities(app.db.read()).await? {
            let ranking = app.scores.ranking(Scope { community, topic: None }, now).await?;
            // Reading many communities takes longer than the lease is held: what was read would be read anew, round after round.
            if self.renew(app).await? == Hold::Lost {
                break;
            }
            match self.tell(app, community, &ranking).await? {
                Some(told) => count += told,
                // Another process has taken over.
                None => break,
            }
        }
        Ok(count)
    }

    /// Takes or renews the lease.
    async fn renew(&mut self, app: &App) -> Result<Hold> {
        if self.renewed.is_some_and(|at| at.elapsed() < REST) {
            return Ok(Hold::Kept);
        }
        let started = Instant::now();
        let is_held = leases::hold(&app.db, LEASE, &app.process, app.clock.now(), LEASE_MICROS).await?;
        let was_held = self
            .renewed
            .is_some_and(|at| at.elapsed() < Duration::from_micros(LEASE_MICROS.unsigned_abs()));
        self.renewed = is_held.then_some(started);
        if is_held && was_held {
            return Ok(Hold::Kept);
        }
        // Somebody else may have told since: that is read.
        self.books.clear();
        Ok(if is_held { Hold::Taken } else { Hold::Lost })
    }

    /// Gives the lease back, so that another process need not wait for its end.
    async fn leave(&mut self, app: &App) {
        if self.renewed.take().is_some()
            && let Err(error) = leases::release(&app.db, LEASE, &app.process).await
        {
            tracing::debug!(%error, "the lease of scores runs out by itself");
        }
    }

    /// Tells of a community; how much, or `None` when the lease is lost.
    async fn tell(&mut self, app: &App, community: CommunityId, ranking: &Arc<Snapshot>) -> Result<Option<usize>> {
        let book = match self.books.remove(&community) {
            Some(book) if book.seen == Some(ranking.as_of) => {
                self.books.insert(community, book);
                return Ok(Some(0));
            }
            Some(book) => book,
            None => Book {
                marks: Arc::new(store::marks(app.db.read(), community).await?),
                seen: None,
            },
        };
        let told = compare(&book.marks, ranking).await?;
        let is_silent = book.marks.is_empty() && told.len() > MANY_AT_FIRST;
        let (mut marks, mut count) = (book.marks, 0);
        for batch in told.chunks(BATCH) {
            let written = match self.renew(app).await? {
                Hold::Kept => write(app, community, batch, is_silent).await?,
                Hold::Taken | Hold::Lost => None,
            };
            let Some(written) = written else {
                self.books.clear();
                self.renewed = None;
                return Ok(None);
            };
            note(Arc::make_mut(&mut marks), &written);
            count += written.len();
        }
        let seen = Some(ranking.as_of);
        self.books.insert(community, Book { marks, seen });
        Ok(Some(if is_silent { 0 } else { count }))
    }
}

/// Compares on a thread of its own: communities can be large.
async fn compare(marks: &Arc<Marks>, ranking: &Arc<Snapshot>) -> Result<Vec<Told>> {
    let (marks, ranking) = (Arc::clone(marks), Arc::clone(ranking));
    tokio::task::spawn_blocking(move || differences(&marks, &ranking))
        .await
        .map_err(Error::internal)
}

/// Writes what is told and that it was told; what that was. `None` when this process does not hold the lease any more.
async fn write(app: &App, community: CommunityId, batch: &[Told], is_silent: bool) -> Result<Option<Vec<Told>>> {
    let ctx = app.system("scores");
    let (ctx, holder): (&OpContext, &str) = (&ctx, &app.process);
    app.db
        .write(|tx: Tx| async move {
            if !leases::holds(&tx, LEASE, holder, ctx.now).await? {
                return Ok(None);
            }
            let members: Vec<MemberId> = batch.iter().map(|told| told.member).collect();
            let opted_out = store::opted_out(&tx, community, &members).await?;
            // The ranking may not know yet who said no: of them only is told that their score is gone.
            let may_be_told = |told: &Told| told.now.is_none() || !opted_out.contains(&told.member);
            let told: Vec<Told> = batch.iter().copied().filter(may_be_told).collect();
            store::write_marks(&tx, community, &told).await?;
            // What was told between their opting out and this is taken back, too.
            events::forget_scores(&tx, community, &opted_out).await?;
            if !is_silent {
                let event = |told: &Told| NewEvent::public(EventType::ScoreChanged, told.member.0, told.payload());
                events::append(&tx, ctx, community, told.iter().map(event).collect()).await?;
            }
            Ok(Some(told))
        })
        .await
}
