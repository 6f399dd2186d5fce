//! A community of any size for measurements: millions of interactions a second, in the memory of one. The people are
//! numbers and say nothing; for a community worth looking at see `story`.
//!
//! Activity follows a power law: the weight of rank *r* falls as *r*^(−3/4) for those who help, and as *r*^(−1/2) for
//! those who ask, thank and comment. Both are drawn by inverse transform of the continuous law,
//! `rank = (1 + u·(N^(1−s) − 1))^(1/(1−s))`, where for these two exponents a square root or two and a few products are
//! all it takes: the result is the same on every machine.

use super::dice::Dice;
use crate::features::ingest::record::{InteractionRecord, MemberRecord};
use entity::{Consent, InteractionKind, Timestamp, Visibility};

/// The source of [`synthetic_member`]s.
pub const SYNTHETIC_SOURCE: &str = "synthetic";

/// How many subjects there are.
pub const SYNTHETIC_TOPICS: u32 = 64;

/// The largest prime below 2³²: more members than that there cannot be.
const PRIME: u64 = 4_294_967_291;

/// Kinds with their share in 1,000; the rest of the kinds do not occur.
const MIX: [(InteractionKind, u64); 15] = [
    (InteractionKind::Kudos, 350),
    (InteractionKind::Comment, 220),
    (InteractionKind::Answer, 200),
    (InteractionKind::Question, 120),
    (InteractionKind::SolutionAccepted, 60),
    (InteractionKind::Reply, 15),
    (InteractionKind::Message, 10),
    (InteractionKind::Post, 8),
    (InteractionKind::Downvote, 5),
    (InteractionKind::Mention, 4),
    (InteractionKind::Endorsement, 3),
    (InteractionKind::Share, 2),
    (InteractionKind::Review, 1),
    (InteractionKind::Complaint, 1),
    (InteractionKind::Praise, 1),
];

/// How large a synthetic community is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticPlan {
    /// The seed.
    pub seed: u64,
    /// The present: nothing is later.
    pub now: Timestamp,
    /// Members, numbered from 1; at most about 2³².
    pub members: u64,
    /// Interactions, numbered from 1.
    pub interactions: u64,
    /// Days over which they are spread evenly.
    pub days: u32,
}

/// One interaction of a synthetic community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticInteraction {
    /// Its number, from 1, in the order of time.
    pub number: u64,
    /// What was done.
    pub kind: InteractionKind,
    /// Who did it; `None` for half of the kudos and downvotes.
    pub actor: Option<u64>,
    /// Towards whom; `None` for what starts a conversation. Never the actor.
    pub target: Option<u64>,
    /// When.
    pub occurred_at: Timestamp,
    /// About what, below [`SYNTHETIC_TOPICS`].
    pub topic: u32,
    /// Who may read it.
    pub visibility: Visibility,
}

impl SyntheticInteraction {
    /// The same as a record of a source; its members are those of [`synthetic_member`] in that source.
    #[must_use]
    pub fn to_record(&self, source: &str) -> InteractionRecord {
        InteractionRecord {
            source: source.to_owned(),
            external_id: format!("x-{}", self.number),
            kind: self.kind,
            actor: self.actor.map(|number| number.to_string()),
            target: self.target.map(|number| number.to_string()),
            thread: None,
            parent: None,
            channel: None,
            visibility: self.visibility,
            occurred_at: self.occurred_at,
            topics: vec![format!("topic-{}", self.topic)],
            sentiment: None,
            text: None,
            url: None,
            retracts: None,
        }
    }
}

/// The record of a synthetic member, in [`SYNTHETIC_SOURCE`].
#[must_use]
pub fn synthetic_member(number: u64) -> MemberRecord {
    MemberRecord {
        source: SYNTHETIC_SOURCE.to_owned(),
        external_id: number.to_string(),
        display_name: Some(format!("Member {number}")),
        handle: Some(format!("member{number}")),
        is_staff: Some(false),
        is_bot: Some(false),
        consent: Some(Consent::Scored),
        ..MemberRecord::default()
    }
}

/// The interactions of the plan, in the order of time; none when there are no members.
#[must_use]
pub fn synthetic_interactions(plan: &SyntheticPlan) -> SyntheticInteractions {
    let members = plan.members.min(PRIME - 1);
    let total = if members == 0 { 0 } else { plan.interactions };
    let span = u64::from(plan.days).saturating_mul(86_400_000_000);
    let root = (members as f64).sqrt();
    SyntheticInteractions {
        dice: Dice::new(plan.seed, 4),
        members,
        stretch_of_visitors: root - 1.0,
        stretch_of_helpers: root.sqrt() - 1.0,
        next: 1,
        total,
        start: plan.now.as_micros().saturating_sub(i64::try_from(span).unwrap_or(i64::MAX)),
        step: span.checked_div(total).unwrap_or_default(),
    }
}

/// The stream behind [`synthetic_interactions`].
#[derive(Clone, Debug)]
pub struct SyntheticInteractions {
    dice: Dice,
    members: u64,
    stretch_of_visitors: f64,
    stretch_of_helpers: f64,
    next: u64,
    total: u64,
    start: i64,
    step: u64,
}

impl SyntheticInteractions {
    /// One who helps: member 1 most of all.
    #[inline]
    fn helper(&mut self) -> u64 {
        let base = 1.0 + self.dice.unit() * self.stretch_of_helpers;
        self.clamped(base * base * base * base)
    }

    /// One who asks, thanks or comments: busy ones too, but not the same as the helpers.
    #[inline]
    fn visitor(&mut self) -> u64 {
        let base = 1.0 + self.dice.unit() * self.stretch_of_visitors;
        let rank = self.clamped(base * base);
        // A prime shares no factor with a smaller number: it shuffles the ranks without a table.
        (rank * PRIME) % self.members + 1
    }

    #[inline]
    fn clamped(&self, rank: f64) -> u64 {
        (rank as u64).clamp(1, self.members)
    }

    #[inline]
    fn kind(&mut self) -> InteractionKind {
        let mut left = self.dice.below(1_000);
        for (kind, share) in MIX {
            if left < share {
                return kind;
            }
            left -= share;
        }
        InteractionKind::Kudos
    }

    /// Actor and target, by who benefits: answers flow from helpers to visitors, thanks the other way.
    #[inline]
    fn people(&mut self, kind: InteractionKind) -> (Option<u64>, Option<u64>) {
        use InteractionKind as Kind;
        let (actor, target) = match kind {
            Kind::Question | Kind::Post | Kind::Review | Kind::Complaint | Kind::Praise => {
                return (Some(self.visitor()), None);
            }
            Kind::Kudos | Kind::Downvote if self.dice.bits() >> 63 == 0 => {
                return (None, Some(self.helper()));
            }
            Kind::Answer | Kind::Reply | Kind::Message => (self.helper(), self.visitor()),
            _ => (self.visitor(), self.helper()),
        };
        if actor != target {
            return (Some(actor), Some(target));
        }
        let neighbour = target % self.members + 1;
        (Some(actor), (neighbour != actor).then_some(neighbour))
    }

    #[inline]
    fn visibility(&mut self, kind: InteractionKind) -> Visibility {
        match kind {
            InteractionKind::Message => Visibility::Private,
            _ if self.dice.below(100) < 6 => Visibility::SemiPrivate,
            _ => Visibility::Public,
        }
    }

    /// Even in time with some jitter, so that the order of numbers is the order of time.
    #[inline]
    fn instant(&mut self) -> Timestamp {
        let offset = self.step * (self.next - 1) + self.dice.below(self.step);
        Timestamp::from_micros(self.start).plus_micros(i64::try_from(offset).unwrap_or(i64::MAX))
    }

    /// Half of the talk is about one subject in eight.
    #[inline]
    fn topic(&mut self) -> u32 {
        let place = self.dice.unit();
        (place * place * place * f64::from(SYNTHETIC_TOPICS)) as u32
    }
}

impl Iterator for SyntheticInteractions {
    type Item = SyntheticInteraction;

    #[inline]
    fn next(&mut self) -> Option<SyntheticInteraction> {
        if self.next > self.total {
            return None;
        }
        let kind = self.kind();
        let (actor, target) = self.people(kind);
        let interaction = SyntheticInteraction {
            number: self.next,
            kind,
            actor,
            target,
            occurred_at: self.instant(),
            topic: self.topic(),
            visibility: self.visibility(kind),
        };
        self.next += 1;
        Some(interaction)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.total.saturating_sub(self.next - 1)).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}
