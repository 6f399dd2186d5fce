//! `rapport score`: scores on the terminal, and how well they are made.

mod evaluate;
mod integrity;

use std::time::Instant;

use anyhow::Context as _;
use clap::Subcommand;
use entity::{CommunityId, MemberId, Timestamp};

use crate::app::App;
use crate::context::Access;
use crate::features::communities::service as communities;
use crate::features::influence::keeper::Scope;
use crate::features::influence::model::Signal;
use crate::features::influence::snapshot::Snapshot;
use crate::features::members;

/// `rapport score`.
#[derive(Debug, Subcommand)]
pub enum ScoreCommand {
    /// Work the scores out anew from everything recorded, and say how long it took.
    Recompute {
        /// The community's slug.
        #[arg(long)]
        community: String,
    },
    /// Show the members with the most points.
    Show {
        /// The community's slug.
        #[arg(long)]
        community: String,
        /// How many.
        #[arg(long, default_value_t = 10)]
        top: usize,
        /// As of this instant, for example 2018-09-01T00:00:00Z [default: now].
        #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
        at: Option<Timestamp>,
    },
    /// Test how well rankings made in the past foretold who helped others next: the model in force, fitted models, published formulas.
    Backtest(evaluate::BacktestArgs),
    /// Find out how many made-up accounts it takes to bring a member of the middle among the first twenty.
    Attack(evaluate::AttackArgs),
    /// Fit the model's weights to the community's own past and draft the result as a version.
    Calibrate(evaluate::CalibrateArgs),
    /// List evidence that looks arranged: rings of members without trust, and sudden credit.
    Integrity(integrity::IntegrityArgs),
}

/// Runs `rapport score`.
pub async fn score(app: App, command: ScoreCommand) -> anyhow::Result<()> {
    match command {
        ScoreCommand::Recompute { community } => ranking(&app, &community, None, None).await,
        ScoreCommand::Show { community, top, at } => ranking(&app, &community, Some(top), at).await,
        ScoreCommand::Backtest(args) => evaluate::backtest(&app, args).await,
        ScoreCommand::Attack(args) => evaluate::attack(&app, args).await,
        ScoreCommand::Calibrate(args) => evaluate::calibrate(&app, args).await,
        ScoreCommand::Integrity(args) => integrity::integrity(&app, args).await,
    }
}

async fn open(app: &App, slug: &str) -> anyhow::Result<Access> {
    communities::open(&app.db, slug).await.with_context(|| format!("community {slug}"))
}

async fn ranking(app: &App, slug: &str, top: Option<usize>, at: Option<Timestamp>) -> anyhow::Result<()> {
    let started = Instant::now();
    let access = open(app, slug).await?;
    let scope = Scope {
        community: access.community_id(),
        topic: None,
    };
    // Scores are kept in memory by whoever serves them: opening the installation works them out anew.
    let ranking = match at {
        Some(at) => app.scores.past(scope, at, app.clock.now()).await?,
        None => app.scores.refreshed(scope).await?,
    };
    match top {
        None => println!(
            "{} members may be scored, {} have points; as of {}, in {} ms",
            ranking.population,
            ranking.len(),
            ranking.as_of,
            started.elapsed().as_millis()
        ),
        Some(top) => show(app, &access, &ranking, top).await?,
    }
    Ok(())
}

async fn show(app: &App, access: &Access, ranking: &Snapshot, top: usize) -> anyhow::Result<()> {
    let standings: Vec<_> = ranking.between(None, None).iter().take(top).collect();
    let ids: Vec<MemberId> = standings.iter().map(|standing| standing.member).collect();
    let community: CommunityId = access.community_id();
    let names = members::store::by_ids(app.db.read(), community, &ids).await?;
    println!(
        "{:>4}  {:>5}  {:>9}  {:>8} {:>8} {:>8} {:>8}  {:>5}  member",
        "rank", "value", "points", "help", "recogn.", "attent.", "advocacy", "trust"
    );
    for standing in standings {
        let [help, recognition, attention, advocacy] = Signal::ALL.map(|signal| standing.points.of(signal));
        println!(
            "{:>4}  {:>5.1}  {:>9.3}  {help:>8.3} {recognition:>8.3} {attention:>8.3} {advocacy:>8.3}  {:>5.2}  {}",
            ranking.rank(standing.total),
            ranking.model.value(standing.total),
            standing.total,
            ranking.trust.earned(standing.member, ranking.as_of),
            names.get(&standing.member).map_or("", |row| row.display_name.as_str()),
        );
    }
    Ok(())
}

fn parse_instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}
