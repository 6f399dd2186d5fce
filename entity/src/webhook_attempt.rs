//! Attempts to deliver a webhook, and what was answered.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp, WebhookDeliveryId, WebhookFault};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempts")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which delivery.
    pub delivery_id: WebhookDeliveryId,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The status that was answered.
    pub status_code: Option<i16>,
    /// What was wrong.
    pub fault: Option<WebhookFault>,
    /// The same in words.
    pub message: Option<String>,
    /// The beginning of the answer.
    pub response: Option<String>,
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
