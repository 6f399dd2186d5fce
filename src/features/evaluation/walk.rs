//! Walk-forward backtest: at several instants of the past, rank with what was known then, and compare with what members really
//! did for others afterwards. Pure.

use std::ops::ControlFlow;

use entity::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::baselines::Baseline;
use super::calibrate;
use super::metrics::{count, ndcg, spearman};
use super::record::{Record, View};
use super::truth::gains;
use crate::features::influence::model::ScoringModel;

/// The first cut leaves this share of the span to learn from.
const FIRST_CUT: f64 = 0.45;
/// How often members are drawn anew for an interval.
const DRAWS: usize = 200;
/// How many members from the top of each order take part in that: only those can come among the first fifty.
const DEEPEST: usize = 250;

/// When to look, and how far ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The instants, ascending.
    pub cuts: Vec<Timestamp>,
    /// How long after each cut what members did is counted, in microseconds.
    pub horizon_micros: i64,
}

/// Cuts evenly between 45 % of the span and one horizon before its end; `None` when the record is too short for that.
#[must_use]
pub fn plan(record: &Record, cuts: usize, horizon_micros: i64) -> Option<Plan> {
    let (first, last) = record.span()?;
    let span = last.as_micros() - first.as_micros();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "spans of centuries fit 53 bits"
    )]
    let start = first.as_micros() + (span as f64 * FIRST_CUT) as i64;
    let end = last.as_micros() - horizon_micros;
    if cuts == 0 || horizon_micros <= 0 || end <= start {
        return None;
    }
    let steps = i64::try_from(cuts).ok()? - 1;
    let step = if steps == 0 { 0 } else { (end - start) / steps };
    let cuts = (0..=steps)
        .map(|number| if number == steps && steps > 0 { end } else { start + number * step })
        .map(Timestamp::from_micros)
        .collect();
    Some(Plan { cuts, horizon_micros })
}

/// A way to rank members.
#[derive(Clone, Debug)]
pub enum Method {
    /// A published formula.
    Published(Baseline),
    /// A scoring model as it is.
    Model(String, ScoringModel),
    /// A scoring model, fitted anew at each cut on what was known then.
    Fitted(String, ScoringModel),
}

impl Method {
    /// Its name in tables.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Published(baseline) => baseline.name(),
            Self::Model(name, _) | Self::Fitted(name, _) => name,
        }
    }

    fn scores(&self, view: &View<'_>, record: &Record, plan: &Plan) -> Vec<f64> {
        match self {
            Self::Published(baseline) => baseline.scores(view, plan.horizon_micros),
            Self::Model(_, model) => view.points(model),
            Self::Fitted(_, base) => {
                let fitted = calibrate::fit(record, base, view.at, plan.horizon_micros);
                view.points(fitted.as_ref().map_or(base, |fit| &fit.model))
            }
        }
    }
}

/// How well a ranking made at one cut foretold what came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CutResult {
    /// When.
    pub at: Timestamp,
    /// How many members were ranked.
    pub ranked: usize,
    /// NDCG of the first ten, 0 to 1.
    pub ndcg10: f64,
    /// NDCG of the first fifty, 0 to 1.
    pub ndcg50: f64,
    /// The 90 % interval of that, by drawing members anew.
    pub ndcg50_from: f64,
    /// Its other end.
    pub ndcg50_to: f64,
    /// Spearman's rank correlation, −1 to 1.
    pub spearman: f64,
}

/// How well a method did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodResult {
    /// Its name.
    pub name: String,
    /// At each cut.
    pub cuts: Vec<CutResult>,
}

impl MethodResult {
    /// The mean over the cuts of one of the figures; 0 without cuts.
    #[must_use]
    pub fn mean(&self, figure: impl Fn(&CutResult) -> f64) -> f64 {
        if self.cuts.is_empty() {
            return 0.0;
        }
        self.cuts.iter().map(figure).sum::<f64>() / count(self.cuts.len())
    }
}

/// The outcome of a backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How long after each cut what members did was counted, in days.
    pub horizon_days: f64,
    /// How many members and acts the record has.
    pub members: usize,
    /// How many acts.
    pub acts: usize,
    /// The methods in the order in which they were asked for.
    pub methods: Vec<MethodResult>,
}

/// Runs the backtest; `progress` is told how much of the work is done, from 0 to 1, and may end it early. `None` when it did.
pub fn run(record: &Record, plan: &Plan, methods: &[Method], mut progress: impl FnMut(f64) -> ControlFlow<()>) -> Option<Report> {
    let mut results: Vec<MethodResult> = methods
        .iter()
        .map(|method| MethodResult {
            name: method.name().to_owned(),
            cuts: Vec::with_capacity(plan.cuts.len()),
        })
        .collect();
    let total = count(plan.cuts.len() * methods.len());
    let mut done = 0;
    for cut in &plan.cuts {
        let view = record.before(*cut);
        let seen = view.seen();
        let gains = gains(record.people(), record.between(*cut, cut.plus_micros(plan.horizon_micros)));
        let gains = pick(&gains, &seen);
        for (method, result) in methods.iter().zip(&mut results) {
            let scores = pick(&method.scores(&view, record, plan), &seen);
            // Where nobody did anything for anybody, there was nothing to foretell.
            result.cuts.extend(judge(*cut, &scores, &gains));
            done += 1;
            if progress(count(done) / total).is_break() {
                return None;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "horizons of centuries fit 53 bits")]
    let horizon_days = plan.horizon_micros as f64 / (86_400.0 * 1e6);
    Some(Report {
        horizon_days,
        members: record.people(),
        acts: record.acts().len(),
        methods: results,
    })
}

fn pick(values: &[f64], places: &[usize]) -> Vec<f64> {
    places.iter().map(|place| values.get(*place).copied().unwrap_or_default()).collect()
}

fn judge(at: Timestamp, scores: &[f64], gains: &[f64]) -> Option<CutResult> {
    let ndcg50 = ndcg(scores, gains, 50)?;
    let (ndcg50_from, ndcg50_to) = interval(scores, gains, ndcg50);
    Some(CutResult {
        at,
        ranked: scores.len(),
        ndcg10: ndcg(scores, gains, 10)?,
        ndcg50,
        ndcg50_from,
        ndcg50_to,
        spearman: spearman(scores, gains),
    })
}

/// The 90 % percentile interval of NDCG@50 when members are drawn anew with replacement (Efron 1979). Always the same draws, so
/// that methods are compared under the same luck and runs repeat.
fn interval(scores: &[f64], gains: &[f64], found: f64) -> (f64, f64) {
    let mut candidates = top(scores, gains);
    candidates.extend(top(gains, scores));
    candidates.sort_unstable();
    candidates.dedup();
    let mut members: Vec<(f64, f64)> = candidates
        .into_iter()
        .filter_map(|place| Some((*scores.get(place)?, *gains.get(place)?)))
        .collect();
    // In an order that does not depend on how members were read, so that the same draws meet the same members.
    members.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let mut dice = StdRng::seed_from_u64(0);
    let draw = |_| {
        let drawn = (0..members.len()).filter_map(|_| members.get(dice.random_range(0..members.len())));
        let (scores, gains): (Vec<f64>, Vec<f64>) = drawn.copied().unzip();
        ndcg(&scores, &gains, 50)
    };
    let mut values: Vec<f64> = (0..DRAWS).filter_map(draw).collect();
    values.sort_by(f64::total_cmp);
    let end = |place: usize| values.get(place * values.len() / 100).copied().unwrap_or(found);
    (end(5).min(found), end(95).max(found))
}

/// The places of the first by one value; equal ones by the other.
fn top(values: &[f64], others: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let of = |values: &[f64], place: &usize| values.get(*place).copied().unwrap_or_default();
    order.sort_by(|a, b| {
        of(values, b)
            .total_cmp(&of(values, a))
            .then(of(others, b).total_cmp(&of(others, a)))
    });
    order.truncate(DEEPEST);
    order
}

#[cfg(test)]
mod tests {
    use entity::{InteractionKind as Kind, MemberId};
    use proptest::prelude::*;

    use super::*;
    use crate::features::evaluation::record::Act;
    use crate::features::influence::ledger::{Entry, Person};
    use crate::features::influence::trust::Footing;

    const DAY: i64 = 86_400_000_000;
    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const PEOPLE: i64 = 12;

    fn record(told: &[(Kind, i64, i64, i64)]) -> Record {
        let people: Vec<Person> = (0..PEOPLE)
            .map(|id| Person {
                id: MemberId(id),
                root: MemberId(id),
                is_scored: true,
                footing: Footing::Earns,
            })
            .collect();
        let entries: Vec<Entry> = told
            .iter()
            .map(|(kind, actor, target, day)| Entry {
                kind: *kind,
                actor: Some(MemberId(*actor)),
                target: Some(MemberId(*target)),
                at: START.plus_micros(day * DAY),
                factor: 1.0,
            })
            .collect();
        Record::new(&people, &entries)
    }

    fn methods() -> Vec<Method> {
        let model = ScoringModel::default();
        let mut methods = vec![
            Method::Model("model".to_owned(), model.clone()),
            Method::Fitted("fitted".to_owned(), model),
        ];
        methods.extend(Baseline::ALL.into_iter().map(Method::Published));
        methods
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// A signal of the future that would give everything away changes nothing that a ranking at a cut may know.
        #[test]
        fn the_future_does_not_leak(
            told in proptest::collection::vec(
                (proptest::sample::select(Kind::ALL), 0..PEOPLE, 0..PEOPLE, 0_i64..300), 20..120),
            winner in 0..u32::try_from(PEOPLE).unwrap(),
        ) {
            let past = record(&told);
            let cut = START.plus_micros(200 * DAY);
            let planted: Vec<Act> = (0..200_u32)
                .map(|number| Act {
                    kind: if number % 2 == 0 { Kind::SolutionAccepted } else { Kind::Kudos },
                    actor: Some(number % u32::try_from(PEOPLE).unwrap()),
                    target: Some(winner),
                    at: cut.plus_micros(i64::from(number)),
                    factor: 1.0,
                })
                .collect();
            let with_future = past.with(0, &planted);
            let plan = Plan { cuts: vec![cut], horizon_micros: 30 * DAY };
            for method in methods() {
                let known = method.scores(&past.before(cut), &past, &plan);
                let peeked = method.scores(&with_future.before(cut), &with_future, &plan);
                prop_assert_eq!(known, peeked, "{}", method.name());
            }
            // What it is judged by does change: the test would notice.
            let gain = |record: &Record| gains(record.people(), record.between(cut, cut.plus_micros(30 * DAY)))[winner as usize];
            prop_assert!(gain(&with_future) > gain(&past));
        }
    }

    #[test]
    fn cuts_lie_between_45_percent_and_a_horizon_before_the_end() {
        let record = record(&[(Kind::Question, 1, 2, 0), (Kind::Question, 1, 2, 1_000)]);
        let found = plan(&record, 5, 90 * DAY).unwrap();
        let days: Vec<i64> = found.cuts.iter().map(|cut| (cut.as_micros() - START.as_micros()) / DAY).collect();
        assert_eq!(days, [450, 565, 680, 795, 910]);
        assert_eq!(plan(&record, 5, 600 * DAY), None);
        assert_eq!(plan(&record, 0, DAY), None);
    }

    #[test]
    fn a_report_has_every_method_at_every_cut_and_can_be_stopped() {
        let told: Vec<_> = (0..300)
            .map(|n| (if n % 3 == 0 { Kind::Kudos } else { Kind::Answer }, n % 5, 5 + n % 7, n))
            .collect();
        let record = record(&told);
        let plan = plan(&record, 3, 30 * DAY).unwrap();
        let mut told = Vec::new();
        let report = run(&record, &plan, &methods(), |share| {
            told.push(share);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(told.is_sorted() && told.last() == Some(&1.0));
        assert_eq!(report.methods.len(), 10);
        for method in &report.methods {
            assert_eq!(method.cuts.len(), 3, "{}", method.name);
            for cut in &method.cuts {
                assert!((0.0..=1.0).contains(&cut.ndcg50) && cut.ndcg50_from <= cut.ndcg50 && cut.ndcg50 <= cut.ndcg50_to);
                assert!((-1.0..=1.0).contains(&cut.spearman));
            }
        }
        assert_eq!(run(&record, &plan, &methods(), |_| ControlFlow::Break(())), None);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "the report is its own JSON");
    }
}
