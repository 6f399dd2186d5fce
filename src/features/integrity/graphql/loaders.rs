//! What the fields of one request look up together about integrity.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{CommunityId, MemberId, vouch};

use crate::app::App;
use crate::error::Result;
use crate::features::integrity::store;
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// The batches of one request.
#[derive(Default)]
pub struct IntegrityLoaders {
    vouches: Batcher<(CommunityId, MemberId), Arc<vouch::Model>>,
}

impl IntegrityLoaders {
    /// The oldest vouch in force for a member, or for somebody merged into them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vouch(&self, app: &App, community: CommunityId, member: MemberId) -> Result<Option<Arc<vouch::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<MemberId>| async move {
                let mut found: HashMap<MemberId, Arc<vouch::Model>> = HashMap::new();
                for row in store::vouches_in_force(app.db.read(), community, &ids).await? {
                    found.entry(row.member_id).or_insert_with(|| Arc::new(row));
                }
                Ok(found)
            })
        };
        self.vouches.load((community, member), load).await
    }
}
