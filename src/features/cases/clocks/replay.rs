//! The one question that is asked about clocks: how do they stand, given all that happened?

use entity::Timestamp;

pub use super::clock::{Breach, Clock, ClockEvent, ClockEventKind};
use super::facts::{Happened, History};
pub use super::merging::carried;
use super::story::Story;

/// Every clock that a case ever had, as it stands at an instant, sorted by metric, instance and expectation.
///
/// `now` decides only what time alone decides: whether an open clock is near its due time or past it, whether that was told,
/// and what it has consumed. Facts count even when they lie after `now`.
///
/// Nothing before the case was opened counts, except which promises were chosen; and nothing after it was closed or merged
/// away.
#[must_use]
pub fn replay(history: &History<'_>, now: Timestamp) -> Vec<Clock> {
    let mut facts: Vec<&Happened> = history.facts.iter().collect();
    facts.sort_by_key(|happened| happened.at);
    let mut story = Story::new(history.promises);
    for instant in facts.chunk_by(|one, next| one.at == next.at) {
        if let Some(first) = instant.first() {
            story.take(first.at, instant);
        }
    }
    let mut clocks = story.clocks_at(now);
    clocks.sort_by_key(|clock| (clock.metric, clock.instance, clock.expectation, clock.calendar, clock.carried_from));
    clocks
}
