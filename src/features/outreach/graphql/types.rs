//! The types of the lists.

use async_graphql::{Enum, Object, SimpleObject};

use crate::features::influence::model::Level;
use crate::features::members::Member;
use crate::features::outreach::risk::Reason;

/// What a list of members tells beside its page.
pub struct OutreachTotals(pub(super) usize);

/// What a list of members tells beside its page.
#[Object]
impl OutreachTotals {
    /// How many there are on all pages.
    async fn total_count(&self) -> usize {
        self.0
    }
}

/// A member whom others rely on and few follow.
#[derive(SimpleObject)]
pub struct QuietInfluencer {
    /// Who; null for a member who was removed a moment ago.
    pub(super) member: Option<Member>,
    /// 0 to 100, as in the member's score.
    pub(super) value: f64,
    /// The points.
    pub(super) points: f64,
    /// How much influence, in words.
    pub(super) level: Level,
    /// Place in the whole leaderboard.
    pub(super) rank: usize,
    /// How many follow them, over all accounts of theirs; an account whose followers nobody told counts as none.
    pub(super) followers: i64,
}

/// A member whose value changed.
#[derive(SimpleObject)]
pub struct MovingMember {
    /// Who; null for a member who was removed a moment ago.
    pub(super) member: Option<Member>,
    /// 0 to 100, now.
    pub(super) value: f64,
    /// The points, now.
    pub(super) points: f64,
    /// How much influence now, in words.
    pub(super) level: Level,
    /// Place in the leaderboard of now; null without points.
    pub(super) rank: Option<usize>,
    /// The value now less the value before.
    pub(super) change: f64,
    /// The value before, 0 to 100, by the model of that time; 0 without points.
    pub(super) value_before: f64,
    /// How much influence before, in words.
    pub(super) level_before: Level,
    /// Place in the leaderboard of before; null without points.
    pub(super) rank_before: Option<usize>,
}

/// A member with influence whom the company may lose.
#[derive(SimpleObject)]
pub struct MemberAtRisk {
    /// Who; null for a member who was removed a moment ago.
    pub(super) member: Option<Member>,
    /// 0 to 100, as in the member's score.
    pub(super) value: f64,
    /// The points.
    pub(super) points: f64,
    /// How much influence, in words.
    pub(super) level: Level,
    /// Place in the leaderboard.
    pub(super) rank: usize,
    /// Why; at least one.
    pub(super) reasons: Vec<RiskReason>,
    /// How many cases of theirs are open, as far as the caller's clearance reaches.
    pub(super) open_cases: i64,
    /// The mean sentiment of what they did in the last 30 days, from -1 (bad) to 1 (good), as far as the caller may read it; null with
    /// fewer than three that were measured.
    pub(super) sentiment: Option<f64>,
    /// The same of the 180 days before.
    pub(super) sentiment_before: Option<f64>,
}

/// Why the company may lose a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RiskReason {
    /// An open case of theirs has a broken promise, which was not excused.
    BreachedCase,
    /// An open case of theirs has been waiting for the company for more than 24 hours.
    UnansweredCase,
    /// The mean sentiment of the last 30 days is at least 0.3 below that of the 180 days before, of three interactions or more each.
    FallingSentiment,
}

impl From<Reason> for RiskReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::BreachedCase => Self::BreachedCase,
            Reason::UnansweredCase => Self::UnansweredCase,
            Reason::FallingSentiment => Self::FallingSentiment,
        }
    }
}
