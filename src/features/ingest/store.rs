//! The queries of ingest: finding what is known, writing what is new. Everything names the community.

mod locks;

use std::collections::HashMap;

use entity::{CommunityId, InteractionId, InteractionKind, MemberId, Timestamp, TopicId, Visibility, identity, interaction, member};
use sea_orm::sea_query::Value;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _};

use super::record::IdentityRecord;
use crate::db::query::Sql;
use crate::db::{Tx, query};
use crate::error::{Error, Result};

pub use locks::{lock_members, order_retractions};

/// An account in another system: `(provider, external id)`.
pub type Key<'a> = (&'a str, &'a str);

/// A member as an account leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The member to whom the account belongs, as it was told.
    pub member: MemberId,
    /// The member into whom they were merged, or themselves.
    pub root: MemberId,
}

fn by_provider<'a>(keys: impl IntoIterator<Item = Key<'a>>) -> HashMap<&'a str, Vec<&'a str>> {
    let mut groups: HashMap<&str, Vec<&str>> = HashMap::new();
    for (provider, external_id) in keys {
        groups.entry(provider).or_default().push(external_id);
    }
    for ids in groups.values_mut() {
        ids.sort_unstable();
        ids.dedup();
    }
    groups
}

/// The members to whom the accounts belong.
pub async fn members_by_key<'a>(
    tx: &Tx,
    community: CommunityId,
    keys: impl IntoIterator<Item = Key<'a>>,
) -> Result<HashMap<(String, String), Known>> {
    let mut found = HashMap::new();
    for (provider, ids) in by_provider(keys) {
        let sql = Sql::new(
            tx.get_database_backend(),
            "SELECT i.external_id, m.id, COALESCE(m.root_id, m.id) FROM identities i \
             JOIN members m ON m.community_id = i.community_id AND m.id = i.member_id WHERE i.community_id = ",
        )
        .value(community.0)
        .text(" AND i.provider = ")
        .value(provider)
        .text(" AND i.external_id")
        .in_texts(ids);
        for row in tx.query_all_raw(sql.build()).await? {
            let known = Known {
                member: MemberId(row.try_get_by_index(1)?),
                root: MemberId(row.try_get_by_index(2)?),
            };
            found.insert((provider.to_owned(), row.try_get_by_index(0)?), known);
        }
    }
    Ok(found)
}

/// The members of these ids.
pub async fn members_by_id(
    tx: &Tx,
    community: CommunityId,
    ids: impl IntoIterator<Item = MemberId>,
) -> Result<HashMap<MemberId, member::Model>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT * FROM members WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.into_iter().map(|id| id.0));
    let rows = member::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The identities of these members, as they were told.
pub async fn identities_of(
    tx: &Tx,
    community: CommunityId,
    keys: &[(String, String)],
) -> Result<HashMap<(String, String), identity::Model>> {
    let mut found = HashMap::new();
    for (provider, ids) in by_provider(keys.iter().map(|(provider, id)| (provider.as_str(), id.as_str()))) {
        let sql = Sql::new(tx.get_database_backend(), "SELECT * FROM identities WHERE community_id = ")
            .value(community.0)
            .text(" AND provider = ")
            .value(provider)
            .text(" AND external_id")
            .in_texts(ids);
        for row in identity::Entity::find().from_raw_sql(sql.build()).all(&**tx).await? {
            found.insert((row.provider.clone(), row.external_id.clone()), row);
        }
    }
    Ok(found)
}

/// Writes new members, whose ids were reserved.
pub async fn insert_members(tx: &Tx, rows: &[member::Model]) -> Result<()> {
    let head = "INSERT INTO members (community_id, id, display_name, search_name, handle, search_handle, joined_at, last_active_at, is_staff, \
                is_bot, consent, attributes, merged_into, root_id, created_at, updated_at) VALUES";
    let micros = |at: Option<Timestamp>| Value::BigInt(at.map(Timestamp::as_micros));
    let mut values = Vec::with_capacity(rows.len() * 16);
    for row in rows {
        values.extend([
            Value::from(row.community_id.0),
            row.id.0.into(),
            row.display_name.as_str().into(),
            row.search_name.as_str().into(),
            row.handle.clone().into(),
            row.search_handle.clone().into(),
            micros(row.joined_at),
            micros(row.last_active_at),
            row.is_staff.into(),
            row.is_bot.into(),
            (row.consent as i16).into(),
            row.attributes.clone().into(),
            Value::BigInt(row.merged_into.map(|id| id.0)),
            Value::BigInt(row.root_id.map(|id| id.0)),
            row.created_at.as_micros().into(),
            row.updated_at.as_micros().into(),
        ]);
    }
    query::insert_rows(&**tx, head, 16, values, "").await?;
    Ok(())
}

/// Writes a member's changed row.
pub async fn update_member(tx: &Tx, row: member::Model) -> Result<()> {
    let mut changed: member::ActiveModel = row.into();
    changed = changed.reset_all();
    member::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Gives accounts to members.
///
/// # Errors
/// [`Error::Raced`] when another writer gave one of them away in the meantime: the transaction is then run again.
pub async fn insert_identities(tx: &Tx, community: CommunityId, rows: &[(MemberId, IdentityRecord)]) -> Result<()> {
    let head = "INSERT INTO identities (community_id, member_id, provider, external_id, handle, follower_count, verified) VALUES";
    let mut values = Vec::with_capacity(rows.len() * 7);
    for (member, identity) in rows {
        values.extend([
            Value::from(community.0),
            member.0.into(),
            identity.provider.as_str().into(),
            identity.external_id.as_str().into(),
            identity.handle.clone().into(),
            identity.follower_count.into(),
            identity.verified.unwrap_or(false).into(),
        ]);
    }
    let tail = "ON CONFLICT (community_id, provider, external_id) DO NOTHING RETURNING id";
    let written = query::insert_rows(&**tx, head, 7, values, tail).await?;
    if written.len() == rows.len() { Ok(()) } else { Err(Error::Raced) }
}

/// Writes an identity's changed row.
pub async fn update_identity(tx: &Tx, row: identity::Model) -> Result<()> {
    let mut changed: identity::ActiveModel = row.into();
    changed = changed.reset_all();
    identity::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// What is kept of an interaction to tell a repetition from a contradiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Key.
    pub id: InteractionId,
    /// What was done.
    pub kind: InteractionKind,
    /// By whom.
    pub actor: Option<MemberId>,
    /// Towards whom.
    pub target: Option<MemberId>,
    /// When.
    pub occurred_at: Timestamp,
}

/// Interactions that are already recorded under these keys.
pub async fn recorded<'a>(
    tx: &Tx,
    community: CommunityId,
    keys: impl IntoIterator<Item = Key<'a>>,
) -> Result<HashMap<(String, String), Recorded>> {
    let mut found = HashMap::new();
    for (source, ids) in by_provider(keys) {
        let sql = Sql::new(
            tx.get_database_backend(),
            "SELECT external_id, id, kind, actor_id, target_id, occurred_at FROM interactions WHERE community_id = ",
        )
        .value(community.0)
        .text(" AND source = ")
        .value(source)
        .text(" AND external_id")
        .in_texts(ids);
        for row in tx.query_all_raw(sql.build()).await? {
            let recorded = Recorded {
                id: row.try_get_by_index(1)?,
                kind: row.try_get_by_index(2)?,
                actor: row.try_get_by_index(3)?,
                target: row.try_get_by_index(4)?,
                occurred_at: row.try_get_by_index(5)?,
            };
            found.insert((source.to_owned(), row.try_get_by_index(0)?), recorded);
        }
    }
    Ok(found)
}

/// An interaction that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retracted {
    /// Key.
    pub id: InteractionId,
    /// The clearance needed to see it.
    pub visibility: Visibility,
    /// The system that told it.
    pub source: String,
    /// Its id there.
    pub external_id: String,
    /// How often it was taken back.
    pub times: i64,
}

/// Those of the interactions under these keys that were taken back. A retraction itself cannot be.
pub async fn retracted<'a>(tx: &Tx, community: CommunityId, keys: impl IntoIterator<Item = Key<'a>>) -> Result<Vec<Retracted>> {
    let taken_back = "FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source AND r.retracts IS NOT NULL \
                      AND r.retracts = i.external_id)";
    let mut found = Vec::new();
    for (source, ids) in by_provider(keys) {
        let sql = Sql::new(
            tx.get_database_backend(),
            "SELECT i.id, i.visibility, i.external_id, (SELECT COUNT(*) ",
        )
        .text(taken_back)
        .text(" FROM interactions i WHERE i.community_id = ")
        .value(community.0)
        .text(" AND i.source = ")
        .value(source)
        .text(" AND i.external_id")
        .in_texts(ids)
        .text(" AND i.kind <> 18 AND EXISTS (SELECT 1 ")
        .text(taken_back);
        for row in tx.query_all_raw(sql.build()).await? {
            found.push(Retracted {
                id: row.try_get_by_index(0)?,
                visibility: row.try_get_by_index(1)?,
                source: source.to_owned(),
                external_id: row.try_get_by_index(2)?,
                times: row.try_get_by_index(3)?,
            });
        }
    }
    Ok(found)
}

/// Writes interactions whose ids were reserved; returns the ids that were written. One that another writer recorded in the
/// meantime is left out.
pub async fn insert_interactions(tx: &Tx, rows: &[interaction::Model]) -> Result<Vec<InteractionId>> {
    let head = "INSERT INTO interactions (community_id, id, kind, actor_id, target_id, thread, parent, channel, visibility, \
                occurred_at, sentiment, text, url, source, external_id, retracts, recorded_at) VALUES";
    let mut values = Vec::with_capacity(rows.len() * 17);
    for row in rows {
        values.extend([
            Value::from(row.community_id.0),
            row.id.0.into(),
            (row.kind as i16).into(),
            Value::BigInt(row.actor_id.map(|id| id.0)),
            Value::BigInt(row.target_id.map(|id| id.0)),
            row.thread.clone().into(),
            row.parent.clone().into(),
            row.channel.clone().into(),
            (row.visibility as i16).into(),
            row.occurred_at.as_micros().into(),
            row.sentiment.into(),
            row.text.clone().into(),
            row.url.clone().into(),
            row.source.as_str().into(),
            row.external_id.as_str().into(),
            row.retracts.clone().into(),
            row.recorded_at.as_micros().into(),
        ]);
    }
    // SQLite has one writer at a time: nothing can have come in between, and a conflict would be a fault.
    let raced = tx.get_database_backend() == DbBackend::Postgres;
    let tail = if raced {
        "ON CONFLICT (community_id, source, external_id) DO NOTHING RETURNING id"
    } else {
        ""
    };
    let written = query::insert_rows(&**tx, head, 17, values, tail).await?;
    if raced {
        written.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    } else {
        Ok(rows.iter().map(|row| row.id).collect())
    }
}

/// The topics of these names, made where they are missing.
pub async fn topics_by_name(tx: &Tx, community: CommunityId, names: &[&str]) -> Result<HashMap<String, TopicId>> {
    let mut found = find_topics(tx, community, names).await?;
    let missing: Vec<&str> = names.iter().copied().filter(|name| !found.contains_key(*name)).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let values = missing.iter().flat_map(|name| [Value::from(community.0), (*name).into()]).collect();
    query::insert_rows(
        &**tx,
        "INSERT INTO topics (community_id, name) VALUES",
        2,
        values,
        "ON CONFLICT (community_id, name) DO NOTHING",
    )
    .await?;
    found.extend(find_topics(tx, community, &missing).await?);
    Ok(found)
}

async fn find_topics(tx: &Tx, community: CommunityId, names: &[&str]) -> Result<HashMap<String, TopicId>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT name, id FROM topics WHERE community_id = ")
        .value(community.0)
        .text(" AND name")
        .in_texts(names.iter().copied());
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Says what interactions are about.
pub async fn insert_interaction_topics(tx: &Tx, community: CommunityId, rows: &[(TopicId, InteractionId)]) -> Result<()> {
    let values = rows
        .iter()
        .flat_map(|(topic, id)| [Value::from(community.0), topic.0.into(), id.0.into()])
        .collect();
    let head = "INSERT INTO interaction_topics (community_id, topic_id, interaction_id) VALUES";
    query::insert_rows(&**tx, head, 3, values, "").await?;
    Ok(())
}

/// Moves the time of the last activity forward, never back.
pub async fn touch_members(tx: &Tx, community: CommunityId, latest: &HashMap<MemberId, Timestamp>) -> Result<()> {
    if latest.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let pairs: Vec<(i64, i64)> = latest.iter().map(|(member, at)| (member.0, at.as_micros())).collect();
    let pairs = serde_json::to_string(&pairs).map_err(Error::internal)?;
    let postgres = backend == DbBackend::Postgres;
    let (rows, end) = if postgres {
        (
            "(value->>0)::bigint AS id, (value->>1)::bigint AS seen FROM jsonb_array_elements(",
            "::jsonb)",
        )
    } else {
        ("value->>0 AS id, value->>1 AS seen FROM json_each(", ")")
    };
    // Whoever was merged away acts for the member they became. The cross join keeps the list outside, the lookup inside.
    let sql = Sql::new(
        backend,
        "WITH v AS MATERIALIZED (SELECT COALESCE(m.root_id, m.id) AS id, MAX(j.seen) AS seen FROM (SELECT ",
    )
    .text(rows)
    .value(pairs)
    .text(end)
    .text(") j CROSS JOIN members m WHERE m.id = j.id AND m.community_id = ")
    .value(community.0)
    .text(" GROUP BY 1)");
    let (sql, set) = if postgres {
        // Locked in one order by all writers, so that two of them never wait for each other in a ring.
        let sql = sql
            .text(", l AS MATERIALIZED (SELECT m.id FROM members m JOIN v ON v.id = m.id WHERE m.community_id = ")
            .value(community.0)
            .text(" AND (m.last_active_at IS NULL OR m.last_active_at < v.seen) ORDER BY m.id FOR NO KEY UPDATE OF m)");
        (sql, "l")
    } else {
        (sql, "v")
    };
    let sql = sql
        .text(" UPDATE members SET last_active_at = v.seen FROM v WHERE members.community_id = ")
        .value(community.0)
        // Without the set SQLite reads every member, and the whole list for each.
        .text(" AND members.id IN (SELECT id FROM ")
        .text(set)
        .text(") AND members.id = v.id")
        .text(" AND (members.last_active_at IS NULL OR members.last_active_at < v.seen)");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
