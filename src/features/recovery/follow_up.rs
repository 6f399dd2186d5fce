//! The life of a follow-up: `SCHEDULED → DUE → {KEPT, MISSED, CANCELLED}`. Pure.
//!
//! Where it stands follows from the time, never from when somebody looked: its day begins with the local day of its due time,
//! and it is missed as soon as that time has passed; done exactly on time is kept, also when it was announced as missed while
//! that was being recorded. What is done after that stays missed, with the time at which it was done. A follow-up can be put
//! off as often as one likes, but the kept rate goes by the time that was first given. A reminder to ourselves that was missed is
//! settled by the customer's word or by cancelling it, as one that was not; a promise that was missed stays missed.

use entity::{CaseEventKind, CaseId, FollowUpId, FollowUpKind, FollowUpStatus as Status, StaffId, Timestamp, follow_up};
use serde::Serialize;

use super::due;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts::{self, LONGEST_REASON};

/// Longest description or outcome, in characters.
const LONGEST_TEXT: usize = 2_000;

/// Something that happened to a follow-up, and when.
pub type Step = (CaseEventKind, Timestamp);

/// A follow-up to schedule.
#[derive(Clone, Debug, Serialize)]
pub struct NewFollowUp {
    /// In which case.
    pub case: CaseId,
    /// Why it is planned.
    pub kind: FollowUpKind,
    /// What is to be done.
    pub description: String,
    /// By when.
    pub due_at: Timestamp,
    /// Who is to do it; who schedules it when not given.
    pub owner: Option<StaffId>,
    /// Whether the member was told; they were told of a promise when not given.
    pub promised_to_member: Option<bool>,
}

impl NewFollowUp {
    /// Everything that is wrong with it, whatever case it is for.
    #[must_use]
    pub fn check(&self, now: Timestamp) -> Vec<UserError> {
        let checks = [
            texts::check("description", &self.description, LONGEST_TEXT),
            due::check("dueAt", self.due_at, now),
            self.check_promise(),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    fn check_promise(&self) -> Result<(), UserError> {
        if self.kind == FollowUpKind::Nudge && self.promised_to_member == Some(true) {
            let message = "a NUDGE is a reminder to ourselves; what the member was told is a PROMISE";
            return Err(UserError::at("promisedToMember", UserErrorCode::Invalid, message));
        }
        Ok(())
    }

    /// Whether the member was told.
    #[must_use]
    pub fn promised_to_member(&self) -> bool {
        self.promised_to_member.unwrap_or(self.kind == FollowUpKind::Promise)
    }
}

/// A follow-up that was done.
#[derive(Clone, Debug, Serialize)]
pub struct Completion {
    /// Which.
    pub follow_up: FollowUpId,
    /// What came of it.
    pub outcome: String,
}

/// A follow-up that is put off or brought forward.
#[derive(Clone, Debug, Serialize)]
pub struct Rescheduling {
    /// Which.
    pub follow_up: FollowUpId,
    /// To when.
    pub due_at: Timestamp,
}

/// A follow-up that is no longer needed.
#[derive(Clone, Debug, Serialize)]
pub struct Cancellation {
    /// Which.
    pub follow_up: FollowUpId,
    /// Why.
    pub reason: String,
}

/// A follow-up that changes hands.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// Which.
    pub follow_up: FollowUpId,
    /// Who is to do it from now on; `None` for nobody.
    pub owner: Option<StaffId>,
}

/// Whether what is done at an instant is done while it is open.
///
/// It can be marked as missed and open all the same: a command that came in time may have waited for the case while the
/// passing of that time was announced.
fn is_open(row: &follow_up::Model, now: Timestamp) -> bool {
    match row.status {
        Status::Scheduled | Status::Due => true,
        Status::Missed => row.completed_at.is_none() && now <= row.due_at,
        Status::Kept | Status::Cancelled => false,
    }
}

/// Whether it is still to be done, in time or late.
const fn is_undone(row: &follow_up::Model) -> bool {
    matches!(row.status, Status::Scheduled | Status::Due | Status::Missed) && row.completed_at.is_none()
}

/// Where a follow-up stands at an instant, whether or not that was announced yet.
#[must_use]
pub fn status_at(row: &follow_up::Model, now: Timestamp) -> Status {
    match row.status {
        Status::Scheduled | Status::Due if row.due_at < now => Status::Missed,
        Status::Scheduled if row.next_at.is_some_and(|begins| begins <= now) => Status::Due,
        status => status,
    }
}

/// Brings a follow-up to where it stands at an instant; returns what happened to it on the way, at the times it happened.
///
/// `next_at` is when there is next something to tell: the beginning of its day while it is scheduled, the instant after its
/// due time on that day.
pub fn advance(row: &mut follow_up::Model, now: Timestamp) -> Vec<Step> {
    let mut steps = Vec::new();
    if row.status == Status::Scheduled
        && let Some(begins) = row.next_at.filter(|begins| *begins <= now)
    {
        row.status = Status::Due;
        row.next_at = Some(row.due_at.plus_micros(1));
        steps.push((CaseEventKind::FollowUpDue, begins));
    }
    if row.status == Status::Due && row.due_at < now {
        row.status = Status::Missed;
        row.next_at = None;
        steps.push((CaseEventKind::FollowUpMissed, row.due_at));
    }
    steps
}

/// Plans a follow-up for a time; returns what that makes happen to it at once: its day may have begun already.
pub fn plan(row: &mut follow_up::Model, due_at: Timestamp, zone: &str, now: Timestamp) -> Vec<Step> {
    row.status = Status::Scheduled;
    row.due_at = due_at;
    row.next_at = Some(due::day(due_at, zone).0.max(now));
    advance(row, now)
}

/// It was done: in time, or after it had been missed.
///
/// # Errors
/// When it was done before or cancelled.
pub fn complete(row: &mut follow_up::Model, outcome: &str, now: Timestamp) -> Result<Vec<Step>, UserError> {
    texts::check("outcome", outcome, LONGEST_TEXT)?;
    let mut steps = advance(row, now);
    if is_open(row, now) {
        row.status = Status::Kept;
        steps.push((CaseEventKind::FollowUpKept, now));
    } else if row.status == Status::Missed && row.completed_at.is_none() {
        steps.push((CaseEventKind::FollowUpCompletedLate, now));
    } else {
        return Err(not_now(row));
    }
    row.completed_at = Some(now);
    row.outcome = Some(outcome.to_owned());
    row.next_at = None;
    Ok(steps)
}

/// It is put off or brought forward. The time first given stays what the kept rate goes by.
///
/// # Errors
/// When the new time is not in the future, or it is not open any more.
pub fn reschedule(row: &mut follow_up::Model, due_at: Timestamp, zone: &str, now: Timestamp) -> Result<Vec<Step>, UserError> {
    due::check("dueAt", due_at, now)?;
    let mut steps = advance(row, now);
    if !is_open(row, now) {
        return Err(not_now(row));
    }
    if due_at == row.due_at {
        return Ok(steps);
    }
    // Whether it was told already that its day has come.
    let was_due = row.status != Status::Scheduled;
    steps.push((CaseEventKind::FollowUpRescheduled, now));
    let planned = plan(row, due_at, zone, now);
    if !was_due {
        steps.extend(planned);
    }
    Ok(steps)
}

/// Somebody else is to do it from now on, or nobody for the time being.
///
/// # Errors
/// When it was done or cancelled.
pub fn assign(row: &mut follow_up::Model, owner: Option<StaffId>, now: Timestamp) -> Result<Vec<Step>, UserError> {
    let mut steps = advance(row, now);
    if !is_undone(row) {
        return Err(not_now(row));
    }
    if row.owner_id != owner {
        row.owner_id = owner;
        steps.push((CaseEventKind::FollowUpAssigned, now));
    }
    Ok(steps)
}

/// It is no longer needed. A reminder to ourselves can be dropped also after its time.
///
/// # Errors
/// When it was done or cancelled, or is a promise that was missed; when there is no reason.
pub fn cancel(row: &mut follow_up::Model, reason: &str, now: Timestamp) -> Result<Vec<Step>, UserError> {
    texts::check("reason", reason, LONGEST_REASON)?;
    let mut steps = advance(row, now);
    let is_reminder = row.kind == FollowUpKind::Nudge && is_undone(row);
    if !(is_reminder || is_open(row, now)) {
        return Err(not_now(row));
    }
    row.status = Status::Cancelled;
    row.cancelled_at = Some(now);
    row.cancel_reason = Some(reason.to_owned());
    row.next_at = None;
    steps.push((CaseEventKind::FollowUpCancelled, now));
    Ok(steps)
}

fn not_now(row: &follow_up::Model) -> UserError {
    let legal = match (row.status, row.completed_at) {
        (Status::Missed, None) if row.kind == FollowUpKind::Nudge => {
            "was missed: it can be completed late or cancelled, or another one scheduled"
        }
        (Status::Scheduled | Status::Due, _) => "is open: it can be completed, rescheduled or cancelled",
        (Status::Missed, None) => "was missed: it can only be completed late, or another one scheduled",
        (Status::Missed, Some(_)) => "was completed late: schedule another one",
        (Status::Kept, _) => "was completed already: schedule another one",
        (Status::Cancelled, _) => "was cancelled: schedule another one",
    };
    UserError::at("followUpId", UserErrorCode::NotAllowedNow, legal)
}

/// Whether a follow-up was kept by the time first given; `None` when it does not count, or not yet.
///
/// The kept rate is those that were ÷ those that count. A promise counts once it was done or that time has passed; one that
/// was cancelled before does not, one that was put off first and cancelled afterwards was not kept.
#[must_use]
pub fn kept(row: &follow_up::Model, now: Timestamp) -> Option<bool> {
    if row.kind != FollowUpKind::Promise {
        return None;
    }
    let in_time = |at: Timestamp| at <= row.original_due_at;
    match (row.completed_at, row.cancelled_at) {
        (Some(completed), _) => Some(in_time(completed)),
        (None, Some(cancelled)) => (!in_time(cancelled)).then_some(false),
        (None, None) => (!in_time(now)).then_some(false),
    }
}

#[cfg(test)]
mod tests;
