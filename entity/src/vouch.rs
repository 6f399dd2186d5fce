//! Vouches: members whom staff vouched for, and how long. Rows are never deleted.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, MemberId, Timestamp, VouchId};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vouches")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: VouchId,
    /// For whom, as they were known then; they may have been merged into somebody since. For one member, one vouch is in force at a
    /// time.
    pub member_id: MemberId,
    /// Why.
    pub reason: String,
    /// Who vouched: an actor as in the change log.
    pub vouched_by: String,
    /// Since when.
    pub vouched_at: Timestamp,
    /// Who withdrew it.
    pub withdrawn_by: Option<String>,
    /// Until when; `None` while it is in force.
    pub withdrawn_at: Option<Timestamp>,
    /// Why it was withdrawn.
    pub withdrawal_reason: Option<String>,
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
