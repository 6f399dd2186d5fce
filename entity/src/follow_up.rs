//! Follow-ups: when we come back to a customer.

use sea_orm::entity::prelude::*;

use crate::{CaseId, CommunityId, FollowUpId, FollowUpKind, FollowUpStatus, StaffId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_ups")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: FollowUpId,
    /// In which case.
    pub case_id: CaseId,
    /// Why it is planned.
    pub kind: FollowUpKind,
    /// Where it stands.
    pub status: FollowUpStatus,
    /// What is to be done.
    pub description: String,
    /// Whether the member was told.
    pub promised_to_member: bool,
    /// Who is to do it.
    pub owner_id: Option<StaffId>,
    /// Who planned it: an actor as in the change log.
    pub created_by: String,
    /// When it was planned.
    pub created_at: Timestamp,
    /// By when.
    pub due_at: Timestamp,
    /// By when at first; what the kept rate goes by.
    pub original_due_at: Timestamp,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// When there is next something to announce of it.
    pub next_at: Option<Timestamp>,
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
