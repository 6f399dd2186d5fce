//! Databases for tests: a fresh, migrated one for each test, on either engine.
//!
//! PostgreSQL is taken from `TEST_POSTGRES_URL` (a server on which databases may be created), or started for this run from
//! the installed binaries. Where there is neither, the PostgreSQL half of the suite says loudly that it did not run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rapport::db::{Db, DbConfig};
use sea_orm::{ConnectionTrait as _, Database};

/// The engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A fresh database, gone with the value (SQLite) or with the run (PostgreSQL).
pub struct TestDatabase {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// A migrated, empty database; `None` when the engine is not at hand.
    pub fn create(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("test.db");
                std::fs::copy(sqlite_template(), &file).unwrap();
                Some(Self {
                    url: format!("sqlite:{}", file.display()),
                    _folder: Some(folder),
                })
            }
            Engine::Postgres => {
                let server = postgres()?;
                let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                let create = format!("CREATE DATABASE {name} TEMPLATE {}", server.template);
                blocking(async { execute(&server.url("postgres"), &create).await });
                Some(Self {
                    url: server.url(&name),
                    _folder: None,
                })
            }
        }
    }

    /// An empty database without any table; `None` when the engine is not at hand.
    pub fn create_bare(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                Some(Self {
                    url: format!("sqlite:{}", folder.path().join("bare.db").display()),
                    _folder: Some(folder),
                })
            }
            Engine::Postgres => {
                let server = postgres()?;
                let name = format!("b_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                blocking(async { execute(&server.url("postgres"), &format!("CREATE DATABASE {name}")).await });
                Some(Self {
                    url: server.url(&name),
                    _folder: None,
                })
            }
        }
    }
}

/// Runs a future to its end on a thread and runtime of its own: tests ask for databases from inside other runtimes.
fn blocking<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let run = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(work)
        };
        scope.spawn(run).join().unwrap()
    })
}

async fn execute(url: &str, sql: &str) {
    let connection = Database::connect(url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn migrate(url: &str) {
    let db = Db::connect(&DbConfig {
        url: url.to_owned(),
        max_connections: 1,
    })
    .await
    .unwrap();
    rapport::db::migrate(&db).await.unwrap();
    // Closing writes SQLite's log back into the file, which is then copied.
    db.close().await.unwrap();
}

fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let file = tempfile::tempdir().unwrap().keep().join("template.db");
        blocking(migrate(&format!("sqlite:{}", file.display())));
        file
    })
}

struct Server {
    host: String,
    template: String,
    /// Holds the server's life line: it stops when this process ends, however it ends.
    _child: Option<Child>,
}

impl Server {
    fn url(&self, database: &str) -> String {
        // The host part ends where the database name belongs.
        self.host.replace("/DATABASE", &format!("/{database}"))
    }
}

fn postgres() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            let server = given().or_else(start);
            match &server {
                Some(server) => {
                    blocking(execute(&server.url("postgres"), &format!("CREATE DATABASE {}", server.template)));
                    blocking(migrate(&server.url(&server.template)));
                }
                // Written past the capture of the test harness.
                None => {
                    let note = "\n*** PostgreSQL is not installed: the PostgreSQL half of the tests DID NOT RUN. ***\n\
                                *** Install it, or set TEST_POSTGRES_URL. ***\n\n";
                    std::io::stderr().write_all(note.as_bytes()).unwrap();
                    assert!(std::env::var_os("CI").is_none(), "CI must test on PostgreSQL");
                }
            }
            server
        })
        .as_ref()
}

fn given() -> Option<Server> {
    let url = std::env::var("TEST_POSTGRES_URL").ok()?;
    let (head, tail) = url
        .split_once('?')
        .map_or((url.as_str(), String::new()), |(head, tail)| (head, format!("?{tail}")));
    let (server, _name) = head.rsplit_once('/').expect("TEST_POSTGRES_URL must name a database");
    Some(Server {
        host: format!("{server}/DATABASE{tail}"),
        template: template_name(),
        _child: None,
    })
}

fn template_name() -> String {
    format!("template_{}", std::process::id())
}

fn start() -> Option<Server> {
    let bin = binaries()?;
    let folder = tempfile::Builder::new().prefix("rapport-pg").tempdir_in("/tmp").unwrap().keep();
    let user = other_user();
    let run = |script: &str| {
        let mut command = match &user {
            // initdb and postgres refuse to run as root.
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--", "sh", "-c"]);
                command
            }
            None => {
                let mut command = Command::new("sh");
                command.arg("-c");
                command
            }
        };
        command.arg(script).env("BIN", &bin).env("DIR", &folder).current_dir("/tmp");
        command
    };
    if let Some(user) = &user {
        assert!(Command::new("chown").arg(user).arg(&folder).status().unwrap().success());
    }
    let init = "\"$BIN/initdb\" -D \"$DIR/data\" -U rapport -A trust -E UTF8 --locale=C.UTF-8 --no-sync > \"$DIR/init.log\" 2>&1";
    assert!(
        run(init).status().unwrap().success(),
        "initdb failed; see {}/init.log",
        folder.display()
    );
    let serve = "\"$BIN/postgres\" -D \"$DIR/data\" -k \"$DIR\" -c listen_addresses= -c fsync=off -c max_connections=300 \
                 -c shared_buffers=64MB > \"$DIR/server.log\" 2>&1 & server=$!; read line; kill -INT $server; wait $server; rm -rf \"$DIR\"";
    let child = run(serve).stdin(Stdio::piped()).spawn().unwrap();
    let host = format!("postgres://rapport@localhost/DATABASE?host={}", folder.display());
    let server = Server {
        host,
        template: template_name(),
        _child: Some(child),
    };
    let started = Instant::now();
    while !folder.join(".s.PGSQL.5432").exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "PostgreSQL did not start; see {}/server.log",
            folder.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let url = server.url("postgres");
    while !blocking(async { Database::connect(&url).await.is_ok() }) {
        assert!(started.elapsed() < Duration::from_secs(30), "PostgreSQL does not answer");
    }
    Some(server)
}

fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn other_user() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return None;
    }
    let known = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|output| output.status.success());
    Some(["postgres", "nobody"].into_iter().find(known).expect("a user other than root"))
}
