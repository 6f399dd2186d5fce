//! The use cases of follow-ups.

use entity::{CaseEventKind, FollowUpId, FollowUpStatus, StaffId, Timestamp, case, follow_up};
use serde_json::json;

use super::{case_to_add_to, lock, refused};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, Actor, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode, UserErrors};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases;
use crate::features::cases::timeline::{self, NewEntry};
use crate::features::recovery::follow_up::{self as rules, Assignment, Cancellation, Completion, NewFollowUp, Rescheduling, Step};
use crate::features::recovery::store::{self, Kind};
use crate::idempotency::{Once, in_transaction};

/// Why a reminder is cancelled when the customer wrote.
const CUSTOMER_REPLIED: &str = "The customer replied.";

/// Schedules a follow-up.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when the case is not there or goes on as another
/// one, the owner cannot work on it, or naming the field that is wrong.
pub async fn schedule(app: &App, ctx: &OpContext, access: &Access, new: &NewFollowUp, key: Option<&Once>) -> Result<FollowUpId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        schedule_in(&tx, ctx, access, new).await
    })
    .await
}

async fn schedule_in(tx: &Tx, ctx: &OpContext, access: &Access, new: &NewFollowUp) -> Result<FollowUpId> {
    // Not before the idempotency key is taken: what was due in the future when it was scheduled may be past in a retry.
    let mut errors = UserErrors::from(new.check(ctx.now));
    let case = errors.value(case_to_add_to(tx, access, new.case, Kind::FollowUps).await)?;
    let case = errors.done(case)?;
    let now = ctx.now;
    let mut row = follow_up::Model {
        community_id: case.community_id,
        // The database gives it.
        id: FollowUpId(0),
        case_id: case.id,
        kind: new.kind,
        status: FollowUpStatus::Scheduled,
        description: new.description.clone(),
        promised_to_member: new.promised_to_member(),
        owner_id: owner(tx, ctx, &case, new.owner).await?,
        created_by: ctx.actor_label(),
        created_at: now,
        due_at: new.due_at,
        original_due_at: new.due_at,
        completed_at: None,
        outcome: None,
        cancelled_at: None,
        cancel_reason: None,
        next_at: None,
    };
    let mut steps = vec![(CaseEventKind::FollowUpScheduled, now)];
    steps.extend(rules::plan(&mut row, new.due_at, &access.community.timezone, now));
    let row = store::insert_follow_up(tx, row).await?;
    tell(tx, ctx, &case, &row, &steps, Before::of(&row)).await?;
    Ok(row.id)
}

/// Who is to do it: who is named, or else who schedules it. Nobody owns what they cannot see.
async fn owner(tx: &Tx, ctx: &OpContext, case: &case::Model, named: Option<StaffId>) -> Result<Option<StaffId>> {
    let Some(staff) = named else {
        return Ok(match &ctx.actor {
            Actor::Staff { id, .. } => Some(*id),
            Actor::Anonymous | Actor::Client { .. } | Actor::System(_) => None,
        });
    };
    check_owner(tx, case, staff).await?;
    Ok(Some(staff))
}

async fn check_owner(tx: &Tx, case: &case::Model, staff: StaffId) -> Result<()> {
    if cases::store::may_be_assigned(tx, case.community_id, staff, case.visibility).await? {
        return Ok(());
    }
    let message = "is not somebody who may work on this case";
    Err(Error::user("ownerId", UserErrorCode::NotFound, message))
}

/// Records that a follow-up was done: it is kept, or was missed and done late.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, was done or cancelled already,
/// or nothing is said of what came of it.
pub async fn complete(app: &App, ctx: &OpContext, access: &Access, done: &Completion, key: Option<&Once>) -> Result<FollowUpId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let rule = |row: &mut follow_up::Model| rules::complete(row, &done.outcome, ctx.now);
        change(&tx, ctx, access, done.follow_up, rule).await
    })
    .await
}

/// Puts a follow-up off, or brings it forward.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there or not open any more, or the
/// new time is not in the future.
pub async fn reschedule(app: &App, ctx: &OpContext, access: &Access, to: &Rescheduling, key: Option<&Once>) -> Result<FollowUpId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let rule = |row: &mut follow_up::Model| rules::reschedule(row, to.due_at, &access.community.timezone, ctx.now);
        change(&tx, ctx, access, to.follow_up, rule).await
    })
    .await
}

/// Cancels a follow-up, with the reason.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there or not open any more, or there
/// is no reason.
pub async fn cancel(app: &App, ctx: &OpContext, access: &Access, cancelled: &Cancellation, key: Option<&Once>) -> Result<FollowUpId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let rule = |row: &mut follow_up::Model| rules::cancel(row, &cancelled.reason, ctx.now);
        change(&tx, ctx, access, cancelled.follow_up, rule).await
    })
    .await
}

/// Gives a follow-up that is still to be done to somebody else, or to nobody.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, was done or cancelled, or the
/// owner cannot work on its case.
pub async fn assign(app: &App, ctx: &OpContext, access: &Access, to: &Assignment, key: Option<&Once>) -> Result<FollowUpId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (case, mut row) = named(&tx, access, to.follow_up).await?;
        if let Some(owner) = to.owner {
            check_owner(&tx, &case, owner).await?;
        }
        let before = Before::of(&row);
        let steps = rules::assign(&mut row, to.owner, ctx.now).map_err(refused)?;
        store::update_follow_up(&tx, row.clone()).await?;
        tell(&tx, ctx, &case, &row, &steps, before).await?;
        Ok(row.id)
    })
    .await
}

async fn change<R>(tx: &Tx, ctx: &OpContext, access: &Access, id: FollowUpId, rule: R) -> Result<FollowUpId>
where
    R: FnOnce(&mut follow_up::Model) -> Result<Vec<Step>, UserError> + Send,
{
    let (case, mut row) = named(tx, access, id).await?;
    let before = Before::of(&row);
    let steps = rule(&mut row).map_err(refused)?;
    store::update_follow_up(tx, row.clone()).await?;
    tell(tx, ctx, &case, &row, &steps, before).await?;
    Ok(id)
}

/// The follow-up that a command names, with its case, which is locked.
async fn named(tx: &Tx, access: &Access, id: FollowUpId) -> Result<(case::Model, follow_up::Model)> {
    let not_here = || Error::user("followUpId", UserErrorCode::NotFound, "is not a follow-up in this community");
    let community = access.community_id();
    let found = store::follow_up(tx, community, id).await?.ok_or_else(not_here)?;
    let case = lock(tx, access, found.case_id).await?.ok_or_else(not_here)?;
    // Read again under the lock.
    let found = store::follow_up(tx, community, id).await?.ok_or_else(not_here)?;
    if found.case_id != case.id {
        // Its case was merged in between, and it went along.
        return Err(Error::Raced);
    }
    Ok((case, found))
}

/// Cancels the reminders to ask a customer again who wrote at `said_at`, which may be long ago when it arrives late: reminders
/// that were planned after it stay, and so do promises. The case is locked.
///
/// # Errors
/// When the database fails.
pub async fn customer_replied(tx: &Tx, ctx: &OpContext, case: &case::Model, said_at: Timestamp) -> Result<()> {
    let (mut cancelled, mut entries, mut announced) = (Vec::new(), Vec::new(), Vec::new());
    for mut row in store::open_nudges(tx, case.community_id, case.id, said_at).await? {
        // One that was missed, too: nobody has to ask any more.
        let steps = rules::cancel(&mut row, CUSTOMER_REPLIED, ctx.now).map_err(refused)?;
        cancelled.push(row.id);
        let (of_row, events_of_row) = told(case, &row, &steps, Before::of(&row));
        entries.extend(of_row);
        announced.extend(events_of_row);
    }
    if entries.is_empty() {
        return Ok(());
    }
    store::set_cancelled(tx, case.community_id, &cancelled, ctx.now, CUSTOMER_REPLIED).await?;
    timeline::add_all(tx, ctx, &entries).await?;
    events::append(tx, ctx, case.community_id, announced).await
}

/// What a follow-up was before something happened to it.
#[derive(Clone, Copy)]
pub(super) struct Before {
    due_at: Timestamp,
    owner: Option<StaffId>,
}

impl Before {
    /// As it is now.
    pub(super) const fn of(row: &follow_up::Model) -> Self {
        Self {
            due_at: row.due_at,
            owner: row.owner_id,
        }
    }
}

async fn tell(tx: &Tx, ctx: &OpContext, case: &case::Model, row: &follow_up::Model, steps: &[Step], before: Before) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let (entries, announced) = told(case, row, steps, before);
    timeline::add_all(tx, ctx, &entries).await?;
    events::append(tx, ctx, case.community_id, announced).await
}

/// What is told of steps of a follow-up: in the timeline, and in the change log.
pub(super) fn told(case: &case::Model, row: &follow_up::Model, steps: &[Step], before: Before) -> (Vec<NewEntry>, Vec<NewEvent>) {
    let entries = steps.iter().map(|step| entry(case, row, *step, before)).collect();
    let announced = steps
        .iter()
        .filter_map(|(kind, at)| {
            Some(NewEvent {
                event_type: event_type(*kind)?,
                subject_id: row.id.0,
                visibility: case.visibility,
                payload: json!({
                    "case": case.id, "kind": row.kind, "status": row.status, "owner": row.owner_id, "dueAt": row.due_at, "at": at,
                }),
            })
        })
        .collect();
    (entries, announced)
}

/// What the member was told of is shown where they can see it; what was not is for the company, and so is who does it.
fn entry(case: &case::Model, row: &follow_up::Model, (kind, at): Step, before: Before) -> NewEntry {
    let entry = if row.promised_to_member && kind != CaseEventKind::FollowUpAssigned {
        NewEntry::shown(case, kind, at)
    } else {
        NewEntry::internal(case, kind, at)
    };
    match kind {
        CaseEventKind::FollowUpScheduled => entry
            .text(row.description.as_str())
            .detail(json!({ "followUp": row.id, "dueAt": row.due_at })),
        CaseEventKind::FollowUpRescheduled => entry.detail(json!({ "followUp": row.id, "from": before.due_at, "to": row.due_at })),
        CaseEventKind::FollowUpAssigned => entry.detail(json!({ "followUp": row.id, "from": before.owner, "to": row.owner_id })),
        _ => entry.detail(json!({ "followUp": row.id })),
    }
}

const fn event_type(kind: CaseEventKind) -> Option<EventType> {
    Some(match kind {
        CaseEventKind::FollowUpScheduled => EventType::FollowUpScheduled,
        CaseEventKind::FollowUpDue => EventType::FollowUpDue,
        CaseEventKind::FollowUpKept => EventType::FollowUpKept,
        CaseEventKind::FollowUpMissed => EventType::FollowUpMissed,
        CaseEventKind::FollowUpCompletedLate => EventType::FollowUpCompletedLate,
        CaseEventKind::FollowUpRescheduled => EventType::FollowUpRescheduled,
        CaseEventKind::FollowUpCancelled => EventType::FollowUpCancelled,
        CaseEventKind::FollowUpAssigned => EventType::FollowUpAssigned,
        _ => return None,
    })
}
