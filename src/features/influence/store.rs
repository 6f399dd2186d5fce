//! The queries of influence: whole communities for ledgers, the evidence of a few members for receipts and history.

use std::collections::HashMap;

use entity::{CommunityId, Consent, InteractionKind, MemberId, Timestamp, TopicId};
use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, StreamTrait as _};

use super::formula::Evidence;
use super::ledger::{Entry, Ledger, Person};
use super::model::{Beneficiary, ScoringModel, is_contribution};
use crate::db::query::Sql;
use crate::error::Result;

/// Which ranking: a community's, or that of one topic in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The community.
    pub community: CommunityId,
    /// The topic, if any.
    pub topic: Option<TopicId>,
}

/// Only what is about one topic.
const TAGGED: &str = " JOIN interaction_topics t ON t.community_id = i.community_id AND t.interaction_id = i.id AND t.topic_id = ";

const PERSON: &str =
    "SELECT id, COALESCE(root_id, id), is_staff, is_bot, consent, merged_into IS NOT NULL FROM members WHERE community_id = ";

fn person(row: &QueryResult) -> Result<Person> {
    let is_staff: bool = row.try_get_by_index(2)?;
    let is_bot: bool = row.try_get_by_index(3)?;
    let consent: Consent = row.try_get_by_index(4)?;
    let is_merged: bool = row.try_get_by_index(5)?;
    Ok(Person {
        id: row.try_get_by_index(0)?,
        root: row.try_get_by_index(1)?,
        is_scored: !is_staff && !is_bot && !is_merged && consent == Consent::Scored,
    })
}

/// Some members of a community.
pub async fn people(connection: &impl ConnectionTrait, community: CommunityId, ids: &[i64]) -> Result<Vec<Person>> {
    let sql = Sql::new(connection.get_database_backend(), PERSON)
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().copied());
    connection.query_all_raw(sql.build()).await?.iter().map(person).collect()
}

/// Puts all members of a community into a ledger.
pub async fn read_people(connection: &DatabaseTransaction, community: CommunityId, ledger: &mut Ledger) -> Result<()> {
    let sql = Sql::new(ConnectionTrait::get_database_backend(connection), PERSON).value(community.0);
    let mut rows = connection.stream_raw(sql.build()).await?;
    while let Some(row) = rows.try_next().await? {
        ledger.put_person(person(&row)?);
    }
    Ok(())
}

fn scored_kinds(model: &ScoringModel) -> Vec<i64> {
    InteractionKind::ALL
        .iter()
        .filter(|kind| model.rule(**kind).is_some() || is_contribution(**kind))
        .map(|kind| i64::from(*kind as i16))
        .collect()
}

fn list(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!(" ({})", texts.join(","))
}

/// Interactions that count in a scope, those taken back left out.
fn entries(backend: DbBackend, model: &ScoringModel, scope: Scope, any_retraction: bool, until: Option<Timestamp>) -> Sql {
    let mut sql = Sql::new(backend, "SELECT i.kind, i.actor_id, i.target_id, i.occurred_at FROM interactions i");
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    sql = sql
        .text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&scored_kinds(model)));
    if let Some(until) = until {
        sql = sql.text(" AND i.occurred_at <= ").value(until.as_micros());
    }
    if any_retraction {
        sql = sql.text(
            " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id",
        );
        if let Some(until) = until {
            sql = sql.text(" AND r.occurred_at <= ").value(until.as_micros());
        }
        sql = sql.text(")");
    }
    sql
}

fn entry(row: &QueryResult) -> Result<Entry> {
    Ok(Entry {
        kind: row.try_get_by_index(0)?,
        actor: row.try_get_by_index(1)?,
        target: row.try_get_by_index(2)?,
        at: row.try_get_by_index(3)?,
    })
}

async fn has_retractions(connection: &impl ConnectionTrait, community: CommunityId) -> Result<bool> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT 1 FROM interactions WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND retracts IS NOT NULL LIMIT 1");
    Ok(connection.query_one_raw(sql.build()).await?.is_some())
}

/// Enters everything that counts in a scope; with `until`, what counted as of then.
pub async fn read_entries(
    connection: &DatabaseTransaction,
    model: &ScoringModel,
    scope: Scope,
    until: Option<Timestamp>,
    ledger: &mut Ledger,
) -> Result<u64> {
    let any_retraction = has_retractions(connection, scope.community).await?;
    let sql = entries(
        ConnectionTrait::get_database_backend(connection),
        model,
        scope,
        any_retraction,
        until,
    );
    let mut rows = connection.stream_raw(sql.build()).await?;
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        ledger.enter(entry(&row)?);
        count += 1;
    }
    Ok(count)
}

/// Some interactions of a scope.
pub async fn some_entries(connection: &impl ConnectionTrait, model: &ScoringModel, scope: Scope, ids: &[i64]) -> Result<Vec<Entry>> {
    let sql = entries(connection.get_database_backend(), model, scope, true, None)
        .text(" AND i.id")
        .in_ids(ids.iter().copied());
    connection.query_all_raw(sql.build()).await?.iter().map(entry).collect()
}

/// Which side of the evidence to look from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What these members were credited.
    Received,
    /// What these members credited others with.
    Given,
}

/// The evidence of some members, by member: what they received, or what they gave, then with the beneficiary.
pub async fn evidence(
    connection: &impl ConnectionTrait,
    model: &ScoringModel,
    scope: Scope,
    side: Side,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<(MemberId, Evidence)>>> {
    let backend = connection.get_database_backend();
    let mut sql = Sql::new(backend, "");
    for (index, to) in [Beneficiary::Target, Beneficiary::Actor].into_iter().enumerate() {
        sql = one_direction(
            if index == 0 { sql } else { sql.text(" UNION ALL ") },
            model,
            scope,
            side,
            to,
            members,
        );
    }
    let mut found: HashMap<MemberId, Vec<(MemberId, Evidence)>> = HashMap::new();
    let mut invited = Vec::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let own: MemberId = row.try_get_by_index(0)?;
        let other: Option<MemberId> = row.try_get_by_index(1)?;
        if other == Some(own) {
            continue;
        }
        let (beneficiary, giver) = match side {
            Side::Received => (own, other),
            Side::Given => (other.unwrap_or(own), Some(own)),
        };
        let item = Evidence {
            interaction: row.try_get_by_index(2)?,
            kind: row.try_get_by_index(3)?,
            giver,
            since: row.try_get_by_index(4)?,
            visibility: row.try_get_by_index(5)?,
            until: row.try_get_by_index(6)?,
        };
        if item.kind == InteractionKind::Invite {
            invited.extend(giver);
        }
        found.entry(own).or_default().push((beneficiary, item));
    }
    settle_invitations(connection, scope, &invited, &mut found).await?;
    Ok(found)
}

fn one_direction(sql: Sql, model: &ScoringModel, scope: Scope, side: Side, to: Beneficiary, members: &[MemberId]) -> Sql {
    let (own, other) = match (side, to) {
        (Side::Received, Beneficiary::Target) | (Side::Given, Beneficiary::Actor) => ("target_id", "actor_id"),
        (Side::Received, Beneficiary::Actor) | (Side::Given, Beneficiary::Target) => ("actor_id", "target_id"),
    };
    let kinds: Vec<i64> = model.kinds_crediting(to).map(|kind| i64::from(kind as i16)).collect();
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let mut sql = sql
        .text(
            "SELECT m.root, COALESCE(o.root_id, o.id), i.id, i.kind, i.occurred_at, i.visibility, \
             (SELECT MIN(+r.occurred_at) FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id) FROM ",
        )
        .group_of(scope.community.0, &ids)
        .text(&format!(
            " m JOIN interactions i ON i.{own} = m.id LEFT JOIN members o ON o.community_id = i.community_id AND o.id = i.{other}"
        ));
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    sql.text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&kinds))
}

/// An invitation counts since the newcomer first took part after it, and not at all before.
async fn settle_invitations(
    connection: &impl ConnectionTrait,
    scope: Scope,
    invited: &[MemberId],
    found: &mut HashMap<MemberId, Vec<(MemberId, Evidence)>>,
) -> Result<()> {
    let first = if invited.is_empty() {
        HashMap::new()
    } else {
        first_contributions(connection, scope, invited).await?
    };
    for items in found.values_mut() {
        items.retain_mut(|(_, item)| {
            if item.kind != InteractionKind::Invite {
                return true;
            }
            let Some(since) = item.giver.and_then(|giver| first.get(&giver)) else {
                return false;
            };
            let counts = item.since <= *since;
            item.since = *since;
            counts
        });
    }
    Ok(())
}

async fn first_contributions(
    connection: &impl ConnectionTrait,
    scope: Scope,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Timestamp>> {
    let kinds: Vec<i64> = InteractionKind::ALL
        .iter()
        .filter(|kind| is_contribution(**kind))
        .map(|kind| i64::from(*kind as i16))
        .collect();
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let mut sql = Sql::new(connection.get_database_backend(), "SELECT m.root, MIN(i.occurred_at) FROM ")
        .group_of(scope.community.0, &ids)
        .text(" m JOIN interactions i ON i.actor_id = m.id");
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    let sql = sql
        .text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&kinds))
        .text(
            " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id) GROUP BY 1",
        );
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
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
