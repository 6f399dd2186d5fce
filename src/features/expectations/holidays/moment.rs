//! Dates, and dates with times of the day, as iCalendar files write them.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Problem;
use super::content::Line;

/// When an event starts or ends.
#[derive(Clone, Debug)]
pub(super) enum Moment {
    /// With the day.
    Date(Date),
    /// At a time of the day in a zone.
    Time(DateTime, TimeZone),
}

impl Moment {
    /// The one moment that a line tells; a time without a zone is one of the calendar's.
    pub(super) fn read(line: &Line, calendar: &TimeZone) -> Result<Self, Problem> {
        Self::read_text(line, &line.value, calendar)
    }

    /// All moments that a line tells.
    pub(super) fn read_list(line: &Line, calendar: &TimeZone) -> Result<Vec<Self>, Problem> {
        line.value.split(',').map(|text| Self::read_text(line, text, calendar)).collect()
    }

    fn read_text(line: &Line, text: &str, calendar: &TimeZone) -> Result<Self, Problem> {
        let zone = match line.param("TZID") {
            Some(name) => TimeZone::get(name).map_err(|error| line.problem(&format!("has a time zone that is unknown: {error}")))?,
            None => calendar.clone(),
        };
        let found = Self::parse(text.trim(), &zone);
        let found = found.ok_or_else(|| line.problem("is neither a date as 20261225 nor a time as 20261224T120000"))?;
        let fits = match line.param("VALUE").map(str::to_ascii_uppercase).as_deref() {
            // Many files leave out that it is a date, which can be seen.
            None => true,
            Some("DATE") => matches!(found, Self::Date(_)),
            Some("DATE-TIME") => matches!(found, Self::Time(..)),
            Some(_) => false,
        };
        if fits {
            Ok(found)
        } else {
            Err(line.problem("is not of the kind that VALUE says, or that is not one for a holiday"))
        }
    }

    /// `20261225`, `20261224T120000` in a zone, `20261224T120000Z` in UTC.
    pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else {
            return parse_date(text).map(Self::Date);
        };
        let (time, zone) = match time.strip_suffix('Z') {
            Some(time) => (time, TimeZone::UTC),
            None => (time, zone.clone()),
        };
        Some(Self::Time(parse_date(date)?.to_datetime(parse_time(time)?), zone))
    }

    /// The date, as it is written.
    pub(super) fn date(&self) -> Date {
        match self {
            Self::Date(date) => *date,
            Self::Time(time, _) => time.date(),
        }
    }

    /// The same on another date.
    pub(super) fn on(&self, date: Date) -> Self {
        match self {
            Self::Date(_) => Self::Date(date),
            Self::Time(time, zone) => Self::Time(date.to_datetime(time.time()), zone.clone()),
        }
    }

    /// The instant, where there is a time of the day.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Date(_) => None,
            Self::Time(time, zone) => zone.to_timestamp(*time).ok(),
        }
    }

    /// Later by a span.
    pub(super) fn plus(&self, span: Span) -> Option<Self> {
        match self {
            Self::Date(date) => date.checked_add(span).ok().map(Self::Date),
            Self::Time(time, zone) => {
                let later = zone.to_zoned(*time).and_then(|start| start.checked_add(span)).ok()?;
                Some(Self::Time(later.datetime(), zone.clone()))
            }
        }
    }

    /// Whether it is later than another: by the clock if both have one, else by the date.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        match (self.instant(), other.instant()) {
            (Some(this), Some(other)) => this > other,
            _ => self.date() > other.date(),
        }
    }

    /// Whether it is the same as another: by the clock if both have one, else by the date.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self.instant(), other.instant()) {
            (Some(this), Some(other)) => this == other,
            _ => self.date() == other.date(),
        }
    }
}

fn parse_date(text: &str) -> Option<Date> {
    let parts = (number(text, 0, 4)?, number(text, 4, 6)?, number(text, 6, 8)?);
    Date::new(parts.0, parts.1, parts.2).ok().filter(|_| text.len() == 8)
}

fn parse_time(text: &str) -> Option<Time> {
    let parts = (number(text, 0, 2)?, number(text, 2, 4)?, number(text, 4, 6)?);
    Time::new(parts.0, parts.1, parts.2, 0).ok().filter(|_| text.len() == 6)
}

fn number<T: FromStr>(text: &str, from: usize, to: usize) -> Option<T> {
    let digits = text.get(from..to)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}
