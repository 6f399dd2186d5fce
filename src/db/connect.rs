//! Opening the database, with the settings that each engine needs to be fast and safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use tokio::sync::watch;

use super::Db;
use crate::error::{Error, Result};

/// How long a statement waits for another process to finish its write (SQLite).
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// Pages that the writer keeps, in KiB below zero. A large import touches pages all over the indexes: with a small cache each
/// is written and read again many times. The memory is taken only when it is used.
const WRITER_CACHE: &str = "-131072";
/// Pages that each reader keeps; most of what is read comes from the mapped file.
const READER_CACHE: &str = "-8000";

/// Where the database is and how much of it to use.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// `sqlite:rapport.db` or `postgres://user@host/name`.
    pub url: String,
    /// Most connections for reading (SQLite) or in all (PostgreSQL).
    pub max_connections: u32,
}

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, in one file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// The engine that a URL names.
    ///
    /// # Errors
    /// When it names none that is supported.
    pub fn of_url(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(Error::bad_input("DATABASE_URL", "must start with sqlite: or postgres://")),
        }
    }
}

impl Db {
    /// Opens the database; a SQLite file that is not there is created.
    ///
    /// # Errors
    /// When it cannot be reached; the message never contains the URL, which may hold a password.
    pub async fn connect(config: &DbConfig) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let (read, write) = match Engine::of_url(&config.url)? {
            Engine::Sqlite => {
                create_private(&config.url)?;
                // The writer comes first: it switches the file to WAL.
                let write = open(sqlite_options(&config.url, 1, WRITER_CACHE), &statements).await?;
                let read = sqlite_options(&config.url, config.max_connections, READER_CACHE);
                (open(read, &statements).await?, write)
            }
            Engine::Postgres => {
                knock(&config.url).await?;
                let pool = open(postgres_options(config), &statements).await?;
                (pool.clone(), pool)
            }
        };
        Ok(Self {
            read,
            write,
            commits: Arc::new(watch::channel(0).0),
            committed: Arc::default(),
            statements,
        })
    }
}

/// A new database file is for its owner's eyes only: it holds what members say in private.
fn create_private(url: &str) -> Result<()> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path.starts_with(':') || std::path::Path::new(path).exists() || url.contains("mode=memory") {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_file) => Ok(()),
        // Another process was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::bad_input("DATABASE_URL", format!("the file cannot be created: {error}"))),
    }
}

/// Connects once without a pool: a pool goes on trying a server that refuses for as long as it would wait for a busy one.
async fn knock(url: &str) -> Result<()> {
    use sea_orm::sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
    let failed = |error: sea_orm::sqlx::Error| Error::Database(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error))));
    let options: PgConnectOptions = url.parse().map_err(failed)?;
    options.connect().await.map_err(failed)?.close().await.map_err(failed)
}

async fn open(options: ConnectOptions, statements: &Arc<AtomicU64>) -> Result<DatabaseConnection> {
    let mut connection = Database::connect(options).await?;
    let counter = Arc::clone(statements);
    connection.set_metric_callback(move |_info| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    Ok(connection)
}

fn sqlite_options(url: &str, connections: u32, cache: &'static str) -> ConnectOptions {
    let url = if url.contains('?') {
        url.to_owned()
    } else {
        format!("{url}?mode=rwc")
    };
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(30))
        .map_sqlx_sqlite_opts(move |sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                // What was acknowledged survives a power cut, too.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .statement_cache_capacity(200)
                .pragma("cache_size", cache)
                .pragma("temp_store", "memory")
                .pragma("mmap_size", "1073741824")
        });
    options
}

fn postgres_options(config: &DbConfig) -> ConnectOptions {
    let mut options = ConnectOptions::new(config.url.clone());
    options
        .max_connections(config.max_connections)
        .sqlx_logging(false)
        // A ping on every acquire costs a third of the throughput; connections that idled may have died, so those are tested.
        .test_before_acquire_if_idle_for(Duration::from_secs(20))
        .acquire_timeout(Duration::from_secs(30))
        .set_application_name("rapport".to_owned());
    options
}
