//! Jobs in the API: backtests, calibrations and attacks, and how far they are.

mod inputs;
mod reports;

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{JobId, JobKind, JobStatus, job};
use sea_orm::{ColumnTrait as _, Condition, Order};

use self::inputs::{Asked, CalibrateScoringModelInput, CancelJobInput, SimulateAttackInput, StartBacktestInput, Wanted};
use self::reports::{AttackCost, BacktestReport, Calibration};
use super::work::Outcome;
use super::{service, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};
use crate::idempotency::Once;

/// The name of the list in its cursors.
const JOBS: &str = "jobs";

/// Long work that is done in the background. Jobs and what came of them are for those who may change how scores are made: the
/// role MANAGER or the scope influence:manage.
pub struct Job {
    access: Access,
    row: Arc<job::Model>,
}

impl Job {
    fn new(access: &Access, row: job::Model) -> Self {
        Self {
            access: access.clone(),
            row: Arc::new(row),
        }
    }

    /// A job by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ManageInfluence`].
    pub async fn find(app: &App, access: &Access, id: JobId) -> Result<Option<Self>> {
        access.require(Permission::ManageInfluence)?;
        let row = store::by_id(app.db.read(), access.community_id(), id).await?;
        Ok(row.map(|row| Self::new(access, row)))
    }

    fn outcome(&self) -> Result<Option<Outcome>> {
        let outcome = self.row.result.as_deref().map(serde_json::from_str).transpose();
        outcome.map_err(Error::internal)
    }
}

/// Long work that is done in the background. Jobs and what came of them are for those who may change how scores are made: the
/// role MANAGER or the scope influence:manage.
#[Object]
impl Job {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Job, self.row.community_id, self.row.id.0)
    }

    /// What is to be done.
    async fn kind(&self) -> JobKind {
        self.row.kind
    }

    /// Where it stands.
    async fn status(&self) -> JobStatus {
        self.row.status
    }

    /// How much is done, 0 to 1.
    async fn progress(&self) -> f64 {
        self.row.progress
    }

    /// Why nothing came of it; null unless it failed.
    async fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }

    /// Who asked for it, as the change log names actors.
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last begun; again, when the process that did it was lost.
    async fn started_at(&self) -> Option<DateTime> {
        self.row.started_at.map(DateTime)
    }

    /// When it was over.
    async fn finished_at(&self) -> Option<DateTime> {
        self.row.finished_at.map(DateTime)
    }

    /// What a backtest found; null for other jobs, and until it is done.
    async fn backtest(&self) -> Maybe<BacktestReport> {
        let report = |outcome| match outcome {
            Some(Outcome::Backtest(report)) => Some(BacktestReport::from(report)),
            _ => None,
        };
        maybe_absent(self.outcome().map(report))
    }

    /// What a calibration found; null for other jobs, and until it is done.
    async fn calibration(&self) -> Maybe<Calibration> {
        let access = self.access.clone();
        let made = |outcome| match outcome {
            Some(Outcome::Calibration { version, summary, report }) => Some(Calibration::new(access, version, summary, report)),
            _ => None,
        };
        maybe_absent(self.outcome().map(made))
    }

    /// What an attack costs under each way to rank; null for other jobs, and until it is done.
    async fn attack(&self) -> Maybe<Vec<AttackCost>> {
        let costs = |outcome| match outcome {
            Some(Outcome::Attack(prices)) => Some(prices.into_iter().map(AttackCost::from).collect()),
            _ => None,
        };
        maybe_absent(self.outcome().map(costs))
    }
}

/// What a list of jobs tells beside its page.
pub struct JobTotals(Access);

/// What a list of jobs tells beside its page.
#[Object]
impl JobTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        maybe(store::count(ctx.data_unchecked::<App>().db.read(), self.0.community_id()).await)
    }
}

/// Jobs of the community.
pub struct CommunityJobs(pub Access);

/// Jobs of the community.
#[Object]
impl CommunityJobs {
    /// Long work in the background, the latest first. Needs the role MANAGER or the scope influence:manage.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Job, JobTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(list(ctx, &self.0, &args).await)
    }
}

async fn list(ctx: &Context<'_>, access: &Access, args: &PageArgs) -> Result<Connection<Cursor, Job, JobTotals>> {
    access.require(Permission::ManageInfluence)?;
    let page = args.check::<i64>(JOBS)?;
    let mut condition = Condition::all();
    if let Some(after) = page.after {
        condition = condition.add(job::Column::Id.lt(after));
    }
    if let Some(before) = page.before {
        condition = condition.add(job::Column::Id.gt(before));
    }
    let order = if page.backwards { Order::Asc } else { Order::Desc };
    let app = ctx.data_unchecked::<App>();
    let rows = store::list(app.db.read(), access.community_id(), condition, order, page.size as u64 + 1).await?;
    let totals = JobTotals(access.clone());
    Ok(page
        .slice(rows)
        .connect_with(JOBS, totals, |row| (serde_json::json!(row.id), Job::new(access, row))))
}

/// A job, or why there is none.
#[derive(SimpleObject)]
pub struct JobPayload {
    /// The job.
    job: Option<Job>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Asking for long work.
#[derive(Default)]
pub struct JobMutation;

/// Asking for long work.
#[Object]
impl JobMutation {
    /// Asks for a backtest: at several instants of the past, members are ranked with what was known then, by the model, by the
    /// model fitted anew each time, and by published formulas; and each ranking is compared with what members did for others
    /// afterwards. Needs the role MANAGER or the scope influence:manage.
    async fn start_backtest(&self, ctx: &Context<'_>, #[graphql(desc = "What to test.")] input: StartBacktestInput) -> Maybe<JobPayload> {
        let (slug, key) = (input.community.clone(), input.idempotency_key.clone());
        maybe(ask(ctx, &slug, "startBacktest", key, input).await)
    }

    /// Asks for a scoring model that is fitted to the community's own past: weights by regularised least squares, pulled towards
    /// those that it starts from, and the half-life. The result is drafted as a version, with a backtest on later times than it
    /// was fitted on. Needs the role MANAGER or the scope influence:manage.
    async fn calibrate_scoring_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to fit.")] input: CalibrateScoringModelInput,
    ) -> Maybe<JobPayload> {
        let (slug, key) = (input.community.clone(), input.idempotency_key.clone());
        maybe(ask(ctx, &slug, "calibrateScoringModel", key, input).await)
    }

    /// Asks what it costs to cheat: how many made-up accounts bring a member of the middle among the first twenty, by the model
    /// and by published formulas. Nothing is recorded. Needs the role MANAGER or the scope influence:manage.
    async fn simulate_attack(&self, ctx: &Context<'_>, #[graphql(desc = "What to try.")] input: SimulateAttackInput) -> Maybe<JobPayload> {
        let (slug, key) = (input.community.clone(), input.idempotency_key.clone());
        maybe(ask(ctx, &slug, "simulateAttack", key, input).await)
    }

    /// Calls a job off. Needs the role MANAGER or the scope influence:manage.
    async fn cancel_job(&self, ctx: &Context<'_>, #[graphql(desc = "Which job.")] input: CancelJobInput) -> Maybe<JobPayload> {
        maybe(cancel(ctx, input).await)
    }
}

/// The caller's access, when they may ask for jobs; asked before the input is looked at.
fn manager<'a>(op: &'a OpContext, slug: &str) -> Result<&'a Access> {
    let access = op.community(slug)?;
    access.require(Permission::ManageInfluence)?;
    Ok(access)
}

async fn ask(ctx: &Context<'_>, slug: &str, operation: &str, key: Option<String>, wanted: impl Wanted) -> Result<JobPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, slug)?;
    let done = async {
        let new = wanted.into_job(Asked { app, access }).await?;
        let key = Once::new(key.as_deref(), operation, &new)?;
        service::queue(app, op, access, &new, key.as_ref()).await
    };
    payload(app, access, done.await).await
}

async fn cancel(ctx: &Context<'_>, input: CancelJobInput) -> Result<JobPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, &input.community)?;
    let done = async {
        let id = GlobalId::expect(&input.job_id, NodeType::Job, access.community_id(), "job")
            .map(JobId)
            .map_err(|_not_here| Error::user("jobId", Code::NotFound, "is not a job of this community"))?;
        let key = Once::new(input.idempotency_key.as_deref(), "cancelJob", &id)?;
        service::cancel(app, op, access, id, key.as_ref()).await
    };
    payload(app, access, done.await).await
}

async fn payload(app: &App, access: &Access, done: Result<JobId>) -> Result<JobPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(JobPayload { job: None, user_errors }),
        Ok(id) => Ok(JobPayload {
            job: Job::find(app, access, id).await?,
            user_errors: Vec::new(),
        }),
    }
}
