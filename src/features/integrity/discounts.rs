//! The use cases of discounting evidence: who may, the rules, one transaction, its events.

use std::collections::{HashMap, HashSet};

use entity::{EvidenceDiscountId, InteractionId, Timestamp, evidence_discount, interaction};
use serde_json::json;

use super::discount::{Aim, Named, Order};
use super::store;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::events::{self, EventType, NewEvent};
use crate::features::interactions;
use crate::idempotency::{Once, once};

/// Takes interactions out of the account, from now on: all of them, or none.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] naming what is wrong with the order, or each
/// interaction that is not there for the caller, is a retraction, or is discounted already.
pub async fn discount(app: &App, ctx: &OpContext, access: &Access, order: &Order, key: Option<&Once>) -> Result<Vec<EvidenceDiscountId>> {
    access.require(Permission::ManageInfluence)?;
    app.db
        .write(|tx: Tx| async move {
            let work = Box::pin(discount_in(&tx, ctx, access, order));
            once(&tx, ctx, access.community_id(), key, work).await
        })
        .await
}

async fn discount_in(tx: &Tx, ctx: &OpContext, access: &Access, order: &Order) -> Result<Vec<EvidenceDiscountId>> {
    order.check()?;
    let (rows, in_force) = look_up(tx, access, order).await?;
    check_each(order, Aim::Discount, &rows, &in_force)?;
    let ids = order.ids();
    let made = store::insert_discounts(tx, access.community_id(), &ids, (&order.reason, &ctx.actor_label(), ctx.now)).await?;
    tell(tx, ctx, access, EventType::EvidenceDiscounted, &made, &rows).await?;
    in_order(&ids, &made)
}

/// Puts discounted interactions back into the account, from now on: all of them, or none. That they did not count in between
/// stays so.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] naming what is wrong with the order, or each
/// interaction that is not there for the caller or is not discounted.
pub async fn restore(app: &App, ctx: &OpContext, access: &Access, order: &Order, key: Option<&Once>) -> Result<Vec<EvidenceDiscountId>> {
    access.require(Permission::ManageInfluence)?;
    app.db
        .write(|tx: Tx| async move {
            let work = Box::pin(restore_in(&tx, ctx, access, order));
            once(&tx, ctx, access.community_id(), key, work).await
        })
        .await
}

async fn restore_in(tx: &Tx, ctx: &OpContext, access: &Access, order: &Order) -> Result<Vec<EvidenceDiscountId>> {
    order.check()?;
    let (rows, in_force) = look_up(tx, access, order).await?;
    check_each(order, Aim::Restore, &rows, &in_force)?;
    // Clocks of two processes may differ: nothing ends before it began.
    let at = in_force.values().map(|row| row.discounted_at).fold(ctx.now, Timestamp::max);
    let ended: Vec<EvidenceDiscountId> = in_force.values().map(|row| row.id).collect();
    store::restore(tx, access.community_id(), &ended, (&order.reason, &ctx.actor_label(), at)).await?;
    let ended = in_force.into_iter().map(|(interaction, row)| (interaction, row.id)).collect();
    tell(tx, ctx, access, EventType::EvidenceRestored, &ended, &rows).await?;
    in_order(&order.ids(), &ended)
}

type Rows = HashMap<InteractionId, interaction::Model>;
type InForce = HashMap<InteractionId, evidence_discount::Model>;

/// The interactions of an order that the caller may read, and the discounts of them that are in force.
async fn look_up(tx: &Tx, access: &Access, order: &Order) -> Result<(Rows, InForce)> {
    let (community, ids) = (access.community_id(), order.ids());
    let mut rows = interactions::store::by_ids(&**tx, community, &ids).await?;
    rows.retain(|_, row| interactions::service::may_read(access, row.visibility));
    let mut in_force = store::in_force(&**tx, community, &ids).await?;
    in_force.retain(|id, _| rows.contains_key(id));
    Ok((rows, in_force))
}

fn check_each(order: &Order, aim: Aim, rows: &Rows, in_force: &InForce) -> Result<()> {
    let discounted: HashSet<InteractionId> = in_force.keys().copied().collect();
    order.check_each(aim, |id| {
        rows.get(&id).map(|row| Named {
            id,
            kind: row.kind,
            is_discounted: discounted.contains(&id),
        })
    })
}

/// Tells of each interaction in the change log, never in whose words.
async fn tell(
    tx: &Tx,
    ctx: &OpContext,
    access: &Access,
    event_type: EventType,
    discounts: &HashMap<InteractionId, EvidenceDiscountId>,
    rows: &Rows,
) -> Result<()> {
    let mut told: Vec<(InteractionId, EvidenceDiscountId)> = discounts.iter().map(|(id, discount)| (*id, *discount)).collect();
    told.sort_unstable();
    let event = |(id, discount): (InteractionId, EvidenceDiscountId)| {
        let row = rows.get(&id)?;
        Some(NewEvent {
            event_type,
            subject_id: id.0,
            visibility: row.visibility,
            payload: json!({ "discount": discount, "kind": row.kind, "actorId": row.actor_id, "targetId": row.target_id }),
        })
    };
    events::append(tx, ctx, access.community_id(), told.into_iter().filter_map(event).collect()).await
}

/// The discounts in the order in which their interactions were named.
fn in_order(ids: &[InteractionId], discounts: &HashMap<InteractionId, EvidenceDiscountId>) -> Result<Vec<EvidenceDiscountId>> {
    ids.iter()
        .map(|id| discounts.get(id).copied().ok_or_else(|| Error::internal("a discount is missing")))
        .collect()
}
