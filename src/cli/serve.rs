//! `rapport serve`: the server, and what a first start on a developer's machine does for it. `rapport worker`: its background work
//! alone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;

use crate::app::App;
use crate::config::{Config, Environment, Settings};
use crate::features::access;
use crate::features::communities::service as communities;
use crate::features::demo::DemoPlan;
use crate::features::demo::seed::{DEMO_ADMIN, seed};
use crate::http;
use crate::worker;

/// The seed of the demo that a first start gets.
pub const DEMO_SEED: u64 = 42;
/// A development token is good for a working day.
const DEVELOPMENT_TOKEN_SECONDS: u64 = 12 * 3600;

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
    /// Only answer requests; the background work is done by `rapport worker`, or by other servers.
    #[arg(long)]
    no_worker: bool,
}

impl ServeArgs {
    /// Lets the flags win.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(bind) = self.bind {
            settings.bind = bind;
        }
        settings.worker &= !self.no_worker;
    }
}

/// Serves until a signal stops it.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let bind = config.http.bind;
    let is_development = config.env == Environment::Development;
    let (has_worker, grace) = (config.worker, Duration::from_secs(config.http.shutdown_grace_seconds));
    http::cors::check_origins(&config.http.cors_origins).context("RAPPORT_CORS_ORIGINS")?;
    // The port is taken first, so that a second server does not get as far as the database.
    let listener = std::net::TcpListener::bind(bind).with_context(|| format!("cannot listen on {bind}"))?;
    let address = listener.local_addr()?;
    let app = super::open(config).await?;
    if is_development {
        welcome(&app, address).await?;
    }
    let asked_to_stop = http::shutdown_signal();
    tracing::info!(%address, has_worker, "serving");
    let worker = has_worker.then(|| worker::spawn(&app));
    let stopping = app.stopping.clone();
    let stop = async move {
        asked_to_stop.await;
        stopping.begin();
    };
    http::serve(app, listener, stop).await.context("serving")?;
    if let Some(worker) = worker {
        worker.stop(grace).await;
    }
    Ok(())
}

/// Does the background work until a signal stops it.
pub async fn work(config: Config) -> anyhow::Result<()> {
    let grace = Duration::from_secs(config.http.shutdown_grace_seconds);
    let app = super::open(config).await?;
    let worker = worker::spawn(&app);
    let asked_to_stop = http::shutdown_signal();
    tracing::info!("working");
    asked_to_stop.await;
    tracing::info!("shutting down: finishing what is under way");
    worker.stop(grace).await;
    tracing::info!("shut down");
    Ok(())
}

async fn welcome(app: &App, address: SocketAddr) -> anyhow::Result<()> {
    if communities::is_empty(&app.db).await? {
        let started = Instant::now();
        let summary = seed(app, &DemoPlan::new(DEMO_SEED, app.clock.now()))
            .await
            .context("seeding the demo")?;
        let interactions: u64 = summary.interactions_created.values().sum();
        tracing::info!(
            members = summary.members_created,
            interactions,
            ms = started.elapsed().as_millis(),
            "demo community seeded"
        );
    }
    let url = format!("http://{address}");
    println!("\n  Rapport is at {url}  (GraphQL: {url}/graphql)");
    if let Ok(admin) = access::service::staff_id(app, DEMO_ADMIN).await {
        let token = app.tokens.issue_staff(admin, app.clock.now(), DEVELOPMENT_TOKEN_SECONDS)?;
        println!("\n  Development token of {DEMO_ADMIN}, good for 12 hours:\n\n{token}\n\n  Explorer, signed in: {url}/#token={token}\n");
    }
    Ok(())
}
