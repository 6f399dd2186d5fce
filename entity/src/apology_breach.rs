//! Which breaches an apology answers.

use sea_orm::entity::prelude::*;

use crate::{ApologyId, BreachId, CommunityId};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apology_breaches")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// The apology.
    #[sea_orm(primary_key, auto_increment = false)]
    pub apology_id: ApologyId,
    /// The breach.
    #[sea_orm(primary_key, auto_increment = false)]
    pub breach_id: BreachId,
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
