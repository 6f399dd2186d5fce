//! What the fields of one request look up together about cases: one statement for each kind of thing, however many cases.
//!
//! Rows are shared, not copied: a case is named by its clocks, breaches and entries as well.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{BreachId, CaseId, ClockId, CommunityId, StaffId, Visibility, breach, case, clock};

use crate::app::App;
use crate::error::Result;
use crate::features::cases::store::{self, Link, WhichClocks};
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// Rows of one case.
pub type Rows<R> = Arc<Vec<Arc<R>>>;

/// Something of a case, asked for in some way, at most so many.
type Part<W> = (W, i64, CaseId);
/// The cases that hang on a case, as far as a clearance reaches.
type LinkedPart = (CommunityId, Part<(Link, Visibility)>);

/// The batches of one request.
#[derive(Default)]
pub struct CaseLoaders {
    cases: Batcher<(CommunityId, CaseId), Arc<case::Model>>,
    cases_on: Batcher<LinkedPart, Rows<case::Model>>,
    clocks: Batcher<(CommunityId, ClockId), Arc<clock::Model>>,
    clocks_of: Batcher<(CommunityId, Part<WhichClocks>), Rows<clock::Model>>,
    breaches: Batcher<(CommunityId, BreachId), Arc<breach::Model>>,
    breaches_of: Batcher<(CommunityId, Part<()>), Rows<breach::Model>>,
    broken: Batcher<(CommunityId, ClockId), Arc<breach::Model>>,
    staff: Batcher<StaffId, Arc<str>>,
}

impl CaseLoaders {
    /// A case, whoever may see it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case(&self, app: &App, community: CommunityId, id: CaseId) -> Result<Option<Arc<case::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<CaseId>| async move {
                Ok(shared(store::cases_by_ids(app.db.read(), community, &ids).await?))
            })
        };
        self.cases.load((community, id), load).await
    }

    /// The cases that hang on a case, up to a clearance, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_on(
        &self,
        app: &App,
        community: CommunityId,
        how: (Link, Visibility),
        limit: i64,
        id: CaseId,
    ) -> Result<Rows<case::Model>> {
        let load = |keys| {
            per_group(keys, |community, parts| {
                per_way(parts, move |how, limit, ids: Vec<CaseId>| async move {
                    store::cases_on(app.db.read(), community, &ids, how, limit).await
                })
            })
        };
        Ok(self.cases_on.load((community, (how, limit, id)), load).await?.unwrap_or_default())
    }

    /// A clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clock(&self, app: &App, community: CommunityId, id: ClockId) -> Result<Option<Arc<clock::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ClockId>| async move {
                Ok(shared(store::clocks_by_ids(app.db.read(), community, &ids).await?))
            })
        };
        self.clocks.load((community, id), load).await
    }

    /// The clocks of a case, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clocks_of(
        &self,
        app: &App,
        community: CommunityId,
        which: WhichClocks,
        limit: i64,
        id: CaseId,
    ) -> Result<Rows<clock::Model>> {
        let load = |keys| {
            per_group(keys, |community, parts| {
                per_way(parts, move |which, limit, ids: Vec<CaseId>| async move {
                    store::clocks_by_case(app.db.read(), community, &ids, which, limit).await
                })
            })
        };
        let found = self.clocks_of.load((community, (which, limit, id)), load).await?;
        Ok(found.unwrap_or_default())
    }

    /// A breach.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breach(&self, app: &App, community: CommunityId, id: BreachId) -> Result<Option<Arc<breach::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<BreachId>| async move {
                Ok(shared(store::breaches_by_ids(app.db.read(), community, &ids).await?))
            })
        };
        self.breaches.load((community, id), load).await
    }

    /// The breaches of a case, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breaches_of(&self, app: &App, community: CommunityId, limit: i64, id: CaseId) -> Result<Rows<breach::Model>> {
        let load = |keys| {
            per_group(keys, |community, parts| {
                per_way(parts, move |(), limit, ids: Vec<CaseId>| async move {
                    store::breaches_by_case(app.db.read(), community, &ids, limit).await
                })
            })
        };
        Ok(self.breaches_of.load((community, ((), limit, id)), load).await?.unwrap_or_default())
    }

    /// The breach of a clock, when it has one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breach_of_clock(&self, app: &App, community: CommunityId, id: ClockId) -> Result<Option<Arc<breach::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ClockId>| async move {
                Ok(shared(store::breaches_of_clocks(app.db.read(), community, &ids).await?))
            })
        };
        self.broken.load((community, id), load).await
    }

    /// The name of a member of staff whom a row of a community mentions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn staff_name(&self, app: &App, id: StaffId) -> Result<Option<Arc<str>>> {
        let load = |ids: Vec<StaffId>| async move {
            let names = store::staff_names(app.db.read(), &ids).await?;
            let names: HashMap<StaffId, Arc<str>> = names.into_iter().map(|(id, name)| (id, Arc::from(name))).collect();
            Ok(names)
        };
        self.staff.load(id, load).await
    }
}

fn shared<K: Eq + std::hash::Hash, R>(rows: HashMap<K, R>) -> HashMap<K, Arc<R>> {
    rows.into_iter().map(|(key, row)| (key, Arc::new(row))).collect()
}

/// Loads parts of cases, way by way: in practice a request asks in one way.
async fn per_way<W, R, F, L>(parts: Vec<Part<W>>, load: F) -> Result<HashMap<Part<W>, Rows<R>>>
where
    W: Copy + Eq + std::hash::Hash,
    F: Fn(W, i64, Vec<CaseId>) -> L,
    L: Future<Output = Result<HashMap<CaseId, Vec<R>>>>,
{
    let mut groups: HashMap<(W, i64), Vec<CaseId>> = HashMap::new();
    for (way, limit, case) in parts {
        groups.entry((way, limit)).or_default().push(case);
    }
    let mut found = HashMap::new();
    for ((way, limit), cases) in groups {
        let rows = load(way, limit, cases).await?;
        found.extend(
            rows.into_iter()
                .map(|(case, rows)| ((way, limit, case), Arc::new(rows.into_iter().map(Arc::new).collect()))),
        );
    }
    Ok(found)
}
