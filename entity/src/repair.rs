//! Repairs: how something is made right.

use sea_orm::entity::prelude::*;

use crate::{ApologyId, CaseId, CommunityId, RepairId, RepairKind, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repairs")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: RepairId,
    /// In which case.
    pub case_id: CaseId,
    /// The apology that it belongs to.
    pub apology_id: Option<ApologyId>,
    /// What it is.
    pub kind: RepairKind,
    /// In words.
    pub description: String,
    /// Its worth.
    pub amount: Option<f64>,
    /// The currency of its worth.
    pub currency: Option<String>,
    /// Who promised it: an actor as in the change log.
    pub promised_by: String,
    /// When it was promised.
    pub promised_at: Timestamp,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// Who delivered it.
    pub delivered_by: Option<String>,
    /// When it was cancelled: it had been promised by mistake.
    pub cancelled_at: Option<Timestamp>,
    /// Who cancelled it.
    pub cancelled_by: Option<String>,
    /// Why.
    pub cancel_reason: Option<String>,
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
