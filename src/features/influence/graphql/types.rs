//! The small types of scores.

use async_graphql::SimpleObject;

use crate::features::influence::formula::Points;
use crate::features::influence::model::Signal;
use crate::graphql::scalars::DateTime;

/// What one signal contributes to a score.
#[derive(SimpleObject)]
pub struct SignalShare {
    /// The signal.
    signal: Signal,
    /// Its points; those of all signals sum to the points of the score.
    points: f64,
    /// Its part of the points, 0 to 1; 0 when there are none.
    share: f64,
}

/// The points of a score by signal.
#[must_use]
pub fn shares(points: &Points) -> Vec<SignalShare> {
    let total = points.total();
    let share = |points: f64| if total > 0.0 { points / total } else { 0.0 };
    Signal::ALL
        .into_iter()
        .map(|signal| SignalShare {
            signal,
            points: points.of(signal),
            share: share(points.of(signal)),
        })
        .collect()
}

/// A score as of an instant.
#[derive(SimpleObject)]
pub struct ScorePoint {
    /// The instant.
    pub at: DateTime,
    /// The value then, 0 to 100.
    pub value: f64,
    /// The points then.
    pub points: f64,
}

/// Where a value lies with 90 % confidence.
#[derive(SimpleObject)]
pub struct ScoreInterval {
    /// From here.
    pub low: f64,
    /// To here.
    pub high: f64,
}
