//! Touchpoints: how staff took care of a member. Never changed, only taken back.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, MemberId, ProgrammeId, Timestamp, TouchpointId, TouchpointKind};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "touchpoints")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: TouchpointId,
    /// Of whom, as they were known then; they may have been merged into somebody since.
    pub member_id: MemberId,
    /// The programme that it was part of.
    pub programme_id: Option<ProgrammeId>,
    /// How.
    pub kind: TouchpointKind,
    /// What there is to say of it.
    pub note: String,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Who recorded it: an actor as in the change log.
    pub recorded_by: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was taken back.
    pub retracted_at: Option<Timestamp>,
    /// Who took it back.
    pub retracted_by: Option<String>,
    /// Why it was taken back.
    pub retraction_reason: Option<String>,
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
