//! What a transaction has to tell when it commits: rows that wait in it, and are written right before the commit under a lock
//! that puts the commits of a community in one order.
//!
//! Which table they go into is for the caller to say, see [`Log`]; what a row means, too.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use entity::CommunityId;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};
use tokio::sync::Notify;

use super::query::{Sql, insert_rows};
use super::{Db, Tx};
use crate::error::{Error, Result};

/// So many rows give their numbers back when they are written; of more, only the last number is asked for.
const FEW: usize = 16;

/// A table that transactions write into as they commit, so that the numbers of its rows are in the order of the commits within
/// each community.
#[derive(Debug)]
pub struct Log {
    /// `INSERT INTO … (…) VALUES`. The first column is `community_id`; the database numbers the rows in `seq`.
    pub insert: &'static str,
    /// How many columns that names.
    pub width: usize,
    /// The last number in a community, which follows the text.
    pub last: &'static str,
    /// The first half of the keys of its locks. Keys of two halves never meet those of one.
    pub lock_space: i32,
}

/// The rows that wait in a transaction.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    log: Option<&'static Log>,
    rows: BTreeMap<CommunityId, Vec<Value>>,
}

impl Tx {
    /// Lets a row wait for the commit. `values` are those of the columns that the log names, the community first.
    pub fn queue(&self, log: &'static Log, community: CommunityId, values: impl IntoIterator<Item = Value>) {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        outbox.log = Some(log);
        outbox.rows.entry(community).or_default().extend(values);
    }

    /// Takes what waits.
    pub(super) fn take_outbox(&self) -> Outbox {
        std::mem::take(&mut *self.outbox.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outbox {
    /// Writes the rows. The locks are held until the commit can be seen: whoever reads by number never finds a lower one later.
    /// Returns the last number of each community.
    pub(super) async fn flush(self, tx: &DatabaseTransaction) -> Result<BTreeMap<CommunityId, i64>> {
        let Some(log) = self.log else { return Ok(BTreeMap::new()) };
        let communities: Vec<CommunityId> = self.rows.keys().copied().collect();
        lock(tx, log, &communities).await?;
        let values: Vec<Value> = self.rows.into_values().flatten().collect();
        let mut last = BTreeMap::new();
        if values.len() <= FEW * log.width {
            for row in insert_rows(tx, log.insert, log.width, values, "RETURNING community_id, seq").await? {
                let (community, seq): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let known = last.entry(CommunityId(community)).or_insert(seq);
                *known = seq.max(*known);
            }
            return Ok(last);
        }
        insert_rows(tx, log.insert, log.width, values, "").await?;
        for community in communities {
            let sql = Sql::new(tx.get_database_backend(), log.last).value(community.0);
            let row = tx.query_one_raw(sql.build()).await?.ok_or_else(|| Error::internal("no row"))?;
            last.insert(community, row.try_get_by_index(0)?);
        }
        Ok(last)
    }
}

/// Locks in one order for all writers, so that two of them never wait for each other in a ring. SQLite has one writer anyway.
async fn lock(tx: &DatabaseTransaction, log: &Log, communities: &[CommunityId]) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut keys: Vec<i32> = communities.iter().map(|community| key(*community)).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let sql = Sql::new(DbBackend::Postgres, "SELECT pg_advisory_xact_lock(")
            .value(log.lock_space)
            .text(", ")
            .value(key)
            .text(")");
        tx.execute_raw(sql.build()).await?;
    }
    Ok(())
}

/// Two communities that share a key wait for each other, and nothing worse.
fn key(community: CommunityId) -> i32 {
    i32::try_from(community.0 & i64::from(i32::MAX)).unwrap_or(i32::MAX)
}

/// How far this process has committed, of each community, until somebody fetches it. For one who fetches.
#[derive(Debug, Default)]
pub struct Committed {
    ends: Mutex<BTreeMap<CommunityId, i64>>,
    bell: Notify,
}

impl Committed {
    /// Tells of commits up to these numbers.
    pub fn add(&self, ends: BTreeMap<CommunityId, i64>) {
        if ends.is_empty() {
            return;
        }
        {
            let mut waiting = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            for (community, seq) in ends {
                let known = waiting.entry(community).or_insert(seq);
                *known = seq.max(*known);
            }
        }
        self.bell.notify_one();
    }

    /// Waits until there is something to tell, and takes it.
    pub async fn next(&self) -> BTreeMap<CommunityId, i64> {
        loop {
            let told = std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner));
            if !told.is_empty() {
                return told;
            }
            self.bell.notified().await;
        }
    }
}

impl Db {
    /// Sends messages to whoever listens on a channel of PostgreSQL; on SQLite nobody can. Not within a write transaction: all
    /// commits of the server that notify wait for each other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&self, channel: &str, messages: Vec<String>) -> Result<()> {
        if self.backend() != DbBackend::Postgres || messages.is_empty() {
            return Ok(());
        }
        let messages = messages.into_iter().map(Value::from).collect();
        let sql = Sql::new(DbBackend::Postgres, "SELECT pg_notify(")
            .value(channel)
            .text(", message) FROM unnest(")
            .value(Value::Array(ArrayType::String, Some(Box::new(messages))))
            .text("::text[]) AS message");
        self.write.execute_raw(sql.build()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_locks_are_the_communities_as_far_as_they_fit() {
        assert_eq!(key(CommunityId(7)), 7);
        assert_eq!(key(CommunityId(i64::from(i32::MAX))), i32::MAX);
        assert_eq!(key(CommunityId(i64::from(i32::MAX) + 8)), 7);
    }

    #[tokio::test]
    async fn of_several_commits_the_last_is_told_and_only_once() {
        let committed = Committed::default();
        committed.add(BTreeMap::from([(CommunityId(1), 5), (CommunityId(2), 6)]));
        committed.add(BTreeMap::from([(CommunityId(1), 9)]));
        committed.add(BTreeMap::from([(CommunityId(1), 8)]));
        let told = committed.next().await;
        assert_eq!(told, BTreeMap::from([(CommunityId(1), 9), (CommunityId(2), 6)]));
        committed.add(BTreeMap::from([(CommunityId(3), 10)]));
        assert_eq!(committed.next().await, BTreeMap::from([(CommunityId(3), 10)]));
    }
}
