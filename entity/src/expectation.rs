//! Expectations: what a community promises. A row is one version; those of one expectation share the series.

use sea_orm::entity::prelude::*;

use crate::{CalendarId, CommunityId, ExpectationId, ExpectationStatus, Metric, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "expectations")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: ExpectationId,
    /// The id of the first version.
    pub series_id: ExpectationId,
    /// Counted from 1 within the series.
    pub version: i32,
    /// Where this version stands.
    pub status: ExpectationStatus,
    /// Name to show.
    pub name: String,
    /// The promise in words for customers.
    pub public_text: String,
    /// What is promised.
    pub metric: Metric,
    /// Within what open time: microseconds.
    pub target: i64,
    /// How long before the target it is warned of: open microseconds; 0 for no warning.
    pub warn_before: i64,
    /// Which calendar says when time counts; `None`: around the clock.
    pub calendar_series_id: Option<CalendarId>,
    /// The severities it covers: a JSON list, empty for all.
    pub severities: String,
    /// The categories it covers: a JSON list, empty for all.
    pub categories: String,
    /// The channels it covers: a JSON list, empty for all.
    pub channels: String,
    /// Whether its clocks stand still while the case waits on the customer.
    pub pauses_waiting: bool,
    /// Whether its clocks stand still while the case is on hold.
    pub pauses_on_hold: bool,
    /// From when on it holds; `None` for a draft.
    pub effective_from: Option<Timestamp>,
    /// Until when it holds; `None` while there is no end.
    pub effective_to: Option<Timestamp>,
    /// When this version was drafted.
    pub created_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was retired or replaced.
    pub retired_at: Option<Timestamp>,
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
