//! Invented communities: a believable one to try the product with, and an arbitrarily large one to measure it with.
//!
//! - [`demo_community`] tells two years of Larkwell Audio, a maker of network speakers that does not exist: a few
//!   hundred members, specialists, rising and fading helpers, newcomers, a day of outage. It is what a fresh
//!   installation is seeded with.
//! - `cases` adds what customers needed from that company, and what became of it: promises kept and broken.
//! - [`synthetic_interactions`] streams millions of plain interactions with power-law actors, for benchmarks.
//!
//! All are pure: the same plan gives the same records, and the clock is part of the plan. Storing them is the business of
//! [`seed`], and of the rooms that it asks; nothing else here knows a database.

mod calendar;
mod cases;
mod cast;
mod conversations;
mod cultures;
mod dialogue;
mod dice;
mod journal;
mod names;
mod person;
mod profiles;
mod reactions;
mod relations;
pub mod seed;
mod story;
mod support;
mod synthetic;
#[cfg(test)]
mod tests;
mod threads;

pub use synthetic::{
    SYNTHETIC_SOURCE, SYNTHETIC_TOPICS, SyntheticInteraction, SyntheticInteractions, SyntheticPlan, synthetic_interactions,
    synthetic_member,
};

use crate::features::ingest::record::{InteractionRecord, MemberRecord};
use entity::Timestamp;

/// The source all demo records come from.
pub const DEMO_SOURCE: &str = "forum";

/// Which demo community to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoPlan {
    /// The seed: another one gives other people and another story.
    pub seed: u64,
    /// The present: everything happened at least a minute before.
    pub now: Timestamp,
    /// Customers in the community; staff and a bot come on top. Inventing takes time in proportion to the square: for
    /// more than a few thousand take a [`SyntheticPlan`].
    pub members: usize,
    /// Days the story goes back, between 1 and 7,300.
    pub days: u32,
}

impl DemoPlan {
    /// The usual demo: 400 customers over two years.
    #[must_use]
    pub const fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            seed,
            now,
            members: 400,
            days: 730,
        }
    }
}

/// An invented community.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoCommunity {
    /// Customers `1`, `2`, …, then `staff-1`, …, then `bot-1`.
    pub members: Vec<MemberRecord>,
    /// What they did, oldest first.
    pub interactions: Vec<InteractionRecord>,
}

/// Invents the community of the plan.
#[must_use]
pub fn demo_community(plan: &DemoPlan) -> DemoCommunity {
    let calendar = calendar::Calendar::new(plan);
    let cast = cast::Cast::new(plan, &calendar);
    let journal = story::tell(plan, &cast, &calendar);
    DemoCommunity {
        members: profiles::describe(plan, &cast, &journal),
        interactions: journal.into_records(),
    }
}
