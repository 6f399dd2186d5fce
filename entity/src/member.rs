//! Members: the people and accounts of a community.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, Consent, MemberId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: MemberId,
    /// Name to show.
    pub display_name: String,
    /// `display_name` in lower case by Unicode rules, for search: engines disagree on what lower case is.
    pub search_name: String,
    /// Short name, without `@`.
    pub handle: Option<String>,
    /// `handle` in lower case, for search.
    pub search_handle: Option<String>,
    /// When they joined.
    pub joined_at: Option<Timestamp>,
    /// When they last did something.
    pub last_active_at: Option<Timestamp>,
    /// Works for the company: never ranked.
    pub is_staff: bool,
    /// Not a person: never ranked.
    pub is_bot: bool,
    /// Whether they may be scored.
    pub consent: Consent,
    /// Free data of integrations: a JSON object.
    pub attributes: Json,
    /// The member this one was merged into.
    pub merged_into: Option<MemberId>,
    /// The end of the chain of merges; `None` when not merged.
    pub root_id: Option<MemberId>,
    /// When this system first heard of them.
    pub created_at: Timestamp,
    /// When this row last changed.
    pub updated_at: Timestamp,
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
