//! The queries of backdated cases: what is on record of those that come in, and of what they name.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{CaseId, CommunityId, InteractionId, Role};
use sea_orm::ConnectionTrait as _;

use super::history::{Said, Worker};
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// What another system calls something: `(source, external id)`.
pub type Key<'a> = (&'a str, &'a str);

fn by_source<'a>(keys: &[Key<'a>]) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (source, external_id) in keys {
        groups.entry(*source).or_default().push(*external_id);
    }
    groups
}

/// A case that is on record under a key.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The case.
    pub id: CaseId,
    /// What belongs to the opening in its timeline, as JSON.
    pub opened: Option<String>,
}

/// Cases that are on record under these keys.
pub async fn recorded(tx: &Tx, community: CommunityId, keys: &[Key<'_>]) -> Result<HashMap<(String, String), Recorded>> {
    let mut found = HashMap::new();
    for (source, ids) in by_source(keys) {
        let sql = Sql::new(
            tx.get_database_backend(),
            "SELECT c.external_id, c.id, e.detail FROM cases c LEFT JOIN case_events e ON e.community_id = c.community_id \
             AND e.case_id = c.id AND e.kind <> 16 AND e.kind = 1 WHERE c.community_id = ",
        )
        .value(community.0)
        .text(" AND c.source = ")
        .value(source)
        .text(" AND c.external_id")
        .in_texts(ids);
        for row in tx.query_all_raw(sql.build()).await? {
            let recorded = Recorded {
                id: CaseId(row.try_get_by_index(1)?),
                opened: row.try_get_by_index(2)?,
            };
            found.insert((source.to_owned(), row.try_get_by_index(0)?), recorded);
        }
    }
    Ok(found)
}

/// Interactions by their keys.
pub async fn interactions(tx: &Tx, community: CommunityId, keys: &[Key<'_>]) -> Result<HashMap<(String, String), Said>> {
    let mut found = HashMap::new();
    for (source, ids) in by_source(keys) {
        let sql = Sql::new(
            tx.get_database_backend(),
            "SELECT external_id, id, thread, text, sentiment, visibility FROM interactions WHERE community_id = ",
        )
        .value(community.0)
        .text(" AND source = ")
        .value(source)
        .text(" AND external_id")
        .in_texts(ids);
        for row in tx.query_all_raw(sql.build()).await? {
            let said = Said {
                id: InteractionId(row.try_get_by_index(1)?),
                thread: row.try_get_by_index(2)?,
                text: row.try_get_by_index(3)?,
                sentiment: row.try_get_by_index(4)?,
                visibility: row.try_get_by_index(5)?,
            };
            found.insert((source.to_owned(), row.try_get_by_index(0)?), said);
        }
    }
    Ok(found)
}

/// Which of these interactions opened a case already.
pub async fn origins(tx: &Tx, community: CommunityId, ids: &[InteractionId]) -> Result<HashSet<InteractionId>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT origin_interaction_id FROM cases WHERE origin_interaction_id IS NOT NULL AND community_id = ",
    )
    .value(community.0)
    .text(" AND origin_interaction_id")
    .in_ids(ids.iter().map(|id| id.0));
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(InteractionId(row.try_get_by_index(0)?))).collect()
}

/// Staff of these e-mail addresses who may be given cases in the community: those with a grant of at least AGENT.
pub async fn staff(tx: &Tx, community: CommunityId, emails: &[&str]) -> Result<HashMap<String, Worker>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT s.email, s.id, g.clearance FROM staff s JOIN grants g ON g.staff_id = s.id WHERE g.community_id = ",
    )
    .value(community.0)
    .text(" AND g.role >= ")
    .value(Role::Agent as i16)
    .text(" AND s.email")
    .in_texts(emails.iter().copied());
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| {
            let worker = Worker {
                id: row.try_get_by_index(1)?,
                clearance: row.try_get_by_index(2)?,
            };
            Ok((row.try_get_by_index(0)?, worker))
        })
        .collect()
}
