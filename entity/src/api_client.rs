//! API clients: the credentials of integrations.

use sea_orm::entity::prelude::*;

use crate::{ApiClientId, CommunityId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_clients")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: ApiClientId,
    /// Public half of the credentials; unique.
    pub client_id: String,
    /// Name to show.
    pub name: String,
    /// SHA-256 of the secret, in hex. The secret is 256 random bits, so that no slow hash is needed.
    pub secret_hash: String,
    /// What it may do: scope names, separated by blanks.
    pub scopes: String,
    /// The highest visibility it may read.
    pub clearance: Visibility,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
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
