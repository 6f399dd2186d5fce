//! The queries of exports: pages of rows by key, as far as a clearance reaches, and what the rows refer to. Everything names the
//! community.

use std::collections::{HashMap, HashSet};

use entity::{
    ApologyId, BreachId, CaseId, CommunityId, Consent, InteractionId, MemberId, ProgrammeId, Visibility, advocate, apology, case,
    expectation, follow_up, interaction, member, repair,
};
use sea_orm::{ConnectionTrait, EntityTrait as _};

use super::kind::Kind;
use crate::db::packed::{self, Packed};
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// Which rows of a table.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Of which community.
    pub community: CommunityId,
    /// After which key.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
    /// As far as this reaches.
    pub clearance: Visibility,
}

impl Slice {
    /// The rows of a table `t`, after `conditions`, by key.
    fn rows(self, sql: Sql, conditions: &str) -> Sql {
        sql.text(" WHERE t.community_id = ")
            .value(self.community.0)
            .text(" AND t.id > ")
            .value(self.after)
            .text(conditions)
    }

    fn ordered(self, sql: Sql) -> Sql {
        sql.text(" ORDER BY t.id LIMIT ").value(self.limit)
    }

    /// A page of a table without clearance.
    async fn page<T: Packed>(self, connection: &impl ConnectionTrait, table: &str, conditions: &str) -> Result<Vec<T>> {
        packed::all(connection, |sql| {
            self.ordered(self.rows(sql.text(&format!("SELECT t.* FROM {table} t")), conditions))
        })
        .await
    }

    /// A page of a table of what hangs on cases that may be seen.
    async fn page_on_cases<T: Packed>(self, connection: &impl ConnectionTrait, table: &str) -> Result<Vec<T>> {
        packed::all(connection, |sql| {
            let head = format!("SELECT t.* FROM {table} t JOIN cases c ON c.community_id = t.community_id AND c.id = t.case_id");
            let rows = self.rows(sql.text(&head), " AND c.visibility <= ");
            self.ordered(rows.value(self.clearance as i16))
        })
        .await
    }
}

/// Members, those merged into others left out.
pub async fn members(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<member::Model>> {
    slice.page(connection, "members", " AND t.merged_into IS NULL").await
}

/// Interactions.
pub async fn interactions(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<interaction::Model>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT t.* FROM interactions t");
    let sql = slice.rows(sql, " AND t.visibility <= ").value(slice.clearance as i16);
    let found = interaction::Entity::find().from_raw_sql(slice.ordered(sql).build());
    Ok(found.all(connection).await?)
}

/// Expectations in all their versions.
pub async fn expectations(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<expectation::Model>> {
    slice.page(connection, "expectations", "").await
}

/// Cases.
pub async fn cases(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<case::Model>> {
    packed::all(connection, |sql| {
        let rows = slice.rows(sql.text("SELECT t.* FROM cases t"), " AND t.visibility <= ");
        slice.ordered(rows.value(slice.clearance as i16))
    })
    .await
}

/// Apologies on cases that may be seen.
pub async fn apologies(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<apology::Model>> {
    slice.page_on_cases(connection, "apologies").await
}

/// Repairs on cases that may be seen.
pub async fn repairs(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<repair::Model>> {
    slice.page_on_cases(connection, "repairs").await
}

/// Follow-ups on cases that may be seen.
pub async fn follow_ups(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<follow_up::Model>> {
    slice.page_on_cases(connection, "follow_ups").await
}

/// Advocates, present and former.
pub async fn advocates(connection: &impl ConnectionTrait, slice: Slice) -> Result<Vec<advocate::Model>> {
    slice.page(connection, "advocates", "").await
}

/// A member as others refer to them.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The member they are after merges.
    pub root: MemberId,
    /// Whether that one may be scored.
    pub is_scored: bool,
}

/// Members by id, after merges.
pub async fn people(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &HashSet<MemberId>,
) -> Result<HashMap<MemberId, Person>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT m.id, r.id, r.consent FROM members m JOIN members r ON r.community_id = m.community_id \
         AND r.id = COALESCE(m.root_id, m.id) WHERE m.community_id = ",
    )
    .value(community.0)
    .text(" AND m.id")
    .in_ids(ids.iter().map(|id| id.0));
    let mut found = HashMap::with_capacity(ids.len());
    for row in connection.query_all_raw(sql.build()).await? {
        let consent: Consent = row.try_get_by_index(2)?;
        let person = Person {
            root: row.try_get_by_index(1)?,
            is_scored: consent == Consent::Scored,
        };
        found.insert(row.try_get_by_index(0)?, person);
    }
    Ok(found)
}

/// The accounts of members as they were told: the oldest of each in each system, by member and system.
pub async fn accounts(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &HashSet<MemberId>,
) -> Result<HashMap<(MemberId, String), String>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT member_id, provider, external_id FROM identities WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND member_id")
    .in_ids(ids.iter().map(|id| id.0))
    .text(" ORDER BY id");
    let mut found = HashMap::with_capacity(ids.len());
    for row in connection.query_all_raw(sql.build()).await? {
        let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        found.entry(key).or_insert(row.try_get_by_index(2)?);
    }
    Ok(found)
}

/// Which of these cases may be seen.
pub async fn seen_cases(connection: &impl ConnectionTrait, slice: Slice, ids: HashSet<CaseId>) -> Result<HashSet<CaseId>> {
    seen(connection, "cases", slice, ids.into_iter().map(|id| id.0))
        .await
        .map(|found| found.into_iter().map(CaseId).collect())
}

/// Which of these interactions may be seen.
pub async fn seen_interactions(
    connection: &impl ConnectionTrait,
    slice: Slice,
    ids: HashSet<InteractionId>,
) -> Result<HashSet<InteractionId>> {
    let found = seen(connection, "interactions", slice, ids.into_iter().map(|id| id.0)).await?;
    Ok(found.into_iter().map(InteractionId).collect())
}

async fn seen(connection: &impl ConnectionTrait, table: &str, slice: Slice, ids: impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    let head = format!("SELECT id FROM {table} WHERE community_id = ");
    let sql = Sql::new(connection.get_database_backend(), &head)
        .value(slice.community.0)
        .text(" AND visibility <= ")
        .value(slice.clearance as i16)
        .text(" AND id")
        .in_ids(ids);
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// The breaches that apologies answer, on cases that may be seen.
pub async fn answered(
    connection: &impl ConnectionTrait,
    slice: Slice,
    apologies: &[ApologyId],
) -> Result<HashMap<ApologyId, Vec<BreachId>>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT x.apology_id, x.breach_id FROM apology_breaches x \
         JOIN breaches b ON b.community_id = x.community_id AND b.id = x.breach_id \
         JOIN cases c ON c.community_id = b.community_id AND c.id = b.case_id WHERE x.community_id = ",
    )
    .value(slice.community.0)
    .text(" AND c.visibility <= ")
    .value(slice.clearance as i16)
    .text(" AND x.apology_id")
    .in_ids(apologies.iter().map(|id| id.0))
    .text(" ORDER BY x.breach_id");
    let mut found: HashMap<ApologyId, Vec<BreachId>> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        found.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    Ok(found)
}

/// Apologies by id, on cases that may be seen.
pub async fn apologies_by_ids(
    connection: &impl ConnectionTrait,
    slice: Slice,
    ids: HashSet<ApologyId>,
) -> Result<HashMap<ApologyId, apology::Model>> {
    let rows: Vec<apology::Model> = packed::all(connection, |sql| {
        sql.text("SELECT t.* FROM apologies t JOIN cases c ON c.community_id = t.community_id AND c.id = t.case_id WHERE t.community_id = ")
            .value(slice.community.0)
            .text(" AND c.visibility <= ")
            .value(slice.clearance as i16)
            .text(" AND t.id")
            .in_ids(ids.into_iter().map(|id| id.0))
    })
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The names of advocate programmes.
pub async fn programmes(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: HashSet<ProgrammeId>,
) -> Result<HashMap<ProgrammeId, String>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT id, name FROM advocate_programmes WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.into_iter().map(|id| id.0));
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// How many rows of a kind there are in all, for a progress bar. Of scores nobody knows before they are loaded.
pub async fn count(connection: &impl ConnectionTrait, community: CommunityId, kind: Kind) -> Result<u64> {
    let table = match kind {
        Kind::Members => "members WHERE merged_into IS NULL AND",
        Kind::Interactions => "interactions WHERE",
        Kind::Expectations => "expectations WHERE",
        Kind::Cases => "cases WHERE",
        Kind::Apologies => "apologies WHERE",
        Kind::Repairs => "repairs WHERE",
        Kind::FollowUps => "follow_ups WHERE",
        Kind::Advocates => "advocates WHERE",
        Kind::Scores => return Ok(0),
    };
    let head = format!("SELECT COUNT(*) FROM {table} community_id = ");
    let sql = Sql::new(connection.get_database_backend(), &head).value(community.0);
    let row = connection.query_one_raw(sql.build()).await?;
    let count: i64 = row.ok_or_else(|| Error::internal("a count without a row"))?.try_get_by_index(0)?;
    Ok(u64::try_from(count).unwrap_or_default())
}
