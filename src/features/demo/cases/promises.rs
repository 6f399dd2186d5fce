//! What the company of the demo promises: office hours with the holidays of its country, and promises that it keeps more often
//! than not.

use entity::{Metric, Severity, Timestamp};
use jiff::civil::Date;

use crate::features::demo::DemoPlan;
use crate::features::expectations::schedule::{DayTime, Holiday, Weekday};
use crate::features::expectations::wanted::{Promises, WantedCalendar, WantedExpectation, WantedHours};

use super::{DAY, HOUR};

/// The calendar's name.
const OFFICE: &str = "Office hours";

/// Days that are closed every year; the last two from two in the afternoon on.
const HOLIDAYS: [(i8, i8, &str, bool); 7] = [
    (1, 1, "New Year's Day", true),
    (5, 1, "Labour Day", true),
    (10, 3, "German Unity Day", true),
    (12, 25, "Christmas Day", true),
    (12, 26, "Boxing Day", true),
    (12, 24, "Christmas Eve", false),
    (12, 31, "New Year's Eve", false),
];

/// A promise of the demo: name, words, metric, office hours, hours of warning, severities.
type Line = (&'static str, &'static str, Metric, i64, i64, &'static [Severity]);

const URGENT: &[Severity] = &[Severity::Critical, Severity::High];
const OTHER: &[Severity] = &[Severity::Normal, Severity::Low];

const LINES: [Line; 7] = [
    (
        "First answer, urgent",
        "When something important fails, a person answers within four office hours.",
        Metric::FirstResponse,
        4,
        1,
        URGENT,
    ),
    (
        "First answer",
        "A person answers you within one working day.",
        Metric::FirstResponse,
        9,
        2,
        OTHER,
    ),
    (
        "Every answer",
        "Whenever you write again, we answer within two working days.",
        Metric::NextResponse,
        18,
        4,
        &[],
    ),
    (
        "Word from us",
        "As long as your case is open, you hear from us every five working days, unless it is your turn.",
        Metric::Update,
        45,
        9,
        &[],
    ),
    (
        "Solved, urgent",
        "What is urgent is solved within five working days.",
        Metric::FirstResolution,
        45,
        9,
        URGENT,
    ),
    (
        "Solved",
        "Everything else is solved within ten working days.",
        Metric::FirstResolution,
        90,
        18,
        OTHER,
    ),
    (
        "Solved for good",
        "From the first word to the last, we need no more than three weeks of working days.",
        Metric::TotalResolution,
        135,
        27,
        &[],
    ),
];

/// Everything that is promised, since before the first case of the plan.
pub(in crate::features::demo) fn promised(plan: &DemoPlan) -> Promises {
    let since = plan.now.plus_micros(-(i64::from(plan.days) + 1) * DAY);
    let expectation = |(name, public_text, metric, target, warning, severities): Line| WantedExpectation {
        name: name.to_owned(),
        public_text: public_text.to_owned(),
        metric,
        target: target * HOUR,
        warn_before: warning * HOUR,
        calendar: Some(OFFICE.to_owned()),
        severities: severities.to_vec(),
        categories: Vec::new(),
        channels: Vec::new(),
        pause_on: None,
        effective_from: Some(since),
    };
    Promises {
        calendars: vec![office(since, plan.now)],
        expectations: LINES.into_iter().map(expectation).collect(),
    }
}

/// Nine to six from Monday to Friday.
fn office(since: Timestamp, now: Timestamp) -> WantedCalendar {
    let time = |hours: u32| DayTime::from_seconds(hours * 3_600).unwrap_or(DayTime::MIDNIGHT);
    let workdays = Weekday::ALL.into_iter().filter(|day| day.days_after_monday() < 5);
    let hours = WantedHours {
        days: workdays.collect(),
        opens: time(9),
        closes: time(18),
    };
    let mut holidays = Vec::new();
    for year in year_of(since)..=year_of(now).saturating_add(1) {
        for (month, day, name, is_whole) in HOLIDAYS {
            if let Ok(date) = Date::new(year, month, day) {
                holidays.push(Holiday {
                    date,
                    name: name.to_owned(),
                    closed: (!is_whole).then(|| (time(14), DayTime::END_OF_DAY)),
                });
            }
        }
    }
    WantedCalendar {
        name: OFFICE.to_owned(),
        zone: "Europe/Berlin".to_owned(),
        hours: vec![hours],
        holidays,
    }
}

fn year_of(at: Timestamp) -> i16 {
    let instant = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.to_zoned(jiff::tz::TimeZone::UTC).year()
}
