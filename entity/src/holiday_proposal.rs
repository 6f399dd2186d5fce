//! Holidays that were proposed for a calendar and wait to be decided on.

use sea_orm::entity::prelude::*;

use crate::{CalendarId, CommunityId, HolidayProposalId, ProposalStatus, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "holiday_proposals")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: HolidayProposalId,
    /// For which calendar: the id of its first version.
    pub calendar_series_id: CalendarId,
    /// The day: an ISO 8601 date.
    pub date: String,
    /// What the day is called.
    pub name: String,
    /// The part of the day that is closed: JSON, `null` for the whole day.
    pub closed: String,
    /// What became of it.
    pub status: ProposalStatus,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Who proposed it: an actor as in the change log.
    pub proposed_by: String,
    /// When it was decided on.
    pub decided_at: Option<Timestamp>,
    /// Who decided.
    pub decided_by: Option<String>,
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
