//! The use cases of advocates.

use entity::{AdvocateId, AdvocateStatus, CommunityId, MemberId, advocate, member};
use serde_json::json;

use super::{programmes, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::EventType;
use crate::features::advocates::advocate::{self as rules, Leave, NewAdvocate};
use crate::features::advocates::{programme, store};
use crate::features::members;
use crate::idempotency::{Once, in_transaction};

/// Takes a member into a programme.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteAdvocates`]; [`Error::User`] when the programme is not there or has ended, the
/// member is not there, cannot be an advocate or is one in it already, or naming the field that is wrong.
pub async fn add(app: &App, ctx: &OpContext, access: &Access, new: &NewAdvocate, key: Option<&Once>) -> Result<AdvocateId> {
    access.require(Permission::WriteAdvocates)?;
    let community = access.community_id();
    in_transaction(
        &app.db,
        ctx,
        community,
        key,
        |tx| async move { add_in(&tx, ctx, community, new).await },
    )
    .await
}

async fn add_in(tx: &Tx, ctx: &OpContext, community: CommunityId, new: &NewAdvocate) -> Result<AdvocateId> {
    new.check(ctx.now).map_err(refused)?;
    // Locked, so that it does not end meanwhile.
    let programme = programmes::locked(tx, community, new.programme).await?;
    programme::check_takes_advocates(&programme).map_err(refused)?;
    let member = locked_member(tx, community, new.member).await?;
    rules::check_member(&member).map_err(refused)?;
    if store::is_active(tx, community, programme.id, member.id).await? {
        return Err(Error::user(
            "memberId",
            UserErrorCode::Taken,
            "is an advocate in this programme already",
        ));
    }
    let row = advocate::Model {
        community_id: community,
        // The database gives it.
        id: AdvocateId(0),
        programme_id: programme.id,
        member_id: member.id,
        since: new.since.unwrap_or(ctx.now),
        reason: new.reason.clone(),
        status: AdvocateStatus::Active,
        added_by: ctx.actor_label(),
        added_at: ctx.now,
        left_at: None,
        left_reason: None,
    };
    let row = store::insert_advocate(tx, row).await?;
    let payload = json!({ "programme": row.programme_id, "member": row.member_id, "since": row.since });
    tell(tx, ctx, community, EventType::AdvocateAdded, row.id.0, payload).await?;
    Ok(row.id)
}

/// The member that an input names, after merges, kept from changing: whoever is merged or opts out meanwhile waits.
async fn locked_member(tx: &Tx, community: CommunityId, id: MemberId) -> Result<member::Model> {
    let named = super::member(tx, community, id).await?;
    let member = members::store::lock(tx, community, named.id).await?.ok_or(Error::Raced)?;
    if member.root_id.is_some() {
        // Merged away in between.
        return Err(Error::Raced);
    }
    Ok(member)
}

/// An advocate leaves their programme, also one that has ended.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteAdvocates`]; [`Error::User`] when they are not there or have left already, or
/// there is no reason.
pub async fn remove(app: &App, ctx: &OpContext, access: &Access, leave: &Leave, key: Option<&Once>) -> Result<AdvocateId> {
    access.require(Permission::WriteAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        let not_here = || Error::user("advocateId", UserErrorCode::NotFound, "is not an advocate in this community");
        let mut row = store::lock_advocate(&tx, community, leave.advocate).await?.ok_or_else(not_here)?;
        rules::leave(&mut row, &leave.reason, ctx.now).map_err(refused)?;
        let payload = json!({ "programme": row.programme_id, "member": row.member_id, "leftAt": row.left_at });
        store::update_advocate(&tx, row).await?;
        tell(&tx, ctx, community, EventType::AdvocateRemoved, leave.advocate.0, payload).await?;
        Ok(leave.advocate)
    })
    .await
}
