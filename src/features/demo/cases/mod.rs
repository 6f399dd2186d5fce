//! What customers of the demo needed from the company, and what became of it: cases of every kind, with promises kept and
//! broken, apologies that were worth something and others that were not.
//!
//! - `past`: cases of the whole period, most of them opened from complaints in the forum, as chance has it.
//! - `present`: a dozen cases that somebody has to work on today, the same ones for every seed.
//! - `amends`: how broken promises were made up for, and who was to come back when.
//! - `promises`: what the company promises.
//! - `stage`: storing all that, by the services that do it every day.
//!
//! Everything but the stage is pure: the same plan gives the same cases.

mod amends;
mod past;
mod present;
pub(super) mod promises;
mod scenes;
pub(super) mod stage;
#[cfg(test)]
mod tests;
mod words;

use entity::{InteractionKind, Timestamp};

use self::amends::Amends;
use super::dice::Dice;
use super::{DemoCommunity, DemoPlan};
use crate::features::cases::backdate::record::CaseRecord;

/// Microseconds in an hour.
const HOUR: i64 = 3_600_000_000;
/// Microseconds in a day.
const DAY: i64 = 24 * HOUR;

/// How many of the complaints in the forum became cases.
const TAKEN_UP: f64 = 0.45;
/// Days per case that came in by other ways: by mail, by phone, in a chat.
const DAYS_PER_CASE: i64 = 26;

/// The staff of the demo who work on cases, by the address that cases are assigned to.
pub(super) const ADMIN: &str = "admin@demo.example";
/// Runs the community.
pub(super) const MANAGER: &str = "manager@demo.example";
/// Works on public cases.
pub(super) const AGENT: &str = "agent@demo.example";

/// A case and what was done to make up for what went wrong in it.
#[derive(Clone, Debug)]
pub(super) struct DemoCase {
    /// The case with its history.
    record: CaseRecord,
    /// Apologies, repairs and follow-ups.
    amends: Amends,
    /// The customer writes again at this instant, with these words; only on the stage, because it may open another case.
    written_again: Option<(Timestamp, &'static str)>,
    /// The case in which it is continued, by its external id.
    merged_into: Option<&'static str>,
}

impl DemoCase {
    fn new(record: CaseRecord, amends: Amends) -> Self {
        Self {
            record,
            amends,
            written_again: None,
            merged_into: None,
        }
    }
}

/// The cases of a demo community, the oldest first.
pub(super) fn demo_cases(plan: &DemoPlan, community: &DemoCommunity) -> Vec<DemoCase> {
    let mut dice = Dice::new(plan.seed, 5);
    let end = plan.now.as_micros();
    let mut cases = Vec::new();
    for complaint in community.interactions.iter().filter(|said| said.kind == InteractionKind::Complaint) {
        if dice.chance(TAKEN_UP)
            && let Some(start) = past::from_complaint(&mut dice, complaint, &community.interactions)
        {
            cases.push(past::tell(&mut dice, end, start));
        }
    }
    for number in 0..i64::from(plan.days) / DAYS_PER_CASE {
        let at = end - i64::from(plan.days) * DAY + number * DAYS_PER_CASE * DAY + (dice.unit() * (DAYS_PER_CASE * DAY) as f64) as i64;
        if let Some(start) = past::from_elsewhere(&mut dice, number, at, &community.members) {
            cases.push(past::tell(&mut dice, end, start));
        }
    }
    cases.extend(present::tell(plan, &mut dice, &community.members));
    cases.sort_by(|one, other| (one.record.opened_at, &one.record.external_id).cmp(&(other.record.opened_at, &other.record.external_id)));
    cases
}
