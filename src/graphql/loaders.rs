//! What the fields of one request look up together. Made anew for every request: nothing is remembered across callers.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use entity::{CommunityId, InteractionId, MemberId, TopicId, identity, interaction, member};

use super::batch::Batcher;
use crate::app::App;
use crate::error::Result;
use crate::features::expectations::graphql::PromiseLoaders;
use crate::features::influence;
use crate::features::influence::account::Evidence;
use crate::features::influence::keeper::Scope;
use crate::features::influence::model::ScoringModel;
use crate::features::interactions;
use crate::features::members;

/// Evidence of one member, with the beneficiary of each piece.
pub type EvidenceList = Arc<Vec<(MemberId, Evidence)>>;

/// A model as a key: in a scope, its version stands for it.
#[derive(Clone)]
struct ByVersion(Arc<ScoringModel>);

impl PartialEq for ByVersion {
    fn eq(&self, other: &Self) -> bool {
        self.0.version == other.0.version
    }
}

impl Eq for ByVersion {}

impl std::hash::Hash for ByVersion {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.version.hash(state);
    }
}

/// Whose evidence, by which model, in which scope, from which side.
type EvidenceKey = (ByVersion, Scope, influence::evidence::Side, MemberId);

/// Ids and names of topics.
pub type TopicNames = Arc<Vec<(i64, String)>>;

/// The batches of one request.
#[derive(Default)]
pub struct Loaders {
    members: Batcher<(CommunityId, MemberId), member::Model>,
    identities: Batcher<(CommunityId, MemberId), Arc<Vec<identity::Model>>>,
    topics: Batcher<(CommunityId, InteractionId), TopicNames>,
    interactions: Batcher<(CommunityId, InteractionId), interaction::Model>,
    topic_ids: Batcher<(CommunityId, String), TopicId>,
    evidence: Batcher<EvidenceKey, EvidenceList>,
    /// Those about calendars and expectations.
    pub promises: PromiseLoaders,
}

impl Loaders {
    /// A member, after merges.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member(&self, app: &App, community: CommunityId, id: MemberId) -> Result<Option<member::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<MemberId>| async move {
                members::store::by_ids(app.db.read(), community, &ids).await
            })
        };
        self.members.load((community, id), load).await
    }

    /// A member's accounts in other systems.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, app: &App, community: CommunityId, id: MemberId) -> Result<Arc<Vec<identity::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<MemberId>| async move {
                Ok(members::store::identities(app.db.read(), community, &ids)
                    .await?
                    .into_iter()
                    .map(|(id, rows)| (id, Arc::new(rows)))
                    .collect())
            })
        };
        Ok(self.identities.load((community, id), load).await?.unwrap_or_default())
    }

    /// What an interaction is about: ids and names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn topics(&self, app: &App, community: CommunityId, id: InteractionId) -> Result<TopicNames> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<InteractionId>| async move {
                Ok(interactions::store::topics_of(app.db.read(), community, &ids)
                    .await?
                    .into_iter()
                    .map(|(id, rows)| (id, Arc::new(rows)))
                    .collect())
            })
        };
        Ok(self.topics.load((community, id), load).await?.unwrap_or_default())
    }

    /// An interaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interaction(&self, app: &App, community: CommunityId, id: InteractionId) -> Result<Option<interaction::Model>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<InteractionId>| async move {
                interactions::store::by_ids(app.db.read(), community, &ids).await
            })
        };
        self.interactions.load((community, id), load).await
    }

    /// A topic by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn topic_id(&self, app: &App, community: CommunityId, name: &str) -> Result<Option<TopicId>> {
        let load = |keys: Vec<(CommunityId, String)>| async move {
            let mut found = HashMap::new();
            for (community, name) in keys {
                if let Some(id) = influence::evidence::topic(app, community, &name).await? {
                    found.insert((community, name), id);
                }
            }
            Ok(found)
        };
        self.topic_ids.load((community, name.to_owned()), load).await
    }

    /// A member's evidence, as a model sees it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn evidence(
        &self,
        app: &App,
        model: &Arc<ScoringModel>,
        scope: Scope,
        side: influence::evidence::Side,
        id: MemberId,
    ) -> Result<EvidenceList> {
        let load = |keys: Vec<EvidenceKey>| async move {
            let mut groups: HashMap<(ByVersion, Scope, influence::evidence::Side), Vec<MemberId>> = HashMap::new();
            for (model, scope, side, id) in keys {
                groups.entry((model, scope, side)).or_default().push(id);
            }
            let mut found = HashMap::new();
            for ((model, scope, side), ids) in groups {
                let loaded = influence::evidence::of(app, &model.0, scope, side, &ids).await?;
                found.extend(
                    loaded
                        .into_iter()
                        .map(|(id, list)| ((model.clone(), scope, side, id), Arc::new(list))),
                );
            }
            Ok(found)
        };
        let key = (ByVersion(Arc::clone(model)), scope, side, id);
        Ok(self.evidence.load(key, load).await?.unwrap_or_default())
    }
}

/// Loads keys community by community: in practice a request has one.
pub(crate) async fn per_group<K, V, F, W>(keys: Vec<(CommunityId, K)>, load: F) -> Result<HashMap<(CommunityId, K), V>>
where
    K: Eq + std::hash::Hash + Copy,
    F: Fn(CommunityId, Vec<K>) -> W,
    W: Future<Output = Result<HashMap<K, V>>>,
{
    let mut groups: HashMap<CommunityId, Vec<K>> = HashMap::new();
    for (community, key) in keys {
        groups.entry(community).or_default().push(key);
    }
    let mut found = HashMap::new();
    for (community, keys) in groups {
        found.extend(
            load(community, keys)
                .await?
                .into_iter()
                .map(|(key, value)| ((community, key), value)),
        );
    }
    Ok(found)
}
