//! The command line: what can be done with an installation from outside the API.

mod expectations;
mod export;
mod import;
mod manage;
mod score;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, LogFormat, Settings};
use crate::db::Db;

/// How long the end of the program waits for threads that nobody waits for any more.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Influence and promises of a customer community, as a GraphQL API.
///
/// Without a command, it serves. Settings come from flags, the environment (RAPPORT_*, DATABASE_URL) and a file (rapport.toml);
/// docs/configuration.md lists them all.
#[derive(Debug, Parser)]
#[command(name = "rapport", version)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings that are often given by hand; each wins over the environment and the file.
#[derive(Debug, Args)]
struct SettingFlags {
    /// Configuration file; rapport.toml is read when it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database: sqlite:FILE or postgres://USER@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; migrates first, and in development seeds a demo when the database is empty.
    Serve(serve::ServeArgs),
    /// Do the background work only, for servers that run with --no-worker; migrates first.
    Worker,
    /// Change the database schema, or see where it stands.
    #[command(subcommand)]
    Migrate(manage::MigrateCommand),
    /// Read members, interactions and cases from files; run again to continue.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Write everything of a community as JSON Lines, with the cursor from which the change log goes on.
    Export(export::ExportArgs),
    /// Set up what a community promises from a file.
    #[command(subcommand)]
    Expectations(expectations::ExpectationsCommand),
    /// Set up the demo community.
    Seed(manage::SeedArgs),
    /// See scores, or work them out anew.
    #[command(subcommand)]
    Score(score::ScoreCommand),
    /// Issue tokens.
    #[command(subcommand)]
    Token(manage::TokenCommand),
    /// Manage the people who sign in.
    #[command(subcommand)]
    Staff(manage::StaffCommand),
    /// Manage the credentials of integrations.
    #[command(subcommand)]
    Client(manage::ClientCommand),
    /// Manage communities.
    #[command(subcommand)]
    Community(manage::CommunityCommand),
    /// The GraphQL schema.
    #[command(subcommand)]
    Schema(manage::SchemaCommand),
}

/// Runs a command; what goes wrong is said on standard error.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rapport: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<()> {
    // The schema needs no settings.
    if let Some(Command::Schema(command)) = &cli.command {
        return manage::schema(command);
    }
    let config = load(&cli)?;
    start_log(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting")?;
    let outcome = runtime.block_on(async move {
        match cli.command.unwrap_or(Command::Serve(serve::ServeArgs::default())) {
            Command::Serve(_) => serve::serve(config).await,
            Command::Worker => serve::work(config).await,
            Command::Migrate(command) => manage::migrate(config, command).await,
            Command::Import(command) => import::import(open(config).await?, command).await,
            Command::Export(args) => export::export(open(config).await?, args).await,
            Command::Expectations(command) => expectations::expectations(open(config).await?, command).await,
            Command::Seed(args) => manage::seed(open(config).await?, args).await,
            Command::Score(command) => score::score(open(config).await?, command).await,
            Command::Token(command) => manage::token(open(config).await?, command).await,
            Command::Staff(command) => manage::staff(open(config).await?, command).await,
            Command::Client(command) => manage::client(open(config).await?, command).await,
            Command::Community(command) => manage::community(open(config).await?, command).await,
            Command::Schema(_) => Ok(()),
        }
    });
    // What is still being computed in the background is for nobody any more.
    runtime.shutdown_timeout(LAST_WAIT);
    outcome
}

fn load(cli: &Cli) -> anyhow::Result<Config> {
    let mut settings = Settings::load(cli.settings.config.as_deref())?;
    if let Some(url) = &cli.settings.database_url {
        settings.database_url.clone_from(url);
    }
    if let Some(Command::Serve(args)) = &cli.command {
        args.apply(&mut settings);
    }
    Ok(settings.check()?)
}

/// Opens the installation, brought up to date: for all commands that work on data.
async fn open(config: Config) -> anyhow::Result<App> {
    let db = Db::connect(&config.db).await.context("opening the database")?;
    crate::db::migrate(&db).await.context("migrating the database")?;
    Ok(App::start(config, Clock::default(), db)?)
}

/// The log goes to standard error: standard output belongs to the answers of commands.
fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).context("RAPPORT_LOG")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// The names of an enum's values, for `--help` and errors.
fn parse_role(text: &str) -> Result<entity::Role, String> {
    entity::Role::parse(&text.to_uppercase()).ok_or_else(|| "must be viewer, agent, manager or admin".to_owned())
}

fn parse_visibility(text: &str) -> Result<entity::Visibility, String> {
    entity::Visibility::parse(&text.to_uppercase().replace('-', "_")).ok_or_else(|| "must be public, semi_private or private".to_owned())
}
