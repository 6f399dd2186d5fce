//! Communities: the tenants.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "communities")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: CommunityId,
    /// Name in addresses and on the command line; unique.
    pub slug: String,
    /// Name to show.
    pub name: String,
    /// IANA time zone, for example `Europe/Berlin`.
    pub timezone: String,
    /// When it was set up.
    pub created_at: Timestamp,
    /// Whether anybody may read what it promises, and how well it keeps that, without signing in.
    pub publishes_expectations: bool,
}

/// Relations are followed by explicit queries that name the community.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
