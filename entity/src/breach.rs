//! Breaches: promises that were broken. Never deleted; an excuse is a note on them.

use sea_orm::entity::prelude::*;

use crate::{BreachId, CaseId, ClockId, CommunityId, ExpectationId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "breaches")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: BreachId,
    /// In which case.
    pub case_id: CaseId,
    /// By which clock.
    pub clock_id: ClockId,
    /// The version of the expectation that was not met.
    pub expectation_id: ExpectationId,
    /// When it was due.
    pub due_at: Timestamp,
    /// When this system took note.
    pub detected_at: Timestamp,
    /// When it was done after all, or no longer counted.
    pub ended_at: Option<Timestamp>,
    /// Open microseconds past the target, once ended.
    pub overrun: Option<i64>,
    /// When it was excused.
    pub excused_at: Option<Timestamp>,
    /// Who excused it.
    pub excused_by: Option<String>,
    /// Why.
    pub excuse: Option<String>,
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
