//! Deliveries of webhooks in the API, with their attempts.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{WebhookDeliveryId, WebhookDeliveryStatus, WebhookFault, webhook_attempt, webhook_delivery, webhook_endpoint};

use super::endpoint::WebhookEndpoint;
use super::loaders::WebhookLoaders;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::events::payload;
use crate::features::changes::graphql::ChangeSubject;
use crate::features::webhooks::{message, store};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// One change, or one test, for one endpoint.
pub struct WebhookDelivery {
    access: Access,
    row: webhook_delivery::Model,
    /// When it is at hand.
    endpoint: Option<Arc<webhook_endpoint::Model>>,
}

impl WebhookDelivery {
    /// A delivery that the actor may see.
    #[must_use]
    pub fn new(access: &Access, row: webhook_delivery::Model, endpoint: Option<Arc<webhook_endpoint::Model>>) -> Self {
        Self {
            access: access.clone(),
            row,
            endpoint,
        }
    }

    /// A delivery by id; `None` when there is none within the actor's clearance.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ManageAccess`].
    pub async fn find(app: &App, access: &Access, id: WebhookDeliveryId) -> Result<Option<Self>> {
        access.require(Permission::ManageAccess)?;
        let row = store::delivery(app.db.read(), access.community_id(), id).await?;
        let row = row.filter(|row| row.visibility <= access.clearance);
        Ok(row.map(|row| Self::new(access, row, None)))
    }

    async fn load_endpoint(&self, ctx: &Context<'_>) -> Result<WebhookEndpoint> {
        if let Some(row) = &self.endpoint {
            return Ok(WebhookEndpoint::new(&self.access, Arc::clone(row)));
        }
        let app = ctx.data_unchecked::<App>();
        let found = store::endpoint_or_deleted(app.db.read(), self.row.community_id, self.row.endpoint_id).await?;
        let row = found.ok_or(Error::NotFound("webhook endpoint"))?;
        Ok(WebhookEndpoint::new(&self.access, row))
    }
}

/// One change, or one test, for one endpoint, and what became of it.
#[Object]
impl WebhookDelivery {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::WebhookDelivery, self.row.community_id, self.row.id.0)
    }

    /// The header `webhook-id`: the same however often it is sent.
    async fn message_id(&self) -> &str {
        &self.row.message_id
    }

    /// For whom.
    async fn endpoint(&self, ctx: &Context<'_>) -> Maybe<WebhookEndpoint> {
        maybe(self.load_endpoint(ctx).await)
    }

    /// What happened, for example `case.opened`; `webhook.test` for a test.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.row.event_type
    }

    /// What it is about.
    async fn subject(&self) -> ChangeSubject {
        payload::subject(&message::entry(&self.row)).into()
    }

    /// When it happened.
    async fn happened_at(&self) -> DateTime {
        self.row.at.into()
    }

    /// Where it stands.
    async fn status(&self) -> WebhookDeliveryStatus {
        self.row.status
    }

    /// Each attempt to send it, in order.
    async fn attempts(&self, ctx: &Context<'_>) -> Maybe<Vec<WebhookAttempt>> {
        let loaders = ctx.data_unchecked::<WebhookLoaders>();
        let rows = loaders.attempts(ctx.data_unchecked(), self.row.community_id, self.row.id).await;
        maybe(rows.map(|rows| rows.iter().map(WebhookAttempt::from).collect()))
    }

    /// When it is to be sent next, if its endpoint is not paused and nothing earlier about the same object waits; null when it is over.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        (self.row.status == WebhookDeliveryStatus::Pending).then(|| self.row.next_at.into())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was over; null while it is not.
    async fn finished_at(&self) -> Option<DateTime> {
        self.row.finished_at.map(DateTime)
    }
}

/// One attempt to send a webhook, and what was answered.
#[derive(SimpleObject)]
pub struct WebhookAttempt {
    /// When it began.
    at: DateTime,
    /// How long it took, in milliseconds.
    duration_ms: i64,
    /// The status that was answered; null when there was no answer.
    status_code: Option<i16>,
    /// What was wrong; null when it was taken.
    error: Option<WebhookFault>,
    /// The same in words.
    message: Option<String>,
    /// The beginning of the answer, at most 1 KiB.
    response: Option<String>,
}

impl From<&webhook_attempt::Model> for WebhookAttempt {
    fn from(row: &webhook_attempt::Model) -> Self {
        Self {
            at: row.at.into(),
            duration_ms: row.duration_ms,
            status_code: row.status_code,
            error: row.fault,
            message: row.message.clone(),
            response: row.response.clone(),
        }
    }
}
