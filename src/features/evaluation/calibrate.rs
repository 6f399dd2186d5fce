//! Fitting a model to the community's own past: weights by regularised least squares, and how credit fades by trial. Pure.
//!
//! At several instants before the one it is fitted as of, members' points are split by what they were for, and compared with
//! what the members really did for others in the time after. Weights are multiplied so that the sum comes nearest, pulled
//! towards 1 as strongly as a few windows are: a small community keeps the model that it has.

use std::sync::Arc;

use entity::Timestamp;
use serde::{Deserialize, Serialize};

use super::metrics::{count, ndcg};
use super::record::{Record, View};
use super::truth::gains;
use crate::features::influence::decay::Decay;
use crate::features::influence::model::{ScoringModel, Signal};

/// Windows at most; each begins a quarter of its length before the one after it.
const MOST_WINDOWS: i64 = 12;
/// The pull towards the model that it starts from, in windows.
const PULL: f64 = 3.0;
/// Members of each order by which windows are brought to one scale.
const TOP: usize = 50;
/// By how much another way to fade must be better, on the mean and beyond chance.
const LEAST_GAIN: f64 = 0.005;
/// What the points are split into: help by volume, help by breadth, recognition, attention.
const FEATURES: usize = 4;

/// A model fitted to the past.
#[derive(Clone, Debug)]
pub struct Fit {
    /// It.
    pub model: ScoringModel,
    /// What was learnt.
    pub summary: FitSummary,
}

/// What was learnt from the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FitSummary {
    /// From how many windows.
    pub windows: usize,
    /// By what the weights of help, breadth, recognition and attention were multiplied.
    pub multipliers: [f64; FEATURES],
    /// The half-life that did best, in days.
    pub half_life_days: f64,
}

/// One window of the past.
struct Window {
    at: Timestamp,
    length: i64,
    /// How much it counts: the nearer, the more.
    weight: f64,
}

/// Fits a model as of an instant, from what was known then; `None` when there is too little past.
#[must_use]
pub fn fit(record: &Record, base: &ScoringModel, as_of: Timestamp, horizon_micros: i64) -> Option<Fit> {
    let windows = windows(record, as_of, horizon_micros)?;
    let decay = best_decay(record, base, &windows);
    let mut model = base.clone();
    model.terms.decay = decay;
    let multipliers = weigh(record, &model, &windows);
    let [help, breadth, recognition, attention] = multipliers;
    let weights = &mut model.terms.weights;
    weights.help *= help;
    weights.breadth *= breadth;
    weights.recognition *= recognition;
    weights.attention *= attention;
    let summary = FitSummary {
        windows: windows.len(),
        multipliers,
        half_life_days: decay.half_life_days,
    };
    Some(Fit { model, summary })
}

fn windows(record: &Record, as_of: Timestamp, horizon_micros: i64) -> Option<Vec<Window>> {
    let (start, _) = record.span()?;
    let age = as_of.as_micros() - start.as_micros();
    let length = horizon_micros.min(age / 3);
    if length <= 0 {
        return None;
    }
    let earliest = start.as_micros() + length * 3 / 4;
    let window = |number: i64| Window {
        at: as_of.plus_micros(-length - number * length / 4),
        length,
        #[expect(clippy::cast_precision_loss, reason = "windows are few")]
        weight: (-(number as f64) / 4.0).exp2(),
    };
    let found: Vec<Window> = (0..MOST_WINDOWS)
        .map(window)
        .take_while(|window| window.at.as_micros() >= earliest)
        .collect();
    (!found.is_empty()).then_some(found)
}

impl Window {
    fn truth(&self, record: &Record) -> Vec<f64> {
        gains(record.people(), record.between(self.at, self.at.plus_micros(self.length)))
    }
}

/// The way to fade that did best on the windows; another one than that of the model only when it is clearly better.
fn best_decay(record: &Record, base: &ScoringModel, windows: &[Window]) -> Decay {
    let own = base.terms.decay;
    let others = [
        (0.5, own.fast_share),
        (2.0, own.fast_share),
        (1.0, own.fast_share * 0.6),
        (1.0, 1.0 - (1.0 - own.fast_share) * 0.6),
    ];
    let score = |decay: Decay| -> Vec<f64> {
        let mut model = base.clone();
        model.terms.decay = decay;
        windows
            .iter()
            .map(|window| {
                let (seen, points, truth) = seen(record, window, &model);
                let pick = |values: &[f64]| -> Vec<f64> { seen.iter().filter_map(|place| values.get(*place).copied()).collect() };
                ndcg(&pick(&points), &pick(&truth), TOP).unwrap_or_default()
            })
            .collect()
    };
    let present = score(own);
    let mut best = (own, LEAST_GAIN);
    for (factor, fast_share) in others {
        let decay = Decay {
            half_life_days: (own.half_life_days * factor).clamp(1.0, 3_650.0),
            fast_share,
            ..own
        };
        let gains: Vec<f64> = score(decay).iter().zip(&present).map(|(a, b)| a - b).collect();
        let n = count(gains.len());
        let mean = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        // Windows overlap four times: they are a quarter as many as they seem.
        let error = (variance / (n / 4.0).max(1.0)).sqrt();
        if mean - 2.0 * error > best.1 {
            best = (decay, mean - 2.0 * error);
        }
    }
    best.0
}

fn seen(record: &Record, window: &Window, model: &ScoringModel) -> (Vec<usize>, Vec<f64>, Vec<f64>) {
    let view = record.before(window.at);
    (view.seen(), view.points(model), window.truth(record))
}

/// By what the weights are to be multiplied: `min Σ (truth − Σ u·part)² / (points + ½) + pull·Σ (u − 1)²`, every `u` zero or more.
fn weigh(record: &Record, model: &ScoringModel, windows: &[Window]) -> [f64; FEATURES] {
    let mut normal = [[0.0; FEATURES]; FEATURES];
    let mut target = [0.0; FEATURES];
    let mut energy = 0.0;
    for window in windows {
        let view = record.before(window.at);
        let parts = parts(&view, model);
        let truth = window.truth(record);
        let sums: Vec<f64> = parts.iter().map(|parts| parts.iter().sum()).collect();
        let (own, real) = (top(&sums), top(&truth));
        if own <= 0.0 || real <= 0.0 {
            continue;
        }
        for place in view.seen() {
            let (Some(parts), Some(truth)) = (parts.get(place), truth.get(place)) else {
                continue;
            };
            let parts = parts.map(|part| part * 100.0 / own);
            let truth = truth * 100.0 / real;
            let points: f64 = parts.iter().sum();
            let weight = window.weight / (points + 0.5);
            energy += weight * points * points;
            for ((row, target), part) in normal.iter_mut().zip(&mut target).zip(parts) {
                *target += weight * part * truth;
                for (cell, other) in row.iter_mut().zip(parts) {
                    *cell += weight * part * other;
                }
            }
        }
    }
    let pull = (PULL * energy / count(windows.len())).max(f64::MIN_POSITIVE);
    for (place, (row, target)) in normal.iter_mut().zip(&mut target).enumerate() {
        *target += pull;
        if let Some(cell) = row.get_mut(place) {
            *cell += pull;
        }
    }
    solve(&normal, &target)
}

/// Non-negative least squares on normal equations by cyclic coordinate descent, which settles for a convex problem (Franc, Hlaváč,
/// Navara 2005).
fn solve(normal: &[[f64; FEATURES]; FEATURES], target: &[f64; FEATURES]) -> [f64; FEATURES] {
    let mut found = [1.0; FEATURES];
    for _ in 0..500 {
        for (place, (row, target)) in normal.iter().zip(target).enumerate() {
            let others: f64 = row.iter().zip(&found).map(|(a, u)| a * u).sum();
            let (Some(own), Some(slot)) = (row.get(place), found.get_mut(place)) else {
                continue;
            };
            *slot = ((target - others + own * *slot) / own).max(0.0);
        }
    }
    found
}

fn top(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(|a, b| b.total_cmp(a));
    values.iter().take(TOP).sum()
}

/// Everybody's points, split, by place. What help brings by breadth is what it would lack without.
fn parts(view: &View<'_>, model: &ScoringModel) -> Vec<[f64; FEATURES]> {
    let mut ledger = view.ledger(model);
    let trust = Arc::new(ledger.trust());
    let whole = ledger.rank(&trust, view.at);
    let mut narrow = model.clone();
    narrow.terms.weights.breadth = 0.0;
    let mut ledger = view.ledger(&narrow);
    let narrow = ledger.rank(&trust, view.at);
    let of = |place: usize| {
        let member = view.member(place)?;
        let points = whole.standing(member)?.points;
        let volume = narrow
            .standing(member)
            .map_or(0.0, |standing| standing.points.help)
            .min(points.help);
        Some([
            volume,
            points.of(Signal::Help) - volume,
            points.of(Signal::Recognition),
            points.of(Signal::Attention),
        ])
    };
    (0..view.people()).map(|place| of(place).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_are_found_and_stay_above_zero() {
        let mut normal = [[0.0; FEATURES]; FEATURES];
        for (place, row) in normal.iter_mut().enumerate() {
            row[place] = 2.0;
        }
        normal[0][1] = 1.0;
        normal[1][0] = 1.0;
        let found = solve(&normal, &[4.0, 2.0, -3.0, 2.0]);
        for (found, expected) in found.iter().zip([2.0, 0.0, 0.0, 1.0]) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }
}
