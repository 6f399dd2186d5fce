//! What writers keep from each other until they have committed. SQLite has one writer at a time and knows no such locks.

use std::collections::HashMap;

use entity::{CommunityId, MemberId, member};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _};

use super::Known;
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// Any number will do that nobody else takes.
const RETRACTIONS: i32 = 0x7265_7472;

/// The members to whom accounts lead, and those into whom they were merged, kept from other writers until the transaction ends: a row is
/// written back as a whole, and what others wrote meanwhile, a no to being scored or a merge, would be undone.
///
/// # Errors
/// [`Error::Raced`] when one of them was merged since the accounts were looked up, or a merge was taken back.
pub async fn lock_members(
    tx: &Tx,
    community: CommunityId,
    owners: &HashMap<(String, String), Known>,
) -> Result<HashMap<MemberId, member::Model>> {
    let mut ids: Vec<i64> = owners.values().flat_map(|known| [known.member.0, known.root.0]).collect();
    ids.sort_unstable();
    ids.dedup();
    let backend = tx.get_database_backend();
    let sql = Sql::new(backend, "SELECT * FROM members WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids);
    let sql = if backend == DbBackend::Postgres {
        // In one order for all writers, so that two of them never wait for each other in a ring. This much of a lock lets others go on
        // adding rows that name the members.
        sql.text(" ORDER BY id FOR NO KEY UPDATE")
    } else {
        sql
    };
    let rows = member::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    let rows: HashMap<MemberId, member::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let leads_there = |known: &Known| {
        let row = rows.get(&known.member);
        row.is_some_and(|row| row.root_id.unwrap_or(row.id) == known.root)
    };
    if owners.values().all(leads_there) {
        Ok(rows)
    } else {
        Err(Error::Raced)
    }
}

/// Lets those who take interactions back go one after the other with all who record some: otherwise an interaction and what takes it
/// back, or two that take back the same, may each miss what the other has not committed, and nobody tells of it, or both do.
pub async fn order_retractions(tx: &Tx, community: CommunityId, takes_back: bool) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let lock = if takes_back {
        "SELECT pg_advisory_xact_lock("
    } else {
        "SELECT pg_advisory_xact_lock_shared("
    };
    let sql = Sql::new(DbBackend::Postgres, lock)
        .value(RETRACTIONS)
        .text(", ")
        // Two communities that share a key wait for each other, and nothing worse.
        .value(i32::try_from(community.0 & i64::from(i32::MAX)).unwrap_or(i32::MAX))
        .text(")");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
