//! Mutations of webhooks.

use async_graphql::{Context, Object};

use super::inputs::{
    CreateWebhookEndpointInput, DeleteWebhookEndpointInput, PauseWebhookEndpointInput, ReplayWebhookDeliveryInput, ReplayWebhooksInput,
    ResumeWebhookEndpointInput, RotateWebhookSecretInput, SendTestWebhookInput, UpdateWebhookEndpointInput, endpoint_key,
};
use super::payloads::{self, ReplayWebhooksPayload, WebhookDeliveryPayload, WebhookEndpointPayload, WebhookSecretPayload};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::webhooks::service::{endpoints, replays};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Changes to webhooks.
#[derive(Default)]
pub struct WebhookMutation;

/// Changes to webhooks.
#[Object]
impl WebhookMutation {
    /// Sets a webhook endpoint up: from now on it is sent what happens, as far as it may be told of it. Needs the role ADMIN or the
    /// scope access:manage.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to, and what.")] input: CreateWebhookEndpointInput,
    ) -> Maybe<WebhookSecretPayload> {
        maybe(create(ctx, input).await)
    }

    /// Changes a webhook endpoint. What waits for it and does not fit any more is not sent. Needs the role ADMIN or the scope
    /// access:manage.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what to change.")] input: UpdateWebhookEndpointInput,
    ) -> Maybe<WebhookEndpointPayload> {
        maybe(update(ctx, input).await)
    }

    /// Deletes a webhook endpoint with its secrets; what waits for it is not sent. Needs the role ADMIN or the scope access:manage.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteWebhookEndpointInput,
    ) -> Maybe<WebhookEndpointPayload> {
        maybe(delete(ctx, input).await)
    }

    /// Pauses a webhook endpoint: it is sent nothing, and what happens meanwhile waits in the change log for as long as that is kept.
    /// Needs the role ADMIN or the scope access:manage.
    async fn pause_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: PauseWebhookEndpointInput,
    ) -> Maybe<WebhookEndpointPayload> {
        maybe(pause(ctx, input).await)
    }

    /// Resumes a webhook endpoint: it is sent what it did not get, in order, and then what happened meanwhile. Needs the role ADMIN or
    /// the scope access:manage.
    async fn resume_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ResumeWebhookEndpointInput,
    ) -> Maybe<WebhookEndpointPayload> {
        maybe(resume(ctx, input).await)
    }

    /// Gives a webhook endpoint another secret, shown here once. For a while both sign. Needs the role ADMIN or the scope
    /// access:manage.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and for how long both sign.")] input: RotateWebhookSecretInput,
    ) -> Maybe<WebhookSecretPayload> {
        maybe(rotate(ctx, input).await)
    }

    /// Sends a test of the type `webhook.test` to an endpoint, once: it is not repeated, and its failure pauses nothing. Needs the role
    /// ADMIN or the scope access:manage.
    async fn send_test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which endpoint.")] input: SendTestWebhookInput,
    ) -> Maybe<WebhookDeliveryPayload> {
        maybe(send_test(ctx, input).await)
    }

    /// Sends a delivery again, under the same `webhook-id`; when its endpoint is paused, once that is resumed. Needs the role ADMIN or
    /// the scope access:manage.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ReplayWebhookDeliveryInput,
    ) -> Maybe<WebhookDeliveryPayload> {
        maybe(replay(ctx, input).await)
    }

    /// Sends a part of the change log to an endpoint again, each change under the `webhook-id` that it had; also what the endpoint was
    /// not told of then and may be told of now. Up to about 5,000 in one call. CURSOR_EXPIRED when the log does not go back to `after`.
    /// Needs the role ADMIN or the scope access:manage.
    async fn replay_webhooks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which endpoint, and what.")] input: ReplayWebhooksInput,
    ) -> Maybe<ReplayWebhooksPayload> {
        maybe(replay_part(ctx, input).await)
    }
}

/// The parts of a mutation, for a caller who may manage webhooks; asked before the input is looked at.
fn manager<'a>(ctx: &'a Context<'_>, slug: &str) -> Result<(&'a App, &'a OpContext, &'a Access)> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(slug)?;
    access.require(Permission::ManageAccess)?;
    Ok((app, op, access))
}

async fn create(ctx: &Context<'_>, input: CreateWebhookEndpointInput) -> Result<WebhookSecretPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let key = input.idempotency_key.clone();
    let done = async {
        let new = input.command();
        let key = Once::new(key.as_deref(), "createWebhookEndpoint", &new)?;
        endpoints::create(app, op, access, &new, key.as_ref()).await
    };
    payloads::secret(ctx, access, done.await).await
}

async fn update(ctx: &Context<'_>, input: UpdateWebhookEndpointInput) -> Result<WebhookEndpointPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let key = input.idempotency_key.clone();
    let done = async {
        let (id, changes) = input.command(access.community_id())?;
        let key = Once::new(key.as_deref(), "updateWebhookEndpoint", &(id, &changes))?;
        endpoints::update(app, op, access, (id, &changes), key.as_ref()).await
    };
    payloads::endpoint(ctx, access, done.await).await
}

async fn delete(ctx: &Context<'_>, input: DeleteWebhookEndpointInput) -> Result<WebhookEndpointPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let id = endpoint_key(access.community_id(), &input.webhook_endpoint_id)?;
        let key = Once::new(input.idempotency_key.as_deref(), "deleteWebhookEndpoint", &id)?;
        endpoints::delete(app, op, access, id, key.as_ref()).await
    };
    payloads::endpoint(ctx, access, done.await).await
}

async fn pause(ctx: &Context<'_>, input: PauseWebhookEndpointInput) -> Result<WebhookEndpointPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let id = endpoint_key(access.community_id(), &input.webhook_endpoint_id)?;
        let reason = input.reason.as_deref();
        let key = Once::new(input.idempotency_key.as_deref(), "pauseWebhookEndpoint", &(id, reason))?;
        endpoints::pause(app, op, access, (id, reason), key.as_ref()).await
    };
    payloads::endpoint(ctx, access, done.await).await
}

async fn resume(ctx: &Context<'_>, input: ResumeWebhookEndpointInput) -> Result<WebhookEndpointPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let command = (
            endpoint_key(access.community_id(), &input.webhook_endpoint_id)?,
            input.skip_failed.unwrap_or(false),
        );
        let key = Once::new(input.idempotency_key.as_deref(), "resumeWebhookEndpoint", &command)?;
        endpoints::resume(app, op, access, command, key.as_ref()).await
    };
    payloads::endpoint(ctx, access, done.await).await
}

async fn rotate(ctx: &Context<'_>, input: RotateWebhookSecretInput) -> Result<WebhookSecretPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "rotateWebhookSecret", &command)?;
        endpoints::rotate(app, op, access, command, key.as_ref()).await
    };
    payloads::secret(ctx, access, done.await).await
}

async fn send_test(ctx: &Context<'_>, input: SendTestWebhookInput) -> Result<WebhookDeliveryPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let id = endpoint_key(access.community_id(), &input.webhook_endpoint_id)?;
        let key = Once::new(input.idempotency_key.as_deref(), "sendTestWebhook", &id)?;
        replays::send_test(app, op, access, id, key.as_ref()).await
    };
    payloads::delivery(ctx, access, done.await).await
}

async fn replay(ctx: &Context<'_>, input: ReplayWebhookDeliveryInput) -> Result<WebhookDeliveryPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let id = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "replayWebhookDelivery", &id)?;
        replays::replay(app, op, access, id, key.as_ref()).await
    };
    payloads::delivery(ctx, access, done.await).await
}

async fn replay_part(ctx: &Context<'_>, input: ReplayWebhooksInput) -> Result<ReplayWebhooksPayload> {
    let (app, op, access) = manager(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "replayWebhooks", &command)?;
        replays::replay_part(app, op, access, command, key.as_ref()).await
    };
    payloads::replayed(ctx, access, done.await).await
}
