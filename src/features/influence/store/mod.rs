//! The queries of influence.

mod entries;
mod evidence;
mod marks;
mod models;

pub use entries::*;
pub use evidence::*;
pub use marks::*;
pub use models::*;

use std::collections::{BTreeMap, HashSet};

use entity::{CommunityId, InteractionKind, Timestamp, TopicId};
use sea_orm::ConnectionTrait;

use crate::db::query::Sql;
use crate::error::Result;

/// Only what is about one topic.
const TAGGED: &str = " JOIN interaction_topics t ON t.community_id = i.community_id AND t.interaction_id = i.id AND t.topic_id = ";

/// Numbers of a fixed vocabulary, as text: so that the engine can see them.
fn list(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!(" ({})", texts.join(","))
}

/// Adds what topics make of an interaction `i`: the smallest factor among its topics that have one, else 1.
fn factor(mut sql: Sql, topics: &BTreeMap<String, f64>) -> Sql {
    if topics.is_empty() {
        return sql.text("CAST(1 AS DOUBLE PRECISION)");
    }
    sql = sql.text("CAST(COALESCE((SELECT MIN(CASE tn.name");
    for (name, factor) in topics {
        sql = sql.text(" WHEN ").value(name.as_str()).text(" THEN ").value(*factor);
    }
    sql.text(
        " END) FROM interaction_topics ft JOIN topics tn ON tn.community_id = ft.community_id AND tn.id = ft.topic_id \
         WHERE ft.community_id = i.community_id AND ft.interaction_id = i.id), 1) AS DOUBLE PRECISION)",
    )
}

/// Every community.
pub async fn communities(connection: &impl ConnectionTrait) -> Result<Vec<CommunityId>> {
    let rows = connection
        .query_all_raw(Sql::new(connection.get_database_backend(), "SELECT id FROM communities ORDER BY id").build())
        .await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// A topic by name.
pub async fn topic(connection: &impl ConnectionTrait, community: CommunityId, name: &str) -> Result<Option<TopicId>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT id FROM topics WHERE community_id = ")
        .value(community.0)
        .text(" AND name = ")
        .value(name);
    connection
        .query_one_raw(sql.build())
        .await?
        .map(|row| Ok(row.try_get_by_index(0)?))
        .transpose()
}

/// Which of these names are those of topics of a community.
pub async fn known_topics(connection: &impl ConnectionTrait, community: CommunityId, names: &[&str]) -> Result<HashSet<String>> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = Sql::new(connection.get_database_backend(), "SELECT name FROM topics WHERE community_id = ")
        .value(community.0)
        .text(" AND name")
        .in_texts(names.iter().copied());
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// When the first and the last interaction of a community happened, whether they count or not, retractions left out; `None` when
/// there is none.
pub async fn span(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Option<(Timestamp, Timestamp)>> {
    let first = end(connection, community, "ASC").await?;
    let last = end(connection, community, "DESC").await?;
    Ok(first.zip(last))
}

async fn end(connection: &impl ConnectionTrait, community: CommunityId, direction: &str) -> Result<Option<Timestamp>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT occurred_at FROM interactions WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND kind <> ")
    .value(InteractionKind::Retraction as i16)
    .text(&format!(" ORDER BY occurred_at {direction} LIMIT 1"));
    connection
        .query_one_raw(sql.build())
        .await?
        .map(|row| Ok(row.try_get_by_index(0)?))
        .transpose()
}
