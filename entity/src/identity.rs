//! Identities: a member's accounts in other systems.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, IdentityId, MemberId};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: IdentityId,
    /// Whose account it is, as it was told; merges are followed by `members.root_id`.
    pub member_id: MemberId,
    /// The other system.
    pub provider: String,
    /// The id there; unique per community and provider.
    pub external_id: String,
    /// The name there.
    pub handle: Option<String>,
    /// Followers there.
    pub follower_count: Option<i64>,
    /// The other system vouches for it.
    pub verified: bool,
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
