//! The timelines of cases, append-only: what clocks follow from, and what people read.

use sea_orm::entity::prelude::*;

use crate::{Audience, CaseEventId, CaseEventKind, CaseId, CommunityId, InteractionId, MemberId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_events")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: CaseEventId,
    /// Which case.
    pub case_id: CaseId,
    /// What happened.
    pub kind: CaseEventKind,
    /// When it happened.
    pub at: Timestamp,
    /// When this system recorded it.
    pub recorded_at: Timestamp,
    /// Who did it: an actor as in the change log.
    pub actor: String,
    /// The member who did it, if one did.
    pub member_id: Option<MemberId>,
    /// The interaction that it was.
    pub interaction_id: Option<InteractionId>,
    /// Who was meant to see it.
    pub audience: Audience,
    /// What was said.
    pub text: Option<String>,
    /// The rest, by kind: a JSON object.
    pub detail: String,
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
