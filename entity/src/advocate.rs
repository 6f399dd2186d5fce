//! Advocates: members in a programme. Somebody who left and came back has a row for each time.

use sea_orm::entity::prelude::*;

use crate::{AdvocateId, AdvocateStatus, CommunityId, MemberId, ProgrammeId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "advocates")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: AdvocateId,
    /// In which programme.
    pub programme_id: ProgrammeId,
    /// Who, as they were known when they were added; they may have been merged into somebody since.
    pub member_id: MemberId,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// Whether they still are.
    pub status: AdvocateStatus,
    /// Who added them: an actor as in the change log.
    pub added_by: String,
    /// When they were added.
    pub added_at: Timestamp,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// Why they left.
    pub left_reason: Option<String>,
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
