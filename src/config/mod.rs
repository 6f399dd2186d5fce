//! The configuration: one list of settings, from a file, the environment and flags, the later winning.
//!
//! Every setting is a field of [`Settings`]; its environment variable is `RAPPORT_` and the name in capitals
//! (`DATABASE_URL` alone is read without prefix), its key in the file is the name itself. Unknown keys are refused.

mod webhooks;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::auth::random_secret;
use crate::db::DbConfig;
use crate::error::{Error, Result};

pub use webhooks::WebhookConfig;

/// Where the development secret is kept, so that tokens outlive a restart.
const DEVELOPMENT_SECRET_FILE: &str = ".rapport-development-secret";

/// The shortest secret that may sign tokens, in bytes.
const LEAST_SECRET_BYTES: usize = 32;

/// What the installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On a developer's machine: seeds a demo, prints a token.
    Development,
    /// For real: seeds nothing, insists on secrets.
    Production,
}

/// Every setting, as written in the file or the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `development` or `production`.
    pub env: Environment,
    /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub database_url: String,
    /// Most database connections.
    pub database_connections: u32,
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Threads that serve requests; 0 takes one per core.
    pub workers: usize,
    /// Whether `serve` does the background work, too; false where `rapport worker` runs beside it.
    pub worker: bool,
    /// Origins of browsers that may call, separated by commas; `*` for all, empty for none.
    pub cors_origins: String,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Most operations in one HTTP request (a JSON array); 0 refuses arrays.
    pub max_batch: usize,
    /// Whether `/` serves the explorer.
    pub explorer: bool,
    /// Most WebSocket connections and event streams at once in this process.
    pub max_subscribers: usize,
    /// Seconds after which a subscriber that takes nothing is closed.
    pub slow_client_seconds: u64,
    /// Days that the change log keeps events; 0 for ever.
    pub log_retention_days: u32,
    /// Hours that the answers to idempotency keys are kept.
    pub idempotency_hours: u32,
    /// Where PostgreSQL can be listened to, when `database_url` leads to a pooler that cannot carry it.
    pub listen_url: Option<String>,
    /// Networks to which webhooks may go although they are not public, separated by commas: `10.0.0.0/8`.
    pub webhook_allow_networks: String,
    /// Whether webhooks may go over http, too.
    pub webhook_allow_http: bool,
    /// How many webhooks are sent at the same time.
    pub webhook_concurrency: usize,
    /// Seconds that an endpoint may take to answer.
    pub webhook_timeout_seconds: u64,
    /// Seconds between failing readiness and refusing connections when stopping.
    pub drain_seconds: u64,
    /// Seconds that requests in progress get to finish when stopping.
    pub shutdown_grace_seconds: u64,
    /// Longest time that an export may take, in minutes: it holds a snapshot of the database.
    pub export_minutes: u64,
    /// Signs our own tokens: at least 32 bytes.
    pub auth_secret: Option<String>,
    /// The audience of our own tokens.
    pub auth_audience: String,
    /// Minutes that an access token is good for.
    pub access_token_minutes: u64,
    /// Days that a refresh token is good for.
    pub refresh_token_days: u64,
    /// File with the public keys (JWKS) of an outside identity provider.
    pub jwks_file: Option<PathBuf>,
    /// Its `iss`.
    pub jwt_issuer: Option<String>,
    /// The `aud` it uses for this API.
    pub jwt_audience: Option<String>,
    /// What to log, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// `text` or `json`.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            env: Environment::Development,
            database_url: "sqlite:rapport.db".to_owned(),
            database_connections: 10,
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: 0,
            worker: true,
            cors_origins: String::new(),
            max_body_bytes: 4 * 1024 * 1024,
            max_batch: 10,
            explorer: true,
            max_subscribers: 10_000,
            slow_client_seconds: 10,
            log_retention_days: 30,
            idempotency_hours: 48,
            listen_url: None,
            webhook_allow_networks: String::new(),
            webhook_allow_http: false,
            webhook_concurrency: 16,
            webhook_timeout_seconds: 15,
            drain_seconds: 0,
            shutdown_grace_seconds: 30,
            export_minutes: 60,
            auth_secret: None,
            auth_audience: "rapport-api".to_owned(),
            access_token_minutes: 15,
            refresh_token_days: 30,
            jwks_file: None,
            jwt_issuer: None,
            jwt_audience: None,
            log: "info,sqlx=warn,sea_orm_migration=warn".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

/// The settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Origins of browsers that may call; empty for none, `*` for all.
    pub cors_origins: Vec<String>,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Most operations in one request; 0 refuses arrays.
    pub max_batch: usize,
    /// Seconds that requests in progress get to finish.
    pub shutdown_grace_seconds: u64,
    /// Seconds between failing readiness and refusing connections.
    pub drain_seconds: u64,
    /// Threads; `None` for one per core.
    pub workers: Option<usize>,
    /// Whether `/` serves the explorer.
    pub explorer: bool,
    /// Most WebSocket connections and event streams at once.
    pub max_subscribers: usize,
    /// Seconds after which a subscriber that takes nothing is closed.
    pub slow_client_seconds: u64,
}

/// The settings of exports.
#[derive(Clone, Debug)]
pub struct ExportConfig {
    /// Longest time that one may take.
    pub limit_seconds: u64,
}

/// The settings of identity and access.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Signs our own tokens.
    pub secret: Option<String>,
    /// The audience of our own tokens.
    pub audience: String,
    /// How long an access token is good for.
    pub access_token_seconds: u64,
    /// How long a refresh token is good for.
    pub refresh_token_seconds: u64,
    /// The outside identity provider.
    pub outside: Option<OutsideProvider>,
}

/// How long what is old is kept.
#[derive(Clone, Copy, Debug)]
pub struct RetentionConfig {
    /// Days that the change log keeps events; 0 for ever.
    pub log_days: u32,
    /// Hours that the answers to idempotency keys are kept.
    pub idempotency_hours: u32,
}

/// An outside identity provider.
#[derive(Clone, Debug)]
pub struct OutsideProvider {
    /// Its keys.
    pub jwks_file: PathBuf,
    /// Its `iss`.
    pub issuer: String,
    /// The `aud` it uses for this API.
    pub audience: String,
}

/// The checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the installation is for.
    pub env: Environment,
    /// Whether `serve` does the background work, too.
    pub worker: bool,
    /// The database.
    pub db: DbConfig,
    /// The HTTP layer.
    pub http: HttpConfig,
    /// Exports.
    pub export: ExportConfig,
    /// Identity and access.
    pub auth: AuthConfig,
    /// Webhooks.
    pub webhooks: WebhookConfig,
    /// How long what is old is kept.
    pub retention: RetentionConfig,
    /// Where PostgreSQL can be listened to.
    pub listen_url: String,
    /// What to log.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
}

impl Settings {
    /// Reads file and environment. Without a file named, `rapport.toml` is read if it is there.
    ///
    /// # Errors
    /// When a key is unknown or a value cannot be read; the message names it and where it came from.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match file {
            Some(path) if !path.is_file() => {
                return Err(Error::bad_input("--config", format!("{} is not a file", path.display())));
            }
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new("rapport.toml").is_file() => figment = figment.merge(Toml::file_exact("rapport.toml")),
            None => {}
        }
        figment
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed("RAPPORT_"))
            .extract()
            .map_err(|error| Error::bad_input("configuration", error.to_string()))
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// In production, when a secret is missing or too short; everywhere, when settings contradict each other.
    pub fn check(self) -> Result<Config> {
        crate::db::Engine::of_url(&self.database_url)?;
        if self.database_connections == 0 {
            return Err(Error::bad_input("RAPPORT_DATABASE_CONNECTIONS", "must be at least 1"));
        }
        for (name, value) in [
            ("RAPPORT_ACCESS_TOKEN_MINUTES", self.access_token_minutes),
            ("RAPPORT_REFRESH_TOKEN_DAYS", self.refresh_token_days),
            ("RAPPORT_EXPORT_MINUTES", self.export_minutes),
            ("RAPPORT_SLOW_CLIENT_SECONDS", self.slow_client_seconds),
        ] {
            if !(1..=100_000).contains(&value) {
                return Err(Error::bad_input(name, "must be between 1 and 100000"));
            }
        }
        let retention = self.retention()?;
        let outside = self.outside_provider()?;
        let secret = self.secret(outside.is_some())?;
        let origins = self.cors_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        Ok(Config {
            env: self.env,
            worker: self.worker,
            db: DbConfig {
                url: self.database_url.clone(),
                max_connections: self.database_connections,
            },
            http: HttpConfig {
                bind: self.bind,
                cors_origins: origins.map(ToOwned::to_owned).collect(),
                max_body_bytes: self.max_body_bytes,
                max_batch: self.max_batch,
                shutdown_grace_seconds: self.shutdown_grace_seconds,
                drain_seconds: self.drain_seconds,
                workers: (self.workers > 0).then_some(self.workers),
                explorer: self.explorer,
                max_subscribers: self.max_subscribers,
                slow_client_seconds: self.slow_client_seconds,
            },
            export: ExportConfig {
                limit_seconds: self.export_minutes.saturating_mul(60),
            },
            auth: AuthConfig {
                secret,
                audience: self.auth_audience.clone(),
                access_token_seconds: self.access_token_minutes.saturating_mul(60),
                refresh_token_seconds: self.refresh_token_days.saturating_mul(86_400),
                outside,
            },
            webhooks: WebhookConfig::check(&self)?,
            retention,
            listen_url: self.listen_url.clone().unwrap_or_else(|| self.database_url.clone()),
            log: self.log.clone(),
            log_format: self.log_format,
        })
    }

    fn retention(&self) -> Result<RetentionConfig> {
        if self.log_retention_days > 36_500 {
            return Err(Error::bad_input("RAPPORT_LOG_RETENTION_DAYS", "must be between 0 and 36500"));
        }
        if !(1..=100_000).contains(&self.idempotency_hours) {
            return Err(Error::bad_input("RAPPORT_IDEMPOTENCY_HOURS", "must be between 1 and 100000"));
        }
        Ok(RetentionConfig {
            log_days: self.log_retention_days,
            idempotency_hours: self.idempotency_hours,
        })
    }

    fn secret(&self, has_outside: bool) -> Result<Option<String>> {
        match (&self.auth_secret, self.env) {
            (Some(secret), _) if secret.len() < LEAST_SECRET_BYTES => Err(Error::bad_input(
                "RAPPORT_AUTH_SECRET",
                format!("must be at least {LEAST_SECRET_BYTES} bytes long; `openssl rand -base64 48` makes a good one"),
            )),
            (Some(secret), _) => Ok(Some(secret.clone())),
            (None, Environment::Production) if has_outside => Ok(None),
            (None, Environment::Production) => Err(Error::bad_input(
                "RAPPORT_AUTH_SECRET",
                "is not set. In production, set it to at least 32 random bytes (`openssl rand -base64 48`), or set \
                 RAPPORT_JWKS_FILE, RAPPORT_JWT_ISSUER and RAPPORT_JWT_AUDIENCE to accept the tokens of an identity provider",
            )),
            (None, Environment::Development) => development_secret().map(Some),
        }
    }

    fn outside_provider(&self) -> Result<Option<OutsideProvider>> {
        match (&self.jwks_file, &self.jwt_issuer, &self.jwt_audience) {
            (None, None, None) => Ok(None),
            (Some(file), Some(issuer), Some(audience)) => Ok(Some(OutsideProvider {
                jwks_file: file.clone(),
                issuer: issuer.clone(),
                audience: audience.clone(),
            })),
            _ => Err(Error::bad_input(
                "RAPPORT_JWKS_FILE",
                "RAPPORT_JWKS_FILE, RAPPORT_JWT_ISSUER and RAPPORT_JWT_AUDIENCE go together: set all three or none",
            )),
        }
    }
}

/// The secret of a developer's machine: made once, kept beside the database, never used in production.
fn development_secret() -> Result<String> {
    let path = Path::new(DEVELOPMENT_SECRET_FILE);
    if let Ok(secret) = std::fs::read_to_string(path)
        && secret.trim().len() >= LEAST_SECRET_BYTES
    {
        return Ok(secret.trim().to_owned());
    }
    let secret = random_secret();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = options
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, secret.as_bytes()));
    write.map_err(|error| Error::bad_input(DEVELOPMENT_SECRET_FILE, format!("cannot be written: {error}")))?;
    Ok(secret)
}
