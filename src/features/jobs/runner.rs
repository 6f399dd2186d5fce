//! Does jobs: takes the oldest up, says how far it is every second, and writes down what came of it.
//!
//! What a job does is repeatable: when its process dies, another one does it from the start.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use entity::{JobKind, JobStatus, Timestamp, job};

use super::work::{Outcome, Work};
use super::{service, store};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::events::EventType;
use crate::features::communities::service as communities;
use crate::features::evaluation::attack::{Defence, Preparation};
use crate::features::evaluation::baselines::Baseline;
use crate::features::evaluation::service as evaluation;
use crate::features::evaluation::walk::Method;
use crate::features::influence::model::ScoringModel;
use crate::features::influence::store as influence;
use crate::idempotency::Once;

/// How often somebody looks for work that another process was asked for.
const EVERY: Duration = Duration::from_secs(5);
/// How often the doer of a job says that it is at it.
const PULSE: Duration = Duration::from_secs(1);
/// A job whose doer was not heard of for so long is taken up again, in microseconds.
const LOST_AFTER: i64 = 60 * 1_000_000;

/// Does jobs until the process stops.
pub async fn run(app: App) {
    while !app.stopping.has_begun() {
        match run_once(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            // The database may be away for a while: nothing is lost, it is tried again.
            Err(error) => tracing::warn!(%error, "jobs have to wait"),
        }
        tokio::select! {
            () = app.jobs.notified() => {}
            _goes_on = app.stopping.rest(EVERY) => {}
        }
    }
}

/// Does the oldest job that nobody is at. Whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn run_once(app: &App) -> Result<bool> {
    let Some(row) = take(app).await? else { return Ok(false) };
    let pulse = Pulse::default();
    // Whoever breaks this off stops the computing, too.
    let _stops = StopOnDrop(pulse.clone());
    let work = tokio::spawn(do_job(app.clone(), row.clone(), pulse.clone()));
    let beat = async {
        loop {
            tokio::time::sleep(PULSE).await;
            let (progress, now) = (pulse.progress(), app.clock.now());
            let row = &row;
            let told = app
                .db
                .write(|tx: Tx| async move { store::tell_progress(&tx, row, progress, now).await })
                .await;
            match told {
                Ok(true) => {}
                // It was called off, or another process took it up.
                Ok(false) => pulse.stop(),
                Err(error) => tracing::warn!(%error, "the progress of a job could not be told"),
            }
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome.unwrap_or_else(|error| Err(Error::internal(error))),
        () = beat => Ok(None),
    };
    finish(app, &row, outcome).await?;
    Ok(true)
}

/// How far a job is, and whether it shall go on.
#[derive(Clone, Default)]
struct Pulse {
    /// In millionths.
    done: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

impl Pulse {
    #[expect(clippy::cast_precision_loss, reason = "a million is not much")]
    fn progress(&self) -> f64 {
        (self.done.load(Ordering::Relaxed) as f64 / 1e6).clamp(0.0, 1.0)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a million, of 0 to 1"
    )]
    fn tell(&self, share: f64) -> ControlFlow<()> {
        self.done.store((share * 1e6) as u64, Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Ends the computing of a job when nobody waits for it any more.
struct StopOnDrop(Pulse);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

async fn take(app: &App) -> Result<Option<job::Model>> {
    let now = app.clock.now();
    app.db
        .write(|tx: Tx| async move {
            let Some(row) = store::next(&tx, now.plus_micros(-LOST_AFTER)).await? else {
                return Ok(None);
            };
            let row = job::Model {
                status: JobStatus::Running,
                progress: 0.0,
                // Tells this doer from one that was lost.
                started_at: Some(row.started_at.map_or(now, |before| before.plus_micros(1).max(now))),
                seen_at: Some(now),
                ..row
            };
            store::update(&tx, row.clone()).await?;
            Ok(Some(row))
        })
        .await
}

/// Writes down what came of it, unless it was called off in the meantime or is done by another.
async fn finish(app: &App, row: &job::Model, outcome: Result<Option<Outcome>>) -> Result<()> {
    let ctx = app.system("jobs");
    let (status, result, error) = match outcome {
        Ok(Some(outcome)) => (
            JobStatus::Done,
            Some(serde_json::to_string(&outcome).map_err(Error::internal)?),
            None,
        ),
        // Called off: that is written down already.
        Ok(None) => return Ok(()),
        Err(Error::User(errors)) => {
            let words: Vec<String> = errors
                .iter()
                .map(|error| format!("{} {}", error.field.join("."), error.message))
                .collect();
            (JobStatus::Failed, None, Some(words.join("; ")))
        }
        Err(error) => {
            tracing::error!(job = %row.id, %error, "a job failed");
            (JobStatus::Failed, None, Some(error.public_message()))
        }
    };
    let (ctx, result, error) = (&ctx, &result, &error);
    app.db
        .write(|tx: Tx| async move {
            let found = store::lock(&tx, row.community_id, row.id).await?;
            let Some(found) = found.filter(|found| found.status == JobStatus::Running && found.started_at == row.started_at) else {
                return Ok(());
            };
            let over = job::Model {
                status,
                progress: if status == JobStatus::Done { 1.0 } else { found.progress },
                result: result.clone(),
                error: error.clone(),
                finished_at: Some(ctx.now),
                ..found
            };
            store::update(&tx, over.clone()).await?;
            service::tell(&tx, ctx, EventType::JobFinished, &over).await
        })
        .await
}

/// Does a job; `None` when it was called off.
async fn do_job(app: App, row: job::Model, pulse: Pulse) -> Result<Option<Outcome>> {
    let work: Work = serde_json::from_str(&row.input).map_err(Error::internal)?;
    let community = communities::by_id(&app.db, row.community_id).await?;
    let access = Access::system(Arc::new(community));
    let models = influence::models(app.db.read(), row.community_id).await?;
    let version = models.version(work.model.into()).ok_or_else(|| discarded(work.model))?;
    let model = ScoringModel::clone(&version.model);
    let record = Arc::new(evaluation::record(&app, row.community_id, &model, None).await?);
    let horizon = work.horizon.unwrap_or_else(|| evaluation::usual_horizon(&record, &model));
    match row.kind {
        JobKind::Backtest => {
            let mut methods = vec![
                Method::Model(format!("model {}", work.model), model.clone()),
                Method::Fitted("fitted at each cut".to_owned(), model),
            ];
            methods.extend(evaluation::published());
            let progress = move |share: f64| pulse.tell(share);
            let report = evaluation::backtest(record, work.cuts, horizon, methods, progress).await?;
            Ok(report.map(Outcome::Backtest))
        }
        JobKind::Calibration => {
            let ctx = OpContext {
                now: later(&app, &row),
                ..app.system("jobs")
            };
            // Somebody may have done the same before who was lost: what is drafted is drafted once.
            let key = Once::new(Some(&format!("job-{}", row.id)), "calibration", &row.id)?;
            let made = evaluation::calibrate(&app, &ctx, &access, (version, record), horizon, (work.name, key.as_ref())).await?;
            Ok(Some(Outcome::Calibration {
                version: made.version,
                summary: made.summary,
                report: made.report,
            }))
        }
        JobKind::Attack => {
            let mut defences = vec![Defence::Model(format!("model {}", work.model), Box::new(model.clone()))];
            defences.extend(Baseline::ALL.map(|baseline| Defence::Published(baseline, horizon)));
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let all = (defences.len() * Preparation::ALL.len()) as f64;
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let progress = move |done: usize| pulse.tell(done as f64 / all);
            let prices = evaluation::attack(record, model, defences, work.most, progress).await?;
            Ok(prices.map(Outcome::Attack))
        }
    }
}

/// The version that a job is about was discarded while it waited.
fn discarded(version: i32) -> Error {
    let message = format!("version {version} was discarded before the job was begun");
    Error::user("model", Code::NotFound, message)
}

fn later(app: &App, row: &job::Model) -> Timestamp {
    app.clock.now().max(row.created_at)
}
