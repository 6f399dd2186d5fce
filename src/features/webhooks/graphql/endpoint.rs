//! Webhook endpoints in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{Visibility, WebhookDeliveryStatus, WebhookEndpointId, WebhookEndpointStatus, webhook_endpoint};

use super::lists::{self, DeliveryPage};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::events::EventType;
use crate::features::changes::graphql::ChangeType;
use crate::features::webhooks::store;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::PageArgs;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// Where changes are sent as they happen.
#[derive(Clone)]
pub struct WebhookEndpoint {
    access: Access,
    row: Arc<webhook_endpoint::Model>,
}

impl WebhookEndpoint {
    /// An endpoint, for an actor who may manage it.
    #[must_use]
    pub fn new(access: &Access, row: impl Into<Arc<webhook_endpoint::Model>>) -> Self {
        Self {
            access: access.clone(),
            row: row.into(),
        }
    }

    /// An endpoint by id; `None` when there is none, or it was deleted.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ManageAccess`].
    pub async fn find(app: &App, access: &Access, id: WebhookEndpointId) -> Result<Option<Self>> {
        access.require(Permission::ManageAccess)?;
        let row = store::endpoint(app.db.read(), access.community_id(), id).await?;
        Ok(row.map(|row| Self::new(access, row)))
    }
}

/// Where changes are sent as they happen, by Standard Webhooks. Endpoints are for those who manage access: the role ADMIN or the scope
/// access:manage.
#[Object]
impl WebhookEndpoint {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::WebhookEndpoint, self.row.community_id, self.row.id.0)
    }

    /// Where webhooks go.
    async fn url(&self) -> &str {
        &self.row.url
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// Which types of changes it is sent; null for all that it may be told of.
    async fn types(&self) -> Option<Vec<ChangeType>> {
        let names = self.row.event_types.as_deref()?.split_ascii_whitespace();
        Some(names.filter_map(EventType::parse).map(ChangeType::from).collect())
    }

    /// What it may be told of: scopes, as an integration has them.
    async fn scopes(&self) -> Vec<&str> {
        self.row.scopes.split_ascii_whitespace().collect()
    }

    /// The highest visibility that it may be told of.
    async fn clearance(&self) -> Visibility {
        self.row.clearance
    }

    /// Whether it is sent webhooks.
    async fn status(&self) -> WebhookEndpointStatus {
        self.row.status
    }

    /// Since when it is paused; null unless it is.
    async fn paused_at(&self) -> Option<DateTime> {
        self.row.paused_at.map(DateTime)
    }

    /// Why it is paused: what went wrong, or what whoever paused it said; null unless it is.
    async fn paused_reason(&self) -> Option<&str> {
        self.row.pause_reason.as_deref()
    }

    /// Who set it up, as the change log names actors.
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was set up.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When its secret was made. The secret itself is never shown again.
    async fn secret_rotated_at(&self) -> DateTime {
        self.row.secret_at.into()
    }

    /// Until when the secret before signs, too; null when only one secret signs.
    async fn old_secret_until(&self, ctx: &Context<'_>) -> Option<DateTime> {
        let now = ctx.data_unchecked::<OpContext>().now;
        self.row.old_secret_until.filter(|until| now < *until).map(DateTime)
    }

    /// How many entries the change log has for which no deliveries were made yet, whether they are for this endpoint or not. Grows
    /// while it is paused. Counted up to 10,000: that stands for so many or more.
    async fn lag(&self, ctx: &Context<'_>) -> Maybe<i64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::events_after(app.db.read(), self.row.community_id, self.row.read_to).await)
    }

    /// What was delivered, or is to be, within the caller's clearance; the newest first. What is over is kept for 30 days.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so.")] status: Option<WebhookDeliveryStatus>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<DeliveryPage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(lists::deliveries(ctx, &self.access, (&self.row, status), &args).await)
    }
}
