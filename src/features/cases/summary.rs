//! What a case's own fields say, worked out from its timeline. Pure.

use entity::{CaseStatus, Metric, Timestamp, case};

use super::clocks::facts::{Fact, Happened};
use super::clocks::replay::Clock;

/// Sorts after every due time: nothing is due.
pub const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// Sets status, times and counts of a case to what the facts say, in whatever order they were told.
pub fn summarize(row: &mut case::Model, facts: &[Happened]) {
    let mut sorted: Vec<&Happened> = facts.iter().collect();
    sorted.sort_by_key(|happened| happened.at);
    row.status = CaseStatus::New;
    row.first_response_at = None;
    row.waiting_since = None;
    row.resolved_at = None;
    row.first_resolved_at = None;
    row.closed_at = None;
    row.reopen_count = 0;
    for happened in sorted {
        apply(row, happened);
    }
    if matches!(row.status, CaseStatus::Closed | CaseStatus::Merged) {
        row.waiting_since = None;
    }
}

fn apply(row: &mut case::Model, happened: &Happened) {
    let at = happened.at;
    match &happened.fact {
        Fact::Opened | Fact::CustomerMessage => {
            row.waiting_since.get_or_insert(at);
        }
        Fact::Reply => {
            row.first_response_at.get_or_insert(at);
            row.waiting_since = None;
        }
        Fact::Status(to) => step(row, *to, at),
        Fact::MergedAway => row.status = CaseStatus::Merged,
        // A case that waits for an answer brings its waiting along.
        Fact::Absorbed(carried) => {
            let waiting = carried
                .iter()
                .filter(|clock| matches!(clock.metric, Metric::FirstResponse | Metric::NextResponse))
                .map(|clock| clock.started_at)
                .min();
            row.waiting_since = row.waiting_since.into_iter().chain(waiting).min();
        }
        Fact::Waited(since) => row.waiting_since = Some(row.waiting_since.map_or(*since, |waiting| waiting.min(*since))),
        Fact::Promises(_) => {}
    }
}

fn step(row: &mut case::Model, to: CaseStatus, at: Timestamp) {
    match to {
        CaseStatus::Resolved => {
            row.resolved_at = Some(at);
            row.first_resolved_at.get_or_insert(at);
        }
        CaseStatus::Closed => row.closed_at = Some(at),
        _ if row.status == CaseStatus::Resolved => {
            row.resolved_at = None;
            row.reopen_count += 1;
        }
        _ => {}
    }
    row.status = to;
}

/// The earliest due time of a clock that runs; [`NEVER`] when none does. What the queue is ordered by.
#[must_use]
pub fn queue_due_at(clocks: &[Clock]) -> Timestamp {
    clocks
        .iter()
        .filter(|clock| clock.ended_at.is_none() && clock.paused_at.is_none())
        .filter_map(|clock| clock.due_at)
        .min()
        .unwrap_or(NEVER)
}
