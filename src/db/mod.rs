//! The database: how it is reached and how it is written. Queries live in the stores of the features.
//!
//! SQLite gets one writing connection (`BEGIN IMMEDIATE`) beside a pool of readers, in WAL mode. PostgreSQL gets one pool.

mod connect;
mod outbox;
pub mod packed;
pub mod query;

use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait, sqlx,
};
use tokio::sync::watch;

use crate::error::{Error, Result};

pub use connect::{DbConfig, Engine};
pub use outbox::{Committed, Log};

use self::outbox::Outbox;

/// How often a write is tried when the database reports a conflict with another one.
const ATTEMPTS: u32 = 6;

/// The handle to the database.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Counts commits of this process, so that readers of the change log need not wait for their next look.
    commits: Arc<watch::Sender<u64>>,
    /// How far the log of each community was written by this process.
    committed: Arc<Committed>,
    statements: Arc<AtomicU64>,
}

/// An open write transaction.
#[derive(Clone, Debug)]
pub struct Tx {
    transaction: Arc<DatabaseTransaction>,
    /// What is to be written right before the commit.
    outbox: Arc<Mutex<Outbox>>,
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Db {
    /// Where reads go.
    #[must_use]
    pub const fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which engine it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// The connection that migrations use.
    #[must_use]
    pub const fn for_migrations(&self) -> &DatabaseConnection {
        &self.write
    }

    /// How many statements were sent since the start.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Changes whenever this process commits a write.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// How far the log of each community was written by this process, for the one who fetches it.
    #[must_use]
    pub fn committed(&self) -> Arc<Committed> {
        Arc::clone(&self.committed)
    }

    /// A read transaction that sees one state of the database throughout.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let postgres = self.backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        Ok(self.read.begin_with_options(options).await?)
    }

    /// Runs `work` in one write transaction: all of it is kept, or nothing. It is run again when the database reports a
    /// conflict with another writer, so it must do nothing but use the transaction.
    ///
    /// # Errors
    /// What `work` returns, or that the database failed.
    pub async fn write<T, F, W>(&self, work: F) -> Result<T>
    where
        F: Fn(Tx) -> W + Send + Sync,
        W: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let mut attempt = 1;
        loop {
            match self.write_once(&work).await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn write_once<T, F, W>(&self, work: &F) -> Result<T>
    where
        F: Fn(Tx) -> W + Send + Sync,
        W: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = Tx {
            transaction: Arc::new(self.write.begin_with_options(options).await?),
            // Whatever an earlier try left behind is not told.
            outbox: Arc::default(),
        };
        let outcome = work(tx.clone()).await;
        let waiting = tx.take_outbox();
        let Some(transaction) = Arc::into_inner(tx.transaction) else {
            return Err(Error::internal("a transaction outlived its work"));
        };
        let outcome = match outcome {
            Ok(value) => Box::pin(waiting.flush(&transaction)).await.map(|ends| (value, ends)),
            Err(error) => Err(error),
        };
        match outcome {
            Ok((value, ends)) => {
                transaction.commit().await.map_err(after_commit)?;
                self.commits.send_modify(|count| *count += 1);
                self.committed.add(ends);
                Ok(value)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }
}

/// What a commit that failed means. Where the database said no, nothing was written; where it went away, or a pooler in between lost
/// it (08), nobody knows, and doing the work again could do it twice.
fn after_commit(error: DbErr) -> Error {
    let said_no = code_of(&error).is_some_and(|code| !code.starts_with("57P") && !code.starts_with("08"));
    if said_no { error.into() } else { Error::Unclear(error) }
}

/// Whether the database refused because of another writer: 40001 and 40P01 are PostgreSQL's; 5, 261 and 517 are SQLite's BUSY,
/// BUSY_RECOVERY (a process was killed, and another one mends the file) and BUSY_SNAPSHOT.
fn is_conflict(error: &DbErr) -> bool {
    matches!(code_of(error).as_deref(), Some("40001" | "40P01" | "5" | "261" | "517"))
}

/// The code by which the database refused, if it answered at all.
fn code_of(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    match cause.as_ref() {
        sqlx::Error::Database(cause) => cause.code().map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

/// Whether the same statement may succeed when it is tried again: a serialization failure, a deadlock, a busy file, a server that
/// shuts down or starts, or a pool with no connection to spare.
#[must_use]
pub fn is_transient(error: &DbErr) -> bool {
    let cause = match error {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => cause,
        _ => return false,
    };
    match cause.as_ref() {
        // 57P01 to 57P03 are PostgreSQL's when it shuts down, has crashed, or has not started yet.
        sqlx::Error::Database(cause) => is_conflict(error) || matches!(cause.code().as_deref(), Some("57P01" | "57P02" | "57P03")),
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        _ => false,
    }
}

/// How many migrations the database still needs.
///
/// # Errors
/// When the database does not answer.
pub async fn pending_migrations(db: &Db) -> Result<usize> {
    pending(db.for_migrations()).await
}

/// Counts the steps that were not taken. Steps that this version does not know are of a newer one, which is put in the place of this
/// one just now: until then this one serves.
async fn pending(connection: &impl ConnectionTrait) -> Result<usize> {
    use sea_orm_migration::MigratorTrait as _;
    let taken = migration::Migrator::get_migration_models(connection).await?;
    let is_pending = |name: &str| taken.iter().all(|step| step.version != name);
    let steps = migration::Migrator::get_migration_files();
    Ok(steps.iter().filter(|step| is_pending(step.name())).count())
}

/// Any number will do that nobody else takes for a lock.
const MIGRATING: i64 = 0x7261_7070_6f72_7401;

/// Brings the schema up to date. Of several processes that start at the same time on PostgreSQL, one does it and the others wait.
///
/// # Errors
/// When a step fails; on PostgreSQL none was taken then.
pub async fn migrate(db: &Db) -> Result<()> {
    use sea_orm_migration::MigratorTrait as _;
    if db.backend() != DbBackend::Postgres {
        if pending(db.for_migrations()).await? > 0 {
            migration::Migrator::up(db.for_migrations(), None).await?;
        }
        return Ok(());
    }
    let transaction = db.write.begin().await?;
    let lock = query::Sql::new(DbBackend::Postgres, "SELECT pg_advisory_xact_lock(")
        .value(MIGRATING)
        .text(")");
    transaction.execute_raw(lock.build()).await?;
    if pending(&transaction).await? > 0 {
        migration::Migrator::up(&transaction, None).await?;
    }
    transaction.commit().await?;
    Ok(())
}

impl Db {
    /// Lets the planner look at the tables. Without it, PostgreSQL goes on planning for the empty tables that it first met,
    /// and checks every foreign key of a growing import by reading the whole table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyze(&self) -> Result<()> {
        self.write.execute_unprepared("ANALYZE").await?;
        Ok(())
    }

    /// Closes all connections; SQLite writes its log back into the file then.
    ///
    /// # Errors
    /// When a connection cannot be closed.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        Ok(self.write.close().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_whose_answer_is_lost_is_not_made_again() {
        let lost = |cause| after_commit(DbErr::Query(RuntimeErr::SqlxError(Arc::new(cause))));
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for error in [
            lost(sqlx::Error::Io(gone)),
            lost(sqlx::Error::Protocol("half an answer".to_owned())),
        ] {
            assert!(matches!(error, Error::Unclear(_)) && !error.is_transient(), "{error:?}");
        }
    }
}
