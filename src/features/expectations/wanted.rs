//! The promises that a community shall have: calendars and expectations, by name, as a file has them.
//!
//! Not here: bringing a community to them (`apply`).

mod reading;

use entity::{CaseStatus, Metric, Severity, Timestamp};

use super::schedule::{DayTime, Holiday, Weekday};

/// The promises that a community shall have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promises {
    /// Calendars, by name.
    pub calendars: Vec<WantedCalendar>,
    /// Expectations, by name.
    pub expectations: Vec<WantedExpectation>,
}

/// A calendar as it shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedCalendar {
    /// By which it is found.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// Open hours.
    pub hours: Vec<WantedHours>,
    /// Holidays.
    pub holidays: Vec<Holiday>,
}

/// Hours that are the same on several days of the week.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedHours {
    /// On which days.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub opens: DayTime,
    /// When it closes.
    pub closes: DayTime,
}

/// An expectation as it shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedExpectation {
    /// By which it is found.
    pub name: String,
    /// The promise in words for customers.
    pub public_text: String,
    /// What is promised.
    pub metric: Metric,
    /// Within what open time, in microseconds; ISO 8601 in files.
    pub target: i64,
    /// The warning time, in open microseconds; ISO 8601 in files.
    pub warn_before: i64,
    /// The name of the calendar; without one, around the clock.
    pub calendar: Option<String>,
    /// The severities covered; all when empty.
    pub severities: Vec<Severity>,
    /// The categories covered; all when empty.
    pub categories: Vec<String>,
    /// The channels covered; all when empty.
    pub channels: Vec<String>,
    /// The states in which the clock stands still; while waiting on the customer when not given, where the metric allows it.
    pub pause_on: Option<Vec<CaseStatus>>,
    /// From when on it holds; from now on when not given. The past is for cases of the past.
    pub effective_from: Option<Timestamp>,
}
