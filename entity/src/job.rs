//! Jobs: long work that is asked for and done in the background.

use sea_orm::entity::prelude::*;

use crate::{CommunityId, JobId, JobKind, JobStatus, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: CommunityId,
    /// Key.
    #[sea_orm(primary_key)]
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// With what: JSON.
    pub input: String,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// What came of it: JSON.
    pub result: Option<String>,
    /// Why nothing came of it.
    pub error: Option<String>,
    /// Who asked for it, as the change log names actors.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last begun.
    pub started_at: Option<Timestamp>,
    /// When whoever does it last said so; another one takes it up when that is long ago.
    pub seen_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// Relations are followed by explicit queries that name the community.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Only what belongs to this community.
    #[must_use]
    pub fn in_community(community: CommunityId) -> Select<Self> {
        Self::find().filter(Column::CommunityId.eq(community))
    }
}
