//! Discounts: interactions that staff took out of the account, and put back again. Rows are never deleted.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, EvidenceDiscountId, InteractionId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_discounts")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: EvidenceDiscountId,
    /// What does not count; of one interaction, one discount is in force at a time.
    pub interaction_id: InteractionId,
    /// Why.
    pub reason: String,
    /// Who discounted it: an actor as in the change log.
    pub discounted_by: String,
    /// From this instant on it does not count.
    pub discounted_at: Timestamp,
    /// Who put it back.
    pub restored_by: Option<String>,
    /// From this instant on it counts again; `None` while the discount is in force.
    pub restored_at: Option<Timestamp>,
    /// Why it was put back.
    pub restore_reason: Option<String>,
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
