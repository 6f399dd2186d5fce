//! The use cases of touchpoints.

use entity::{CommunityId, TouchpointId, touchpoint};
use serde_json::{Value, json};

use super::{member, no_programme, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::EventType;
use crate::features::advocates::store;
use crate::features::advocates::touchpoint::{self as rules, NewTouchpoint, Retraction};
use crate::idempotency::{Once, in_transaction};

/// Records that staff took care of a member, whoever they are and whether or not they are an advocate. The programme may have
/// ended.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteAdvocates`]; [`Error::User`] when the member or the programme is not there, or
/// naming the field that is wrong.
pub async fn record(app: &App, ctx: &OpContext, access: &Access, new: &NewTouchpoint, key: Option<&Once>) -> Result<TouchpointId> {
    access.require(Permission::WriteAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        record_in(&tx, ctx, community, new).await
    })
    .await
}

async fn record_in(tx: &Tx, ctx: &OpContext, community: CommunityId, new: &NewTouchpoint) -> Result<TouchpointId> {
    new.check(ctx.now).map_err(refused)?;
    let member = member(tx, community, new.member).await?;
    if let Some(programme) = new.programme {
        store::programme(&**tx, community, programme).await?.ok_or_else(no_programme)?;
    }
    let row = touchpoint::Model {
        community_id: community,
        // The database gives it.
        id: TouchpointId(0),
        member_id: member.id,
        programme_id: new.programme,
        kind: new.kind,
        note: new.note.clone(),
        happened_at: new.happened_at.unwrap_or(ctx.now),
        recorded_by: ctx.actor_label(),
        recorded_at: ctx.now,
        retracted_at: None,
        retracted_by: None,
        retraction_reason: None,
    };
    let row = store::insert_touchpoint(tx, row).await?;
    tell(tx, ctx, community, EventType::TouchpointRecorded, row.id.0, payload(&row)).await?;
    Ok(row.id)
}

/// Takes a touchpoint back: it stays on record, and counts no more.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteAdvocates`]; [`Error::User`] when it is not there or was taken back already, or
/// there is no reason.
pub async fn retract(app: &App, ctx: &OpContext, access: &Access, retraction: &Retraction, key: Option<&Once>) -> Result<TouchpointId> {
    access.require(Permission::WriteAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        let not_here = || Error::user("touchpointId", UserErrorCode::NotFound, "is not a touchpoint in this community");
        let found = store::lock_touchpoint(&tx, community, retraction.touchpoint).await?;
        let mut row = found.ok_or_else(not_here)?;
        rules::retract(&mut row, &retraction.reason, ctx.actor_label(), ctx.now).map_err(refused)?;
        store::retract_touchpoint(&tx, &row).await?;
        tell(&tx, ctx, community, EventType::TouchpointRetracted, row.id.0, payload(&row)).await?;
        Ok(row.id)
    })
    .await
}

/// What the change log says of a touchpoint: never its words.
fn payload(row: &touchpoint::Model) -> Value {
    json!({ "member": row.member_id, "programme": row.programme_id, "kind": row.kind, "happenedAt": row.happened_at })
}
