//! What the fields of one request look up together about advocates: one statement for each kind of thing, however many rows.

use std::sync::Arc;

use entity::{CommunityId, MemberId, ProgrammeId, Timestamp, advocate, advocate_programme};

use crate::app::App;
use crate::error::Result;
use crate::features::advocates::store;
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// What one member is or was an advocate in, shared.
pub type Advocacies = Arc<Vec<Arc<advocate::Model>>>;

/// The batches of one request.
#[derive(Default)]
pub struct AdvocateLoaders {
    programmes: Batcher<(CommunityId, ProgrammeId), Arc<advocate_programme::Model>>,
    active_counts: Batcher<(CommunityId, ProgrammeId), i64>,
    advocacies: Batcher<(CommunityId, MemberId), Advocacies>,
    last_touchpoints: Batcher<(CommunityId, MemberId), Timestamp>,
}

impl AdvocateLoaders {
    /// A programme.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn programme(&self, app: &App, community: CommunityId, id: ProgrammeId) -> Result<Option<Arc<advocate_programme::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ProgrammeId>| async move {
                let found = store::programmes_by_ids(app.db.read(), community, &ids).await?;
                Ok(found.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
            })
        };
        self.programmes.load((community, id), load).await
    }

    /// How many people are active in a programme.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn active_count(&self, app: &App, community: CommunityId, id: ProgrammeId) -> Result<i64> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ProgrammeId>| async move {
                store::active_counts(app.db.read(), community, &ids).await
            })
        };
        Ok(self.active_counts.load((community, id), load).await?.unwrap_or_default())
    }

    /// What a member is or was an advocate in, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn advocacies(&self, app: &App, community: CommunityId, member: MemberId) -> Result<Advocacies> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<MemberId>| async move {
                let found = store::advocacies(app.db.read(), community, &ids).await?;
                let share = |rows: Vec<advocate::Model>| -> Advocacies { Arc::new(rows.into_iter().map(Arc::new).collect()) };
                Ok(found.into_iter().map(|(id, rows)| (id, share(rows))).collect())
            })
        };
        Ok(self.advocacies.load((community, member), load).await?.unwrap_or_default())
    }

    /// When staff last took care of a member, or of whom they are after merges; `None` when nobody ever did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_touchpoint(&self, app: &App, community: CommunityId, member: MemberId) -> Result<Option<Timestamp>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<MemberId>| async move {
                store::last_touchpoints(app.db.read(), community, &ids).await
            })
        };
        self.last_touchpoints.load((community, member), load).await
    }
}
