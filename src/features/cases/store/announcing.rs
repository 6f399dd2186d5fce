//! Finding the clocks whose warning or breach is to be announced: by time, over all communities, never by looking through
//! open cases.

use entity::{CaseId, ClockId, ClockState, CommunityId, Timestamp, case, clock};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// Clocks that have something to be announced by now, with their cases, the most overdue first. On PostgreSQL what another
/// process is working on is passed over.
pub async fn due_clocks(tx: &Tx, now: Timestamp, limit: u64) -> Result<Vec<(clock::Model, case::Model)>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(backend, "SELECT * FROM clocks WHERE next_at <= ")
        .value(now.as_micros())
        .text(" ORDER BY next_at LIMIT ")
        .value(i64::try_from(limit).unwrap_or(i64::MAX));
    let clocks = clock::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    let mut cases = std::collections::HashMap::new();
    let mut groups: std::collections::BTreeMap<CommunityId, Vec<CaseId>> = std::collections::BTreeMap::new();
    for clock in &clocks {
        groups.entry(clock.community_id).or_default().push(clock.case_id);
    }
    for (community, mut ids) in groups {
        ids.sort_unstable();
        ids.dedup();
        // The lock of the case is the one that every command takes first: whoever holds it may be changing the clock.
        let sql = Sql::new(backend, "SELECT * FROM cases WHERE community_id = ")
            .value(community.0)
            .text(" AND id")
            .in_ids(ids.into_iter().map(|id| id.0))
            .text(if backend == DbBackend::Postgres {
                " FOR UPDATE SKIP LOCKED"
            } else {
                ""
            });
        let rows = case::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
        cases.extend(rows.into_iter().map(|row| ((community, row.id), row)));
    }
    if backend != DbBackend::Postgres {
        return Ok(paired(clocks, &cases));
    }
    // Read again under the locks: a command may have changed a clock between the two statements.
    let mut fresh = Vec::with_capacity(clocks.len());
    let mut groups: std::collections::BTreeMap<CommunityId, Vec<i64>> = std::collections::BTreeMap::new();
    for clock in &clocks {
        groups.entry(clock.community_id).or_default().push(clock.id.0);
    }
    for (community, ids) in groups {
        let sql = Sql::new(backend, "SELECT * FROM clocks WHERE community_id = ")
            .value(community.0)
            .text(" AND id")
            .in_ids(ids)
            .text(" AND next_at <= ")
            .value(now.as_micros())
            .text(" ORDER BY next_at");
        fresh.extend(clock::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?);
    }
    Ok(paired(fresh, &cases))
}

fn paired(
    clocks: Vec<clock::Model>,
    cases: &std::collections::HashMap<(CommunityId, CaseId), case::Model>,
) -> Vec<(clock::Model, case::Model)> {
    let found = |clock: &clock::Model| cases.get(&(clock.community_id, clock.case_id)).cloned();
    clocks
        .into_iter()
        .filter_map(|clock| found(&clock).map(|case| (clock, case)))
        .collect()
}

/// Writes how announced clocks stand, and when they are to be announced next.
pub async fn set_announced(tx: &Tx, community: CommunityId, state: ClockState, clocks: &[(ClockId, Option<Timestamp>)]) -> Result<()> {
    if clocks.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let pairs: Vec<(i64, Option<i64>)> = clocks.iter().map(|(id, next)| (id.0, next.map(Timestamp::as_micros))).collect();
    let pairs = serde_json::to_string(&pairs).map_err(crate::error::Error::internal)?;
    let (rows, end) = if backend == DbBackend::Postgres {
        (
            "(value->>0)::bigint AS id, (value->>1)::bigint AS next_at FROM jsonb_array_elements(",
            "::jsonb)",
        )
    } else {
        ("value->>0 AS id, value->>1 AS next_at FROM json_each(", ")")
    };
    let sql = Sql::new(backend, "WITH v AS MATERIALIZED (SELECT ")
        .text(rows)
        .value(pairs)
        .text(end)
        .text(") UPDATE clocks SET state = ")
        .value(state as i16)
        .text(", next_at = v.next_at FROM v WHERE clocks.community_id = ")
        .value(community.0)
        // Without the set SQLite reads every clock, and the whole list for each.
        .text(" AND clocks.id IN (SELECT id FROM v) AND clocks.id = v.id");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
