//! Finding the follow-ups whose day has come or whose time has passed: by time, over all communities.

use std::collections::{BTreeMap, HashMap};

use entity::{CaseId, CommunityId, FollowUpId, FollowUpStatus, Timestamp, case, follow_up};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait as _};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::cases;

/// Whether anything is to be announced by now. Costs one look into an index.
pub async fn anything_to_announce(connection: &impl ConnectionTrait, now: Timestamp) -> Result<bool> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT 1 FROM follow_ups WHERE next_at <= ")
        .value(now.as_micros())
        .text(" LIMIT 1");
    Ok(connection.query_one_raw(sql.build()).await?.is_some())
}

/// Follow-ups that have something to be announced by now, with their cases, the longest overdue first.
///
/// On PostgreSQL both are locked, and what another process or a command is working on is passed over: a command locks the
/// case first, so that neither ever waits for the other in a ring.
pub async fn to_announce(tx: &Tx, now: Timestamp, limit: u64) -> Result<Vec<(follow_up::Model, case::Model)>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(
        backend,
        "SELECT f.* FROM follow_ups f JOIN cases c ON c.community_id = f.community_id AND c.id = f.case_id WHERE f.next_at <= ",
    )
    .value(now.as_micros())
    .text(" ORDER BY f.next_at LIMIT ")
    .value(i64::try_from(limit).unwrap_or(i64::MAX))
    .text(if backend == DbBackend::Postgres {
        " FOR UPDATE OF f, c SKIP LOCKED"
    } else {
        ""
    });
    let rows = follow_up::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    let mut named: BTreeMap<CommunityId, Vec<CaseId>> = BTreeMap::new();
    for row in &rows {
        named.entry(row.community_id).or_default().push(row.case_id);
    }
    let mut found: HashMap<(CommunityId, CaseId), case::Model> = HashMap::new();
    for (community, ids) in named {
        let cases = cases::store::cases_by_ids(&**tx, community, &ids).await?;
        found.extend(cases.into_iter().map(|(id, row)| ((community, id), row)));
    }
    let with_case = |row: follow_up::Model| {
        let case = found.get(&(row.community_id, row.case_id)).cloned()?;
        Some((row, case))
    };
    Ok(rows.into_iter().filter_map(with_case).collect())
}

/// The days of follow-ups have begun; what is next is that their time passes.
pub async fn set_due(tx: &Tx, community: CommunityId, ids: &[FollowUpId]) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE follow_ups SET status = ")
        .value(FollowUpStatus::Due as i16)
        .text(", next_at = due_at + 1");
    write(tx, sql, community, ids).await
}

/// The times of follow-ups have passed.
pub async fn set_missed(tx: &Tx, community: CommunityId, ids: &[FollowUpId]) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE follow_ups SET status = ")
        .value(FollowUpStatus::Missed as i16)
        .text(", next_at = NULL");
    write(tx, sql, community, ids).await
}

/// Follow-ups are no longer needed.
pub async fn set_cancelled(tx: &Tx, community: CommunityId, ids: &[FollowUpId], at: Timestamp, reason: &str) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE follow_ups SET status = ")
        .value(FollowUpStatus::Cancelled as i16)
        .text(", next_at = NULL, cancelled_at = ")
        .value(at.as_micros())
        .text(", cancel_reason = ")
        .value(reason);
    write(tx, sql, community, ids).await
}

async fn write(tx: &Tx, sql: Sql, community: CommunityId, ids: &[FollowUpId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = sql
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
