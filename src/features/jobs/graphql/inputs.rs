//! What is given to ask for jobs.

use async_graphql::{ID, InputObject};
use entity::JobKind;

use crate::app::App;
use crate::context::Access;
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::features::influence::store as influence;
use crate::features::jobs::work::{NewJob, Work};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::Duration;

const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// Who asks.
pub(super) struct Asked<'a> {
    pub app: &'a App,
    pub access: &'a Access,
}

impl Asked<'_> {
    /// The version that is named, or the one in force.
    async fn version(&self, field: &str, id: Option<&ID>) -> Result<i32> {
        let missing = || Error::user(field, Code::NotFound, "is not a scoring model of this community");
        match id {
            Some(id) => {
                let key = GlobalId::expect(id, NodeType::ScoringModel, self.access.community_id(), "scoring model");
                i32::try_from(key.map_err(|_not_here| missing())?).map_err(|_too_large| missing())
            }
            None => {
                let models = influence::models(self.app.db.read(), self.access.community_id()).await?;
                Ok(models.active().row.version)
            }
        }
    }
}

/// What is given to ask for a job.
pub(super) trait Wanted {
    /// The job that is asked for.
    ///
    /// # Errors
    /// [`Error::User`] naming what is wrong.
    fn into_job(self, asked: Asked<'_>) -> impl Future<Output = Result<NewJob>> + Send;
}

fn horizon(given: Option<Duration>) -> Result<Option<i64>> {
    let Some(given) = given else { return Ok(None) };
    if (DAY_MICROS..=3_650 * DAY_MICROS).contains(&given.micros) {
        return Ok(Some(given.micros));
    }
    Err(Error::user("horizon", Code::OutOfRange, "must be between a day and 3650 days"))
}

fn between(field: &str, value: i32, least: i32, most: i32) -> Result<usize> {
    if (least..=most).contains(&value) {
        return usize::try_from(value).map_err(Error::internal);
    }
    Err(Error::user(field, Code::OutOfRange, format!("must be between {least} and {most}")))
}

/// A backtest to run.
#[derive(Clone, Debug, InputObject)]
pub struct StartBacktestInput {
    /// The community's slug.
    pub community: String,
    /// The version of the scoring model; the one in force when left out.
    pub model_id: Option<ID>,
    /// How long after each cut what members did is counted; the half-life of the model when left out, or a fifth of what is recorded
    /// where that is less.
    pub horizon: Option<Duration>,
    /// At how many instants of the past to look, 1 to 20.
    #[graphql(default = 5)]
    pub cuts: i32,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

impl Wanted for StartBacktestInput {
    async fn into_job(self, asked: Asked<'_>) -> Result<NewJob> {
        Ok(NewJob {
            kind: JobKind::Backtest,
            work: Work {
                model: asked.version("modelId", self.model_id.as_ref()).await?,
                horizon: horizon(self.horizon)?,
                cuts: between("cuts", self.cuts, 1, 20)?,
                most: 0,
                name: None,
            },
        })
    }
}

/// A scoring model to fit to the past.
#[derive(Clone, Debug, InputObject)]
pub struct CalibrateScoringModelInput {
    /// The community's slug.
    pub community: String,
    /// The version that it starts from and is pulled towards; the one in force when left out.
    pub based_on: Option<ID>,
    /// The name of the draft, 1 to 100 characters; after that of the version when left out.
    pub name: Option<String>,
    /// How far ahead the model is to foretell; the half-life of the model when left out, or a fifth of what is recorded where that
    /// is less.
    pub horizon: Option<Duration>,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

impl Wanted for CalibrateScoringModelInput {
    async fn into_job(self, asked: Asked<'_>) -> Result<NewJob> {
        if let Some(name) = &self.name
            && (crate::text::is_blank(name) || name.chars().count() > 100 || name.contains('\0'))
        {
            return Err(Error::user("name", Code::Invalid, "must be 1 to 100 characters without NUL"));
        }
        Ok(NewJob {
            kind: JobKind::Calibration,
            work: Work {
                model: asked.version("basedOn", self.based_on.as_ref()).await?,
                horizon: horizon(self.horizon)?,
                cuts: 0,
                most: 0,
                name: self.name,
            },
        })
    }
}

/// An attack to simulate.
#[derive(Clone, Debug, InputObject)]
pub struct SimulateAttackInput {
    /// The community's slug.
    pub community: String,
    /// The version of the scoring model; the one in force when left out.
    pub model_id: Option<ID>,
    /// How many accounts to try at most, 1 to 1000.
    #[graphql(default = 200)]
    pub most_accounts: i32,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

impl Wanted for SimulateAttackInput {
    async fn into_job(self, asked: Asked<'_>) -> Result<NewJob> {
        Ok(NewJob {
            kind: JobKind::Attack,
            work: Work {
                model: asked.version("modelId", self.model_id.as_ref()).await?,
                horizon: None,
                cuts: 0,
                most: between("mostAccounts", self.most_accounts, 1, 1_000)?,
                name: None,
            },
        })
    }
}

/// A job to call off.
#[derive(Clone, Debug, InputObject)]
pub struct CancelJobInput {
    /// The community's slug.
    pub community: String,
    /// The job.
    pub job_id: ID,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}
