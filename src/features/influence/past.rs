//! Rankings of the past, worked out when they are asked for.

use std::sync::Arc;

use entity::Timestamp;
use sea_orm::DatabaseTransaction;

use super::ledger::Ledger;
use super::model::ScoringModel;
use super::snapshot::Snapshot;
use super::store::{self, Scope};
use super::trust::Trust;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::feed::{self, Position};

/// Rankings of the past by scope, instant and version of the model, with the end of the log at which each was made.
type Known = quick_cache::sync::Cache<(Scope, Timestamp, i32), (Position, Arc<Snapshot>)>;

/// Rankings of the past, worked out when asked for: one at a time, because each reads the whole community.
#[derive(Clone)]
pub struct Past {
    db: Db,
    /// With the end of the log at which each was made: anything recorded since may change the past, too.
    known: Arc<Known>,
    turn: Arc<tokio::sync::Semaphore>,
}

/// How many rankings of the past are remembered.
const REMEMBERED: usize = 16;

impl Past {
    /// None are known yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self {
            db,
            known: Arc::new(quick_cache::sync::Cache::new(REMEMBERED)),
            turn: Arc::new(tokio::sync::Semaphore::new(1)),
        }
    }

    /// The ranking as of an instant by a model, from what is on record now of the time until then. Trust is known for all
    /// instants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ranking(&self, scope: Scope, at: Timestamp, by: (&Arc<ScoringModel>, &Arc<Trust>)) -> Result<Arc<Snapshot>> {
        let _turn = self.turn.acquire().await.map_err(Error::internal)?;
        let db = self.db.snapshot().await?;
        let ranking = self.ranking_in(&db, scope, at, by).await;
        // Nothing was written: how a read transaction ends does not matter.
        db.rollback().await?;
        ranking
    }

    async fn ranking_in(
        &self,
        db: &DatabaseTransaction,
        scope: Scope,
        at: Timestamp,
        (model, trust): (&Arc<ScoringModel>, &Arc<Trust>),
    ) -> Result<Arc<Snapshot>> {
        let position = feed::end(db).await?;
        if let Some((_, known)) = self
            .known
            .get(&(scope, at, model.version))
            .filter(|(made_at, _)| *made_at == position)
        {
            return Ok(known);
        }
        let mut ledger = Ledger::new(Arc::clone(model), at);
        store::read_people(db, scope.community, |person| {
            ledger.put_person(person);
        })
        .await?;
        store::read_entries(db, model, scope, Some(at), |entry| ledger.enter(entry)).await?;
        let ranking = Arc::new(ledger.rank(trust, at));
        self.known.insert((scope, at, model.version), (position, Arc::clone(&ranking)));
        Ok(ranking)
    }
}
