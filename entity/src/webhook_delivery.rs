//! Deliveries of webhooks: one event, or one test, for one endpoint.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp, Visibility, WebhookDeliveryId, WebhookDeliveryStatus, WebhookEndpointId};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key.
    #[sea_orm(primary_key)]
    pub id: WebhookDeliveryId,
    /// For whom.
    pub endpoint_id: WebhookEndpointId,
    /// The position of the event in the change log; none for tests.
    pub seq: Option<i64>,
    /// The `webhook-id`: the same however often it is sent.
    pub message_id: String,
    /// The type of the event.
    pub event_type: String,
    /// The kind of record that it is about.
    pub subject_type: String,
    /// Which.
    pub subject_id: i64,
    /// The clearance that is needed to be told of it.
    pub visibility: Visibility,
    /// Whether only those may be told who may also read what the company notes among itself.
    pub internal: bool,
    /// When it happened.
    pub at: Timestamp,
    /// What is sent, byte for byte: JSON. Empty where what it said had to be forgotten: then it is made anew from the log.
    pub body: String,
    /// Where it stands.
    pub status: WebhookDeliveryStatus,
    /// How often it was tried since it was last begun anew.
    pub tries: i32,
    /// When it is to be tried next.
    pub next_at: Timestamp,
    /// Who is sending it.
    pub claimed_by: Option<String>,
    /// After which instant somebody else takes it up.
    pub claimed_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
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
