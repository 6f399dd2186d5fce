//! What the fields of one request look up together about recovery: one statement for each kind of thing, however many cases.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::{ApologyId, BreachId, CaseId, CommunityId, apology, follow_up, repair};

use crate::app::App;
use crate::error::Result;
use crate::features::recovery::store;
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// Rows of one case or breach, shared.
pub type Rows<R> = Arc<Vec<Arc<R>>>;

/// The batches of one request.
#[derive(Default)]
pub struct RecoveryLoaders {
    apologies: Batcher<(CommunityId, CaseId), Rows<apology::Model>>,
    repairs: Batcher<(CommunityId, CaseId), Rows<repair::Model>>,
    follow_ups: Batcher<(CommunityId, CaseId), Rows<follow_up::Model>>,
    breaches: Batcher<(CommunityId, ApologyId), Arc<Vec<BreachId>>>,
    answers: Batcher<(CommunityId, BreachId), Rows<apology::Model>>,
    answered: Batcher<(CommunityId, BreachId), bool>,
}

impl RecoveryLoaders {
    /// The apologies of a case, the oldest first, whoever may read them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn apologies(&self, app: &App, community: CommunityId, case: CaseId) -> Result<Rows<apology::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<CaseId>| async move {
                Ok(shared(store::apologies_of(app.db.read(), community, &ids).await?))
            })
        };
        Ok(self.apologies.load((community, case), load).await?.unwrap_or_default())
    }

    /// The repairs of a case and of those that were merged into it, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn repairs(&self, app: &App, community: CommunityId, case: CaseId) -> Result<Rows<repair::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<CaseId>| async move {
                Ok(shared(store::repairs_of(app.db.read(), community, &ids).await?))
            })
        };
        Ok(self.repairs.load((community, case), load).await?.unwrap_or_default())
    }

    /// The follow-ups of a case, the first due first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow_ups(&self, app: &App, community: CommunityId, case: CaseId) -> Result<Rows<follow_up::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<CaseId>| async move {
                Ok(shared(store::follow_ups_of(app.db.read(), community, &ids).await?))
            })
        };
        Ok(self.follow_ups.load((community, case), load).await?.unwrap_or_default())
    }

    /// The breaches that an apology answers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breaches(&self, app: &App, community: CommunityId, apology: ApologyId) -> Result<Arc<Vec<BreachId>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ApologyId>| async move {
                let found = store::breaches_of(app.db.read(), community, &ids).await?;
                Ok(found.into_iter().map(|(id, breaches)| (id, Arc::new(breaches))).collect())
            })
        };
        Ok(self.breaches.load((community, apology), load).await?.unwrap_or_default())
    }

    /// The apologies that name a breach, the oldest first, whoever may read them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers(&self, app: &App, community: CommunityId, breach: BreachId) -> Result<Rows<apology::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<BreachId>| async move {
                Ok(shared(store::apologies_for(app.db.read(), community, &ids).await?))
            })
        };
        Ok(self.answers.load((community, breach), load).await?.unwrap_or_default())
    }

    /// Whether a breach was answered: an apology that the customer has, and the company stands by, names it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answered(&self, app: &App, community: CommunityId, breach: BreachId) -> Result<bool> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<BreachId>| async move {
                store::answered(app.db.read(), community, &ids).await
            })
        };
        Ok(self.answered.load((community, breach), load).await?.unwrap_or_default())
    }
}

fn shared<K: Eq + Hash, R>(found: HashMap<K, Vec<R>>) -> HashMap<K, Rows<R>> {
    let share = |rows: Vec<R>| Arc::new(rows.into_iter().map(Arc::new).collect());
    found.into_iter().map(|(key, rows)| (key, share(rows))).collect()
}
