//! Yearly repetition, as `RRULE` writes it: on the same date, on another, or on a weekday of a month.
//!
//! Not here: other repetitions. Holidays that need them are given date by date in the files there are.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::Problem;
use super::content::Line;
use super::moment::Moment;

const UNDERSTOOD: &str =
    "is not understood; it must be FREQ=YEARLY, with INTERVAL, COUNT, UNTIL, BYMONTH, and BYMONTHDAY or BYDAY as in 4TH";

/// A repetition every year, or every so many years.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    interval: usize,
    count: usize,
    until: Option<Moment>,
    month: Option<i8>,
    day: Option<i8>,
    /// Which one of the month, negative from its end, and of which weekday.
    weekday: Option<(i8, Weekday)>,
}

impl Rule {
    /// Reads a rule for an event that starts on a date in a zone.
    pub(super) fn read(line: &Line, start: Date, zone: &TimeZone) -> Result<Self, Problem> {
        let rule = Self::parse(&line.value, zone).ok_or_else(|| line.problem(UNDERSTOOD))?;
        if rule.date_in(start.year(), start) == Some(start) {
            Ok(rule)
        } else {
            Err(line.problem("does not fit the date of DTSTART"))
        }
    }

    fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        let mut rule = Self {
            interval: 1,
            count: usize::MAX,
            until: None,
            month: None,
            day: None,
            weekday: None,
        };
        let mut yearly = false;
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => yearly = value.eq_ignore_ascii_case("YEARLY"),
                "INTERVAL" => rule.interval = value.parse::<usize>().ok().filter(|years| *years > 0)?,
                "COUNT" => rule.count = value.parse::<usize>().ok().filter(|times| *times > 0)?,
                "UNTIL" => rule.until = Some(Moment::parse(value, zone)?),
                "BYMONTH" => rule.month = Some(value.parse::<i8>().ok().filter(|month| (1..=12).contains(month))?),
                "BYMONTHDAY" => rule.day = Some(value.parse::<i8>().ok().filter(|day| (1..=31).contains(day))?),
                "BYDAY" => rule.weekday = Some(weekday_of_month(value)?),
                // Weeks do not matter to years.
                "WKST" => {}
                _ => return None,
            }
        }
        // Without a month these would mean days of every month, or weekdays of the year.
        let by_day = usize::from(rule.day.is_some()) + usize::from(rule.weekday.is_some());
        let is_understood = yearly && by_day <= usize::from(rule.month.is_some());
        is_understood.then_some(rule)
    }

    /// The dates on which an event starts that starts on a date, up to a year.
    pub(super) fn dates(&self, start: Date, last: i16) -> impl Iterator<Item = Date> {
        // A date that a year does not have is left out, and not counted.
        let years = (start.year()..=last).step_by(self.interval);
        years.filter_map(move |year| self.date_in(year, start)).take(self.count)
    }

    /// Whether a moment is past the end of the repetition.
    pub(super) fn is_over(&self, at: &Moment) -> bool {
        self.until.as_ref().is_some_and(|until| at.is_after(until))
    }

    fn date_in(&self, year: i16, start: Date) -> Option<Date> {
        let month = self.month.unwrap_or_else(|| start.month());
        match self.weekday {
            Some((nth, weekday)) => {
                let first = Date::new(year, month, 1).ok()?;
                first.nth_weekday_of_month(nth, weekday).ok()
            }
            None => Date::new(year, month, self.day.unwrap_or_else(|| start.day())).ok(),
        }
    }
}

/// `4TH` for the fourth Thursday, `-1MO` for the last Monday.
fn weekday_of_month(text: &str) -> Option<(i8, Weekday)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth = nth.parse::<i8>().ok().filter(|nth| *nth != 0 && (-5..=5).contains(nth))?;
    Some((nth, weekday))
}
