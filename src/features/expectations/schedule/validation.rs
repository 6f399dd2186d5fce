//! Whether a calendar makes sense: all the rules in one place, and the wall time that its hours and holidays come to.
//!
//! Not here: whether it would ever be open, which only the whole can tell (`Schedule::compile`).

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::definition::{CalendarDefinition, DayTime, Holiday, OpenHours};
use super::line::{DAY, SECOND, WEEK};

/// Most open hours of a calendar.
pub const MAX_HOURS: usize = 50;
/// Most holidays of a calendar.
pub const MAX_HOLIDAYS: usize = 2_000;

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct ScheduleError {
    /// Where: `zone`, `hours`, `holidays`, or a place in them counted from 0, as `hours.3.closes` or `holidays.2.closed`.
    pub field: String,
    /// What, for people; it goes on from the field.
    pub message: String,
    /// Whether there are more of something than a calendar takes.
    pub is_too_many: bool,
}

impl ScheduleError {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            is_too_many: false,
        }
    }

    fn too_many(field: &str, most: usize) -> Self {
        Self {
            is_too_many: true,
            ..Self::new(field, format!("must be at most {most}"))
        }
    }
}

/// A calendar that makes sense.
#[derive(Debug)]
pub(super) struct Checked {
    /// Its zone.
    pub(super) zone: TimeZone,
    /// Open spans of the week from Monday 00:00, ascending and apart; one at least.
    pub(super) week: Vec<(i64, i64)>,
    /// Closed spans of wall time since 1970, ascending and apart.
    pub(super) closed: Vec<(i64, i64)>,
}

/// Makes sense of a calendar.
pub(super) fn check(definition: &CalendarDefinition) -> Result<Checked, ScheduleError> {
    Ok(Checked {
        zone: zone(&definition.zone)?,
        week: week(&definition.hours)?,
        closed: closed(&definition.holidays)?,
    })
}

fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    match TimeZone::get(name) {
        Ok(zone) if !zone.is_unknown() => Ok(zone),
        Ok(_) | Err(_) => {
            let message = format!("`{name}` is not a time zone of the IANA database, such as Europe/Berlin");
            Err(ScheduleError::new("zone", message))
        }
    }
}

/// Hours as a place in the week and a length, which is less than a day but for the whole of one.
#[derive(Clone, Copy, Debug)]
struct Shift {
    start: i64,
    length: i64,
}

impl Shift {
    /// Whether a place in the week is within it.
    const fn covers(self, start: i64) -> bool {
        (start - self.start).rem_euclid(WEEK) < self.length
    }
}

fn week(hours: &[OpenHours]) -> Result<Vec<(i64, i64)>, ScheduleError> {
    if hours.is_empty() {
        return Err(ScheduleError::new("hours", "must not be empty: a calendar is open at some time"));
    }
    if hours.len() > MAX_HOURS {
        return Err(ScheduleError::too_many("hours", MAX_HOURS));
    }
    let shifts = hours.iter().enumerate().map(|(index, hours)| shift(index, hours));
    let shifts: Vec<Shift> = shifts.collect::<Result<_, _>>()?;
    check_overlaps(&shifts)?;
    let over_the_week = |shift: &Shift| {
        let end = shift.start + shift.length;
        [(shift.start, end.min(WEEK)), (0, end - WEEK)]
    };
    let spans = shifts.iter().flat_map(over_the_week).filter(|(start, end)| start < end);
    Ok(merged(spans.collect()))
}

fn shift(index: usize, hours: &OpenHours) -> Result<Shift, ScheduleError> {
    let (opens, closes) = (micros(hours.opens), micros(hours.closes));
    if opens >= DAY {
        return Err(ScheduleError::new(
            format!("hours.{index}.opens"),
            "must be before 24:00; use 00:00 of the next day",
        ));
    }
    if opens == closes {
        return Err(ScheduleError::new(
            format!("hours.{index}.closes"),
            "must differ from opens; a whole day is 00:00 to 24:00",
        ));
    }
    let overnight = if closes < opens { DAY } else { 0 };
    Ok(Shift {
        start: i64::from(hours.day.days_after_monday()) * DAY + opens,
        length: closes + overnight - opens,
    })
}

fn check_overlaps(shifts: &[Shift]) -> Result<(), ScheduleError> {
    for (index, shift) in shifts.iter().enumerate() {
        for (earlier, other) in shifts.iter().enumerate().take(index) {
            let field = match (other.covers(shift.start), shift.covers(other.start)) {
                (true, _) => "opens",
                (false, true) => "closes",
                (false, false) => continue,
            };
            let message = format!("must not overlap hours.{earlier}; hours that close before they open run on into the next day");
            return Err(ScheduleError::new(format!("hours.{index}.{field}"), message));
        }
    }
    Ok(())
}

fn closed(holidays: &[Holiday]) -> Result<Vec<(i64, i64)>, ScheduleError> {
    if holidays.len() > MAX_HOLIDAYS {
        return Err(ScheduleError::too_many("holidays", MAX_HOLIDAYS));
    }
    let mut closed = Vec::with_capacity(holidays.len());
    for (index, holiday) in holidays.iter().enumerate() {
        let (from, to) = holiday.closed.unwrap_or((DayTime::MIDNIGHT, DayTime::END_OF_DAY));
        if from >= to {
            return Err(ScheduleError::new(
                format!("holidays.{index}.closed"),
                "must end after it starts, on the same day",
            ));
        }
        let midnight = midnight(holiday.date);
        closed.push((midnight + micros(from), midnight + micros(to)));
    }
    Ok(merged(closed))
}

/// The start of a date in wall time.
fn midnight(date: Date) -> i64 {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    date.duration_since(EPOCH).as_secs() * SECOND
}

fn micros(time: DayTime) -> i64 {
    i64::from(time.seconds()) * SECOND
}

/// The same spans in ascending order, with those that touch or overlap made one.
fn merged(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}
