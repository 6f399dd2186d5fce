//! What clocks follow from: what happened to a case, and what was promised. No clock is worked out here.

use std::sync::Arc;

use entity::{CalendarId, CaseId, CaseStatus, ExpectationId, Metric, Timestamp};
use serde::{Deserialize, Serialize};

use crate::features::expectations::schedule::Schedule;

/// The version of an expectation and of a calendar that make a promise what it is.
pub type PromiseKey = (ExpectationId, Option<CalendarId>);

/// One version of a promise, with the calendar it was given for. Lengths of time are microseconds of open time.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The version of the expectation.
    pub expectation: ExpectationId,
    /// The version of the calendar; without one, around the clock.
    pub calendar: Option<CalendarId>,
    /// What is promised.
    pub metric: Metric,
    /// Within how much open time.
    pub target: i64,
    /// How much before the target a warning is due; 0 for none.
    pub warn_before: i64,
    /// Whether waiting for the customer pauses it. Responses are never paused.
    pub pauses_waiting: bool,
    /// Whether being on hold pauses it. Responses and the total resolution are never paused by it.
    pub pauses_on_hold: bool,
    /// The calendar's open hours.
    pub schedule: Arc<Schedule>,
}

/// What a case's status means for a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    /// It runs.
    Runs,
    /// It waits and runs on later.
    Pauses,
    /// What was promised is done, unless the case is reopened.
    Stops,
}

impl Promise {
    /// Rule 7: a promise is a version of an expectation with a version of a calendar.
    #[must_use]
    pub const fn key(&self) -> PromiseKey {
        (self.expectation, self.calendar)
    }

    /// Rule 4: waiting pauses updates and resolutions, holding does not stop the total resolution, nothing pauses responses.
    #[must_use]
    pub(super) fn stance(&self, status: CaseStatus) -> Stance {
        use CaseStatus::{OnHold, Resolved, WaitingOnCustomer};
        let pauses = match (self.metric, status) {
            (Metric::Update | Metric::FirstResolution | Metric::TotalResolution, WaitingOnCustomer) => self.pauses_waiting,
            (Metric::Update | Metric::FirstResolution, OnHold) => self.pauses_on_hold,
            (Metric::TotalResolution, Resolved) => return Stance::Stops,
            _ => false,
        };
        if pauses { Stance::Pauses } else { Stance::Runs }
    }
}

/// Something that happened to a case and that clocks follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The case was opened.
    Opened,
    /// The customer said something, on whatever channel.
    CustomerMessage,
    /// A person of the company replied where the customer can see it.
    Reply,
    /// The case came to this status.
    Status(CaseStatus),
    /// These promises hold from now on, and no others.
    Promises(Vec<PromiseKey>),
    /// Another case was merged into this one and brought these clocks.
    Absorbed(Vec<Carried>),
    /// The customer of a case that was merged into this one has been waiting for an answer since this instant, and none of the
    /// clocks that came along counts that.
    Waited(Timestamp),
    /// This case was merged into another one.
    MergedAway,
}

/// A fact and when it happened, which may be long before it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
}

/// An open clock that a case brings along when it is merged into another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// The version of the expectation.
    pub expectation: ExpectationId,
    /// The version of the calendar.
    pub calendar: Option<CalendarId>,
    /// What is promised.
    pub metric: Metric,
    /// When it was started, in the case it comes from.
    pub started_at: Timestamp,
    /// Open microseconds consumed until the cases were merged.
    pub consumed: i64,
    /// The case in which it was started: when cases are merged again and again, not the one that brings it.
    pub from_case: CaseId,
    /// Which time it ran for its metric, in the case it comes from.
    pub instance: u32,
    /// When it was due, if it was overdue already. Then the promise was broken before the cases were merged.
    pub due_at: Option<Timestamp>,
}

/// All that clocks of a case follow from.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// What happened, in any order. Facts of one instant and of one sort keep the order in which they stand here.
    pub facts: &'a [Happened],
    /// Every promise that the facts name, those of carried clocks too. What is not here has no clock.
    pub promises: &'a [Promise],
}
