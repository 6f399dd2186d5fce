//! Leases: which process does what only one may do at a time.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// Of what work.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Which process.
    pub holder: String,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// There are none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
