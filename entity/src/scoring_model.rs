//! Versions of the scoring model.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, ModelOrigin, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scoring_models")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Which version, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// Name to show.
    pub name: String,
    /// How it came about.
    pub origin: ModelOrigin,
    /// The version whose terms it started from.
    pub based_on: Option<i32>,
    /// What it says: JSON.
    pub terms: String,
    /// How it did on the community's own past when it was made: JSON.
    pub backtest: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom, as the change log names actors.
    pub created_by: String,
    /// When it was discarded; only drafts are. `None` otherwise.
    pub discarded_at: Option<Timestamp>,
    /// By whom, as the change log names actors.
    pub discarded_by: Option<String>,
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
