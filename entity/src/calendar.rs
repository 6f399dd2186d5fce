//! Calendars: open hours in a time zone, with holidays. A row is one version; those of one calendar share the series.

use sea_orm::entity::prelude::*;

use crate::{CalendarId, CommunityId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendars")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: CalendarId,
    /// The id of the first version.
    pub series_id: CalendarId,
    /// Counted from 1 within the series.
    pub version: i32,
    /// Name to show; unique among the current versions.
    pub name: String,
    /// IANA time zone, for example `Europe/Berlin`.
    pub zone: String,
    /// The open hours of a week: a JSON list.
    pub hours: String,
    /// The holidays: a JSON list.
    pub holidays: String,
    /// When this version was recorded.
    pub created_at: Timestamp,
    /// Who recorded it: an actor as in the change log.
    pub created_by: String,
    /// When the next version took its place; `None` for the current one.
    pub superseded_at: Option<Timestamp>,
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
