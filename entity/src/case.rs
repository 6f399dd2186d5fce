//! Cases: what a customer needs from the company, from the first word to the last.

use sea_orm::entity::prelude::*;

use crate::{CaseId, CaseStatus, CommunityId, InteractionId, MemberId, Severity, StaffId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: CaseId,
    /// Counted from 1 within the community.
    pub number: i64,
    /// Whose case it is.
    pub member_id: MemberId,
    /// The interaction that it was opened from.
    pub origin_interaction_id: Option<InteractionId>,
    /// The system that told it.
    pub source: Option<String>,
    /// Its id there; unique per community and source.
    pub external_id: Option<String>,
    /// The conversation, as the source names it.
    pub thread: Option<String>,
    /// What it is about.
    pub subject: String,
    /// `subject` in lower case by Unicode rules, for search.
    pub search_subject: String,
    /// The root cause.
    pub category: Option<String>,
    /// How bad it is for the customer.
    pub severity: Severity,
    /// Where it came in.
    pub channel: Option<String>,
    /// Who may know of it: `PUBLIC` or `PRIVATE`.
    pub visibility: Visibility,
    /// Who works on it.
    pub assignee_id: Option<StaffId>,
    /// Where it stands.
    pub status: CaseStatus,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When a person of the company first replied.
    pub first_response_at: Option<Timestamp>,
    /// Since when the customer has been waiting for an answer; `None` when they are not.
    pub waiting_since: Option<Timestamp>,
    /// When it was last resolved; `None` when it is not resolved now.
    pub resolved_at: Option<Timestamp>,
    /// When it was first resolved.
    pub first_resolved_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopen_count: i32,
    /// The case that it goes on from.
    pub parent_id: Option<CaseId>,
    /// The case in which it is continued.
    pub merged_into: Option<CaseId>,
    /// The member's influence when the case was opened, frozen for audit. Nothing may be decided by it.
    pub influence_at_open: Option<f64>,
    /// How the customer felt when last recorded, from −1 to 1.
    pub sentiment: Option<f64>,
    /// The earliest due time of a running clock; the largest number when none runs.
    pub queue_due_at: Timestamp,
    /// Whether it was recorded with times of the past.
    pub backdated: bool,
    /// Grows with every change.
    pub version: i64,
    /// When this system recorded it.
    pub recorded_at: Timestamp,
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
