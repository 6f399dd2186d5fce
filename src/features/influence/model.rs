//! The scoring model: which interactions give credit to whom, and how much it weighs. Pure data and its questions.

use entity::InteractionKind;

/// Microseconds in a day.
const DAY: i64 = 86_400 * 1_000_000;

/// What credit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, async_graphql::Enum)]
pub enum Signal {
    /// Others were helped: answers, replies, messages, accepted solutions.
    Help,
    /// Others thanked or endorsed, less what they voted down or reported; never below zero.
    Recognition,
    /// Others commented, mentioned, passed on.
    Attention,
    /// Newcomers came by invitation, and contribute.
    Advocacy,
}

impl Signal {
    /// Every signal, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Help, Self::Recognition, Self::Attention, Self::Advocacy];
}

/// Who benefits from an interaction: the other side is the giver of the credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beneficiary {
    /// Who did it.
    Actor,
    /// Towards whom it was done.
    Target,
}

/// How one kind of interaction counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CreditRule {
    /// What the credit is for.
    pub signal: Signal,
    /// Who gets it.
    pub to: Beneficiary,
    /// How much, before decay; below zero for what counts against somebody.
    pub value: f64,
}

/// Weights of the signals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Per unit of help given, however many people it went to.
    pub help: f64,
    /// Per square root of help given to one person, summed over the people: many helped a little outweigh one helped a lot.
    pub breadth: f64,
    /// Per unit of recognition.
    pub recognition: f64,
    /// Per unit of attention.
    pub attention: f64,
    /// Per newcomer who contributes.
    pub advocacy: f64,
}

/// A version of the formula.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoringModel {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: &'static str,
    /// H: half of the slow part of a credit is gone after it, and seven eighths of the fast part. Microseconds.
    pub half_life_micros: i64,
    /// κ: the points at which the value is 50.
    pub kappa: f64,
    /// Weights of the signals.
    pub weights: Weights,
}

impl ScoringModel {
    /// The default: what others do because of you, lately, for many people.
    ///
    /// The weights were chosen as round numbers by walk-forward tests on real question-and-answer communities, where the
    /// optimum is flat: ranking by them predicts best who will help others next.
    pub const DEFAULT: Self = Self {
        version: 1,
        name: "default",
        half_life_micros: 90 * DAY,
        kappa: 20.0,
        weights: Weights {
            help: 1.0,
            breadth: 0.5,
            recognition: 0.3,
            attention: 0.05,
            advocacy: 0.5,
        },
    };

    /// How a kind counts; `None` for kinds that give nobody credit.
    #[must_use]
    pub const fn rule(&self, kind: InteractionKind) -> Option<CreditRule> {
        use InteractionKind as K;
        let (signal, to, value) = match kind {
            K::Answer | K::Reply | K::Message => (Signal::Help, Beneficiary::Actor, 1.0),
            K::SolutionAccepted => (Signal::Help, Beneficiary::Target, 2.0),
            K::Kudos => (Signal::Recognition, Beneficiary::Target, 1.0),
            K::Endorsement => (Signal::Recognition, Beneficiary::Target, 2.0),
            K::Downvote => (Signal::Recognition, Beneficiary::Target, -1.0),
            K::Flag => (Signal::Recognition, Beneficiary::Target, -2.0),
            K::Comment | K::Mention | K::Share => (Signal::Attention, Beneficiary::Target, 1.0),
            K::Invite => (Signal::Advocacy, Beneficiary::Actor, 1.0),
            K::Question | K::Post | K::Review | K::Complaint | K::Praise | K::Retraction => return None,
        };
        Some(CreditRule { signal, to, value })
    }

    /// 0 to 100, from points: `100 · points / (points + κ)`. It depends on nobody else's points.
    #[must_use]
    pub fn value(&self, points: f64) -> f64 {
        100.0 * points / (points + self.kappa)
    }

    /// The kinds that give credit to one side.
    pub fn kinds_crediting(&self, side: Beneficiary) -> impl Iterator<Item = InteractionKind> + '_ {
        InteractionKind::ALL
            .iter()
            .copied()
            .filter(move |kind| self.rule(*kind).is_some_and(|rule| rule.to == side))
    }
}

/// Whether somebody who does this takes part: an invitation counts once the newcomer did.
#[must_use]
pub const fn is_contribution(kind: InteractionKind) -> bool {
    use InteractionKind as K;
    matches!(
        kind,
        K::Question | K::Post | K::Review | K::Complaint | K::Praise | K::Answer | K::Reply | K::Message | K::Comment
    )
}
