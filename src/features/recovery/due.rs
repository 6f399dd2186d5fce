//! Due times: in the future when they are set, and on a day of the place where the community lives. Pure.

use entity::Timestamp;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::{UserError, UserErrorCode};

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Most days ahead that something is promised for: ten years.
const MOST_DAYS: i64 = 3_653;

/// Passes when a due time lies in the future, and not farther than ten years ahead.
///
/// # Errors
/// At the field, when it does not.
pub fn check(field: &str, at: Timestamp, now: Timestamp) -> Result<(), UserError> {
    let message = if at <= now {
        "must be in the future"
    } else if at > now.plus_micros(MOST_DAYS * DAY_MICROS) {
        "must be at most ten years ahead"
    } else {
        return Ok(());
    };
    Err(UserError::at(field, UserErrorCode::OutOfRange, message))
}

/// The local day that an instant lies in: its first instant, and the first of the next day.
#[must_use]
pub fn day(at: Timestamp, zone: &str) -> (Timestamp, Timestamp) {
    days(at, zone, |_date| 0, 1)
}

/// The local week that an instant lies in: the first instant of its Monday, and of the next Monday.
#[must_use]
pub fn week(at: Timestamp, zone: &str) -> (Timestamp, Timestamp) {
    days(at, zone, |date| date.weekday().to_monday_zero_offset(), 7)
}

/// `back` is how many days before the day of the instant the first one lies.
fn days(at: Timestamp, zone: &str, back: fn(Date) -> i8, count: i64) -> (Timestamp, Timestamp) {
    // Only at the end of the calendar, or where the zone is not known on this machine, there are no local days.
    local_days(at, zone, back, count).unwrap_or_else(|| (at, at.plus_micros(count.saturating_mul(DAY_MICROS))))
}

fn local_days(at: Timestamp, zone: &str, back: fn(Date) -> i8, count: i64) -> Option<(Timestamp, Timestamp)> {
    let zone = TimeZone::get(zone).ok()?;
    let date = jiff::Timestamp::from_microsecond(at.as_micros())
        .ok()?
        .to_zoned(zone.clone())
        .date();
    let first = date.checked_sub(Span::new().days(back(date))).ok()?;
    let next = first.checked_add(Span::new().days(count)).ok()?;
    // Where midnight falls into a gap, the day begins when the gap ends.
    let begins = |date: Date| Some(Timestamp::from(date.to_zoned(zone.clone()).ok()?.timestamp()));
    Some((begins(first)?, begins(next)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn what_is_due_now_is_not_in_the_future() {
        let now = at("2026-11-23T10:00:00Z");
        assert!(check("dueAt", now.plus_micros(1), now).is_ok());
        assert_eq!(check("dueAt", now, now).unwrap_err().field, ["dueAt"]);
        assert!(check("dueAt", at("2036-11-23T10:00:00Z"), now).is_ok());
        let far = check("dueAt", at("2037-01-01T00:00:00Z"), now).unwrap_err();
        assert_eq!(
            (far.code, far.message.as_str()),
            (UserErrorCode::OutOfRange, "must be at most ten years ahead")
        );
        assert!(check("dueAt", Timestamp::from_micros(i64::MAX), now).is_err());
    }

    #[test]
    fn a_day_is_that_of_the_zone() {
        let (begins, ends) = day(at("2026-11-23T23:30:00Z"), "Europe/Berlin");
        assert_eq!(begins, at("2026-11-23T23:00:00Z"));
        assert_eq!(ends, at("2026-11-24T23:00:00Z"));
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        let (begins, ends) = day(at("2026-03-29T12:00:00Z"), "Europe/Berlin");
        assert_eq!(begins, at("2026-03-28T23:00:00Z"));
        assert_eq!(ends, at("2026-03-29T22:00:00Z"));
    }

    #[test]
    fn a_day_without_midnight_begins_after_the_gap() {
        // In Beirut clocks went from 00:00 to 01:00.
        let (begins, _) = day(at("2022-03-27T10:00:00Z"), "Asia/Beirut");
        assert_eq!(begins, at("2022-03-26T22:00:00Z"));
    }

    #[test]
    fn a_week_begins_on_monday() {
        let (begins, ends) = week(at("2026-11-22T22:59:59Z"), "Europe/Berlin");
        assert_eq!(begins, at("2026-11-15T23:00:00Z"));
        assert_eq!(ends, at("2026-11-22T23:00:00Z"));
    }

    #[test]
    fn what_lies_outside_the_calendar_does_not_panic() {
        let far = Timestamp::from_micros(i64::MAX);
        assert_eq!(day(far, "Europe/Berlin").0, far);
        assert_eq!(day(at("2026-11-23T10:00:00Z"), "Nowhere/At_All").0, at("2026-11-23T10:00:00Z"));
    }
}
