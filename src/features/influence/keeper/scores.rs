//! The handle by which scores are read. It asks the keeper for what is not at hand.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use entity::{CommunityId, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};

use super::{FRESH_MICROS, Keeper, Scope};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::features::influence::past::Past;
use crate::features::influence::snapshot::Snapshot;
use crate::features::influence::versions::Models;

/// What clients read.
#[derive(Default)]
pub(super) struct Published {
    pub(super) snapshots: HashMap<Scope, Arc<Snapshot>>,
    pub(super) models: HashMap<CommunityId, Arc<Models>>,
}

/// Who waits for a ranking.
pub(super) type Waiting = Vec<oneshot::Sender<Result<Arc<Snapshot>, String>>>;

/// The handle by which scores are read.
#[derive(Clone)]
pub struct Scores {
    published: Arc<RwLock<Published>>,
    /// Counts how often rankings were swapped.
    swaps: Arc<watch::Sender<u64>>,
    wishes: mpsc::UnboundedSender<Wish>,
    past: Past,
}

/// That a ranking is wanted.
pub(super) struct Wish {
    pub(super) scope: Scope,
    pub(super) answer: oneshot::Sender<Result<Arc<Snapshot>, String>>,
}

impl Scores {
    /// Starts the keeper; it ends when the last handle is dropped.
    #[must_use]
    pub fn start(db: Db, clock: Clock) -> Self {
        let (wishes, inbox) = mpsc::unbounded_channel();
        let published = Arc::new(RwLock::new(Published::default()));
        let swaps = Arc::new(watch::channel(0).0);
        let past = Past::new(db.clone());
        let keeper = Keeper {
            db,
            clock,
            published: Arc::clone(&published),
            swaps: Arc::clone(&swaps),
            books: HashMap::new(),
            models: HashMap::new(),
            position: None,
        };
        tokio::spawn(keeper.run(inbox));
        Self {
            published,
            swaps,
            wishes,
            past,
        }
    }

    /// Changes whenever rankings were swapped for newer ones.
    #[must_use]
    pub fn swaps(&self) -> watch::Receiver<u64> {
        self.swaps.subscribe()
    }

    /// The ranking as of an instant of the past, by the model that was in force then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn past(&self, scope: Scope, at: Timestamp, now: Timestamp) -> Result<Arc<Snapshot>> {
        let models = self.models(scope.community, now).await?;
        let present = self.ranking(scope.whole(), now).await?;
        self.past.ranking(scope, at, (&models.at(at).model, &present.trust)).await
    }

    /// The versions of a community's model, as the ranking of the present knows them.
    ///
    /// # Errors
    /// When they are not loaded yet and cannot be.
    pub async fn models(&self, community: CommunityId, now: Timestamp) -> Result<Arc<Models>> {
        self.ranking(Scope { community, topic: None }, now).await?;
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        let models = published.models.get(&community).cloned();
        models.ok_or_else(|| Error::internal("scoring models are not loaded"))
    }

    /// The ranking as of about now: at most five minutes old, and never behind the log by more than a moment.
    ///
    /// # Errors
    /// When it is not loaded yet and cannot be.
    pub async fn ranking(&self, scope: Scope, now: Timestamp) -> Result<Arc<Snapshot>> {
        let known = self
            .published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .snapshots
            .get(&scope)
            .cloned();
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
