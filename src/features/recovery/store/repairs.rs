//! The queries of repairs.

use std::collections::HashMap;

use entity::{CaseId, CommunityId, RepairId, Timestamp, Visibility, repair};
use sea_orm::{ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{Kind, grouped, in_whole_case, of_cases, seen};
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::Result;

/// A repair by id, whoever may see it.
pub async fn repair(tx: &Tx, community: CommunityId, id: RepairId) -> Result<Option<repair::Model>> {
    let query = repair::Entity::in_community(community).filter(repair::Column::Id.eq(id));
    Ok(query.one(&**tx).await?)
}

/// A repair by id, if its case may be seen with a clearance.
pub async fn seen_repair(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: RepairId,
    clearance: Visibility,
) -> Result<Option<repair::Model>> {
    let statement = seen(connection.get_database_backend(), Kind::Repairs, community, id.0, clearance);
    Ok(repair::Entity::find().from_raw_sql(statement).one(connection).await?)
}

/// The repairs of cases, the oldest first.
pub async fn repairs_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<repair::Model>>> {
    let statement = of_cases(connection.get_database_backend(), Kind::Repairs, community, cases, "id");
    let rows: Vec<repair::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| row.case_id))
}

/// Adds a repair; the database gives the id.
pub async fn insert_repair(tx: &Tx, row: repair::Model) -> Result<repair::Model> {
    let mut new = repair::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    Ok(new.insert(&**tx).await?)
}

/// Writes a repair's changed row.
pub async fn update_repair(tx: &Tx, row: repair::Model) -> Result<()> {
    let changed = repair::ActiveModel::from(row).reset_all();
    repair::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// When a repair was last promised on a case or on one that was merged into it. One that belongs to an apology was promised
/// with it, if it was sent later.
pub async fn last_repair(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Option<Timestamp>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT MAX(CASE WHEN a.sent_at > r.promised_at THEN a.sent_at ELSE r.promised_at END) FROM repairs r \
         LEFT JOIN apologies a ON a.community_id = r.community_id AND a.id = r.apology_id WHERE r.community_id = ",
    )
    .value(community.0)
    .text(" AND r.case_id");
    let sql = in_whole_case(sql, community, case);
    let row = tx.query_one_raw(sql.build()).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(at.map(Timestamp::from_micros))
}

packed_row!(repair::Model {
    community_id,
    id,
    case_id,
    apology_id,
    kind,
    description,
    amount,
    currency,
    promised_by,
    promised_at,
    due_at,
    delivered_at,
    delivered_by,
} / amount);
