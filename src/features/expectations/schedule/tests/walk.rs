//! The definition of what is open, followed literally: minute by minute, by what the clock on the wall shows then.
//!
//! It shares nothing with the code it is there to check but the types: it knows of no changes of clocks and of no weeks.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::{CalendarDefinition, DayTime, Holiday, OpenHours};

const DAY: i64 = 1_440;
const EPOCH: Date = Date::constant(1970, 1, 1);
/// Longer than a shift on the longest day.
const MARGIN: i64 = 4 * DAY;

/// Which minutes are open.
pub(super) struct Walk {
    first: i64,
    open: Vec<bool>,
}

impl Walk {
    /// Walks over a range of minutes since 1970; hours and holidays are taken to be whole minutes.
    pub(super) fn new(definition: &CalendarDefinition, minutes: Range<i64>) -> Self {
        let zone = TimeZone::get(&definition.zone).unwrap();
        let (first, end) = (minutes.start - MARGIN, minutes.end + MARGIN);
        let shown: Vec<i64> = (first..end).map(|minute| wall(&zone, minute)).collect();
        // When each time of the clock is shown first, and last.
        let mut showings: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (minute, &wall) in (first..).zip(&shown) {
            showings.entry(wall).or_insert((minute, minute)).1 = minute;
        }
        let mut walk = Self {
            first,
            open: vec![false; shown.len()],
        };
        for (opens, closes) in shifts(definition, shown[0] / DAY - 3..shown[shown.len() - 1] / DAY + 3) {
            // A time that is never shown stands for the next one that is.
            let opens = showings.range(opens..).next().map_or(end, |(_, showing)| showing.0);
            let closes = match showings.get(&closes) {
                Some(showing) => showing.1,
                None => showings.range(closes..).next().map_or(end, |(_, showing)| showing.0),
            };
            (opens..closes).for_each(|minute| walk.open[usize::try_from(minute - first).unwrap()] = true);
        }
        for (open, wall) in walk.open.iter_mut().zip(shown) {
            *open &= !definition.holidays.iter().any(|holiday| closes_at(holiday, wall));
        }
        walk
    }

    /// The open ones of a range of minutes.
    pub(super) fn open(&self, minutes: Range<i64>) -> Vec<i64> {
        minutes
            .filter(|minute| self.open[usize::try_from(minute - self.first).unwrap()])
            .collect()
    }
}

/// What the clock on the wall shows, in minutes since its 1970-01-01 00:00.
fn wall(zone: &TimeZone, minute: i64) -> i64 {
    let shown = zone.to_datetime(jiff::Timestamp::from_second(minute * 60).unwrap());
    days(shown.date()) * DAY + i64::from(shown.hour()) * 60 + i64::from(shown.minute())
}

fn days(date: Date) -> i64 {
    date.duration_since(EPOCH).as_secs() / 86_400
}

/// From when until when the hours of each date are, by the clock on the wall.
fn shifts(definition: &CalendarDefinition, days: Range<i64>) -> Vec<(i64, i64)> {
    let mut shifts = Vec::new();
    for day in days {
        let date = EPOCH.checked_add(jiff::Span::new().days(day)).unwrap();
        let is_today = |hours: &&OpenHours| hours.day.days_after_monday() == u8::try_from(date.weekday().to_monday_zero_offset()).unwrap();
        for hours in definition.hours.iter().filter(is_today) {
            let ends_on = if hours.closes > hours.opens { day } else { day + 1 };
            shifts.push((day * DAY + minutes(hours.opens), ends_on * DAY + minutes(hours.closes)));
        }
    }
    shifts
}

fn closes_at(holiday: &Holiday, wall: i64) -> bool {
    let (from, to) = holiday.closed.unwrap_or((DayTime::MIDNIGHT, DayTime::END_OF_DAY));
    days(holiday.date) == wall.div_euclid(DAY) && (minutes(from)..minutes(to)).contains(&wall.rem_euclid(DAY))
}

fn minutes(time: DayTime) -> i64 {
    i64::from(time.seconds() / 60)
}
