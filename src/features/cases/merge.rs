//! Two cases of one member that are about the same thing become one.

use entity::{CaseEventKind, CaseId, CaseStatus, Metric, case};
use serde_json::json;

use super::clocks::replay;
use super::service::{locked, refuse_merged};
use super::timeline::{self, NewEntry};
use super::{rows, settle, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::idempotency::{Once, in_transaction};

/// Merges a case into another one of the same member. The other goes on with whichever open clock of each metric is due
/// first, with all that are overdue, and with the follow-ups that are still open; what was broken already stays on the record of
/// the case it was broken on, and ends there when it is done here. Returns the case that goes on.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageCases`]; [`Error::User`] when one is not there or over, they are the same
/// or of different members, or somebody else was faster.
pub async fn merge(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    target: (CaseId, Option<i64>),
    into: CaseId,
    key: Option<&Once>,
) -> Result<CaseId> {
    access.require(Permission::ManageCases)?;
    if target.0 == into {
        return Err(Error::user("intoId", UserErrorCode::Invalid, "must be another case"));
    }
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (away, onto) = lock_both(&tx, access, target, into).await?;
        if away.merged_into == Some(into) {
            // The same merge again: it is done.
            return Ok(into);
        }
        check(&tx, access, &away, &onto).await?;
        Box::pin(join(&tx, ctx, away, onto)).await
    })
    .await
}

/// Locks in one order for all writers, so that two merges never wait for each other in a ring.
async fn lock_both(tx: &Tx, access: &Access, target: (CaseId, Option<i64>), into: CaseId) -> Result<(case::Model, case::Model)> {
    if into < target.0 {
        let onto = locked(tx, access, (into, None), "intoId").await?;
        return Ok((locked(tx, access, target, "caseId").await?, onto));
    }
    let away = locked(tx, access, target, "caseId").await?;
    Ok((away, locked(tx, access, (into, None), "intoId").await?))
}

async fn check(tx: &Tx, access: &Access, away: &case::Model, onto: &case::Model) -> Result<()> {
    for (field, row) in [("caseId", away), ("intoId", onto)] {
        refuse_merged(tx, access, row, field).await?;
        if row.status == CaseStatus::Closed {
            let message = format!("is {}: only cases that are not over can be merged", row.status);
            return Err(Error::user(field, UserErrorCode::NotAllowedNow, message));
        }
    }
    if onto.status == CaseStatus::Resolved && away.status != CaseStatus::Resolved {
        let message = "is RESOLVED: reopen it first, so that what is still owed is owed there";
        return Err(Error::user("intoId", UserErrorCode::NotAllowedNow, message));
    }
    let people = store::people(tx, away.community_id, &[away.member_id, onto.member_id]).await?;
    let root = |row: &case::Model| people.get(&row.member_id).map(|person| person.root);
    if root(away) != root(onto) {
        return Err(Error::user("intoId", UserErrorCode::Invalid, "is a case of another member"));
    }
    if away.visibility != onto.visibility {
        let message = "is not as public as the case: move one of them first";
        return Err(Error::user("intoId", UserErrorCode::NotAllowedNow, message));
    }
    Ok(())
}

async fn join(tx: &Tx, ctx: &OpContext, mut away: case::Model, onto: case::Model) -> Result<CaseId> {
    let now = store::present(tx, ctx.now, &away)
        .await?
        .max(store::present(tx, ctx.now, &onto).await?);
    let ctx = &OpContext { now, ..ctx.clone() };
    let standing = settle::standing(tx, ctx, &away).await?;
    // What is overdue goes along: it is owed over there, and the breach stays on record here until it is done.
    let carried = replay::carried(&standing.clocks, away.id, now);
    // Whom nobody owes an answer by a clock still waits for one, since they asked.
    let is_counted = carried
        .iter()
        .any(|clock| matches!(clock.metric, Metric::FirstResponse | Metric::NextResponse));
    let waits_since = away.waiting_since.filter(|_since| !is_counted);
    let entries = [
        NewEntry::internal(&away, CaseEventKind::Merged, now).detail(json!({ "into": onto.id })),
        NewEntry::internal(&onto, CaseEventKind::Absorbed, now)
            .detail(json!({ "case": away.id, "carried": carried, "waitsSince": waits_since })),
    ];
    timeline::add_all(tx, ctx, &entries).await?;
    let moved = store::move_follow_ups(tx, away.community_id, away.id, onto.id).await?;
    away.merged_into = Some(onto.id);
    let (away, onto) = (settle::settle(tx, ctx, away).await?, settle::settle(tx, ctx, onto).await?);
    let event = |event_type, case: &case::Model, payload| NewEvent {
        event_type,
        subject_id: case.id.0,
        visibility: case.visibility,
        payload,
    };
    let mut told = vec![
        event(EventType::CaseMerged, &away, rows::state_with(&away, "into", Some(onto.id))),
        event(EventType::CaseAbsorbed, &onto, rows::state_with(&onto, "from", Some(away.id))),
    ];
    told.extend(moved.into_iter().map(|follow_up| NewEvent {
        subject_id: follow_up.0,
        ..event(EventType::FollowUpMoved, &onto, json!({ "case": onto.id, "at": now }))
    }));
    events::append(tx, ctx, away.community_id, told).await?;
    Ok(onto.id)
}
