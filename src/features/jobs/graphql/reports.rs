//! What jobs found, in the API.

use async_graphql::{Context, Object, SimpleObject};

use crate::context::Access;
use crate::features::evaluation::attack::{Preparation, Price};
use crate::features::evaluation::calibrate::FitSummary;
use crate::features::evaluation::walk::{CutResult, MethodResult, Report};
use crate::features::influence::graphql::ScoringModelObject;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// How well a ranking made at one instant of the past foretold what members did for others afterwards.
#[derive(SimpleObject)]
pub struct BacktestCut {
    /// The instant.
    at: DateTime,
    /// How many members were ranked.
    ranked: usize,
    /// NDCG of the first ten, 0 to 1.
    ndcg10: f64,
    /// NDCG of the first fifty, 0 to 1.
    ndcg50: f64,
    /// Where that lies with 90 % confidence, by drawing members anew: from here.
    ndcg50_from: f64,
    /// To here.
    ndcg50_to: f64,
    /// Spearman's rank correlation, -1 to 1.
    spearman: f64,
}

impl From<CutResult> for BacktestCut {
    fn from(cut: CutResult) -> Self {
        Self {
            at: cut.at.into(),
            ranked: cut.ranked,
            ndcg10: cut.ndcg10,
            ndcg50: cut.ndcg50,
            ndcg50_from: cut.ndcg50_from,
            ndcg50_to: cut.ndcg50_to,
            spearman: cut.spearman,
        }
    }
}

/// How well a way to rank members did.
#[derive(SimpleObject)]
pub struct BacktestMethod {
    /// Its name: the model, the model fitted at each cut, or a published formula.
    name: String,
    /// Mean NDCG of the first ten.
    ndcg10: f64,
    /// Mean NDCG of the first fifty.
    ndcg50: f64,
    /// Mean of Spearman's rank correlation.
    spearman: f64,
    /// At each cut; cuts after which nobody did anything for anybody are left out.
    cuts: Vec<BacktestCut>,
}

impl From<MethodResult> for BacktestMethod {
    fn from(method: MethodResult) -> Self {
        Self {
            ndcg10: method.mean(|cut| cut.ndcg10),
            ndcg50: method.mean(|cut| cut.ndcg50),
            spearman: method.mean(|cut| cut.spearman),
            name: method.name,
            cuts: method.cuts.into_iter().map(BacktestCut::from).collect(),
        }
    }
}

/// What a backtest found. What members did for others counts 1 for each person answered, 2 for each who accepted an answer, and a
/// half for each thank-you.
#[derive(SimpleObject)]
pub struct BacktestReport {
    /// How long after each cut it was counted, in days.
    horizon_days: f64,
    /// How many members the record has.
    members: usize,
    /// How many interactions.
    interactions: usize,
    /// The ways to rank.
    methods: Vec<BacktestMethod>,
}

impl From<Report> for BacktestReport {
    fn from(report: Report) -> Self {
        Self {
            horizon_days: report.horizon_days,
            members: report.members,
            interactions: report.acts,
            methods: report.methods.into_iter().map(BacktestMethod::from).collect(),
        }
    }
}

/// By what the weights of a model were multiplied.
#[derive(SimpleObject)]
pub struct WeightFactors {
    /// That of help by volume.
    help: f64,
    /// That of breadth.
    breadth: f64,
    /// That of recognition.
    recognition: f64,
    /// That of attention.
    attention: f64,
}

/// A scoring model that was fitted to the community's own past.
pub struct Calibration {
    access: Access,
    version: i32,
    summary: FitSummary,
    report: Report,
}

impl Calibration {
    pub(super) const fn new(access: Access, version: i32, summary: FitSummary, report: Report) -> Self {
        Self {
            access,
            version,
            summary,
            report,
        }
    }
}

/// A scoring model that was fitted to the community's own past.
#[Object]
impl Calibration {
    /// The draft; null once it was discarded.
    async fn scoring_model(&self, ctx: &Context<'_>) -> Maybe<ScoringModelObject> {
        maybe_absent(ScoringModelObject::written(ctx, &self.access, self.version.into()).await)
    }

    /// From how many windows of the past it was learnt.
    async fn windows(&self) -> usize {
        self.summary.windows
    }

    /// By what the weights were multiplied.
    async fn factors(&self) -> WeightFactors {
        let [help, breadth, recognition, attention] = self.summary.multipliers;
        WeightFactors {
            help,
            breadth,
            recognition,
            attention,
        }
    }

    /// How it does on later times than it was fitted on, beside the model that it started from.
    async fn backtest(&self) -> BacktestReport {
        self.report.clone().into()
    }
}

/// How many made-up accounts bring a member of the middle among the first twenty under one way to rank: the median of three such
/// members. Null when as many as were tried are not enough.
#[derive(SimpleObject)]
pub struct AttackCost {
    /// The way to rank.
    name: String,
    /// Accounts that are made for it.
    fresh: Option<usize>,
    /// Accounts that were silent since the community began.
    aged: Option<usize>,
    /// Accounts that each asked and answered something before.
    earned: Option<usize>,
    /// No accounts but messages, that the member writes to leading members who do not answer.
    unasked: Option<usize>,
    /// How many were tried at most.
    tried: usize,
}

impl From<(String, Vec<Price>)> for AttackCost {
    fn from((name, prices): (String, Vec<Price>)) -> Self {
        let of = |wanted: Preparation| {
            let place = Preparation::ALL.iter().position(|known| *known == wanted);
            place.and_then(|place| prices.get(place)).and_then(|price| price.accounts)
        };
        Self {
            name,
            fresh: of(Preparation::Fresh),
            aged: of(Preparation::Aged),
            earned: of(Preparation::Earned),
            unasked: of(Preparation::Unasked),
            tried: prices.first().map_or(0, |price| price.tried),
        }
    }
}
