//! The use cases of repairs.

use entity::{ApologyId, ApologyStatus, CaseEventKind, RepairId, Timestamp, Visibility, case, repair};
use serde_json::json;

use super::{Known, apologies, case_to_add_to, lock, now_on, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode, UserErrors};
use crate::events::{EventType, NewEvent};
use crate::features::cases::timeline::{self, NewEntry};
use crate::features::recovery::repair::{self as rules, Mistake, NewRepair};
use crate::features::recovery::store::{self, Kind};
use crate::features::recovery::{apology, policy};
use crate::idempotency::{Once, in_transaction};

/// Promises a repair.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when the case is not there or goes on as another
/// one, the apology is not one of this case, or naming the field that is wrong.
pub async fn promise(app: &App, ctx: &OpContext, access: &Access, new: &NewRepair, key: Option<&Once>) -> Result<RepairId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        promise_in(&tx, ctx, access, new).await
    })
    .await
}

async fn promise_in(tx: &Tx, ctx: &OpContext, access: &Access, new: &NewRepair) -> Result<RepairId> {
    // Not before the idempotency key is taken: what was due in the future when it was promised may be past in a retry.
    let mut errors = UserErrors::from(new.check(ctx.now));
    let case = errors.value(case_to_add_to(tx, access, new.case, Kind::Repairs).await)?;
    let case = errors.done(case)?;
    if let Some(apology) = new.apology {
        check_apology(tx, access, &case, apology).await?;
    }
    let now = now_on(ctx, &case);
    let row = repair::Model {
        community_id: case.community_id,
        // The database gives it.
        id: RepairId(0),
        case_id: case.id,
        apology_id: new.apology,
        kind: new.kind,
        description: new.description.clone(),
        amount: new.amount,
        currency: new.currency.clone(),
        promised_by: ctx.actor_label(),
        promised_at: now,
        due_at: new.due_at,
        delivered_at: None,
        delivered_by: None,
        cancelled_at: None,
        cancelled_by: None,
        cancel_reason: None,
    };
    let row = store::insert_repair(tx, row).await?;
    let (told_to, known) = told_to(tx, &case, &row).await?;
    let entry = NewEntry::new(&case, CaseEventKind::RepairPromised, now, timeline::audience(told_to)).text(row.description.as_str());
    tell_of(tx, ctx, &row, entry, (event(&row, told_to, EventType::RepairPromised, now), known)).await?;
    Ok(row.id)
}

/// Who is told of a repair: not everybody who knows of the case when the apology that it belongs to is private, or was not sent.
async fn told_to(tx: &Tx, case: &case::Model, row: &repair::Model) -> Result<(Visibility, Known)> {
    let Some(apology) = row.apology_id else {
        return Ok((case.visibility, Known::ToReaders));
    };
    let apology = store::apology(tx, row.community_id, apology).await?;
    let known = apology.as_ref().map_or(Known::Inside, apologies::known);
    Ok((rules::told_to(case.visibility, apology.map(|apology| apology.visibility)), known))
}

/// Passes when a repair can belong to an apology: one of the same case that was not taken back.
async fn check_apology(tx: &Tx, access: &Access, case: &case::Model, id: ApologyId) -> Result<()> {
    let found = store::apology(tx, case.community_id, id).await?;
    let found = found.filter(|row| row.case_id == case.id && policy::may_read(access, row));
    let found = found.ok_or_else(|| Error::user("apologyId", UserErrorCode::NotFound, "is not an apology in this case"))?;
    if apology::status(&found) == ApologyStatus::Retracted {
        return Err(Error::user("apologyId", UserErrorCode::NotAllowedNow, "was retracted"));
    }
    Ok(())
}

/// Records that a repair was delivered.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there or was delivered already.
pub async fn deliver(app: &App, ctx: &OpContext, access: &Access, id: RepairId, key: Option<&Once>) -> Result<RepairId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (case, mut row) = named(&tx, access, id).await?;
        let now = now_on(ctx, &case);
        rules::deliver(&mut row, ctx.actor_label(), now).map_err(refused)?;
        store::update_repair(&tx, row.clone()).await?;
        let (told_to, known) = told_to(&tx, &case, &row).await?;
        let entry = NewEntry::new(&case, CaseEventKind::RepairDelivered, now, timeline::audience(told_to));
        let event = event(&row, told_to, EventType::RepairDelivered, now);
        tell_of(&tx, ctx, &row, entry, (event, known)).await?;
        Ok(id)
    })
    .await
}

/// Cancels a repair that was promised by mistake. It stays on record, and nobody owes it.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, was delivered or cancelled, or
/// there is no reason.
pub async fn cancel(app: &App, ctx: &OpContext, access: &Access, mistake: &Mistake, key: Option<&Once>) -> Result<RepairId> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (case, mut row) = named(&tx, access, mistake.repair).await?;
        let now = now_on(ctx, &case);
        rules::cancel(&mut row, &mistake.reason, ctx.actor_label(), now).map_err(refused)?;
        store::update_repair(&tx, row.clone()).await?;
        let (told_to, known) = told_to(&tx, &case, &row).await?;
        // The reason is for the company; it is with the repair.
        let entry = NewEntry::new(&case, CaseEventKind::RepairCancelled, now, timeline::audience(told_to));
        let event = event(&row, told_to, EventType::RepairCancelled, now);
        tell_of(&tx, ctx, &row, entry, (event, known)).await?;
        Ok(row.id)
    })
    .await
}

/// The repair that a command names, with its case, which is locked.
async fn named(tx: &Tx, access: &Access, id: RepairId) -> Result<(case::Model, repair::Model)> {
    let not_here = || Error::user("repairId", UserErrorCode::NotFound, "is not a repair in this community");
    let community = access.community_id();
    let found = store::repair(tx, community, id).await?.ok_or_else(not_here)?;
    let case = lock(tx, access, found.case_id).await?.ok_or_else(not_here)?;
    // Read again under the lock.
    let found = store::repair(tx, community, id).await?.ok_or_else(not_here)?;
    let apology = match found.apology_id {
        Some(apology) => store::apology(tx, community, apology).await?,
        None => None,
    };
    if !policy::may_read_repair(access, &found, apology.as_ref()) {
        return Err(not_here());
    }
    Ok((case, found))
}

async fn tell_of(tx: &Tx, ctx: &OpContext, row: &repair::Model, entry: NewEntry, news: (NewEvent, Known)) -> Result<()> {
    tell(tx, ctx, entry.detail(json!({ "repair": row.id })), news).await
}

fn event(row: &repair::Model, visibility: Visibility, event_type: EventType, at: Timestamp) -> NewEvent {
    NewEvent {
        event_type,
        subject_id: row.id.0,
        visibility,
        payload: json!({ "case": row.case_id, "apology": row.apology_id, "kind": row.kind, "dueAt": row.due_at, "at": at }),
    }
}
