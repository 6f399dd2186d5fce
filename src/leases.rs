//! Leases: background work that only one process may do at a time belongs to whoever holds its lease.
//!
//! A lease ends by itself when its holder is gone, and another process takes it. A holder that was slow may not know that it
//! lost it: work that must not be done twice looks again, with [`holds`], inside the transaction that acts.

use entity::Timestamp;
use sea_orm::{ConnectionTrait as _, DbBackend};

use crate::db::query::Sql;
use crate::db::{Db, Tx};
use crate::error::Result;

/// Takes a lease that is free, or renews one that the holder has; whether the holder has it now, until `for_micros` after `now`.
///
/// # Errors
/// When the database fails.
pub async fn hold(db: &Db, name: &str, holder: &str, now: Timestamp, for_micros: i64) -> Result<bool> {
    let until = now.plus_micros(for_micros);
    db.write(|tx: Tx| async move {
        let sql = Sql::new(tx.get_database_backend(), "INSERT INTO leases (name, holder, until) VALUES (")
            .value(name)
            .text(", ")
            .value(holder)
            .text(", ")
            .value(until.as_micros())
            .text(") ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until")
            .text(" WHERE leases.holder = excluded.holder OR leases.until <= ")
            .value(now.as_micros());
        Ok(tx.execute_raw(sql.build()).await?.rows_affected() == 1)
    })
    .await
}

/// Whether the holder has a lease, which then nobody takes before the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn holds(tx: &Tx, name: &str, holder: &str, now: Timestamp) -> Result<bool> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(backend, "SELECT holder, until FROM leases WHERE name = ").value(name);
    // SQLite has one writer at a time and knows no row locks.
    let sql = if backend == DbBackend::Postgres {
        sql.text(" FOR UPDATE")
    } else {
        sql
    };
    let Some(row) = tx.query_one_raw(sql.build()).await? else {
        return Ok(false);
    };
    let (found, until): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(found == holder && until > now.as_micros())
}

/// Gives a lease up, so that another process need not wait for its end. One that the holder does not have stays.
///
/// # Errors
/// When the database fails.
pub async fn release(db: &Db, name: &str, holder: &str) -> Result<()> {
    db.write(|tx: Tx| async move {
        let sql = Sql::new(tx.get_database_backend(), "DELETE FROM leases WHERE name = ")
            .value(name)
            .text(" AND holder = ")
            .value(holder);
        tx.execute_raw(sql.build()).await?;
        Ok(())
    })
    .await
}
