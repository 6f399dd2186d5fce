//! Reading a community's record, and running backtests, fits and attacks on it: work for a thread of its own.

use std::ops::ControlFlow;
use std::sync::Arc;

use entity::{CommunityId, ModelOrigin, Timestamp};
use serde::Serialize;

use super::attack::{self, Defence, Price};
use super::baselines::Baseline;
use super::calibrate::{self, Fit, FitSummary};
use super::record::Record;
use super::walk::{self, Method, Report};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::features::influence::lifecycle::{self, NewModel};
use crate::features::influence::model::ScoringModel;
use crate::features::influence::store::{self, Scope};
use crate::features::influence::versions::Version;
use crate::idempotency::Once;

/// Reads what happened in a community until an instant, as a model sees it.
///
/// # Errors
/// When the database fails.
pub async fn record(app: &App, community: CommunityId, model: &ScoringModel, until: Option<Timestamp>) -> Result<Record> {
    let db = app.db.snapshot().await?;
    let (mut people, mut entries) = (Vec::new(), Vec::new());
    let read = async {
        store::read_people(&db, community, |person| people.push(person)).await?;
        let scope = Scope { community, topic: None };
        store::read_entries(&db, model, scope, until, |entry| entries.push(entry)).await
    };
    let read = read.await;
    // Nothing was written: how a read transaction ends does not matter.
    db.rollback().await?;
    read?;
    blocking(move || Record::new(&people, &entries)).await
}

/// How far to look ahead where nobody says: the half-life of the model, or a fifth of the record where that is less.
#[must_use]
pub fn usual_horizon(record: &Record, model: &ScoringModel) -> i64 {
    let span = record.span().map_or(0, |(first, last)| last.as_micros() - first.as_micros());
    model.terms.decay.half_life_micros().min(span / 5)
}

/// All published formulas.
#[must_use]
pub fn published() -> Vec<Method> {
    Baseline::ALL.into_iter().map(Method::Published).collect()
}

/// Runs a backtest; `progress` is told how much is done and may end it. `None` when it did.
///
/// # Errors
/// [`Error::User`] when the record is too short.
pub async fn backtest(
    record: Arc<Record>,
    cuts: usize,
    horizon_micros: i64,
    methods: Vec<Method>,
    progress: impl FnMut(f64) -> ControlFlow<()> + Send + 'static,
) -> Result<Option<Report>> {
    let plan = walk::plan(&record, cuts, horizon_micros).ok_or_else(too_short)?;
    blocking(move || walk::run(&record, &plan, &methods, progress)).await
}

/// There is not enough past to test on.
fn too_short() -> Error {
    let message = "leaves too little on record: there must be a past to learn from and a time after it to look at";
    Error::user("horizon", Code::OutOfRange, message)
}

/// What it takes to bring a member of the middle to the top, as of the end of the record; `None` when `progress` ended it.
///
/// # Errors
/// [`Error::User`] when nothing happened yet.
pub async fn attack(
    record: Arc<Record>,
    model: ScoringModel,
    defences: Vec<Defence>,
    most: usize,
    progress: impl FnMut(usize) -> ControlFlow<()> + Send + 'static,
) -> Result<Option<Vec<(String, Vec<Price>)>>> {
    let (_, end) = record.span().ok_or_else(too_short)?;
    let at = end.plus_micros(1);
    blocking(move || {
        let targets = attack::targets(&record, &model, at);
        attack::prices(&record, at, &defences, (&targets, most), progress)
    })
    .await
}

/// A model that was fitted and drafted.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Its version.
    pub version: i32,
    /// What was learnt.
    pub summary: FitSummary,
    /// How it does at later cuts than it was fitted on, beside what it started from.
    pub report: Report,
}

/// How many cuts a fitted model is tested on.
const LATER_CUTS: usize = 3;

/// Fits a version to the community's own past and drafts the result, with a backtest on later times than it was fitted on. With a key
/// it is drafted once, however often that is tried.
///
/// # Errors
/// [`Error::Forbidden`] without the permission to draft; [`Error::User`] when there is too little past.
pub async fn calibrate(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (base, record): (&Arc<Version>, Arc<Record>),
    horizon_micros: i64,
    (name, key): (Option<String>, Option<&Once>),
) -> Result<Calibrated> {
    access.require(Permission::ManageInfluence)?;
    let model = ScoringModel::clone(&base.model);
    let (fit, report) = blocking(move || fit_and_test(&record, &model, horizon_micros))
        .await?
        .ok_or_else(too_short)?;
    let kept = Kept {
        fitted: &fit.summary,
        report: &report,
    };
    let new = NewModel {
        name: name.unwrap_or_else(|| format!("{}, calibrated", base.row.name).chars().take(100).collect()),
        origin: ModelOrigin::Calibrated,
        based_on: base.row.version,
        terms: fit.model.terms,
        backtest: Some(serde_json::to_string(&kept).map_err(Error::internal)?),
    };
    let version = lifecycle::create(app, ctx, access, &new, key).await?;
    Ok(Calibrated {
        version,
        summary: fit.summary,
        report,
    })
}

/// What is kept with a fitted version.
#[derive(Serialize)]
struct Kept<'a> {
    fitted: &'a FitSummary,
    report: &'a Report,
}

/// Fits on what came before the last cuts and tests on those.
fn fit_and_test(record: &Record, model: &ScoringModel, horizon_micros: i64) -> Option<(Fit, Report)> {
    let (_, last) = record.span()?;
    let end = last.plus_micros(-horizon_micros);
    // As far back as is needed for cuts a third of a horizon apart: the fit sees nothing of what they are tested on.
    let step = horizon_micros / 3;
    let cuts: Vec<Timestamp> = (0..i64::try_from(LATER_CUTS).ok()?)
        .rev()
        .map(|number| end.plus_micros(-number * step))
        .collect();
    let fit = calibrate::fit(record, model, *cuts.first()?, horizon_micros)?;
    let plan = walk::Plan { cuts, horizon_micros };
    let methods = [
        Method::Model("calibrated".to_owned(), fit.model.clone()),
        Method::Model("before".to_owned(), model.clone()),
        Method::Published(Baseline::Activity),
        Method::Published(Baseline::Orbit),
    ];
    let report = walk::run(record, &plan, &methods, |_| ControlFlow::Continue(()))?;
    Some((fit, report))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
