//! The scoring model: what each kind of interaction is worth, what signals weigh, how credit fades and who is trusted. Pure data
//! and its questions; what a model may not be stands in [`super::validation`].

use std::collections::BTreeMap;

use entity::InteractionKind;
use serde::{Deserialize, Serialize};

use super::decay::Decay;

/// What credit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, async_graphql::Enum)]
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

/// How much influence, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, async_graphql::Enum)]
#[graphql(name = "InfluenceLevel")]
pub enum Level {
    /// Too little evidence to say.
    Emerging,
    /// Gives something to somebody.
    Contributing,
    /// Known to many.
    Established,
    /// Others act on what they do.
    Influential,
    /// Among those on whom the community rests.
    Leading,
}

impl Level {
    /// Every level, ascending.
    pub const ALL: [Self; 5] = [
        Self::Emerging,
        Self::Contributing,
        Self::Established,
        Self::Influential,
        Self::Leading,
    ];

    /// The name used by the API and in the change log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emerging => "EMERGING",
            Self::Contributing => "CONTRIBUTING",
            Self::Established => "ESTABLISHED",
            Self::Influential => "INFLUENTIAL",
            Self::Leading => "LEADING",
        }
    }

    /// The number under which it is stored: never renumber, only append.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Emerging => 1,
            Self::Contributing => 2,
            Self::Established => 3,
            Self::Influential => 4,
            Self::Leading => 5,
        }
    }

    /// The level of that number.
    #[must_use]
    pub fn numbered(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
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

/// What the kinds of interactions that give credit are for, and to whom: the same in every model.
#[must_use]
pub const fn credit_of(kind: InteractionKind) -> Option<(Signal, Beneficiary)> {
    use InteractionKind as K;
    Some(match kind {
        K::Answer | K::Reply | K::Message => (Signal::Help, Beneficiary::Actor),
        K::SolutionAccepted => (Signal::Help, Beneficiary::Target),
        K::Kudos | K::Endorsement | K::Downvote | K::Flag => (Signal::Recognition, Beneficiary::Target),
        K::Comment | K::Mention | K::Share => (Signal::Attention, Beneficiary::Target),
        K::Invite => (Signal::Advocacy, Beneficiary::Actor),
        K::Question | K::Post | K::Review | K::Complaint | K::Praise | K::Retraction => return None,
    })
}

/// Whether a kind counts against somebody: its value is below zero in every model.
#[must_use]
pub const fn counts_against(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Downvote | InteractionKind::Flag)
}

/// The kinds that give credit to one side.
pub fn kinds_crediting(side: Beneficiary) -> impl Iterator<Item = InteractionKind> {
    InteractionKind::ALL
        .iter()
        .copied()
        .filter(move |kind| credit_of(*kind).is_some_and(|(_, to)| to == side))
}

/// Whether the giver of the credit does this themselves: accepts, thanks, comments. That somebody was answered is not their doing.
#[must_use]
pub const fn is_answer(kind: InteractionKind) -> bool {
    matches!(credit_of(kind), Some((_, Beneficiary::Target))) && !counts_against(kind)
}

/// Whether this was asked for: an answer has a question. Replies and messages may be unasked.
#[must_use]
pub const fn is_asked_for(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Answer)
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

/// Weights of the signals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weights {
    /// Per unit of help, however many people it went to.
    pub help: f64,
    /// Per square root of what one person gave, summed over people: many helped a little outweigh one helped a lot.
    pub breadth: f64,
    /// How much a unit of attention counts under that square root; help counts 1.
    pub breadth_attention: f64,
    /// Per unit of recognition.
    pub recognition: f64,
    /// Per unit of attention.
    pub attention: f64,
    /// Per newcomer who contributes.
    pub advocacy: f64,
}

/// Whose credit counts in full.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustTerms {
    /// From so many distinct people must a member have had credit before they are trusted at all.
    pub first_givers: u8,
    /// So many more and they are trusted in full.
    pub more_givers: u8,
    /// How long ago the first credit from each must be to count, in half-lives (at most half of the community's age).
    pub maturity: f64,
    /// What share of the slow part of untrusted credit counts by itself once it has ripened, 0 to 1.
    pub ripe_share: f64,
    /// Fresh untrusted credit counts up to so many times of what is trusted.
    pub fresh_limit: f64,
    /// Thanks without a known giver count up to so many times of what has one.
    pub anonymous_limit: f64,
    /// What of credit over a limit still counts, 0 to 1: a trace that keeps newcomers in order.
    pub trace: f64,
    /// How much of a giver's trust counts for replies and messages to which they never answered, 0 to 1: whoever writes to many trusted
    /// people must not get their trust for it. Below 1, being helped makes nobody trusted either. 1 in versions from before there was
    /// this term.
    #[serde(default = "whole")]
    pub unanswered: f64,
    /// Whether thanks without a known giver come from places that let only members of standing vote: then they have no limit,
    /// and count as trusted.
    pub vetted_votes: bool,
    /// So many trusted members must a community have before trust matters in full; with fewer, everybody's credit counts more.
    pub quorum: u32,
}

const fn whole() -> f64 {
    1.0
}

/// From which value on each level is reached, ascending, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Levels {
    /// From here on ESTABLISHED.
    pub established: f64,
    /// From here on INFLUENTIAL.
    pub influential: f64,
    /// From here on LEADING.
    pub leading: f64,
}

/// Everything that a version of the formula says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    /// What each kind of interaction is worth before decay; kinds that are not listed give nobody credit.
    pub values: BTreeMap<InteractionKind, f64>,
    /// What the signals weigh.
    pub weights: Weights,
    /// How credit fades.
    pub decay: Decay,
    /// κ: the points at which the value is 50.
    pub kappa: f64,
    /// Whose credit counts in full.
    pub trust: TrustTerms,
    /// The least evidence, in equally strong givers, for a level above EMERGING.
    pub minimum_evidence: f64,
    /// From which value on each level is reached.
    pub levels: Levels,
    /// Factors for interactions about topics, by name; of several the smallest holds. Topics that are not listed count in full.
    #[serde(default)]
    pub topics: BTreeMap<String, f64>,
}

impl Default for Terms {
    /// What others do because of you, lately, for many people who are not strangers here. Chosen by walk-forward tests on real
    /// question-and-answer communities, where the optimum is flat, as round numbers near its middle.
    fn default() -> Self {
        use InteractionKind as K;
        Self {
            values: BTreeMap::from([
                (K::Answer, 1.0),
                (K::Reply, 1.0),
                (K::Message, 1.0),
                (K::SolutionAccepted, 0.25),
                (K::Comment, 1.0),
                (K::Kudos, 1.0),
                (K::Endorsement, 2.0),
                (K::Mention, 1.0),
                (K::Share, 1.0),
                (K::Invite, 1.0),
                (K::Downvote, -1.0),
                (K::Flag, -2.0),
            ]),
            weights: Weights {
                help: 1.0,
                breadth: 0.5,
                breadth_attention: 0.2,
                recognition: 0.3,
                attention: 0.05,
                advocacy: 0.5,
            },
            decay: Decay {
                half_life_days: 90.0,
                fast_share: 0.5,
                fast_rate: 6.0,
                slow_rate: 0.5,
            },
            kappa: 20.0,
            trust: TrustTerms {
                first_givers: 1,
                more_givers: 2,
                maturity: 0.5,
                ripe_share: 0.25,
                fresh_limit: 4.0,
                anonymous_limit: 6.0,
                trace: 0.001,
                unanswered: 0.0,
                vetted_votes: false,
                quorum: 20,
            },
            minimum_evidence: 3.0,
            levels: Levels {
                established: 25.0,
                influential: 50.0,
                leading: 75.0,
            },
            topics: BTreeMap::new(),
        }
    }
}

/// A version of the formula.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoringModel {
    /// Its number in the community.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// What it says.
    pub terms: Terms,
}

impl Default for ScoringModel {
    fn default() -> Self {
        Self {
            version: 1,
            name: "default".to_owned(),
            terms: Terms::default(),
        }
    }
}

impl ScoringModel {
    /// How a kind counts; `None` for kinds that give nobody credit.
    #[must_use]
    pub fn rule(&self, kind: InteractionKind) -> Option<CreditRule> {
        let (signal, to) = credit_of(kind)?;
        let value = *self.terms.values.get(&kind)?;
        Some(CreditRule { signal, to, value })
    }

    /// 0 to 100, from points: `100 · points / (points + κ)`. It depends on nobody else's points.
    #[must_use]
    pub fn value(&self, points: f64) -> f64 {
        100.0 * points / (points + self.terms.kappa)
    }
}
