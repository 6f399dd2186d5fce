//! The queries of apologies and of the breaches that they answer.

use std::collections::{HashMap, HashSet};

use entity::{ApologyId, BreachId, CaseId, CommunityId, Timestamp, Visibility, apology, case};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult as _,
    QueryFilter as _, Value,
};

use super::{Kind, grouped, in_whole_case, of_cases, seen};
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::{Sql, insert_rows};
use crate::error::Result;

/// An apology by id, whoever may see it.
pub async fn apology(tx: &Tx, community: CommunityId, id: ApologyId) -> Result<Option<apology::Model>> {
    let query = apology::Entity::in_community(community).filter(apology::Column::Id.eq(id));
    Ok(query.one(&**tx).await?)
}

/// An apology by id, if its case may be seen with a clearance. The apology itself may still be above it.
pub async fn seen_apology(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: ApologyId,
    clearance: Visibility,
) -> Result<Option<apology::Model>> {
    let statement = seen(connection.get_database_backend(), Kind::Apologies, community, id.0, clearance);
    Ok(apology::Entity::find().from_raw_sql(statement).one(connection).await?)
}

/// The apologies of cases, the oldest first.
pub async fn apologies_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<apology::Model>>> {
    let statement = of_cases(connection.get_database_backend(), Kind::Apologies, community, cases, "id");
    let rows: Vec<apology::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| row.case_id))
}

/// Adds an apology with the breaches that it answers; the database gives the id.
pub async fn insert_apology(tx: &Tx, row: apology::Model, breaches: &[BreachId]) -> Result<apology::Model> {
    let mut new = apology::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    let row = new.insert(&**tx).await?;
    insert_breaches(tx, &row, breaches).await?;
    Ok(row)
}

async fn insert_breaches(tx: &Tx, row: &apology::Model, breaches: &[BreachId]) -> Result<()> {
    let mut values = Vec::with_capacity(breaches.len() * 3);
    for breach in breaches {
        values.extend([Value::from(row.community_id.0), row.id.0.into(), breach.0.into()]);
    }
    let head = "INSERT INTO apology_breaches (community_id, apology_id, breach_id) VALUES";
    insert_rows(&**tx, head, 3, values, "").await?;
    Ok(())
}

/// Sets which breaches a draft answers, in place of those before.
pub async fn set_breaches(tx: &Tx, row: &apology::Model, breaches: &[BreachId]) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "DELETE FROM apology_breaches WHERE community_id = ")
        .value(row.community_id.0)
        .text(" AND apology_id = ")
        .value(row.id.0);
    tx.execute_raw(sql.build()).await?;
    insert_breaches(tx, row, breaches).await
}

/// Writes an apology's changed row.
pub async fn update_apology(tx: &Tx, row: apology::Model) -> Result<()> {
    let changed = apology::ActiveModel::from(row).reset_all();
    apology::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Which of these breaches are of a case or of one that was merged into it, and may be seen with a clearance.
pub async fn breaches_on(tx: &Tx, case: &case::Model, breaches: &[BreachId], clearance: Visibility) -> Result<HashSet<BreachId>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT b.id FROM breaches b JOIN cases c ON c.community_id = b.community_id AND c.id = b.case_id WHERE b.community_id = ",
    )
    .value(case.community_id.0)
    .text(" AND b.id")
    .in_ids(breaches.iter().map(|id| id.0))
    .text(" AND c.visibility <= ")
    .value(clearance as i16)
    .text(" AND b.case_id");
    let sql = in_whole_case(sql, case.community_id, case.id);
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(BreachId(row.try_get_by_index(0)?))).collect()
}

/// The breaches that apologies answer, by id.
pub async fn breaches_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    apologies: &[ApologyId],
) -> Result<HashMap<ApologyId, Vec<BreachId>>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT apology_id, breach_id FROM apology_breaches WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND apology_id")
    .in_ids(apologies.iter().map(|id| id.0))
    .text(" ORDER BY apology_id, breach_id");
    let mut found: HashMap<ApologyId, Vec<BreachId>> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let apology = ApologyId(row.try_get_by_index(0)?);
        found.entry(apology).or_default().push(BreachId(row.try_get_by_index(1)?));
    }
    Ok(found)
}

/// The apologies that name breaches, the oldest first, whoever may read them. Where cases were merged they can be of another
/// case than the breach.
pub async fn apologies_for(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    breaches: &[BreachId],
) -> Result<HashMap<BreachId, Vec<apology::Model>>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT x.breach_id, a.* FROM apology_breaches x \
         JOIN apologies a ON a.community_id = x.community_id AND a.id = x.apology_id WHERE x.community_id = ",
    )
    .value(community.0)
    .text(" AND x.breach_id")
    .in_ids(breaches.iter().map(|id| id.0))
    .text(" ORDER BY x.breach_id, a.id");
    let mut found: HashMap<BreachId, Vec<apology::Model>> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let breach = BreachId(row.try_get_by_index(0)?);
        found.entry(breach).or_default().push(apology::Model::from_query_result(&row, "")?);
    }
    Ok(found)
}

/// Whether each of these breaches was answered: an apology that the customer has, and the company stands by, names it.
pub async fn answered(connection: &impl ConnectionTrait, community: CommunityId, breaches: &[BreachId]) -> Result<HashMap<BreachId, bool>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT DISTINCT x.breach_id FROM apology_breaches x \
         JOIN apologies a ON a.community_id = x.community_id AND a.id = x.apology_id WHERE x.community_id = ",
    )
    .value(community.0)
    .text(" AND x.breach_id")
    .in_ids(breaches.iter().map(|id| id.0))
    // Neither a draft nor retracted.
    .text(" AND a.status IN (2, 3, 4, 5)");
    let mut found: HashMap<BreachId, bool> = breaches.iter().map(|id| (*id, false)).collect();
    for row in connection.query_all_raw(sql.build()).await? {
        found.insert(BreachId(row.try_get_by_index(0)?), true);
    }
    Ok(found)
}

/// When another apology for one of these breaches was last sent that the company stands by.
pub async fn last_apology(tx: &Tx, community: CommunityId, but: ApologyId, breaches: &[BreachId]) -> Result<Option<Timestamp>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT MAX(a.sent_at) FROM apology_breaches x \
         JOIN apologies a ON a.community_id = x.community_id AND a.id = x.apology_id WHERE x.community_id = ",
    )
    .value(community.0)
    .text(" AND x.breach_id")
    .in_ids(breaches.iter().map(|id| id.0))
    .text(" AND a.status IN (2, 3, 4, 5) AND a.id <> ")
    .value(but.0);
    let row = tx.query_one_raw(sql.build()).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(at.map(Timestamp::from_micros))
}

packed_row!(apology::Model {
    community_id,
    id,
    case_id,
    status,
    author,
    visibility,
    text,
    components,
    heard_at,
    created_at,
    sent_at,
    responded_at,
    retracted_at,
    retraction_reason,
});
