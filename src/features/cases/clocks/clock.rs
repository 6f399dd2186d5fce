//! A clock as the replay gives it. Only words, no rules.

use entity::{CalendarId, CaseId, ClockState, ExpectationId, Metric, Timestamp};

/// One promise's clock, as it stands at the instant that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The version of the expectation.
    pub expectation: ExpectationId,
    /// The version of the calendar.
    pub calendar: Option<CalendarId>,
    /// What is promised.
    pub metric: Metric,
    /// Which time it is that this is owed for the metric, from 1; of a carried clock, in the case it comes from.
    pub instance: u32,
    /// The case in which it was started, when it came along as that was merged into this one.
    pub carried_from: Option<CaseId>,
    /// Whether the promise was broken before the clock came along: the breach is on record where it was.
    pub came_broken: bool,
    /// Since when it counts.
    pub started_at: Timestamp,
    /// How it stands.
    pub state: ClockState,
    /// When it is due. `None` while it is paused, and when it ended paused before it was due.
    pub due_at: Option<Timestamp>,
    /// When a warning is due. `None` while it is paused, or when none was asked for.
    pub warn_at: Option<Timestamp>,
    /// Since when it is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Open microseconds consumed until it ended or was paused, or until now.
    pub consumed: i64,
    /// When what was promised was done, in time or late.
    pub fulfilled_at: Option<Timestamp>,
    /// When it ended, one way or another.
    pub ended_at: Option<Timestamp>,
    /// That the promise was broken, if it was.
    pub breach: Option<Breach>,
    /// What the clock did, in the order of time.
    pub log: Vec<ClockEvent>,
}

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When the promise was due; it was broken from then on.
    pub due_at: Timestamp,
    /// When the clock ended. `None` while it is still owed, here or in the case in which this one goes on.
    pub ended_at: Option<Timestamp>,
    /// Open microseconds past the target, once it ended. 0 when it was closed all the time since it was due.
    pub overrun: Option<i64>,
}

impl Breach {
    /// The same breach while what was promised is owed.
    pub(super) const fn still_owed(self) -> Self {
        Self {
            ended_at: None,
            overrun: None,
            ..self
        }
    }
}

/// Something that a clock did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ClockEventKind,
}

/// What clocks do. In the order in which events of one instant are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockEventKind {
    /// It began to count.
    Activated,
    /// It was paused.
    Paused,
    /// It ran on.
    Resumed,
    /// What was promised was done, in time or late.
    Fulfilled,
    /// It will soon be due.
    Warned,
    /// The promise was broken.
    Breached,
    /// It no longer counts, and was not overdue.
    Cancelled,
}
