//! Lists of webhooks: the endpoints of a community, and what was delivered to one.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{WebhookDeliveryStatus, webhook_delivery, webhook_endpoint};
use sea_orm::{ColumnTrait as _, Condition, Order};
use serde_json::json;

use super::delivery::WebhookDelivery;
use super::endpoint::WebhookEndpoint;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::webhooks::store;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::{Maybe, maybe};

/// The name of the list of endpoints in its cursors.
const ENDPOINTS: &str = "webhookEndpoints";

/// What a list of endpoints tells beside its page.
pub struct EndpointTotals(Access);

/// What a list of endpoints tells beside its page.
#[Object]
impl EndpointTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        maybe(store::count_endpoints(ctx.data_unchecked::<App>().db.read(), self.0.community_id()).await)
    }
}

/// What a list of deliveries tells beside its page.
pub struct DeliveryTotals {
    access: Access,
    condition: Condition,
}

/// What a list of deliveries tells beside its page.
#[Object]
impl DeliveryTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_deliveries(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// A page of endpoints.
pub type EndpointPage = Connection<Cursor, WebhookEndpoint, EndpointTotals>;

/// A page of deliveries.
pub type DeliveryPage = Connection<Cursor, WebhookDelivery, DeliveryTotals>;

/// Webhooks of the community.
pub struct CommunityWebhooks(pub Access);

/// Webhooks of the community.
#[Object]
impl CommunityWebhooks {
    /// Where changes are sent, oldest first. Needs the role ADMIN or the scope access:manage.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<EndpointPage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(endpoints(ctx, &self.0, &args).await)
    }
}

async fn endpoints(ctx: &Context<'_>, access: &Access, args: &PageArgs) -> Result<EndpointPage> {
    access.require(Permission::ManageAccess)?;
    let page = args.check::<i64>(ENDPOINTS)?;
    let mut condition = Condition::all();
    if let Some(after) = page.after {
        condition = condition.add(webhook_endpoint::Column::Id.gt(after));
    }
    if let Some(before) = page.before {
        condition = condition.add(webhook_endpoint::Column::Id.lt(before));
    }
    let order = if page.backwards { Order::Desc } else { Order::Asc };
    let app = ctx.data_unchecked::<App>();
    let rows = store::endpoints(app.db.read(), access.community_id(), condition, order, page.size as u64 + 1).await?;
    let totals = EndpointTotals(access.clone());
    Ok(page
        .slice(rows)
        .connect_with(ENDPOINTS, totals, |row| (json!(row.id), WebhookEndpoint::new(access, row))))
}

/// What was delivered to an endpoint that the caller may manage.
pub(super) async fn deliveries(
    ctx: &Context<'_>,
    access: &Access,
    (endpoint, status): (&Arc<webhook_endpoint::Model>, Option<WebhookDeliveryStatus>),
    args: &PageArgs,
) -> Result<DeliveryPage> {
    let name = format!("webhookDeliveries:{status:?}");
    let page = args.check::<i64>(&name)?;
    let mut condition = Condition::all()
        .add(webhook_delivery::Column::EndpointId.eq(endpoint.id))
        .add(webhook_delivery::Column::Visibility.lte(access.clearance));
    if let Some(status) = status {
        condition = condition.add(webhook_delivery::Column::Status.eq(status));
    }
    let totals = DeliveryTotals {
        access: access.clone(),
        condition: condition.clone(),
    };
    if let Some(after) = page.after {
        condition = condition.add(webhook_delivery::Column::Id.lt(after));
    }
    if let Some(before) = page.before {
        condition = condition.add(webhook_delivery::Column::Id.gt(before));
    }
    let order = if page.backwards { Order::Asc } else { Order::Desc };
    let app = ctx.data_unchecked::<App>();
    let rows = store::deliveries(app.db.read(), access.community_id(), condition, order, page.size as u64 + 1).await?;
    Ok(page.slice(rows).connect_with(&name, totals, |row| {
        (json!(row.id), WebhookDelivery::new(access, row, Some(Arc::clone(endpoint))))
    }))
}
