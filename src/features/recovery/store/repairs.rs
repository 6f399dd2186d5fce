//! The queries of repairs.

use std::collections::HashMap;

use entity::{CaseId, CommunityId, RepairId, StaffId, Timestamp, Visibility, apology, repair};
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

/// The repairs that were promised with an apology.
pub async fn repairs_with(tx: &Tx, apology: &apology::Model) -> Result<Vec<RepairId>> {
    let query = repair::Entity::in_community(apology.community_id)
        .filter(repair::Column::CaseId.eq(apology.case_id))
        .filter(repair::Column::ApologyId.eq(apology.id));
    let mut ids: Vec<RepairId> = query.all(&**tx).await?.into_iter().map(|row| row.id).collect();
    ids.sort_unstable();
    Ok(ids)
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

/// The repairs of cases and of those that were merged into them, directly or by way of others; the oldest first.
pub async fn repairs_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<repair::Model>>> {
    let backend = connection.get_database_backend();
    let sql = Sql::new(
        backend,
        "WITH RECURSIVE whole(root, id) AS (SELECT id, id FROM cases WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(cases.iter().map(|id| id.0))
    .text(" UNION SELECT w.root, m.id FROM whole w JOIN cases m ON m.merged_into = w.id WHERE m.community_id = ")
    .value(community.0)
    .text(") SELECT root, id FROM whole");
    let mut parts: Vec<(CaseId, CaseId)> = Vec::new();
    for row in connection.query_all_raw(sql.build()).await? {
        parts.push((CaseId(row.try_get_by_index(0)?), CaseId(row.try_get_by_index(1)?)));
    }
    let mut ids: Vec<CaseId> = parts.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let statement = of_cases(backend, Kind::Repairs, community, &ids, "id");
    let rows: Vec<repair::Model> = packed::rows_of(connection, statement).await?;
    let of_each = grouped(rows, |row| row.case_id);
    let mut found: HashMap<CaseId, Vec<repair::Model>> = HashMap::new();
    for (root, id) in parts {
        let of_part = of_each.get(&id).into_iter().flatten().cloned();
        found.entry(root).or_default().extend(of_part);
    }
    for repairs in found.values_mut() {
        repairs.sort_by_key(|row| row.id);
    }
    Ok(found)
}

/// The repairs that are owed before an instant on the cases of a member of staff, those that were merged into them included; up
/// to a clearance that cases and apologies are within, the first due first.
pub async fn repairs_owed(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    (staff, clearance): (StaffId, Visibility),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<repair::Model>> {
    // From what is owed to where its case goes on: little is owed, however many cases somebody has had.
    let sql = Sql::new(
        connection.get_database_backend(),
        "WITH RECURSIVE line(repair_id, case_id) AS (SELECT id, case_id FROM repairs WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND delivered_at IS NULL AND cancelled_at IS NULL AND due_at < ")
    .value(until.as_micros())
    .text(" UNION ALL SELECT l.repair_id, m.merged_into FROM line l JOIN cases m ON m.id = l.case_id WHERE m.merged_into IS NOT NULL")
    .text(" AND m.community_id = ")
    .value(community.0)
    .text(") SELECT r.* FROM line l JOIN cases e ON e.id = l.case_id JOIN repairs r ON r.id = l.repair_id")
    .text(" JOIN cases c ON c.community_id = r.community_id AND c.id = r.case_id")
    .text(" LEFT JOIN apologies a ON a.community_id = r.community_id AND a.id = r.apology_id WHERE e.merged_into IS NULL")
    .text(" AND e.assignee_id = ")
    .value(staff.0)
    .text(" AND e.community_id = ")
    .value(community.0)
    .text(" AND r.community_id = ")
    .value(community.0)
    .text(" AND e.visibility <= ")
    .value(clearance as i16)
    .text(" AND c.visibility <= ")
    .value(clearance as i16)
    .text(" AND COALESCE(a.visibility, 0) <= ")
    .value(clearance as i16)
    .text(" ORDER BY r.due_at, r.id LIMIT ")
    .value(limit);
    packed::rows_of(connection, sql.build()).await
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
         LEFT JOIN apologies a ON a.community_id = r.community_id AND a.id = r.apology_id WHERE r.cancelled_at IS NULL \
         AND r.community_id = ",
    )
    .value(community.0)
    .text(" AND r.case_id");
    let sql = in_whole_case(sql, community, case);
    let row = tx.query_one_raw(sql.build()).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(at.map(Timestamp::from_micros))
}

packed_row!(
    repair::Model {
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
        cancelled_at,
        cancelled_by,
        cancel_reason,
    } / amount
);
