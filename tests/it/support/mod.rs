//! What tests stand on: a real server over HTTP on a fresh database, and people who talk to it.

pub mod database;

use std::sync::Arc;

use entity::{Role, Timestamp, Visibility};
use rapport::app::App;
use rapport::clock::Clock;
use rapport::config::{Config, Settings};
use rapport::context::Access;
use rapport::db::Db;
use rapport::features::access::{self, NewStaff};
use rapport::features::cases::announce;
use rapport::features::communities::service::{self as communities, NewCommunity};
use rapport::features::influence::keeper::Scope;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub use database::{Engine, TestDatabase};

/// The secret with which test servers sign.
pub const SECRET: &str = "a secret for tests that is long enough to sign with";

/// Declares tests that run on SQLite and on PostgreSQL. Each takes the engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($engine:ident: Engine) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn given_engine($engine: $crate::support::Engine) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                $crate::support::block_on(given_engine($crate::support::Engine::Sqlite));
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                if $crate::support::TestDatabase::create_bare($crate::support::Engine::Postgres).is_some() {
                    $crate::support::block_on(given_engine($crate::support::Engine::Postgres));
                }
            }
        }
    )+};
}

/// Runs a test's future on a runtime of its own.
pub fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

/// A server on a fresh database.
pub struct TestApp {
    pub app: App,
    pub base: String,
    pub http: reqwest::Client,
    database: Arc<TestDatabase>,
    stop: Option<oneshot::Sender<()>>,
}

impl TestApp {
    /// A server with the usual settings.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_settings| {}).await
    }

    /// A server with other settings.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::create(engine).expect("the engine is at hand");
        Self::start_on(Arc::new(database), change).await
    }

    /// Another server on the same database, as another process would be: with scores and connections of its own.
    pub async fn beside(&self) -> Self {
        Self::start_on(Arc::clone(&self.database), |_settings| {}).await
    }

    async fn start_on(database: Arc<TestDatabase>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            database_url: database.url.clone(),
            database_connections: 4,
            auth_secret: Some(SECRET.to_owned()),
            workers: 1,
            shutdown_grace_seconds: 1,
            // Receivers of webhooks are in the same process.
            webhook_allow_networks: "127.0.0.0/8".to_owned(),
            webhook_allow_http: true,
            webhook_timeout_seconds: 5,
            ..Settings::default()
        };
        change(&mut settings);
        let config: Config = settings.check().unwrap();
        let db = Db::connect(&config.db).await.unwrap();
        let app = App::start(config, Clock::default(), db).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(rapport::http::serve(app.clone(), listener, async {
            let _ = stopped.await;
        }));
        Self {
            app,
            base,
            // Nobody speaks TLS here, and certificates take a while to read.
            http: reqwest::Client::builder().tls_certs_only([]).build().unwrap(),
            database,
            stop: Some(stop),
        }
    }

    /// The address of the database, for processes of their own.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The present instant by the server's clock.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Moves the server's clock to an instant, forwards or back; it goes on from there.
    pub fn set_clock(&self, at: &str) {
        let ahead = Timestamp::parse(at).unwrap().as_micros() - self.now().as_micros();
        self.app.clock.advance_micros(ahead);
    }

    /// Announces what is due by an instant, whatever the server's clock shows; how much that was.
    pub async fn announce_by(&self, at: Timestamp) -> usize {
        announce::run_once(&self.app, at).await.unwrap()
    }

    /// `days` before now, as RFC 3339.
    pub fn days_ago(&self, days: f64) -> String {
        self.now().plus_micros((-days * 86_400e6) as i64).to_string()
    }

    /// Sets a community up.
    pub async fn community(&self, slug: &str) -> Access {
        let new = NewCommunity {
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            timezone: "Europe/Berlin".to_owned(),
        };
        communities::create(&self.app.db, &self.app.system("test"), &new).await.unwrap()
    }

    /// A member of staff of a community, signed in.
    pub async fn staff(&self, access: &Access, role: Role, clearance: Visibility) -> Client<'_> {
        let email = format!(
            "{}-{}@{}.example",
            role.as_str().to_lowercase(),
            clearance.as_str().to_lowercase(),
            access.community.slug
        );
        let new = NewStaff {
            name: email.clone(),
            email,
            password: None,
            role,
            clearance,
        };
        let person = access::service::put_staff(&self.app, &self.app.system("test"), access, new)
            .await
            .unwrap();
        self.client(Some(self.app.tokens.issue_staff(person.id, self.now(), 900).unwrap()))
    }

    /// An admin of a community who may read everything, signed in.
    pub async fn admin(&self, access: &Access) -> Client<'_> {
        self.staff(access, Role::Admin, Visibility::Private).await
    }

    /// Somebody with this bearer token, or with none.
    pub fn client(&self, token: Option<String>) -> Client<'_> {
        Client { app: self, token }
    }

    /// Waits until scores reflect everything committed so far.
    pub async fn scores_settled(&self, access: &Access) {
        self.app
            .scores
            .refreshed(Scope {
                community: access.community_id(),
                topic: None,
            })
            .await
            .unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client<'a> {
    pub app: &'a TestApp,
    pub token: Option<String>,
}

impl Client<'_> {
    /// Sends a document with variables.
    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends a request object.
    pub async fn post(&self, body: &Value) -> Answer {
        let mut request = self
            .app
            .http
            .post(format!("{}/graphql", self.app.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        Answer {
            status,
            body: Arc::new(body),
        }
    }

    /// Sends a document that must succeed; its data.
    pub async fn ok(&self, query: &str, variables: Value) -> Value {
        let answer = self.send(query, variables).await;
        assert!(answer.body.get("errors").is_none(), "{query}\n{:#}", answer.body);
        answer.body["data"].clone()
    }

    /// Records interactions given as API inputs without a source, which is `forum`; the payload.
    pub async fn record(&self, community: &str, mut interactions: Vec<Value>) -> Value {
        for interaction in &mut interactions {
            interaction.as_object_mut().unwrap().entry("source").or_insert(json!("forum"));
        }
        let query = "mutation($input: RecordInteractionsInput!) { recordInteractions(input: $input) \
                     { results { index status interactionId error { code field message } } userErrors { code field message } } }";
        let data = self
            .ok(query, json!({ "input": { "community": community, "interactions": interactions } }))
            .await;
        data["recordInteractions"].clone()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Arc<Value>,
}

impl Answer {
    /// The code of the first error, or nothing.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("")
    }

    /// The message of the first error, or nothing.
    pub fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or("")
    }
}
