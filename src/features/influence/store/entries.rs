//! Whole communities for ledgers.

use entity::{CommunityId, Consent, InteractionKind, Timestamp, TopicId};
use futures_util::TryStreamExt as _;
use rustc_hash::FxHashSet;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, StreamTrait as _};

use super::{TAGGED, factor, list};
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::influence::ledger::{Entry, Person};
use crate::features::influence::model::{ScoringModel, credit_of, is_contribution};
use crate::features::influence::trust::Footing;

/// Which ranking: a community's, or that of one topic in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The community.
    pub community: CommunityId,
    /// The topic, if any.
    pub topic: Option<TopicId>,
}

impl Scope {
    /// The whole community.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self {
            community: self.community,
            topic: None,
        }
    }
}

const PERSON: &str = "SELECT m.id, COALESCE(m.root_id, m.id), m.is_staff, m.is_bot, m.consent, m.merged_into IS NOT NULL";

/// A verified identity of the member, or of one merged into them, makes them a seed of trust, and so does that staff vouch for them.
/// The member and those merged into them are looked up apart, so that each finds its index.
const IS_SEED: &str = ", (EXISTS (SELECT 1 FROM identities n WHERE n.community_id = m.community_id AND n.member_id = m.id AND n.verified) \
    OR EXISTS (SELECT 1 FROM vouches v WHERE v.community_id = m.community_id AND v.member_id = m.id AND v.withdrawn_at IS NULL) \
    OR EXISTS (SELECT 1 FROM members g WHERE g.community_id = m.community_id AND g.root_id = m.id AND (\
    EXISTS (SELECT 1 FROM identities n WHERE n.community_id = g.community_id AND n.member_id = g.id AND n.verified) \
    OR EXISTS (SELECT 1 FROM vouches v WHERE v.community_id = g.community_id AND v.member_id = g.id AND v.withdrawn_at IS NULL))))";

const OF_COMMUNITY: &str = " FROM members m WHERE m.community_id = ";

fn person(row: &QueryResult, is_seed: bool) -> Result<Person> {
    let is_staff: bool = row.try_get_by_index(2)?;
    let is_bot: bool = row.try_get_by_index(3)?;
    let consent: Consent = row.try_get_by_index(4)?;
    let is_merged: bool = row.try_get_by_index(5)?;
    Ok(Person {
        id: row.try_get_by_index(0)?,
        root: row.try_get_by_index(1)?,
        is_scored: !is_staff && !is_bot && !is_merged && consent == Consent::Scored,
        footing: match (is_bot, is_staff, is_seed) {
            (true, ..) => Footing::Never,
            (_, true, _) => Footing::Staff,
            (.., true) => Footing::Seed,
            _ => Footing::Earns,
        },
    })
}

/// Some members of a community.
pub async fn people(connection: &impl ConnectionTrait, community: CommunityId, ids: &[i64]) -> Result<Vec<Person>> {
    let sql = Sql::new(connection.get_database_backend(), PERSON)
        .text(IS_SEED)
        .text(OF_COMMUNITY)
        .value(community.0)
        .text(" AND m.id")
        .in_ids(ids.iter().copied());
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| person(row, row.try_get_by_index(6)?)).collect()
}

/// Who is a seed of trust, after merges, of a whole community: few, so that they are not looked for member by member.
async fn seeds(connection: &impl ConnectionTrait, community: CommunityId) -> Result<FxHashSet<i64>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT COALESCE(m.root_id, m.id) FROM identities n \
         JOIN members m ON m.community_id = n.community_id AND m.id = n.member_id WHERE n.verified AND n.community_id = ",
    )
    .value(community.0)
    .text(
        " UNION SELECT COALESCE(m.root_id, m.id) FROM vouches v \
         JOIN members m ON m.community_id = v.community_id AND m.id = v.member_id WHERE v.withdrawn_at IS NULL AND v.community_id = ",
    )
    .value(community.0);
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Reads all members of a community.
pub async fn read_people(connection: &DatabaseTransaction, community: CommunityId, mut take: impl FnMut(Person) + Send) -> Result<()> {
    let seeds = seeds(connection, community).await?;
    let sql = Sql::new(ConnectionTrait::get_database_backend(connection), PERSON)
        .text(OF_COMMUNITY)
        .value(community.0);
    let mut rows = connection.stream_raw(sql.build()).await?;
    while let Some(row) = rows.try_next().await? {
        let id: i64 = row.try_get_by_index(0)?;
        take(person(&row, seeds.contains(&id))?);
    }
    Ok(())
}

fn scored_kinds() -> Vec<i64> {
    InteractionKind::ALL
        .iter()
        .filter(|kind| credit_of(**kind).is_some() || is_contribution(**kind))
        .map(|kind| i64::from(*kind as i16))
        .collect()
}

/// What may keep interactions of a community from counting: what there is nothing of need not be looked for.
#[derive(Clone, Copy, Debug)]
struct Exceptions {
    retractions: bool,
    discounts: bool,
}

impl Exceptions {
    const ANY: Self = Self {
        retractions: true,
        discounts: true,
    };

    async fn of(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Self> {
        let retractions = "SELECT 1 FROM interactions WHERE retracts IS NOT NULL AND community_id = ";
        let discounts = "SELECT 1 FROM evidence_discounts WHERE community_id = ";
        Ok(Self {
            retractions: is_any(connection, retractions, community).await?,
            discounts: is_any(connection, discounts, community).await?,
        })
    }
}

async fn is_any(connection: &impl ConnectionTrait, text: &str, community: CommunityId) -> Result<bool> {
    let sql = Sql::new(connection.get_database_backend(), text)
        .value(community.0)
        .text(" LIMIT 1");
    Ok(connection.query_one_raw(sql.build()).await?.is_some())
}

/// Leaves out interactions `i` that are discounted: now, or as of an instant.
#[must_use]
pub fn not_discounted(sql: Sql, until: Option<Timestamp>) -> Sql {
    let sql = sql
        .text(" AND NOT EXISTS (SELECT 1 FROM evidence_discounts d WHERE d.community_id = i.community_id AND d.interaction_id = i.id AND ");
    match until {
        None => sql.text("d.restored_at IS NULL)"),
        Some(until) => sql
            .text("d.discounted_at <= ")
            .value(until.as_micros())
            .text(" AND (d.restored_at IS NULL OR d.restored_at > ")
            .value(until.as_micros())
            .text("))"),
    }
}

/// Interactions that count in a scope, those taken back and those discounted left out.
fn entries(backend: DbBackend, model: &ScoringModel, scope: Scope, exceptions: Exceptions, until: Option<Timestamp>) -> Sql {
    let sql = Sql::new(backend, "SELECT i.kind, i.actor_id, i.target_id, i.occurred_at, ");
    let mut sql = factor(sql, &model.terms.topics).text(" FROM interactions i");
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    sql = sql
        .text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&scored_kinds()));
    if let Some(until) = until {
        sql = sql.text(" AND i.occurred_at <= ").value(until.as_micros());
    }
    if exceptions.retractions {
        sql = sql.text(
            " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id",
        );
        if let Some(until) = until {
            sql = sql.text(" AND r.occurred_at <= ").value(until.as_micros());
        }
        sql = sql.text(")");
    }
    if exceptions.discounts {
        sql = not_discounted(sql, until);
    }
    sql
}

fn entry(row: &QueryResult) -> Result<Entry> {
    Ok(Entry {
        kind: row.try_get_by_index(0)?,
        actor: row.try_get_by_index(1)?,
        target: row.try_get_by_index(2)?,
        at: row.try_get_by_index(3)?,
        factor: row.try_get_by_index(4)?,
    })
}

/// Reads everything that counts in a scope; with `until`, what counted as of then.
pub async fn read_entries(
    connection: &DatabaseTransaction,
    model: &ScoringModel,
    scope: Scope,
    until: Option<Timestamp>,
    mut take: impl FnMut(Entry) + Send,
) -> Result<u64> {
    let exceptions = Exceptions::of(connection, scope.community).await?;
    let sql = entries(ConnectionTrait::get_database_backend(connection), model, scope, exceptions, until);
    let mut rows = connection.stream_raw(sql.build()).await?;
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        take(entry(&row)?);
        count += 1;
    }
    Ok(count)
}

/// Some interactions of a scope.
pub async fn some_entries(connection: &impl ConnectionTrait, model: &ScoringModel, scope: Scope, ids: &[i64]) -> Result<Vec<Entry>> {
    let sql = entries(connection.get_database_backend(), model, scope, Exceptions::ANY, None)
        .text(" AND i.id")
        .in_ids(ids.iter().copied());
    connection.query_all_raw(sql.build()).await?.iter().map(entry).collect()
}
