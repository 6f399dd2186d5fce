//! When a webhook that was not taken is sent again: soon at first, then ever more rarely, for about a day. Pure.

use entity::Timestamp;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long to wait after each try that failed, in microseconds: close to 24 hours in all.
const WAITS: [i64; 10] = [
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    10 * HOUR,
];

/// By how much a wait is shorter or longer at most, in thousandths: many webhooks that failed together do not come back together.
const JITTER: i64 = 200;

/// The values of chance: thousandths of the span between the shortest and the longest wait.
pub const CHANCES: std::ops::RangeInclusive<i64> = 0..=1_000;

/// The longest that an endpoint may ask us to wait, in microseconds.
const LONGEST_ASKED: i64 = HOUR;

/// How often a webhook is sent at most.
#[must_use]
pub const fn most_tries() -> usize {
    WAITS.len() + 1
}

/// How long to wait after `tries` tries that failed, in microseconds; `None` when that was the last one. `chance` is one of
/// [`CHANCES`].
#[must_use]
pub fn wait_after(tries: i32, chance: i64) -> Option<i64> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    let wait = WAITS.get(place)?;
    // From 80 % to 120 %.
    let thousandths = 1_000 - JITTER + 2 * JITTER * chance.clamp(*CHANCES.start(), *CHANCES.end()) / 1_000;
    Some(wait / 1_000 * thousandths)
}

/// How long an endpoint asks to wait in its `Retry-After`, in microseconds: a number of seconds or a date, an hour at most. `None`
/// when it says neither.
#[must_use]
pub fn asked_wait(retry_after: &str, now: Timestamp) -> Option<i64> {
    let text = retry_after.trim();
    let asked = if !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_digit()) {
        // More digits than fit are a long time.
        text.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(SECOND)
    } else {
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Timestamp::from(at).as_micros().saturating_sub(now.as_micros())
    };
    Some(asked.clamp(0, LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_those_of_the_documentation_and_a_day_in_all() {
        assert_eq!(wait_after(1, 500), Some(5 * SECOND));
        assert_eq!(wait_after(4, 500), Some(10 * MINUTE));
        assert_eq!(wait_after(10, 500), Some(10 * HOUR));
        let in_all: i64 = (1..=10).filter_map(|tries| wait_after(tries, 500)).sum();
        assert!((23 * HOUR..=25 * HOUR).contains(&in_all), "{in_all}");
        assert_eq!(most_tries(), 11);
    }

    #[test]
    fn the_last_try_is_the_last() {
        assert_eq!(wait_after(11, 500), None);
        assert_eq!(wait_after(i32::MAX, 500), None);
        assert_eq!(wait_after(0, 500), None);
        assert_eq!(wait_after(-1, 500), None);
    }

    #[test]
    fn a_wait_is_a_fifth_shorter_or_longer_at_most() {
        assert_eq!(wait_after(1, 0), Some(4 * SECOND));
        assert_eq!(wait_after(1, 1_000), Some(6 * SECOND));
        assert_eq!(wait_after(1, 5_000), Some(6 * SECOND));
        for chance in CHANCES {
            for tries in 1..=10 {
                let (wait, usual) = (wait_after(tries, chance).unwrap(), wait_after(tries, 500).unwrap());
                assert!(wait * 10 >= usual * 8 && wait * 10 <= usual * 12, "{tries} {chance}");
            }
        }
    }

    #[test]
    fn an_endpoint_may_ask_for_an_hour_at_most() {
        let now = Timestamp::parse("2026-11-28T09:00:00Z").unwrap();
        for (asked, wait) in [
            ("0", Some(0)),
            ("120", Some(2 * MINUTE)),
            (" 120 ", Some(2 * MINUTE)),
            ("3600", Some(HOUR)),
            ("86400", Some(HOUR)),
            ("99999999999999999999999999", Some(HOUR)),
            ("Sat, 28 Nov 2026 09:10:00 GMT", Some(10 * MINUTE)),
            ("Sat, 28 Nov 2026 08:00:00 GMT", Some(0)),
            ("Sun, 29 Nov 2026 09:00:00 GMT", Some(HOUR)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(asked_wait(asked, now), wait, "{asked:?}");
        }
    }
}
