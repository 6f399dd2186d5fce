//! When a community is at work: open hours of a week in a time zone, less its holidays, and how much of a span of time that is.
//!
//! What is open, exactly (time is counted in microseconds, and every interval includes its start and not its end):
//!
//! 1. The hours `opens`–`closes` of a weekday apply to every date that is such a weekday. When `closes` is not after `opens`,
//!    they end on the next date. `24:00` is the `00:00` of the next date.
//! 2. They begin when the clock on the wall first shows `opens` on that date, and end when it last shows `closes`. So where
//!    clocks are put back, and a time is shown twice, hours open at the first and close at the second, also a `closes` that is
//!    the very time to which the clocks are put back.
//! 3. A time that is skipped, where clocks are put forward, stands for the moment of the change: hours that open in the gap open
//!    when it ends, hours that close in it close then, and hours (or whole dates) that lie in it are not at all.
//! 4. What is open is the union of all that, less the holidays. While the clock on the wall shows the date of a holiday, and a
//!    time in the part of it that is closed, nothing is open, in both passes of a time that is shown twice. So a shift that
//!    began on the evening before ends at midnight.
//! 5. Durations are absolute: an hour is 3,600 seconds, also on a night when clocks change.
//!
//! Not here: which calendar holds for which expectation (`service`), and clocks that run by a calendar (`cases`).

mod definition;
mod hours;
mod line;
mod validation;

use entity::Timestamp;

pub use definition::{CalendarDefinition, DayTime, Holiday, NotADayTime, OpenHours, Weekday};
pub use hours::Hours;
pub use validation::{MAX_HOLIDAYS, MAX_HOURS, ScheduleError};

/// A calendar must be open at some time within 366 days.
const MUST_OPEN_WITHIN: i64 = 366 * line::DAY;

/// When a community is at work, ready to be asked.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Around the clock, every day.
    Always,
    /// At the hours of a calendar.
    Hours(Hours),
}

impl Schedule {
    /// Around the clock, every day.
    #[must_use]
    pub const fn always() -> Self {
        Self::Always
    }

    /// Makes a definition ready. `from` is when it begins to matter: it must be open at some time in the 366 days after.
    /// For a recorded calendar that is when it was recorded, so that the answer never changes.
    ///
    /// # Errors
    /// [`ScheduleError`] that names the field: an unknown zone; no hours or too many; hours that are no hours or overlap; a closed
    /// part of a day that is none; too many holidays; a calendar that would never be open.
    pub fn compile(definition: &CalendarDefinition, from: Timestamp) -> Result<Self, ScheduleError> {
        let hours = Hours::new(validation::check(definition)?);
        let until = from.plus_micros(MUST_OPEN_WITHIN);
        if hours.open_between(from.as_micros(), until.as_micros()) == 0 {
            let field = if definition.holidays.is_empty() { "hours" } else { "holidays" };
            return Err(ScheduleError::new(field, "leave the calendar closed for the next 366 days"));
        }
        Ok(Self::Hours(hours))
    }

    /// How much is open from `from` up to `to`, in microseconds; 0 when `to` is not after `from`.
    #[must_use]
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (from, to) = (from.as_micros(), to.as_micros());
        match self {
            Self::Always => to.saturating_sub(from).max(0),
            Self::Hours(hours) => hours.open_between(from, to),
        }
    }

    /// The earliest instant, not before `from`, up to which at least `open` microseconds are open; `from` when `open` is not
    /// positive. Where that takes more than 200 years, the instant 200 years after `from`.
    #[must_use]
    pub fn after(&self, from: Timestamp, open: i64) -> Timestamp {
        match self {
            _ if open <= 0 => from,
            Self::Always => from.plus_micros(open),
            Self::Hours(hours) => Timestamp::from_micros(hours.after(from.as_micros(), open)),
        }
    }

    /// Whether it is open at an instant.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Hours(hours) => hours.open_between(at.as_micros(), at.plus_micros(1).as_micros()) > 0,
        }
    }

    /// What is open from `from` up to `to`: intervals in ascending order that do not touch, cut at both ends. Their number grows
    /// with the span, which is the caller's to limit.
    #[must_use]
    pub fn intervals(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        match self {
            _ if to <= from => Vec::new(),
            Self::Always => vec![(from, to)],
            Self::Hours(hours) => {
                let found = hours.intervals(from.as_micros(), to.as_micros());
                let instants = |(opens, closes)| (Timestamp::from_micros(opens), Timestamp::from_micros(closes));
                found.into_iter().map(instants).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
