//! Jumps: members with far more credit for help and thanks in a week than they usually have. Pure.
//!
//! In the last seven days at least 10, and at least five times the mean week of the twelve weeks before, or of as many as the
//! community has. A community that has not even one week before has no jumps.

use entity::Timestamp;

use super::finding::{Finding, Pattern};
use super::gifts::Gift;
use crate::features::evaluation::record::Record;

const WEEK: i64 = 7 * 86_400 * 1_000_000;
/// With how many weeks before the last one is compared.
const WEEKS_BEFORE: f64 = 12.0;
/// The least credit of the last week.
const LEAST: f64 = 10.0;
/// How many usual weeks it must be.
const TIMES: f64 = 5.0;

/// What a member was given in the last week, and before.
#[derive(Clone, Copy, Debug, Default)]
struct Weeks {
    last: f64,
    before: f64,
    count: usize,
    /// The first and the last gift of the last week, in microseconds.
    span: (i64, i64),
}

/// The jumps of a record as of an instant, in no order. Gifts come in order of time.
#[must_use]
pub fn jumps(record: &Record, gifts: &[Gift], now: Timestamp) -> Vec<Finding> {
    let last_week = now.plus_micros(-WEEK);
    let Some(weeks) = weeks_before(record, last_week) else {
        return Vec::new();
    };
    let earliest = last_week.plus_micros(-(WEEK * 12));
    let mut received = vec![Weeks::default(); record.people()];
    for gift in gifts.iter().filter(|gift| gift.at > earliest && is_looked_at(gift)) {
        let Some(own) = received.get_mut(gift.beneficiary as usize) else {
            continue;
        };
        if gift.at <= last_week {
            own.before += gift.value;
            continue;
        }
        let at = gift.at.as_micros();
        own.span = (if own.count == 0 { at } else { own.span.0 }, at);
        own.last += gift.value;
        own.count += 1;
    }
    let finding = |(place, own): (usize, &Weeks)| {
        let usual = own.before / weeks;
        let is_scored = record.standing(place).is_some_and(|(is_scored, _)| is_scored);
        let jumps = is_scored && own.last >= LEAST && own.last >= TIMES * usual;
        let member = record.member(place).filter(|_| jumps)?;
        Some(Finding {
            pattern: Pattern::Jump { credit: own.last, usual },
            members: vec![member],
            givers: Vec::new(),
            share: own.last / (own.last + own.before),
            credit: own.last,
            since: Timestamp::from_micros(own.span.0),
            until: Timestamp::from_micros(own.span.1),
            count: own.count,
            evidence: Vec::new(),
        })
    };
    received.iter().enumerate().filter_map(finding).collect()
}

const JUMP: Pattern = Pattern::Jump { credit: 0.0, usual: 0.0 };

const fn is_looked_at(gift: &Gift) -> bool {
    JUMP.is_about(gift.signal)
}

/// How many weeks there were before the last one, at most twelve; `None` when not even one.
fn weeks_before(record: &Record, last_week: Timestamp) -> Option<f64> {
    let (first, _) = record.span()?;
    let weeks = (last_week.as_micros().saturating_sub(first.as_micros())) as f64 / WEEK as f64;
    (weeks >= 1.0).then_some(weeks.min(WEEKS_BEFORE))
}
