//! Advocate programmes: what members are nurtured in.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, ProgrammeId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "advocate_programmes")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: ProgrammeId,
    /// Name to show.
    pub name: String,
    /// `name` in lower case by Unicode rules: no two programmes that run share it, and lists are ordered by it.
    pub search_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs.
    pub ended_at: Option<Timestamp>,
    /// Who set it up: an actor as in the change log.
    pub created_by: String,
    /// When it was set up.
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
