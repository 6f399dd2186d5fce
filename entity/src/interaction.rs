//! Interactions: what members did, append-only.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, InteractionId, InteractionKind, MemberId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interactions")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: InteractionId,
    /// What was done.
    pub kind: InteractionKind,
    /// Who did it; `None` when unknown.
    pub actor_id: Option<MemberId>,
    /// Towards whom.
    pub target_id: Option<MemberId>,
    /// The conversation, as the source names it.
    pub thread: Option<String>,
    /// The post it hangs under, as the source names it.
    pub parent: Option<String>,
    /// Where it happened.
    pub channel: Option<String>,
    /// Who may read it.
    pub visibility: Visibility,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// From −1 to 1.
    pub sentiment: Option<f64>,
    /// What was said.
    pub text: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The system that told it.
    pub source: String,
    /// Its id there; unique per community and source.
    pub external_id: String,
    /// External id of the interaction that this one takes back, in the same source.
    pub retracts: Option<String>,
    /// When this system recorded it.
    pub recorded_at: Timestamp,
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
