//! Grants: what a member of staff may do in a community.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Role, StaffId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: StaffId,
    /// What they may do.
    pub role: Role,
    /// The highest visibility they may read.
    pub clearance: Visibility,
    /// Since when.
    pub created_at: Timestamp,
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
