//! The parts of a running installation, put together once and handed to whoever needs them.

use std::sync::Arc;

use entity::Timestamp;

use crate::auth::{IssuedToken, Jwks, TokenAuthority, random_secret};
use crate::clock::Clock;
use crate::config::Config;
use crate::context::{Actor, OpContext};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::hub::Hub;
use crate::events::live::Live;
use crate::features::access;
use crate::features::export::service::Exports;
use crate::features::influence::keeper::Scores;
use crate::features::integrity::service::Findings;
use crate::features::webhooks::Webhooks;
use crate::graphql::Engine;
use crate::worker::Stopping;

/// Everything that serving a request takes.
#[derive(Clone)]
pub struct App {
    /// The configuration.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Issues and checks tokens.
    pub tokens: Arc<TokenAuthority>,
    /// The scores.
    pub scores: Scores,
    /// What looked arranged lately.
    pub findings: Findings,
    /// Wakes whoever does jobs in this process.
    pub jobs: Arc<tokio::sync::Notify>,
    /// How many exports may run.
    pub exports: Exports,
    /// What webhooks are sent with.
    pub webhooks: Webhooks,
    /// Whether the process is about to stop.
    pub stopping: Stopping,
    /// Wakes whoever waits for the change log to go on.
    pub live: Live,
    /// Where those who follow the change log find what was committed lately.
    pub hub: Hub,
    /// This process, among those of the installation: a random name.
    pub process: Arc<str>,
    /// The GraphQL schema and its document cache.
    pub engine: Arc<Engine>,
}

impl App {
    /// Puts the parts together on a migrated database and starts the background work.
    ///
    /// # Errors
    /// When the identity provider's keys cannot be read.
    pub fn start(config: Config, clock: Clock, db: Db) -> Result<Self> {
        let mut tokens = TokenAuthority::new(config.auth.secret.as_deref(), &config.auth.audience);
        if let Some(outside) = &config.auth.outside {
            let keys = Jwks::from_file(outside.jwks_file.clone(), clock.now())?;
            tokens = tokens.with_outside(&outside.issuer, &outside.audience, keys);
        }
        let scores = Scores::start(db.clone(), clock.clone());
        let live = Live::start(&db, Some(config.listen_url.clone()));
        let hub = Hub::start(db.clone(), live.clone());
        Ok(Self {
            webhooks: Webhooks::new(&config.webhooks),
            config: Arc::new(config),
            db,
            clock,
            tokens: Arc::new(tokens),
            scores,
            findings: Findings::default(),
            jobs: Arc::default(),
            exports: Exports::default(),
            stopping: Stopping::default(),
            live,
            hub,
            process: Arc::from(random_secret()),
            engine: Arc::new(Engine::new()?),
        })
    }

    /// The program itself acts, now.
    #[must_use]
    pub fn system(&self, name: &'static str) -> OpContext {
        OpContext::system(name, self.clock.now())
    }

    /// Who is calling; `authorization` is the raw header, if there is one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when there is one and it is not good.
    pub async fn identify(&self, authorization: Option<&str>, request_id: &str) -> Result<OpContext> {
        self.identify_until(authorization, request_id).await.map(|(ctx, _)| ctx)
    }

    /// Who is calling, and from when on the token says so no more.
    ///
    /// # Errors
    /// As [`Self::identify`].
    pub async fn identify_until(&self, authorization: Option<&str>, request_id: &str) -> Result<(OpContext, Option<Timestamp>)> {
        let now = self.clock.now();
        let (actor, until) = match authorization {
            None => (Actor::Anonymous, None),
            Some(header) => {
                let (subject, until) = self.tokens.verify_until(bearer(header)?, now)?;
                (access::service::actor(self, subject).await?, Some(until))
            }
        };
        let ctx = OpContext {
            actor,
            request_id: Arc::from(request_id),
            now,
        };
        Ok((ctx, until))
    }

    /// Whether requests can be served.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn is_ready(&self) -> Result<(), String> {
        crate::db::pending_migrations(&self.db)
            .await
            .map_err(|error| error.public_message())
            .and_then(|pending| {
                if pending == 0 {
                    Ok(())
                } else {
                    Err(format!("{pending} migrations are pending; run `rapport migrate up`"))
                }
            })
    }

    /// Trades an integration's credentials for a token.
    ///
    /// # Errors
    /// As [`access::service::issue_client_token`].
    pub async fn issue_client_token(&self, client_id: &str, secret: &str, scope: Option<&str>, _request_id: &str) -> Result<IssuedToken> {
        let now: Timestamp = self.clock.now();
        access::service::issue_client_token(self, client_id, secret, scope, now).await
    }
}

fn bearer(header: &str) -> Result<&str> {
    let malformed = || Error::Unauthenticated("the Authorization header must be `Bearer` and one token".to_owned());
    let (scheme, token) = header.split_once(' ').ok_or_else(malformed)?;
    let token = token.trim();
    let is_one = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    if scheme.eq_ignore_ascii_case("bearer") && is_one {
        Ok(token)
    } else {
        Err(malformed())
    }
}
