//! The keeper of scores: one task that follows the change log, keeps the ledgers, and swaps the snapshots that clients read.
//!
//! Whoever wrote (this process, another replica, an import from the command line), the log tells. A ledger is loaded in the
//! same database snapshot in which the log is read up to, so that nothing is missed and nothing counted twice.
//!
//! `scores`: the handle by which they are read.

mod scores;

mod plan;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::{CommunityId, Timestamp};
use sea_orm::DatabaseTransaction;
use tokio::sync::{mpsc, watch};

use self::plan::Plan;
pub use self::scores::Scores;
use self::scores::{Published, Waiting, Wish};
use super::ledger::Ledger;
use super::snapshot::Snapshot;
use super::store;
pub use super::store::Scope;
use super::trust::Trust;
use super::versions::Models;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::feed::{self, Position};

/// How often the log is looked at when this process writes nothing: other processes may.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// The shortest time between two passes, so that a stream of writes is taken in gulps.
const REST: Duration = Duration::from_millis(150);
/// How old a ranking may get by itself; scores fade by less than 0.1 % in this time.
const FRESH_MICROS: i64 = 5 * 60 * 1_000_000;
/// Beyond this many new interactions, reading the community anew is cheaper than looking them up.
const MANY: usize = 50_000;
/// From so many members on, trust is worked out anew at most once in [`TRUST_REST_MICROS`]: it reads all pairs.
const TRUST_IS_DEAR: usize = 200_000;
/// See [`TRUST_IS_DEAR`].
const TRUST_REST_MICROS: i64 = 60 * 1_000_000;
/// A topic that nobody asked for in this time is forgotten.
const FORGET_TOPIC_MICROS: i64 = 30 * 60 * 1_000_000;

struct Book {
    ledger: Ledger,
    /// Of a whole community, when it was last worked out.
    trust: Option<(Arc<Trust>, Timestamp)>,
    as_of: Timestamp,
    wanted_at: Timestamp,
}

struct Keeper {
    db: Db,
    clock: Clock,
    published: Arc<RwLock<Published>>,
    swaps: Arc<watch::Sender<u64>>,
    books: HashMap<Scope, Book>,
    models: HashMap<CommunityId, Arc<Models>>,
    position: Option<Position>,
}

impl Keeper {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Wish>) {
        let mut commits = self.db.commits();
        let mut wishes: HashMap<Scope, Waiting> = HashMap::new();
        match store::communities(self.db.read()).await {
            Ok(all) => wishes.extend(all.into_iter().map(|community| (Scope { community, topic: None }, Vec::new()))),
            Err(error) => tracing::warn!(%error, "scores are not loaded ahead"),
        }
        loop {
            let started = Instant::now();
            let scopes: Vec<Scope> = wishes.keys().copied().collect();
            match self.pass(&scopes).await {
                Ok(()) => self.answer(wishes.drain()),
                Err(error) => {
                    tracing::error!(%error, "scores could not be brought up to date");
                    for answer in wishes.drain().flat_map(|(_, waiting)| waiting) {
                        // Whoever asked may have gone.
                        let _gone = answer.send(Err(error.to_string()));
                    }
                }
            }
            // A slow pass earns a longer rest, so that scoring never takes more than half of a core.
            tokio::time::sleep(REST.max(started.elapsed())).await;
            tokio::select! {
                wish = inbox.recv() => match wish {
                    Some(wish) => note(&mut wishes, wish),
                    None => return,
                },
                changed = commits.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            while let Ok(wish) = inbox.try_recv() {
                note(&mut wishes, wish);
            }
        }
    }

    fn answer(&self, wishes: impl Iterator<Item = (Scope, Waiting)>) {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        for (scope, waiting) in wishes {
            let ranking = published
                .snapshots
                .get(&scope)
                .cloned()
                .ok_or_else(|| "scores are not loaded".to_owned());
            for answer in waiting {
                // Whoever asked may have gone.
                let _gone = answer.send(ranking.clone());
            }
        }
    }

    /// Brings every ledger up to the present end of the log and publishes what changed.
    async fn pass(&mut self, wanted: &[Scope]) -> Result<()> {
        let now = self.clock.now();
        let snapshot = self.db.snapshot().await?;
        let result = self.pass_in(&snapshot, wanted, now).await;
        // Nothing was written: how a read transaction ends does not matter.
        snapshot.rollback().await?;
        if result.is_err() {
            // Some ledgers may be half way: all are read anew.
            self.books.clear();
            self.models.clear();
            self.position = None;
        }
        result
    }

    async fn pass_in(&mut self, db: &DatabaseTransaction, wanted: &[Scope], now: Timestamp) -> Result<()> {
        let (events, position) = match &self.position {
            Some(position) => feed::since(db, position).await?,
            None => (Vec::new(), feed::end(db).await?),
        };
        let plan = Plan::of(&events);
        for scope in wanted {
            if let Some(book) = self.books.get_mut(scope) {
                book.wanted_at = now;
            }
        }
        let mut dirty: HashSet<Scope> = HashSet::new();
        let known: HashSet<Scope> = self.books.keys().chain(wanted).copied().collect();
        // Whose credit counts is judged by the whole community, for its topics, too.
        let scopes: HashSet<Scope> = known.iter().flat_map(|scope| [*scope, scope.whole()]).collect();
        for community in scopes.iter().map(|scope| scope.community).collect::<HashSet<_>>() {
            if plan.models.contains(&community) || !self.models.contains_key(&community) {
                self.models.insert(community, Arc::new(store::models(db, community).await?));
            }
        }
        for scope in scopes {
            if self.update_book(db, scope, &plan, now).await? {
                dirty.insert(scope);
            }
        }
        self.position = Some(position);
        self.publish(&dirty, now);
        Ok(())
    }

    /// Whether the ranking of a scope has to be made anew.
    async fn update_book(&mut self, db: &DatabaseTransaction, scope: Scope, plan: &Plan, now: Timestamp) -> Result<bool> {
        let community = scope.community;
        let new_interactions = plan.interactions.get(&community).map(Vec::as_slice).unwrap_or_default();
        let new_people = plan.people.get(&community).map(Vec::as_slice).unwrap_or_default();
        let Some(book) = self.books.get_mut(&scope) else {
            return self.build(db, scope, now, now).await.map(|()| true);
        };
        let wanted_at = book.wanted_at;
        let mut ok = book.ledger.covers(now) && !plan.rebuild.contains(&community) && new_interactions.len() < MANY;
        if ok && !new_people.is_empty() {
            for person in store::people(db, community, new_people).await? {
                ok &= book.ledger.put_person(person);
            }
        }
        if !ok {
            return self.build(db, scope, now, wanted_at).await.map(|()| true);
        }
        if !new_interactions.is_empty() {
            let model = Arc::clone(book.ledger.model());
            for entry in store::some_entries(db, &model, scope, new_interactions).await? {
                book.ledger.enter(entry);
            }
        }
        let stale = now.as_micros() - book.as_of.as_micros() >= FRESH_MICROS;
        Ok(stale || !new_interactions.is_empty() || !new_people.is_empty())
    }

    async fn build(&mut self, db: &DatabaseTransaction, scope: Scope, now: Timestamp, wanted_at: Timestamp) -> Result<()> {
        let started = Instant::now();
        let models = self.models.get(&scope.community);
        let model = models.map(|models| Arc::clone(&models.active().model));
        let model = model.ok_or_else(|| Error::internal("scoring models are not loaded"))?;
        let mut ledger = Ledger::new(Arc::clone(&model), now);
        store::read_people(db, scope.community, |person| {
            ledger.put_person(person);
        })
        .await?;
        let interactions = store::read_entries(db, &model, scope, None, |entry| ledger.enter(entry)).await?;
        let (people, ms) = (ledger.people(), started.elapsed().as_millis());
        tracing::debug!(community = %scope.community, topic = ?scope.topic, people, interactions, ms, "scores read");
        self.books.insert(
            scope,
            Book {
                ledger,
                trust: None,
                as_of: now,
                wanted_at,
            },
        );
        Ok(())
    }

    fn publish(&mut self, dirty: &HashSet<Scope>, now: Timestamp) {
        let forgotten =
            |scope: &Scope, book: &Book| scope.topic.is_some() && now.as_micros() - book.wanted_at.as_micros() > FORGET_TOPIC_MICROS;
        self.books.retain(|scope, book| !forgotten(scope, book));
        let mut fresh = Vec::with_capacity(dirty.len());
        // The community first: its topics are ranked by its trust, and anew when that may have changed.
        for scope in dirty.iter().filter(|scope| scope.topic.is_none()) {
            if let Some(book) = self.books.get_mut(scope) {
                let trust = book.trusted(now);
                fresh.push((*scope, book.rank(&trust, now)));
                for (topic, book) in self.books.iter_mut() {
                    if topic.community == scope.community && topic.topic.is_some() {
                        fresh.push((*topic, book.rank(&trust, now)));
                    }
                }
            }
        }
        for scope in dirty
            .iter()
            .filter(|scope| scope.topic.is_some() && !dirty.contains(&scope.whole()))
        {
            let trust = self.books.get_mut(&scope.whole()).map(|book| book.trusted(now));
            if let (Some(trust), Some(book)) = (trust, self.books.get_mut(scope)) {
                fresh.push((*scope, book.rank(&trust, now)));
            }
        }
        let is_news = !fresh.is_empty();
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.snapshots.retain(|scope, _| self.books.contains_key(scope));
        published.snapshots.extend(fresh);
        published.models.clone_from(&self.models);
        drop(published);
        if is_news {
            self.swaps.send_modify(|count| *count += 1);
        }
    }
}

impl Book {
    /// Whose credit counts, as of what was entered; of large communities at most a minute ago.
    fn trusted(&mut self, now: Timestamp) -> Arc<Trust> {
        if let Some((trust, made_at)) = &self.trust
            && self.ledger.people() >= TRUST_IS_DEAR
            && now.as_micros() - made_at.as_micros() < TRUST_REST_MICROS
        {
            return Arc::clone(trust);
        }
        let trust = Arc::new(self.ledger.trust());
        self.trust = Some((Arc::clone(&trust), now));
        trust
    }

    fn rank(&mut self, trust: &Arc<Trust>, now: Timestamp) -> Arc<Snapshot> {
        self.as_of = now;
        Arc::new(self.ledger.rank(trust, now))
    }
}

fn note(wishes: &mut HashMap<Scope, Waiting>, wish: Wish) {
    wishes.entry(wish.scope).or_default().push(wish.answer);
}
