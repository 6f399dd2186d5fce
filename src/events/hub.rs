//! The hub: what was committed lately, held once for all who follow a community in this process.
//!
//! While anybody follows, one task per community reads what was committed and keeps the last entries in a ring. Whoever follows
//! is a cursor and nothing more: it takes its next entry from the ring, and reads pages of the log where the ring begins too late
//! for it. So nobody has a queue of their own, whoever is slow costs no memory, and whoever resumes from an old cursor catches up
//! without a gap and without seeing anything twice. The log is the truth; what wakes the task is only a hint.

mod ring;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use entity::CommunityId;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use self::ring::concerns_access;

use self::ring::{Found, Ring};
use super::cursor::Cursor;
use super::live::Live;
use super::log::{self, Entry};
use crate::db::Db;
use crate::error::{Error, Result};

/// So many entries at most are read at once to fill a ring.
const PAGE: u64 = 500;
/// So many at once for one who is behind the ring. After a restart that may be everybody.
const PAGE_BEHIND: u64 = 50;
/// So much of them, about, in bytes, is kept at a time: imports write entries that list thousands of records.
const BYTES_BEHIND: usize = 256 * 1024;
/// When nobody was woken for so long, the log is looked at anyway.
const UNWOKEN: Duration = Duration::from_secs(5);
/// A reader of a replica may be told of what it cannot see yet: it looks again after so long.
const LAG: Duration = Duration::from_millis(100);
/// How long to wait after the database failed, at first and at most.
const AFTER_FAULT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The hub of a process.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    live: Live,
    /// Rings are filled here, not where somebody first asked: that may end sooner.
    runtime: Handle,
    rings: Mutex<HashMap<CommunityId, Weak<Ring>>>,
}

impl Hub {
    /// A hub that holds nothing yet. To be called in the runtime that lives as long as the process.
    #[must_use]
    pub fn start(db: Db, live: Live) -> Self {
        Self(Arc::new(Inner {
            db,
            live,
            runtime: Handle::current(),
            rings: Mutex::default(),
        }))
    }

    /// Follows a community's log from a position, or from its present end.
    ///
    /// # Errors
    /// [`Error::CursorExpired`] when entries after the position were deleted; when the database fails.
    pub async fn follow(&self, community: CommunityId, after: Option<i64>) -> Result<Follower> {
        let inner = &self.0;
        let end = log::end(inner.db.read(), community).await?;
        if let Some(seq) = after {
            check(&inner.db, community, seq).await?;
        }
        let ring = inner.ring(community, end);
        Ok(Follower {
            db: inner.db.clone(),
            news: ring.news(),
            ring,
            at: after.unwrap_or(end),
            read: VecDeque::new(),
            page: PAGE_BEHIND,
        })
    }
}

impl Inner {
    /// The ring of a community; when nobody follows it yet, a new one that begins at `end`.
    fn ring(&self, community: CommunityId, end: i64) -> Arc<Ring> {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = rings.get(&community).and_then(Weak::upgrade) {
            return ring;
        }
        rings.retain(|_, ring| ring.strong_count() > 0);
        let ring = Arc::new(Ring::new(community, end));
        let wake = self.live.subscribe(community);
        let filling = self.runtime.spawn(fill(Arc::downgrade(&ring), self.db.clone(), wake));
        ring.ends(filling.abort_handle());
        rings.insert(community, Arc::downgrade(&ring));
        ring
    }
}

/// Fills a ring for as long as somebody follows.
async fn fill(ring: Weak<Ring>, db: Db, mut wake: watch::Receiver<i64>) {
    let mut pause = AFTER_FAULT.0;
    loop {
        wake.mark_unchanged();
        let Some(held) = ring.upgrade() else { return };
        let read = log::read_all(db.read(), held.community(), held.end(), PAGE).await;
        match read {
            Ok(entries) => {
                pause = AFTER_FAULT.0;
                let is_all = (entries.len() as u64) < PAGE;
                held.add(entries);
                let is_behind = *wake.borrow() > held.end();
                drop(held);
                if is_all {
                    let patience = if is_behind { LAG } else { UNWOKEN };
                    // Nobody to wake is as good as not being woken.
                    let woken = tokio::time::timeout(patience, wake.changed()).await;
                    if woken.is_ok_and(|woken| woken.is_err()) {
                        tokio::time::sleep(LAG).await;
                    }
                }
            }
            Err(error) => {
                drop(held);
                tracing::warn!(%error, "the change log cannot be read; whoever follows has to wait");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(AFTER_FAULT.1);
            }
        }
    }
}

/// Passes when nothing after a position was deleted.
async fn check(db: &Db, community: CommunityId, seq: i64) -> Result<()> {
    let floor = log::floor(db.read(), community).await?;
    Cursor::new(community, seq).check(floor)
}

/// One who follows a community's log.
pub struct Follower {
    db: Db,
    ring: Arc<Ring>,
    news: watch::Receiver<i64>,
    /// Everything up to here was given out.
    at: i64,
    /// Read from the database, because it is older than the ring.
    read: VecDeque<Arc<Entry>>,
    /// How much is read at once.
    page: u64,
}

impl Follower {
    /// The next entry, whoever may see it. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`Error::CursorExpired`] when entries were deleted before they were read; when the database fails: the same entry is asked
    /// for again then.
    pub async fn next(&mut self) -> Result<Arc<Entry>> {
        loop {
            // Whoever finds one entry after the other lets others have their turn, too.
            tokio::task::coop::consume_budget().await;
            if let Some(entry) = self.read.pop_front() {
                self.at = entry.seq;
                return Ok(entry);
            }
            self.news.mark_unchanged();
            match self.ring.after(self.at) {
                Found::Entry(entry) => {
                    self.at = entry.seq;
                    return Ok(entry);
                }
                Found::NotYet => {
                    let gone = |_gone| Error::internal("the hub is gone");
                    self.news.changed().await.map_err(gone)?;
                }
                Found::NoMore => self.read_page().await?,
            }
        }
    }

    /// Up to where this process knows the log.
    #[must_use]
    pub fn known_to(&self) -> i64 {
        self.ring.end()
    }

    /// Changes when anything was committed that concerns what people may do in the community.
    #[must_use]
    pub fn access_changes(&self) -> watch::Receiver<u64> {
        self.ring.access_changes()
    }

    async fn read_page(&mut self) -> Result<()> {
        let community = self.ring.community();
        let entries = log::read_all(self.db.read(), community, self.at, self.page).await?;
        // Asked afterwards: what was deleted while the page was read may be missing in it.
        check(&self.db, community, self.at).await?;
        if entries.is_empty() {
            // A replica that has not got so far.
            tokio::time::sleep(LAG).await;
        }
        let found = entries.len();
        self.read = kept(entries);
        // What is large comes in groups: what would not fit is not read in vain again.
        self.page = if self.read.len() < found {
            self.read.len() as u64
        } else {
            PAGE_BEHIND.min(self.page * 2)
        };
        Ok(())
    }
}

/// What is kept of a page until it is given out: at least one entry, and of what is large no more than fits. The rest is read again.
fn kept(entries: Vec<Entry>) -> VecDeque<Arc<Entry>> {
    let mut bytes = 0;
    let is_room = |entry: &Entry| {
        let is_room = bytes < BYTES_BEHIND;
        bytes += ring::weight(&entry.payload);
        is_room
    };
    entries.into_iter().take_while(is_room).map(Arc::new).collect()
}

#[cfg(test)]
mod tests {
    use entity::{Timestamp, Visibility};
    use serde_json::{Value, json};

    use super::*;

    fn page(numbers: impl IntoIterator<Item = i64>, payload: &Value) -> Vec<Entry> {
        let entry = |seq| Entry {
            community: CommunityId(1),
            seq,
            event_type: "case.opened".to_owned(),
            subject_type: "case".to_owned(),
            subject_id: 1,
            at: Timestamp::from_micros(0),
            actor: "staff:1".to_owned(),
            visibility: Visibility::Public,
            internal: false,
            payload: payload.clone(),
        };
        numbers.into_iter().map(entry).collect()
    }

    fn numbers(kept: &VecDeque<Arc<Entry>>) -> Vec<i64> {
        kept.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn of_what_is_large_little_is_kept_but_always_something() {
        assert_eq!(numbers(&kept(page([3, 4, 7], &json!({})))), [3, 4, 7]);
        assert!(kept(Vec::new()).is_empty());
        let large = json!({ "ids": vec![1_i64; 5_000] });
        let of_50 = numbers(&kept(page(1..=50, &large)));
        assert!((1..5).contains(&of_50.len()) && of_50.starts_with(&[1]), "{of_50:?}");
        let huge = json!({ "ids": vec![1_i64; 100_000] });
        assert_eq!(numbers(&kept(page([1, 2], &huge))), [1]);
    }
}
