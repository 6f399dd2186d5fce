//! Waking those who wait for the log to go on.
//!
//! What is told here is only a hint: the log is the truth, and whoever is woken reads it. A hint comes from three sides: from this
//! process, when it has committed; from PostgreSQL, where every process announces what it committed; and from a look at the ends
//! of the logs once a second, which is enough by itself and only slower.
//!
//! Announcing is done after the commit and by one task: commits that notify wait for each other on the whole server, and writers
//! shall not.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use entity::CommunityId;
use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::store;
use crate::db::{Committed, Db};

/// The channel of PostgreSQL. Messages are `community:seq`.
const CHANNEL: &str = "rapport_log";
/// The shortest time between two announcements: what is committed meanwhile is announced together.
const ANNOUNCE_EVERY: Duration = Duration::from_millis(5);
/// How often the ends of the logs are looked at that somebody waits for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before listening again after it failed, at first and at most.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// Most requests of a process that may wait for the log to go on.
const MOST_WAITING: usize = 1_000;

/// Wakes whoever waits for the log of a community.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    ends: Mutex<HashMap<CommunityId, watch::Sender<i64>>>,
    /// Whether anybody ever waited: until then other processes are not listened to.
    wanted: watch::Sender<bool>,
    seats: Arc<Semaphore>,
}

impl Default for Live {
    /// One that is woken by nobody but [`Live::woke`].
    fn default() -> Self {
        Self(Arc::new(Inner {
            ends: Mutex::default(),
            wanted: watch::channel(false).0,
            seats: Arc::new(Semaphore::new(MOST_WAITING)),
        }))
    }
}

impl Live {
    /// Starts to follow this process, other processes and the log itself; ends when the last handle is dropped. `listen_url` is
    /// where PostgreSQL can be listened to: a connection of its own, without a pooler in between.
    #[must_use]
    pub fn start(db: &Db, listen_url: Option<String>) -> Self {
        let live = Self::default();
        let outgoing = Arc::new(Committed::default());
        tokio::spawn(follow_commits(db.committed(), Arc::clone(&outgoing), Arc::downgrade(&live.0)));
        tokio::spawn(look(db.clone(), Arc::downgrade(&live.0)));
        if db.backend() == DbBackend::Postgres {
            tokio::spawn(announce(db.clone(), outgoing, Arc::downgrade(&live.0)));
            if let Some(url) = listen_url {
                tokio::spawn(listen(url, Arc::downgrade(&live.0)));
            }
        }
        live
    }

    /// Wakes when the log of a community may have gone on. The value is the highest number known to be committed; 0 until one is.
    /// Subscribe first, then read the log, then wait: so nothing falls between.
    #[must_use]
    pub fn subscribe(&self, community: CommunityId) -> watch::Receiver<i64> {
        let receiver = {
            let mut ends = self.0.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.entry(community).or_insert_with(|| watch::channel(0).0).subscribe()
        };
        self.0.wanted.send_if_modified(|wanted| !std::mem::replace(wanted, true));
        receiver
    }

    /// The log of a community was seen to go this far.
    pub fn woke(&self, community: CommunityId, seq: i64) {
        self.0.woke(community, seq);
    }

    /// A seat for a request that wants to wait; `None` when too many wait already.
    #[must_use]
    pub fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.seats).try_acquire_owned().ok()
    }
}

impl Inner {
    fn woke(&self, community: CommunityId, seq: i64) {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = ends.get(&community) {
            end.send_if_modified(|known| {
                let is_news = seq > *known;
                *known = seq.max(*known);
                is_news
            });
        }
    }

    /// The database that is read from shows so much, which may be less than what was told before: who looked too early looks again.
    fn shows(&self, community: CommunityId, seq: i64) {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = ends.get(&community) {
            end.send_modify(|known| *known = seq.max(*known));
        }
    }

    /// The communities that somebody waits for; the others are forgotten.
    fn watched(&self) -> Vec<CommunityId> {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.retain(|_, end| end.receiver_count() > 0);
        ends.keys().copied().collect()
    }
}

/// Wakes by what this process commits, and hands it on to be announced.
async fn follow_commits(committed: Arc<Committed>, outgoing: Arc<Committed>, live: Weak<Inner>) {
    loop {
        let ends = tokio::time::timeout(LOOK_EVERY, committed.next()).await;
        let Some(live) = live.upgrade() else { return };
        let Ok(ends) = ends else { continue };
        for (community, seq) in &ends {
            live.woke(*community, *seq);
        }
        outgoing.add(ends);
    }
}

/// Announces to other processes what this one committed.
async fn announce(db: Db, outgoing: Arc<Committed>, live: Weak<Inner>) {
    let mut has_failed = false;
    while live.strong_count() > 0 {
        let Ok(ends) = tokio::time::timeout(LOOK_EVERY, outgoing.next()).await else {
            continue;
        };
        let messages = ends.iter().map(|(community, seq)| format!("{community}:{seq}")).collect();
        match db.notify(CHANNEL, messages).await {
            Ok(()) => has_failed = false,
            // Others see it when they next look.
            Err(error) if !has_failed => {
                has_failed = true;
                tracing::warn!(%error, "commits are not announced to other processes; they look once a second");
            }
            Err(_again) => {}
        }
        tokio::time::sleep(ANNOUNCE_EVERY).await;
    }
}

/// Looks at the ends of the logs that somebody waits for.
async fn look(db: Db, live: Weak<Inner>) {
    let mut seen: BTreeMap<CommunityId, i64> = BTreeMap::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(watched) = live.upgrade().map(|live| live.watched()) else {
            return;
        };
        if watched.is_empty() {
            seen.clear();
            continue;
        }
        // The database may be away for a while: whoever waits finds out by itself.
        let Ok(ends) = store::ends(db.read(), &watched).await else {
            continue;
        };
        let Some(live) = live.upgrade() else { return };
        for (community, seq) in &ends {
            if seen.get(community) != Some(seq) {
                live.shows(*community, *seq);
            }
        }
        seen = ends;
    }
}

/// Listens to what other processes announce, once anybody waits for anything here.
async fn listen(url: String, live: Weak<Inner>) {
    let wanted = live.upgrade().map(|live| live.wanted.subscribe());
    let Some(mut wanted) = wanted else { return };
    if wanted.wait_for(|wanted| *wanted).await.is_err() {
        return;
    }
    let (mut wait, mut has_failed) = (AGAIN_AFTER.0, false);
    while live.strong_count() > 0 {
        let error = match PgListener::connect(&url).await {
            Ok(mut listener) => match listener.listen(CHANNEL).await {
                Ok(()) => {
                    (wait, has_failed) = (AGAIN_AFTER.0, false);
                    hear(&mut listener, &live).await
                }
                Err(error) => Some(error),
            },
            Err(error) => Some(error),
        };
        let Some(error) = error else { return };
        if !has_failed {
            has_failed = true;
            tracing::warn!(%error, "other processes are not heard of at once; the log is looked at once a second");
        }
        tokio::time::sleep(wait).await;
        wait = AGAIN_AFTER.1.min(wait * 2);
    }
}

/// Wakes by what is heard; `None` when nobody is there to be woken any more, or why nothing is heard any more.
async fn hear(listener: &mut PgListener, live: &Weak<Inner>) -> Option<sea_orm::sqlx::Error> {
    loop {
        let heard = match listener.try_recv().await {
            Ok(heard) => heard,
            Err(error) => return Some(error),
        };
        let live = live.upgrade()?;
        // Nothing, when the connection was lost and is there again: what was said meanwhile is found by looking.
        if let Some((community, seq)) = heard.and_then(|message| read(message.payload())) {
            live.woke(community, seq);
        }
    }
}

fn read(message: &str) -> Option<(CommunityId, i64)> {
    let (community, seq) = message.split_once(':')?;
    Some((CommunityId(community.parse().ok()?), seq.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEA: CommunityId = CommunityId(1);
    const COFFEE: CommunityId = CommunityId(2);

    #[tokio::test]
    async fn whoever_waits_is_woken_by_their_own_log_only() {
        let live = Live::default();
        let (mut tea, coffee) = (live.subscribe(TEA), live.subscribe(COFFEE));
        live.woke(TEA, 5);
        live.woke(CommunityId(3), 6);
        tea.changed().await.unwrap();
        assert_eq!(*tea.borrow_and_update(), 5);
        assert!(!coffee.has_changed().unwrap());
    }

    #[tokio::test]
    async fn what_is_known_wakes_nobody_but_what_is_seen_does() {
        let live = Live::default();
        let mut tea = live.subscribe(TEA);
        live.woke(TEA, 5);
        tea.mark_unchanged();
        live.woke(TEA, 5);
        live.woke(TEA, 4);
        assert!(!tea.has_changed().unwrap());
        // A replica that is behind shows late what was told before.
        live.0.shows(TEA, 4);
        assert!(tea.has_changed().unwrap());
        assert_eq!(*tea.borrow_and_update(), 5);
    }

    #[tokio::test]
    async fn nobody_is_remembered_who_went() {
        let live = Live::default();
        let tea = live.subscribe(TEA);
        assert_eq!(live.0.watched(), [TEA]);
        drop(tea);
        assert!(live.0.watched().is_empty());
    }

    #[tokio::test]
    async fn seats_are_limited_and_come_back() {
        let live = Live::default();
        let taken: Vec<_> = (0..MOST_WAITING).map(|_| live.seat().unwrap()).collect();
        assert!(live.seat().is_none());
        drop(taken);
        assert!(live.seat().is_some());
    }

    #[test]
    fn messages_name_a_community_and_a_number() {
        assert_eq!(read("7:41"), Some((CommunityId(7), 41)));
        for wrong in ["", "7", "7:", ":41", "7:x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
