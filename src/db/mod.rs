//! The database: how it is reached and how it is written. Queries live in the stores of the features.
//!
//! SQLite gets one writing connection (`BEGIN IMMEDIATE`) beside a pool of readers, in WAL mode. PostgreSQL gets one pool.

mod connect;
pub mod packed;
pub mod query;

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, sqlx,
};
use tokio::sync::watch;

use crate::error::{Error, Result};

pub use connect::{DbConfig, Engine};

/// How often a write is tried when the database reports a conflict with another one.
const ATTEMPTS: u32 = 6;

/// The handle to the database.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Counts commits of this process, so that readers of the change log need not wait for their next look.
    commits: Arc<watch::Sender<u64>>,
    statements: Arc<AtomicU64>,
}

/// An open write transaction.
#[derive(Clone, Debug)]
pub struct Tx(Arc<DatabaseTransaction>);

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.0
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
        let tx = Tx(Arc::new(self.write.begin_with_options(options).await?));
        let outcome = work(tx.clone()).await;
        let Some(tx) = Arc::into_inner(tx.0) else {
            return Err(Error::internal("a transaction outlived its work"));
        };
        match outcome {
            Ok(value) => {
                tx.commit().await?;
                self.commits.send_modify(|count| *count += 1);
                Ok(value)
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }
}

/// Whether the same statement may succeed when it is tried again: a serialization failure, a deadlock, a busy file, or a
/// pool with no connection to spare.
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
        // 40001 and 40P01 are PostgreSQL's; 5 and 517 are SQLite's BUSY and BUSY_SNAPSHOT.
        sqlx::Error::Database(cause) => matches!(cause.code().as_deref(), Some("40001" | "40P01" | "5" | "517")),
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        _ => false,
    }
}

/// How many migrations the database still needs.
///
/// # Errors
/// When the database does not answer.
pub async fn pending_migrations(db: &Db) -> Result<usize> {
    use sea_orm_migration::MigratorTrait as _;
    Ok(migration::Migrator::get_pending_migrations(db.for_migrations()).await?.len())
}

/// Brings the schema up to date.
///
/// # Errors
/// When a step fails.
pub async fn migrate(db: &Db) -> Result<()> {
    use sea_orm_migration::MigratorTrait as _;
    migration::Migrator::up(db.for_migrations(), None).await?;
    Ok(())
}

impl Db {
    /// Lets the planner look at the tables. Without it, PostgreSQL goes on planning for the empty tables that it first met,
    /// and checks every foreign key of a growing import by reading the whole table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyze(&self) -> Result<()> {
        use sea_orm::ConnectionTrait as _;
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
