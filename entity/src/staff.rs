//! Staff: the people who sign in, across communities.

use sea_orm::entity::prelude::*;

use crate::{StaffId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "staff")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: StaffId,
    /// Sign-in name, in lower case; unique.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// Argon2id in PHC form; `None` when they sign in elsewhere.
    pub password_hash: Option<String>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When their access ended.
    pub disabled_at: Option<Timestamp>,
}

/// Relations are followed by explicit queries that name the community.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
