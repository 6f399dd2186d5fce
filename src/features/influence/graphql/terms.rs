//! The terms of a scoring model in the API: read, and given for drafts and trials.

use async_graphql::{InputObject, SimpleObject};
use entity::InteractionKind;

use crate::features::influence::model::Terms;
use crate::features::influence::validation::Lists;
use crate::graphql::scalars::Duration;

/// What a kind of interaction is worth.
#[derive(Clone, Debug, InputObject)]
pub struct KindValueInput {
    /// The kind; each at most once.
    pub kind: InteractionKind,
    /// How much credit, before it fades; 0 for nothing. Between -1000 and 0 for DOWNVOTE and FLAG, between 0 and 1000 for others.
    pub value: f64,
}

/// How much interactions about a topic count.
#[derive(Clone, Debug, InputObject)]
pub struct TopicFactorInput {
    /// The topic, by name; each at most once. Interactions of the community must be about it, unless the version that the terms start
    /// from names it.
    pub topic: String,
    /// The factor, 0 to 10; 0 for not at all.
    pub factor: f64,
}

macro_rules! terms_input {
    ($($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $kind:ty),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, InputObject)]
        pub struct $name { $($(#[$fmeta])* pub $field: Option<$kind>),+ }
    )+};
}

terms_input! {
    /// What signals weigh; what is left out stays as it is.
    WeightsInput {
        /// Per unit of help.
        help: f64,
        /// Per square root of what one person gave.
        breadth: f64,
        /// How much a unit of attention counts under that root.
        breadth_attention: f64,
        /// Per unit of recognition.
        recognition: f64,
        /// Per unit of attention.
        attention: f64,
        /// Per newcomer who contributes.
        advocacy: f64,
    }

    /// Whose credit counts in full; what is left out stays as it is.
    TrustTermsInput {
        /// From more than so many distinct people must a member have had credit before they are trusted at all; 0 to 20.
        first_givers: i32,
        /// So many more and they are trusted in full; 1 to 20.
        more_givers: i32,
        /// How long ago the first credit from each must be, in half-lives; 0 to 10.
        maturity: f64,
        /// What share of the slow part of untrusted credit counts once it has ripened; 0 to 1.
        ripe_share: f64,
        /// Fresh untrusted credit counts up to so many times of what is trusted.
        fresh_limit: f64,
        /// Thanks without a known giver count up to so many times of what has one.
        anonymous_limit: f64,
        /// What of credit over a limit still counts; 0 to 1.
        trace: f64,
        /// How much of a giver's trust counts for replies and messages to which they never answered; 0 to 1.
        unanswered: f64,
        /// Whether thanks without a known giver come from places that let only members of standing vote.
        vetted_votes: bool,
        /// So many trusted members must there be before trust matters in full; 0 to 10000, 0 to let it matter always.
        quorum: i32,
    }

    /// From which value on each level is reached; what is left out stays as it is.
    LevelsInput {
        /// From here on ESTABLISHED.
        established: f64,
        /// From here on INFLUENTIAL.
        influential: f64,
        /// From here on LEADING.
        leading: f64,
    }

    /// Terms of a scoring model; what is left out stays as it is in the version that it starts from.
    ScoringTermsInput {
        /// What kinds are worth; those that are not listed stay as they are.
        values: Vec<KindValueInput>,
        /// What signals weigh.
        weights: WeightsInput,
        /// H: the half-life by which credit fades.
        half_life: Duration,
        /// The share of credit that fades fast; 0 to 1.
        fast_share: f64,
        /// How many times faster than H that is; 1 to 16.
        fast_rate: f64,
        /// The rate at which the rest fades, of H; 0.05 to 1.
        slow_rate: f64,
        /// The points at which the value is 50.
        kappa: f64,
        /// Whose credit counts in full.
        trust: TrustTermsInput,
        /// The least evidence for a level above EMERGING.
        minimum_evidence: f64,
        /// From which value on each level is reached.
        levels: LevelsInput,
        /// Factors for topics: these replace all that there are.
        topics: Vec<TopicFactorInput>,
    }
}

fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

/// A whole number for a small field: what does not fit is out of every range.
fn small<T: TryFrom<i32>>(slot: &mut T, value: Option<i32>, most: T) {
    if let Some(value) = value {
        *slot = T::try_from(value).unwrap_or(most);
    }
}

impl ScoringTermsInput {
    /// What its lists say, entry by entry.
    #[must_use]
    pub fn lists(&self) -> Lists {
        let values = self.values.iter().flatten();
        let topics = self.topics.iter().flatten();
        Lists {
            values: values.map(|given| (given.kind, given.value)).collect(),
            topics: topics.map(|given| (given.topic.clone(), given.factor)).collect(),
        }
    }

    /// Terms with these changes; not checked yet.
    #[must_use]
    pub fn onto(self, mut terms: Terms) -> Terms {
        for given in self.values.unwrap_or_default() {
            if given.value == 0.0 {
                terms.values.remove(&given.kind);
            } else {
                terms.values.insert(given.kind, given.value);
            }
        }
        if let Some(given) = self.weights {
            let weights = &mut terms.weights;
            set(&mut weights.help, given.help);
            set(&mut weights.breadth, given.breadth);
            set(&mut weights.breadth_attention, given.breadth_attention);
            set(&mut weights.recognition, given.recognition);
            set(&mut weights.attention, given.attention);
            set(&mut weights.advocacy, given.advocacy);
        }
        let decay = &mut terms.decay;
        #[expect(clippy::cast_precision_loss, reason = "spans of centuries fit 53 bits")]
        set(
            &mut decay.half_life_days,
            self.half_life.map(|half_life| half_life.micros as f64 / (86_400.0 * 1e6)),
        );
        set(&mut decay.fast_share, self.fast_share);
        set(&mut decay.fast_rate, self.fast_rate);
        set(&mut decay.slow_rate, self.slow_rate);
        set(&mut terms.kappa, self.kappa);
        set(&mut terms.minimum_evidence, self.minimum_evidence);
        if let Some(given) = self.trust {
            let trust = &mut terms.trust;
            small(&mut trust.first_givers, given.first_givers, u8::MAX);
            small(&mut trust.more_givers, given.more_givers, u8::MAX);
            small(&mut trust.quorum, given.quorum, u32::MAX);
            set(&mut trust.maturity, given.maturity);
            set(&mut trust.ripe_share, given.ripe_share);
            set(&mut trust.fresh_limit, given.fresh_limit);
            set(&mut trust.anonymous_limit, given.anonymous_limit);
            set(&mut trust.trace, given.trace);
            set(&mut trust.unanswered, given.unanswered);
            set(&mut trust.vetted_votes, given.vetted_votes);
        }
        if let Some(given) = self.levels {
            let levels = &mut terms.levels;
            set(&mut levels.established, given.established);
            set(&mut levels.influential, given.influential);
            set(&mut levels.leading, given.leading);
        }
        if let Some(topics) = self.topics {
            terms.topics = topics.into_iter().map(|given| (given.topic, given.factor)).collect();
        }
        terms
    }
}

/// What a signal weighs.
#[derive(SimpleObject)]
pub struct SignalWeight {
    /// The signal.
    pub signal: crate::features::influence::model::Signal,
    /// Points per unit of credit.
    pub volume: f64,
    /// Points per square root of the credit that one person gave, summed over people.
    pub breadth: f64,
}

/// What a kind of interaction is worth.
#[derive(SimpleObject)]
pub struct KindValue {
    /// The kind.
    pub kind: InteractionKind,
    /// What the credit is for.
    pub signal: crate::features::influence::model::Signal,
    /// How much credit, before it fades; below zero for what counts against somebody.
    pub value: f64,
    /// Whether the credit goes to who did it; otherwise it goes to the target.
    pub credits_actor: bool,
}

/// Whose credit counts in full.
#[derive(SimpleObject)]
pub struct ScoringTrust {
    /// From more than so many distinct people must a member have had credit before they are trusted at all.
    pub first_givers: i32,
    /// So many more and they are trusted in full.
    pub more_givers: i32,
    /// How long ago the first credit from each must be to count, in half-lives, or half of the community's age.
    pub maturity: f64,
    /// What share of the slow part of untrusted credit counts by itself once it has ripened.
    pub ripe_share: f64,
    /// Fresh untrusted credit counts up to so many times of what is trusted.
    pub fresh_limit: f64,
    /// Thanks without a known giver count up to so many times of what has one.
    pub anonymous_limit: f64,
    /// What of credit over a limit still counts.
    pub trace: f64,
    /// How much of a giver's trust counts for replies and messages to which they never answered: did not accept, thank, comment or help
    /// in turn. Below 1, only people who did make a member trusted, too.
    pub unanswered: f64,
    /// Whether thanks without a known giver come from places that let only members of standing vote: then they have no limit.
    pub vetted_votes: bool,
    /// So many trusted members must there be before trust matters in full.
    pub quorum: i32,
}

/// From which value on each level is reached.
#[derive(SimpleObject)]
pub struct ScoringLevels {
    /// From here on ESTABLISHED.
    pub established: f64,
    /// From here on INFLUENTIAL.
    pub influential: f64,
    /// From here on LEADING.
    pub leading: f64,
}

/// How much interactions about a topic count.
#[derive(SimpleObject)]
pub struct TopicFactor {
    /// The topic, by name.
    pub topic: String,
    /// The factor.
    pub factor: f64,
}
