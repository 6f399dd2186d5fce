//! The scoring model in the API, and the small types of scores.

use async_graphql::{ID, Object, SimpleObject};
use entity::{CommunityId, InteractionKind};

use crate::features::influence::formula::Points;
use crate::features::influence::model::{Beneficiary, ScoringModel, Signal};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::{DateTime, Duration};

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

/// A version of the formula by which scores are made.
pub struct ScoringModelObject {
    /// Whose it is.
    pub community: CommunityId,
    /// The data.
    pub model: ScoringModel,
}

/// A version of the formula by which scores are made.
#[Object(name = "ScoringModel")]
impl ScoringModelObject {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::ScoringModel, self.community, i64::from(self.model.version))
    }

    /// Its number; a change of anything in it makes a new version.
    async fn version(&self) -> u32 {
        self.model.version
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.model.name
    }

    /// H in `decay(t) = 1/2 * 2^(-t/H) + 3/2 * 2^(-3t/H)`, by which credit fades.
    async fn half_life(&self) -> Duration {
        Duration {
            micros: self.model.half_life_micros,
        }
    }

    /// The points at which the value is 50: `value = 100 * points / (points + kappa)`.
    async fn kappa(&self) -> f64 {
        self.model.kappa
    }

    /// What each signal weighs.
    async fn weights(&self) -> Vec<SignalWeight> {
        let weights = &self.model.weights;
        let weight = |signal, volume, breadth| SignalWeight { signal, volume, breadth };
        vec![
            weight(Signal::Help, weights.help, weights.breadth),
            weight(Signal::Recognition, weights.recognition, 0.0),
            weight(Signal::Attention, weights.attention, 0.0),
            weight(Signal::Advocacy, weights.advocacy, 0.0),
        ]
    }

    /// What each kind of interaction is worth, and to whom; kinds that are not listed give nobody credit.
    async fn kinds(&self) -> Vec<KindValue> {
        let rule = |kind: &InteractionKind| {
            let rule = self.model.rule(*kind)?;
            Some(KindValue {
                kind: *kind,
                signal: rule.signal,
                value: rule.value,
                credits_actor: rule.to == Beneficiary::Actor,
            })
        };
        InteractionKind::ALL.iter().filter_map(rule).collect()
    }
}

/// What a signal weighs.
#[derive(SimpleObject)]
pub struct SignalWeight {
    /// The signal.
    signal: Signal,
    /// Points per unit of credit.
    volume: f64,
    /// Points per square root of the credit that one person gave, summed over people.
    breadth: f64,
}

/// What a kind of interaction is worth.
#[derive(SimpleObject)]
pub struct KindValue {
    /// The kind.
    kind: InteractionKind,
    /// What the credit is for.
    signal: Signal,
    /// How much credit, before it fades (the decay starts at 2); below zero for what counts against somebody.
    value: f64,
    /// Whether the credit goes to who did it; otherwise it goes to the target.
    credits_actor: bool,
}
