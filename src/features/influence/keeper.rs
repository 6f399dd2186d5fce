//! The keeper of scores: one task that follows the change log, keeps the ledgers, and swaps the snapshots that clients read.
//!
//! Whoever wrote (this process, another replica, an import from the command line), the log tells. A ledger is loaded in the
//! same database snapshot in which the log is read up to, so that nothing is missed and nothing counted twice.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::{CommunityId, Timestamp};
use sea_orm::DatabaseTransaction;
use tokio::sync::{mpsc, oneshot};

use super::ledger::Ledger;
use super::model::ScoringModel;
use super::snapshot::Snapshot;
use super::store;
pub use super::store::Scope;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::EventType;
use crate::events::feed::{self, Position, Seen};

/// How often the log is looked at when this process writes nothing: other processes may.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// The shortest time between two passes, so that a stream of writes is taken in gulps.
const REST: Duration = Duration::from_millis(150);
/// How old a ranking may get by itself; scores fade by less than 0.1 % in this time.
const FRESH_MICROS: i64 = 5 * 60 * 1_000_000;
/// Beyond this many new interactions, reading the community anew is cheaper than looking them up.
const MANY: usize = 50_000;
/// A topic that nobody asked for in this time is forgotten.
const FORGET_TOPIC_MICROS: i64 = 30 * 60 * 1_000_000;

type Snapshots = HashMap<Scope, Arc<Snapshot>>;
type Waiting = Vec<oneshot::Sender<Result<Arc<Snapshot>, String>>>;

/// The handle by which scores are read.
#[derive(Clone)]
pub struct Scores {
    model: Arc<ScoringModel>,
    published: Arc<RwLock<Snapshots>>,
    wishes: mpsc::UnboundedSender<Wish>,
    past: Past,
}

struct Wish {
    scope: Scope,
    answer: oneshot::Sender<Result<Arc<Snapshot>, String>>,
}

impl Scores {
    /// Starts the keeper; it ends when the last handle is dropped.
    #[must_use]
    pub fn start(db: Db, clock: Clock, model: ScoringModel) -> Self {
        let (wishes, inbox) = mpsc::unbounded_channel();
        let published = Arc::new(RwLock::new(Snapshots::new()));
        let model = Arc::new(model);
        let past = Past::new(db.clone(), Arc::clone(&model));
        let keeper = Keeper {
            db,
            clock,
            model: Arc::clone(&model),
            published: Arc::clone(&published),
            books: HashMap::new(),
            position: None,
        };
        tokio::spawn(keeper.run(inbox));
        Self {
            model,
            published,
            wishes,
            past,
        }
    }

    /// Rankings of the past.
    #[must_use]
    pub const fn past(&self) -> &Past {
        &self.past
    }

    /// The model in force.
    #[must_use]
    pub fn model(&self) -> &ScoringModel {
        &self.model
    }

    /// The ranking as of about now: at most five minutes old, and never behind the log by more than a moment.
    ///
    /// # Errors
    /// When it is not loaded yet and cannot be.
    pub async fn ranking(&self, scope: Scope, now: Timestamp) -> Result<Arc<Snapshot>> {
        let known = self.published.read().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned();
        if let Some(snapshot) = known
            && now.as_micros() - snapshot.as_of.as_micros() < 2 * FRESH_MICROS
        {
            return Ok(snapshot);
        }
        self.refreshed(scope).await
    }

    /// The ranking after everything that was committed before this call.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn refreshed(&self, scope: Scope) -> Result<Arc<Snapshot>> {
        let (answer, ranking) = oneshot::channel();
        self.wishes
            .send(Wish { scope, answer })
            .map_err(|_gone| Error::internal("the keeper of scores has stopped"))?;
        ranking
            .await
            .map_err(|_gone| Error::internal("the keeper of scores has stopped"))?
            .map_err(Error::internal)
    }
}

/// Rankings of the past with the end of the log at which each was made.
type Known = quick_cache::sync::Cache<(Scope, Timestamp), (Position, Arc<Snapshot>)>;

/// Rankings of the past, worked out when asked for: one at a time, because each reads the whole community.
#[derive(Clone)]
pub struct Past {
    db: Db,
    model: Arc<ScoringModel>,
    /// With the end of the log at which each was made: anything recorded since may change the past, too.
    known: Arc<Known>,
    turn: Arc<tokio::sync::Semaphore>,
}

/// How many rankings of the past are remembered.
const REMEMBERED: usize = 16;

impl Past {
    fn new(db: Db, model: Arc<ScoringModel>) -> Self {
        Self {
            db,
            model,
            known: Arc::new(quick_cache::sync::Cache::new(REMEMBERED)),
            turn: Arc::new(tokio::sync::Semaphore::new(1)),
        }
    }

    /// The ranking as of an instant, from what is on record now of the time until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ranking(&self, scope: Scope, at: Timestamp) -> Result<Arc<Snapshot>> {
        let _turn = self.turn.acquire().await.map_err(Error::internal)?;
        let db = self.db.snapshot().await?;
        let ranking = self.ranking_in(&db, scope, at).await;
        // Nothing was written: how a read transaction ends does not matter.
        db.rollback().await?;
        ranking
    }

    async fn ranking_in(&self, db: &DatabaseTransaction, scope: Scope, at: Timestamp) -> Result<Arc<Snapshot>> {
        let position = feed::end(db).await?;
        if let Some((_, known)) = self.known.get(&(scope, at)).filter(|(made_at, _)| *made_at == position) {
            return Ok(known);
        }
        let mut ledger = Ledger::new(ScoringModel::clone(&self.model), at);
        store::read_people(db, scope.community, &mut ledger).await?;
        store::read_entries(db, &self.model, scope, Some(at), &mut ledger).await?;
        let ranking = Arc::new(ledger.rank(at));
        self.known.insert((scope, at), (position, Arc::clone(&ranking)));
        Ok(ranking)
    }
}

struct Book {
    ledger: Ledger,
    as_of: Timestamp,
    wanted_at: Timestamp,
}

struct Keeper {
    db: Db,
    clock: Clock,
    model: Arc<ScoringModel>,
    published: Arc<RwLock<Snapshots>>,
    books: HashMap<Scope, Book>,
    position: Option<Position>,
}

/// What a pass has to do.
#[derive(Default)]
struct Plan {
    rebuild: HashSet<CommunityId>,
    people: HashMap<CommunityId, Vec<i64>>,
    interactions: HashMap<CommunityId, Vec<i64>>,
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
            let ranking = published.get(&scope).cloned().ok_or_else(|| "scores are not loaded".to_owned());
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
            self.position = None;
        }
        result
    }

    async fn pass_in(&mut self, db: &DatabaseTransaction, wanted: &[Scope], now: Timestamp) -> Result<()> {
        let (events, position) = match &self.position {
            Some(position) => feed::since(db, position).await?,
            None => (Vec::new(), feed::end(db).await?),
        };
        let plan = plan(&events);
        for scope in wanted {
            if let Some(book) = self.books.get_mut(scope) {
                book.wanted_at = now;
            }
        }
        let mut dirty: HashSet<Scope> = HashSet::new();
        let scopes: HashSet<Scope> = self.books.keys().chain(wanted).copied().collect();
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
            for entry in store::some_entries(db, &self.model, scope, new_interactions).await? {
                book.ledger.enter(entry);
            }
        }
        let stale = now.as_micros() - book.as_of.as_micros() >= FRESH_MICROS;
        Ok(stale || !new_interactions.is_empty() || !new_people.is_empty())
    }

    async fn build(&mut self, db: &DatabaseTransaction, scope: Scope, now: Timestamp, wanted_at: Timestamp) -> Result<()> {
        let started = Instant::now();
        let mut ledger = Ledger::new(ScoringModel::clone(&self.model), now);
        store::read_people(db, scope.community, &mut ledger).await?;
        let interactions = store::read_entries(db, &self.model, scope, None, &mut ledger).await?;
        let (people, ms) = (ledger.people(), started.elapsed().as_millis());
        tracing::debug!(community = %scope.community, topic = ?scope.topic, people, interactions, ms, "scores read");
        self.books.insert(
            scope,
            Book {
                ledger,
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
        for scope in dirty {
            if let Some(book) = self.books.get_mut(scope) {
                book.as_of = now;
                fresh.push((*scope, Arc::new(book.ledger.rank(now))));
            }
        }
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.retain(|scope, _| self.books.contains_key(scope));
        published.extend(fresh);
    }
}

fn note(wishes: &mut HashMap<Scope, Waiting>, wish: Wish) {
    wishes.entry(wish.scope).or_default().push(wish.answer);
}

fn plan(events: &[Seen]) -> Plan {
    let mut plan = Plan::default();
    for event in events {
        let community = event.community;
        match event.event_type {
            Some(EventType::InteractionRecorded | EventType::InteractionsImported) if is_retraction(event) => {
                plan.rebuild.insert(community);
            }
            Some(EventType::InteractionRecorded) => plan.interactions.entry(community).or_default().push(event.subject_id),
            Some(EventType::InteractionsImported) => plan.interactions.entry(community).or_default().extend(listed(event)),
            Some(EventType::MemberCreated | EventType::MemberUpdated) => plan.people.entry(community).or_default().push(event.subject_id),
            Some(EventType::MembersImported) => plan.people.entry(community).or_default().extend(listed(event)),
            Some(EventType::MemberMerged | EventType::MemberUnmerged) => {
                plan.rebuild.insert(community);
            }
            _ => {}
        }
    }
    plan
}

#[derive(serde::Deserialize)]
struct Listed {
    ids: Vec<i64>,
}

fn listed(event: &Seen) -> Vec<i64> {
    serde_json::from_str::<Listed>(&event.payload)
        .map(|listed| listed.ids)
        .unwrap_or_default()
}

/// A retraction takes an earlier interaction out of the account, which only reading anew does.
fn is_retraction(event: &Seen) -> bool {
    event.payload.contains("\"retractions\":true") || event.payload.contains("\"kind\":\"RETRACTION\"")
}
