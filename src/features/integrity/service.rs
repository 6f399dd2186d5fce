//! Looking for findings: one community at a time in a process, from one state of the database, remembered for an hour or until
//! anything is recorded.
//!
//! A look reads all that ever counted in the community, like a ranking of the past: about a second for a million interactions,
//! and as much memory as a ledger. The search itself runs on a thread of its own.

use std::sync::Arc;

use entity::{CommunityId, Timestamp};
use quick_cache::sync::Cache;
use sea_orm::DatabaseTransaction;
use tokio::sync::Semaphore;

use super::finding::{Finding, Kind, MOST_FINDINGS, strongest_first};
use super::gifts::gifts;
use super::graph::Graph;
use super::jumps::jumps;
use super::rings::rings;
use super::store;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::feed::{self, Position};
use crate::features::evaluation::record::Record;
use crate::features::influence::model::ScoringModel;
use crate::features::influence::store::{self as influence, Scope};

/// How many looks are remembered.
const REMEMBERED: usize = 64;
/// For how long a look may be told again while nothing is recorded: findings age with the hour.
const HOUR: i64 = 3_600 * 1_000_000;

/// The findings of a community, shared.
pub type Found = Arc<Vec<Arc<Finding>>>;

/// What was found lately, and whose turn it is to look.
#[derive(Clone)]
pub struct Findings {
    /// By community and hour, with the end of the change log at which each was made.
    known: Arc<Cache<(CommunityId, i64), (Position, Found)>>,
    turn: Arc<Semaphore>,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            known: Arc::new(Cache::new(REMEMBERED)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

/// Evidence that looks arranged, as of now, of these kinds or of all when there are none: what has the most credit in question
/// first.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`].
pub async fn findings(app: &App, access: &Access, kinds: &[Kind], now: Timestamp) -> Result<Vec<Arc<Finding>>> {
    access.require(Permission::ManageInfluence)?;
    let found = app.findings.of(&app.db, access.community_id(), now).await?;
    let is_asked_for = |finding: &&Arc<Finding>| kinds.is_empty() || kinds.contains(&finding.pattern.kind());
    // A finding names people: it is for those who may read all that it rests on.
    let may_know = |finding: &&Arc<Finding>| finding.evidence.iter().all(|(_, visibility)| *visibility <= access.clearance);
    Ok(found.iter().filter(is_asked_for).filter(may_know).cloned().collect())
}

impl Findings {
    async fn of(&self, db: &Db, community: CommunityId, now: Timestamp) -> Result<Found> {
        let _turn = self.turn.acquire().await.map_err(Error::internal)?;
        let db = db.snapshot().await?;
        let found = self.of_in(&db, community, now).await;
        // Nothing was written: how a read transaction ends does not matter.
        db.rollback().await?;
        found
    }

    async fn of_in(&self, db: &DatabaseTransaction, community: CommunityId, now: Timestamp) -> Result<Found> {
        let position = feed::end(db).await?;
        let key = (community, now.as_micros().div_euclid(HOUR));
        if let Some((_, found)) = self.known.get(&key).filter(|(made_at, _)| *made_at == position) {
            return Ok(found);
        }
        let models = influence::models(db, community).await?;
        let model = Arc::clone(&models.active().model);
        let (mut people, mut entries) = (Vec::new(), Vec::new());
        influence::read_people(db, community, |person| people.push(person)).await?;
        let scope = Scope { community, topic: None };
        influence::read_entries(db, &model, scope, None, |entry| entries.push(entry)).await?;
        let by = Arc::clone(&model);
        let work = move || look(&Record::new(&people, &entries), &by, now);
        let mut found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
        for finding in &mut found {
            finding.evidence = store::evidence(db, community, &model, finding).await?;
        }
        let found: Found = Arc::new(found.into_iter().map(Arc::new).collect());
        self.known.insert(key, (position, Arc::clone(&found)));
        Ok(found)
    }
}

/// All findings of a record as of an instant, the strongest first: at most a hundred of each kind. Pure.
#[must_use]
pub fn look(record: &Record, model: &ScoringModel, now: Timestamp) -> Vec<Finding> {
    let view = record.before(now.plus_micros(1));
    let gifts = gifts(&view, model);
    let graph = Graph::new(record.people(), &gifts, &model.terms.decay, now);
    let trust = view.ledger(model).trust();
    let mut found = rings(record, &graph, &trust, now);
    strongest_first(&mut found);
    found.truncate(MOST_FINDINGS);
    let mut sudden = jumps(record, &gifts, now);
    strongest_first(&mut sudden);
    found.extend(sudden.into_iter().take(MOST_FINDINGS));
    strongest_first(&mut found);
    found
}
