//! Cases, and clocks as they come out of the replay, turned into what is stored and what is told of them. Pure.

use entity::{BreachId, CalendarId, CaseEventKind, CaseId, ClockId, ExpectationId, Timestamp, breach, case, clock};
use serde_json::{Value, json};

use super::clocks::replay::{Clock, ClockEventKind};
use super::summary::NEVER;
use super::timeline::NewEntry;
use crate::events::{EventType, NewEvent};

/// What makes a clock the one it is: the promise, since when it runs, and the case it was carried from. Not which time it is: a
/// message that is told late makes the third time of the second.
pub type ClockKey = (ExpectationId, Option<CalendarId>, Timestamp, CaseId);

/// The clock's key; 0 stands for a clock of the case itself.
#[must_use]
pub fn key(clock: &Clock) -> ClockKey {
    (
        clock.expectation,
        clock.calendar,
        clock.started_at,
        clock.carried_from.unwrap_or(CaseId(0)),
    )
}

/// The key of a stored clock.
#[must_use]
pub const fn key_of(row: &clock::Model) -> ClockKey {
    (row.expectation_id, row.calendar_id, row.started_at, row.carried_from)
}

/// Which time a clock ran for its metric, as it is stored.
#[must_use]
pub fn instance(clock: &Clock) -> i32 {
    i32::try_from(clock.instance).unwrap_or(i32::MAX)
}

/// When something about a clock is to be announced next: its warning, then its breach, which is the instant after it was due.
#[must_use]
pub fn next_at(clock: &Clock, now: Timestamp) -> Option<Timestamp> {
    if clock.ended_at.is_some() || clock.paused_at.is_some() {
        return None;
    }
    let due = clock.due_at?;
    match clock.warn_at {
        Some(warn) if warn > now => Some(warn),
        _ if due >= now => Some(due.plus_micros(1)),
        _ => None,
    }
}

/// The row of a clock.
#[must_use]
pub fn clock_row(case: &case::Model, clock: &Clock, id: ClockId, now: Timestamp) -> clock::Model {
    clock::Model {
        community_id: case.community_id,
        id,
        case_id: case.id,
        expectation_id: clock.expectation,
        calendar_id: clock.calendar,
        metric: clock.metric,
        instance: instance(clock),
        carried_from: clock.carried_from.unwrap_or(CaseId(0)),
        state: clock.state,
        started_at: clock.started_at,
        due_at: clock.due_at,
        warn_at: clock.warn_at,
        paused_at: clock.paused_at,
        consumed: clock.consumed,
        fulfilled_at: clock.fulfilled_at,
        ended_at: clock.ended_at,
        next_at: next_at(clock, now),
    }
}

/// The row of a clock's breach, if it has one. One that was broken before it came along has its row in the case where it was
/// broken.
#[must_use]
pub fn breach_row(clock: &Clock, row: &clock::Model, id: BreachId, now: Timestamp) -> Option<breach::Model> {
    let breach = clock.breach.as_ref().filter(|_breach| !clock.came_broken)?;
    Some(breach::Model {
        community_id: row.community_id,
        id,
        case_id: row.case_id,
        clock_id: row.id,
        expectation_id: row.expectation_id,
        due_at: breach.due_at,
        detected_at: now,
        ended_at: breach.ended_at,
        overrun: breach.overrun,
        excused_at: None,
        excused_by: None,
        excuse: None,
    })
}

/// The entry that a step of a clock has in the timeline.
#[must_use]
pub const fn entry_kind(kind: ClockEventKind) -> CaseEventKind {
    match kind {
        ClockEventKind::Activated => CaseEventKind::ClockActivated,
        ClockEventKind::Paused => CaseEventKind::ClockPaused,
        ClockEventKind::Resumed => CaseEventKind::ClockResumed,
        ClockEventKind::Fulfilled => CaseEventKind::ClockFulfilled,
        ClockEventKind::Warned => CaseEventKind::ClockWarned,
        ClockEventKind::Breached => CaseEventKind::ClockBreached,
        ClockEventKind::Cancelled => CaseEventKind::ClockCancelled,
    }
}

/// A step of a clock, as an entry of the timeline.
#[must_use]
pub fn entry(case: &case::Model, row: &clock::Model, kind: CaseEventKind, at: Timestamp) -> NewEntry {
    NewEntry::internal(case, kind, at).detail(json!({ "clock": row.id, "expectation": row.expectation_id, "metric": row.metric }))
}

/// The announcement of a step in the change log.
#[must_use]
pub fn announcement(case: &case::Model, row: &clock::Model, kind: CaseEventKind, at: Timestamp) -> Option<NewEvent> {
    let event_type = match kind {
        CaseEventKind::ClockActivated => EventType::ClockStarted,
        CaseEventKind::ClockPaused => EventType::ClockPaused,
        CaseEventKind::ClockResumed => EventType::ClockResumed,
        CaseEventKind::ClockFulfilled => EventType::ClockFulfilled,
        CaseEventKind::ClockWarned => EventType::ClockWarned,
        CaseEventKind::ClockBreached => EventType::ClockBreached,
        CaseEventKind::ClockCancelled => EventType::ClockCancelled,
        _ => return None,
    };
    Some(clock_event(case, row, event_type, at))
}

/// Something that happened to a clock, for the change log.
#[must_use]
pub fn clock_event(case: &case::Model, row: &clock::Model, event_type: EventType, at: Timestamp) -> NewEvent {
    NewEvent {
        event_type,
        subject_id: case.id.0,
        visibility: case.visibility,
        payload: json!({ "clock": row.id, "expectation": row.expectation_id, "metric": row.metric, "dueAt": row.due_at, "at": at }),
    }
}

/// Something that happened to a breach, for the change log.
#[must_use]
pub fn breach_event(case: &case::Model, row: &breach::Model, event_type: EventType) -> NewEvent {
    NewEvent {
        event_type,
        subject_id: row.id.0,
        visibility: case.visibility,
        payload: json!({ "case": case.id, "clock": row.clock_id, "expectation": row.expectation_id, "dueAt": row.due_at }),
    }
}

/// How a case stands, for the change log: never in words.
#[must_use]
pub fn state(case: &case::Model) -> Value {
    json!({
        "number": case.number,
        "member": case.member_id,
        "status": case.status,
        "severity": case.severity,
        "visibility": case.visibility,
        "assignee": case.assignee_id,
        "openedAt": case.opened_at,
        "nextDueAt": (case.queue_due_at < NEVER).then_some(case.queue_due_at),
        "resolvedAt": case.resolved_at,
        "closedAt": case.closed_at,
        "version": case.version,
    })
}

/// How a case stands, with another one that it has to do with.
#[must_use]
pub fn state_with(case: &case::Model, key: &str, other: Option<CaseId>) -> Value {
    let mut state = state(case);
    if let Some(fields) = state.as_object_mut() {
        fields.insert(key.to_owned(), json!(other));
    }
    state
}
