//! What the mutations of webhooks answer.

use async_graphql::{Context, SimpleObject};
use entity::{WebhookDeliveryId, WebhookEndpointId};

use super::delivery::WebhookDelivery;
use super::endpoint::WebhookEndpoint;
use crate::app::App;
use crate::context::Access;
use crate::error::Result;
use crate::events::cursor::Cursor;
use crate::features::webhooks::service::endpoints::Made;
use crate::features::webhooks::service::replays::Replayed;
use crate::features::webhooks::store;
use crate::graphql::errors::{UserErrorObject, user_errors};

/// The endpoint as it is now, or why nothing changed.
#[derive(Default, SimpleObject)]
pub struct WebhookEndpointPayload {
    /// The endpoint.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The endpoint with a new secret, or why there is none.
#[derive(Default, SimpleObject)]
pub struct WebhookSecretPayload {
    /// The endpoint.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// The secret that verifies its webhooks, shown here once. Null when this answer is a repeated one: then rotate the secret.
    secret: Option<String>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The delivery as it is now, or why nothing is sent.
#[derive(Default, SimpleObject)]
pub struct WebhookDeliveryPayload {
    /// The delivery.
    webhook_delivery: Option<WebhookDelivery>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// What is sent again, or why nothing is.
#[derive(Default, SimpleObject)]
pub struct ReplayWebhooksPayload {
    /// The endpoint.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// How many deliveries are sent again, or for the first time.
    count: usize,
    /// Up to this cursor the change log was gone through.
    end_cursor: Option<String>,
    /// Whether there was more than one call goes through: call again with `after` set to `endCursor`.
    has_more: bool,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

async fn endpoint_of(ctx: &Context<'_>, access: &Access, id: WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    let app = ctx.data_unchecked::<App>();
    // Also one that was deleted just now.
    let row = store::endpoint_or_deleted(app.db.read(), access.community_id(), id).await?;
    Ok(row.map(|row| WebhookEndpoint::new(access, row)))
}

/// The answer about an endpoint.
pub(super) async fn endpoint(ctx: &Context<'_>, access: &Access, done: Result<WebhookEndpointId>) -> Result<WebhookEndpointPayload> {
    Ok(match user_errors(done)? {
        Ok(id) => WebhookEndpointPayload {
            webhook_endpoint: endpoint_of(ctx, access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => WebhookEndpointPayload {
            user_errors,
            ..WebhookEndpointPayload::default()
        },
    })
}

/// The answer about an endpoint with a new secret.
pub(super) async fn secret(ctx: &Context<'_>, access: &Access, done: Result<Made>) -> Result<WebhookSecretPayload> {
    Ok(match user_errors(done)? {
        Ok(made) => WebhookSecretPayload {
            webhook_endpoint: endpoint_of(ctx, access, made.id).await?,
            secret: made.secret.map(|secret| secret.0),
            user_errors: Vec::new(),
        },
        Err(user_errors) => WebhookSecretPayload {
            user_errors,
            ..WebhookSecretPayload::default()
        },
    })
}

/// The answer about a delivery.
pub(super) async fn delivery(ctx: &Context<'_>, access: &Access, done: Result<WebhookDeliveryId>) -> Result<WebhookDeliveryPayload> {
    Ok(match user_errors(done)? {
        Ok(id) => WebhookDeliveryPayload {
            webhook_delivery: WebhookDelivery::find(ctx.data_unchecked(), access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => WebhookDeliveryPayload {
            user_errors,
            ..WebhookDeliveryPayload::default()
        },
    })
}

/// The answer about a replay.
pub(super) async fn replayed(ctx: &Context<'_>, access: &Access, done: Result<Replayed>) -> Result<ReplayWebhooksPayload> {
    Ok(match user_errors(done)? {
        Ok(replayed) => ReplayWebhooksPayload {
            webhook_endpoint: endpoint_of(ctx, access, replayed.endpoint).await?,
            count: replayed.count,
            end_cursor: Some(Cursor::new(access.community_id(), replayed.end).encode()),
            has_more: replayed.has_more,
            user_errors: Vec::new(),
        },
        Err(user_errors) => ReplayWebhooksPayload {
            user_errors,
            ..ReplayWebhooksPayload::default()
        },
    })
}
