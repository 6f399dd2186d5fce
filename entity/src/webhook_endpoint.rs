//! Webhook endpoints: where changes are sent, and how far each has been told of them.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp, Visibility, WebhookEndpointId, WebhookEndpointStatus, WebhookSecret};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key.
    #[sea_orm(primary_key)]
    pub id: WebhookEndpointId,
    /// Where to.
    pub url: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// Of which types of events it is told: names, separated by blanks; all when there are none.
    pub event_types: Option<String>,
    /// What it may be told of: scope names, separated by blanks.
    pub scopes: String,
    /// The highest visibility that it may be told of.
    pub clearance: Visibility,
    /// Whether it is sent anything.
    pub status: WebhookEndpointStatus,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Why it is paused.
    pub pause_reason: Option<String>,
    /// Up to which position in the change log deliveries were made.
    pub read_to: i64,
    /// What signs.
    pub secret: WebhookSecret,
    /// Since when.
    pub secret_at: Timestamp,
    /// What signed before, and still does.
    pub old_secret: Option<WebhookSecret>,
    /// Until when.
    pub old_secret_until: Option<Timestamp>,
    /// Who made it, as the change log names actors.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are followed by explicit queries that name the community.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one community.
    #[must_use]
    pub fn in_community(community: CommunityId) -> Select<Self> {
        Self::find().filter(Column::CommunityId.eq(community))
    }
}
