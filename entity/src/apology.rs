//! Apologies.

use sea_orm::entity::prelude::*;

use crate::{ApologyId, ApologyStatus, CaseId, CommunityId, Timestamp, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apologies")]
pub struct Model {
    /// Tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key within the tenant.
    #[sea_orm(primary_key)]
    pub id: ApologyId,
    /// In which case.
    pub case_id: CaseId,
    /// Where it stands.
    pub status: ApologyStatus,
    /// Who apologizes: an actor as in the change log.
    pub author: String,
    /// Who may read it: `PUBLIC` or `PRIVATE`.
    pub visibility: Visibility,
    /// What is said.
    pub text: String,
    /// What it is made of: a set of bits, the lowest for the first component.
    pub components: i16,
    /// When the customer was heard out.
    pub heard_at: Option<Timestamp>,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When the customer answered, or it was settled that they did not.
    pub responded_at: Option<Timestamp>,
    /// When it was taken back.
    pub retracted_at: Option<Timestamp>,
    /// Why it was taken back.
    pub retraction_reason: Option<String>,
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
