//! The use cases of webhook endpoints.

use entity::{CommunityId, WebhookEndpointId, WebhookEndpointStatus, WebhookSecret, webhook_endpoint};
use serde::{Deserialize, Serialize};

use super::{giver, in_transaction, locked, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{EventType, log};
use crate::features::webhooks::address::Refusal;
use crate::features::webhooks::endpoint::{self as rules, EndpointChanges, NewEndpoint};
use crate::features::webhooks::{signature, store};
use crate::idempotency::Once;

/// Most endpoints of a community.
const MOST_ENDPOINTS: u64 = 100;

/// An endpoint with a new secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Made {
    /// The endpoint.
    pub id: WebhookEndpointId,
    /// The secret, which is told once: an answer that is repeated comes without.
    #[serde(skip)]
    pub secret: Option<WebhookSecret>,
}

/// Why webhooks may not go to an address.
fn wrong_address(refusal: Refusal) -> Error {
    Error::user("url", UserErrorCode::Invalid, refusal.to_string())
}

/// Sets an endpoint up. It is told of what happens from now on.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] naming the field that is wrong, or when there are too
/// many.
pub async fn create(app: &App, ctx: &OpContext, access: &Access, new: &NewEndpoint, key: Option<&Once>) -> Result<Made> {
    access.require(Permission::ManageAccess)?;
    // Names are looked up before the transaction, which waits for no network.
    let judged = app.webhooks.check(&new.url).await;
    let judged = judged.as_deref().map_err(|refusal| *refusal);
    in_transaction(app, ctx, access.community_id(), key, |tx| async move {
        create_in(&tx, ctx, access, new, judged).await
    })
    .await
}

async fn create_in(tx: &Tx, ctx: &OpContext, access: &Access, new: &NewEndpoint, judged: Result<&str, Refusal>) -> Result<Made> {
    let community = access.community_id();
    new.check(giver(access)).map_err(refused)?;
    let url = judged.map_err(wrong_address)?;
    if store::count_endpoints(&**tx, community).await? >= MOST_ENDPOINTS {
        let message = format!("there are {MOST_ENDPOINTS} webhook endpoints already; delete one that is not needed");
        return Err(Error::user("", UserErrorCode::TooMany, message));
    }
    let secret = signature::new_secret();
    let (event_types, scopes) = new.stored();
    let row = webhook_endpoint::Model {
        community_id: community,
        // The database gives it.
        id: WebhookEndpointId(0),
        url: url.to_owned(),
        description: new.description.clone(),
        event_types,
        scopes,
        clearance: new.clearance,
        status: WebhookEndpointStatus::Active,
        paused_at: None,
        pause_reason: None,
        read_to: log::end(&**tx, community).await?,
        secret: secret.clone(),
        secret_at: ctx.now,
        old_secret: None,
        old_secret_until: None,
        created_by: ctx.actor_label(),
        created_at: ctx.now,
        deleted_at: None,
    };
    let row = store::insert_endpoint(tx, row).await?;
    tell(tx, ctx, EventType::WebhookEndpointCreated, &row).await?;
    Ok(Made {
        id: row.id,
        secret: Some(secret),
    })
}

/// Changes an endpoint. What waits for it and does not fit any more is not sent. Nothing happens when nothing differs.
///
/// # Errors
/// As [`create`]; also when there is no such endpoint, or it is told of more than the caller may see and would get another address.
pub async fn update(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, changes): (WebhookEndpointId, &EndpointChanges),
    key: Option<&Once>,
) -> Result<WebhookEndpointId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    let judged = match &changes.url {
        Some(url) => app.webhooks.check(url).await.map(Some),
        None => Ok(None),
    };
    let changes = &EndpointChanges {
        url: judged.clone().unwrap_or_else(|_refusal| changes.url.clone()),
        ..changes.clone()
    };
    let judged = judged.map(drop);
    in_transaction(app, ctx, community, key, |tx| async move {
        let mut row = locked(&tx, community, id).await?;
        let before = row.url.clone();
        if !rules::update(&mut row, changes, giver(access)).map_err(refused)? {
            return Ok(id);
        }
        if row.url != before {
            judged.map_err(wrong_address)?;
        }
        tell(&tx, ctx, EventType::WebhookEndpointUpdated, &row).await?;
        store::update_endpoint(&tx, row).await?;
        Ok(id)
    })
    .await
}

/// Deletes an endpoint with its secrets. What waits for it is given up; what was delivered stays on record for a while.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint.
pub async fn delete(app: &App, ctx: &OpContext, access: &Access, id: WebhookEndpointId, key: Option<&Once>) -> Result<WebhookEndpointId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    in_transaction(app, ctx, community, key, |tx| async move {
        let mut row = locked(&tx, community, id).await?;
        if rules::delete(&mut row, ctx.now) {
            store::cancel_waiting(&tx, community, id, ctx.now).await?;
            tell(&tx, ctx, EventType::WebhookEndpointDeleted, &row).await?;
            store::update_endpoint(&tx, row).await?;
        }
        Ok(id)
    })
    .await
}

/// Pauses an endpoint: it is sent nothing, and its place in the log stays. Nothing happens when it is paused already.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint, or the reason is too long.
pub async fn pause(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, reason): (WebhookEndpointId, Option<&str>),
    key: Option<&Once>,
) -> Result<WebhookEndpointId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    in_transaction(app, ctx, community, key, |tx| async move {
        rules::check_reason(reason).map_err(refused)?;
        let row = locked(&tx, community, id).await?;
        let reason = reason.map_or_else(|| format!("paused by {}", ctx.actor_label()), ToOwned::to_owned);
        pause_in(&tx, ctx, row, &reason).await?;
        Ok(id)
    })
    .await
}

/// Pauses an endpoint whose row is locked, unless it is paused already or gone, and tells it in the change log.
///
/// # Errors
/// When the database fails.
pub async fn pause_in(tx: &Tx, ctx: &OpContext, mut row: webhook_endpoint::Model, reason: &str) -> Result<()> {
    if !rules::pause(&mut row, reason, ctx.now) {
        return Ok(());
    }
    tell(tx, ctx, EventType::WebhookEndpointPaused, &row).await?;
    store::update_endpoint(tx, row).await
}

/// Resumes an endpoint: what it did not get is sent, in order, and then what happened meanwhile. Nothing happens when it is not paused.
/// With `skip_failed`, what it did not take is passed over.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint.
pub async fn resume(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, skip_failed): (WebhookEndpointId, bool),
    key: Option<&Once>,
) -> Result<WebhookEndpointId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    let resumed = in_transaction(app, ctx, community, key, |tx| async move {
        resume_in(&tx, ctx, (community, id), skip_failed).await
    });
    let resumed = resumed.await?;
    app.webhooks.wake_dispatch();
    app.webhooks.wake_deliver();
    Ok(resumed)
}

async fn resume_in(
    tx: &Tx,
    ctx: &OpContext,
    (community, id): (CommunityId, WebhookEndpointId),
    skip_failed: bool,
) -> Result<WebhookEndpointId> {
    let mut row = locked(tx, community, id).await?;
    if !rules::resume(&mut row, log::floor(&**tx, community).await?) {
        return Ok(id);
    }
    if skip_failed {
        store::pass_over_failed(tx, community, id).await?;
    }
    store::begin_anew(tx, community, id, ctx.now).await?;
    tell(tx, ctx, EventType::WebhookEndpointResumed, &row).await?;
    store::update_endpoint(tx, row).await?;
    Ok(id)
}

/// Gives an endpoint another secret. Both sign for `overlap` microseconds.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint, or the overlap is too
/// long.
pub async fn rotate(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, overlap): (WebhookEndpointId, i64),
    key: Option<&Once>,
) -> Result<Made> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    in_transaction(app, ctx, community, key, |tx| async move {
        let mut row = locked(&tx, community, id).await?;
        let secret = signature::new_secret();
        rules::rotate(&mut row, secret.clone(), overlap, ctx.now).map_err(refused)?;
        tell(&tx, ctx, EventType::WebhookEndpointUpdated, &row).await?;
        store::update_endpoint(&tx, row).await?;
        Ok(Made { id, secret: Some(secret) })
    })
    .await
}
