//! Clocks: one per case, expectation version and instance.

use sea_orm::entity::prelude::*;

use crate::{CalendarId, CaseId, ClockId, ClockState, CommunityId, ExpectationId, Metric, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clocks")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: ClockId,
    /// Which case it runs on.
    pub case_id: CaseId,
    /// The version of the expectation that it measures.
    pub expectation_id: ExpectationId,
    /// The version of the calendar that it goes by; `None`: around the clock.
    pub calendar_id: Option<CalendarId>,
    /// What was promised.
    pub metric: Metric,
    /// Counted from 1 per case and metric.
    pub instance: i32,
    /// The case that it was taken over from by a merge; case 0, which is none, when it was not.
    pub carried_from: CaseId,
    /// How it stands.
    pub state: ClockState,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it is due; `None` while paused, kept once ended.
    pub due_at: Option<Timestamp>,
    /// When it is warned of.
    pub warn_at: Option<Timestamp>,
    /// Since when it has been paused.
    pub paused_at: Option<Timestamp>,
    /// Open microseconds that it had consumed when it was last worked out.
    pub consumed: i64,
    /// When what was promised was done.
    pub fulfilled_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub ended_at: Option<Timestamp>,
    /// When there is next something to announce of it.
    pub next_at: Option<Timestamp>,
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
