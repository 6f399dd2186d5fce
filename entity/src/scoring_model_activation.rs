//! Which version of the scoring model was in force since when.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scoring_model_activations")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Since when.
    #[sea_orm(primary_key, auto_increment = false)]
    pub activated_at: Timestamp,
    /// Which version.
    pub version: i32,
    /// By whom, as the change log names actors.
    pub activated_by: String,
}

/// Relations are followed by explicit queries that name the community.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Only what belongs to this community.
    #[must_use]
    pub fn in_community(community: CommunityId) -> Select<Self> {
        Self::find().filter(Column::CommunityId.eq(community))
    }
}
