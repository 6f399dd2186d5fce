//! The use cases of vouching for members: who may, the rules, one transaction, its events.

use entity::{CommunityId, MemberId, Timestamp, VouchId, member, vouch};
use serde_json::json;

use super::store;
use super::vouch::{FIELD, Order, check_member};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::features::members;
use crate::idempotency::{Once, in_transaction};

/// Vouches for a member: from now on they are trusted from the start.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when the member is not there, cannot be vouched for
/// or is already, or naming what is wrong with the reason.
pub async fn vouch(app: &App, ctx: &OpContext, access: &Access, order: &Order, key: Option<&Once>) -> Result<VouchId> {
    access.require(Permission::ManageInfluence)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        vouch_in(&tx, ctx, access, order).await
    })
    .await
}

async fn vouch_in(tx: &Tx, ctx: &OpContext, access: &Access, order: &Order) -> Result<VouchId> {
    order.check().map_err(refused)?;
    let community = access.community_id();
    let member = locked_member(tx, community, order.member).await?;
    check_member(&member).map_err(refused)?;
    if !store::vouches_in_force(&**tx, community, &[member.id]).await?.is_empty() {
        return Err(Error::user(FIELD, Code::NotAllowedNow, "is vouched for already"));
    }
    let row = vouch::Model {
        community_id: community,
        // The database gives it.
        id: VouchId(0),
        member_id: member.id,
        reason: order.reason.clone(),
        vouched_by: ctx.actor_label(),
        vouched_at: ctx.now,
        withdrawn_by: None,
        withdrawn_at: None,
        withdrawal_reason: None,
    };
    let id = store::insert_vouch(tx, row).await?.id;
    tell(tx, ctx, community, EventType::MemberVouched, (member.id, &[id])).await?;
    Ok(id)
}

/// Vouches for a member no longer, from now on: neither for them nor for those who were merged into them.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when the member is not there or not vouched for, or
/// naming what is wrong with the reason.
pub async fn withdraw(app: &App, ctx: &OpContext, access: &Access, order: &Order, key: Option<&Once>) -> Result<VouchId> {
    access.require(Permission::ManageInfluence)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        withdraw_in(&tx, ctx, access, order).await
    })
    .await
}

async fn withdraw_in(tx: &Tx, ctx: &OpContext, access: &Access, order: &Order) -> Result<VouchId> {
    order.check().map_err(refused)?;
    let community = access.community_id();
    let member = locked_member(tx, community, order.member).await?;
    // More than one, when two who were vouched for turned out to be one person.
    let in_force = store::vouches_in_force(&**tx, community, &[member.id]).await?;
    let Some(first) = in_force.first() else {
        return Err(Error::user(FIELD, Code::NotAllowedNow, "is not vouched for"));
    };
    // Clocks of two processes may differ: nothing ends before it began.
    let at = in_force.iter().map(|row| row.vouched_at).fold(ctx.now, Timestamp::max);
    let ids: Vec<VouchId> = in_force.iter().map(|row| row.id).collect();
    store::withdraw_vouches(tx, community, &ids, (&order.reason, &ctx.actor_label(), at)).await?;
    tell(tx, ctx, community, EventType::MemberVouchWithdrawn, (member.id, &ids)).await?;
    Ok(first.id)
}

/// The member that an order names, after merges, kept from changing: whoever is merged or opts out meanwhile waits.
async fn locked_member(tx: &Tx, community: CommunityId, id: MemberId) -> Result<member::Model> {
    let named = members::store::by_ids(&**tx, community, &[id]).await?;
    let root = named
        .get(&id)
        .map(|row| row.id)
        .ok_or_else(|| Error::user(FIELD, Code::NotFound, "is not a member of this community"))?;
    let member = members::store::lock(tx, community, root).await?.ok_or(Error::Raced)?;
    if member.root_id.is_some() {
        // Merged away in between.
        return Err(Error::Raced);
    }
    Ok(member)
}

/// Tells of each vouch in the change log, never in whose words. The event is about the person, after merges: whose credit is
/// trusted is a matter of persons.
async fn tell(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    event_type: EventType,
    (member, vouches): (MemberId, &[VouchId]),
) -> Result<()> {
    let event = |vouch: &VouchId| NewEvent::public(event_type, member.0, json!({ "vouch": vouch }));
    events::append(tx, ctx, community, vouches.iter().map(event).collect()).await
}

/// What is wrong with an order, as an error of the call.
fn refused(error: UserError) -> Error {
    Error::User(vec![error])
}
