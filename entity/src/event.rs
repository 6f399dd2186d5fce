//! The change log: one row per state change, written in the transaction that makes it.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Position in the log, given by the database: within a community in the order of the commits.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// What happened, for example `member.merged`.
    pub event_type: String,
    /// Kind of record it happened to.
    pub subject_type: String,
    /// Which one; 0 when the event is about many, which its payload lists.
    pub subject_id: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who did it, for example `staff:3`, `client:7` or `system:import`.
    pub actor: String,
    /// The clearance needed to see it.
    pub visibility: Visibility,
    /// Whether only those may see it who may read what the company notes among itself.
    pub internal: bool,
    /// Enough to act on: a JSON object.
    pub payload: String,
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
