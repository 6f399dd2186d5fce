//! Commands that set an installation up: schema, demo, tokens, staff, integrations, communities.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use entity::{Role, Visibility};
use sea_orm_migration::MigratorTrait as _;

use super::{parse_role, parse_visibility};
use crate::app::App;
use crate::config::Config;
use crate::db::Db;
use crate::features::access::{self, NewApiClient, NewStaff};
use crate::features::communities::service::{self as communities, NewCommunity};
use crate::features::demo::DemoPlan;
use crate::features::demo::seed::seed as seed_demo;

/// Where the contract is checked in.
const SCHEMA_FILE: &str = "schema.graphql";

/// `rapport migrate`.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Bring the schema up to date.
    Up,
    /// Take steps back; data of dropped tables is lost.
    Down {
        /// How many steps.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Show which steps were taken.
    Status,
}

/// Runs `rapport migrate`.
pub async fn migrate(config: Config, command: MigrateCommand) -> anyhow::Result<()> {
    let db = Db::connect(&config.db).await.context("opening the database")?;
    let connection = db.for_migrations();
    match command {
        MigrateCommand::Up => {
            let pending = crate::db::pending_migrations(&db).await?;
            crate::db::migrate(&db).await?;
            println!("{pending} steps taken; the schema is up to date");
        }
        MigrateCommand::Down { steps } => {
            let applied = migration::Migrator::get_applied_migrations(connection).await?.len();
            migration::Migrator::down(connection, Some(steps)).await?;
            let left = migration::Migrator::get_applied_migrations(connection).await?.len();
            println!("{} steps taken back, {left} left", applied.saturating_sub(left));
        }
        MigrateCommand::Status => {
            for step in migration::Migrator::get_migration_with_status(connection).await? {
                println!("{:<10} {}", step.status().to_string(), step.name());
            }
        }
    }
    Ok(())
}

/// `rapport seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    /// Another number gives another community.
    #[arg(long, default_value_t = super::serve::DEMO_SEED)]
    seed: u64,
    /// Customers.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(20..=5000))]
    members: u32,
    /// Days of history.
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u32).range(30..=3650))]
    days: u32,
}

/// Runs `rapport seed`.
pub async fn seed(app: App, args: SeedArgs) -> anyhow::Result<()> {
    let plan = DemoPlan {
        seed: args.seed,
        now: app.clock.now(),
        members: args.members as usize,
        days: args.days,
    };
    let summary = seed_demo(&app, &plan).await.context("the demo cannot be set up")?;
    let interactions: u64 = summary.interactions_created.values().sum();
    println!("demo community: {} members, {interactions} interactions", summary.members_created);
    Ok(())
}

/// `rapport token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Print an access token for a member of staff, and nothing else.
    Issue {
        /// Whose.
        #[arg(long)]
        email: String,
        /// How long it is good for, in minutes.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=525_600))]
        minutes: u64,
    },
}

/// Runs `rapport token`.
pub async fn token(app: App, command: TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::Issue { email, minutes } = command;
    let staff = access::service::staff_id(&app, &email)
        .await
        .with_context(|| format!("no token for {email}"))?;
    println!("{}", app.tokens.issue_staff(staff, app.clock.now(), minutes * 60)?);
    Ok(())
}

/// `rapport staff`.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Let somebody into a community, or change what they may do there.
    Add {
        /// Sign-in name.
        #[arg(long)]
        email: String,
        /// Name to show [default: the address].
        #[arg(long)]
        name: Option<String>,
        /// The community's slug.
        #[arg(long)]
        community: String,
        /// viewer, agent, manager or admin.
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// The highest visibility they may read: public, semi_private or private.
        #[arg(long, value_parser = parse_visibility, default_value = "public")]
        clearance: Visibility,
        /// Read a password for signIn from standard input; without it they sign in elsewhere, or by `token issue`.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take somebody's access to a community away.
    Remove {
        /// Sign-in name.
        #[arg(long)]
        email: String,
        /// The community's slug.
        #[arg(long)]
        community: String,
    },
}

/// Runs `rapport staff`.
pub async fn staff(app: App, command: StaffCommand) -> anyhow::Result<()> {
    let ctx = app.system("cli");
    match command {
        StaffCommand::Add {
            email,
            name,
            community,
            role,
            clearance,
            password_stdin,
        } => {
            let access = communities::open(&app.db, &community)
                .await
                .with_context(|| format!("community {community}"))?;
            let password = if password_stdin {
                Some(std::io::read_to_string(std::io::stdin())?.trim_end_matches(['\r', '\n']).to_owned())
            } else {
                None
            };
            let name = name.unwrap_or_else(|| email.clone());
            let person = access::service::put_staff(
                &app,
                &ctx,
                &access,
                NewStaff {
                    email,
                    name,
                    password,
                    role,
                    clearance,
                },
            )
            .await?;
            println!("{} is {role} of {community}, clearance {clearance}", person.email);
        }
        StaffCommand::Remove { email, community } => {
            let access = communities::open(&app.db, &community)
                .await
                .with_context(|| format!("community {community}"))?;
            let staff = access::service::staff_id(&app, &email).await?;
            access::service::revoke_grant(&app, &ctx, &access, staff).await?;
            println!("{email} has no access to {community} any more");
        }
    }
    Ok(())
}

/// `rapport client`.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Make credentials for an integration; the secret is printed once.
    Add {
        /// The community's slug.
        #[arg(long)]
        community: String,
        /// Name to show.
        #[arg(long)]
        name: String,
        /// What it may do, for example members:read,influence:read.
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// The highest visibility it may read: public, semi_private or private.
        #[arg(long, value_parser = parse_visibility, default_value = "public")]
        clearance: Visibility,
    },
}

/// Runs `rapport client`.
pub async fn client(app: App, command: ClientCommand) -> anyhow::Result<()> {
    let ClientCommand::Add {
        community,
        name,
        scopes,
        clearance,
    } = command;
    let access = communities::open(&app.db, &community)
        .await
        .with_context(|| format!("community {community}"))?;
    let new = NewApiClient { name, scopes, clearance };
    let (client, secret) = access::service::create_api_client(&app, &app.system("cli"), &access, new).await?;
    println!("client_id={}\nclient_secret={secret}", client.client_id);
    Ok(())
}

/// `rapport community`.
#[derive(Debug, Subcommand)]
pub enum CommunityCommand {
    /// Set a community up.
    Add {
        /// Name in addresses: small letters, digits, hyphens.
        #[arg(long)]
        slug: String,
        /// Name to show [default: the slug].
        #[arg(long)]
        name: Option<String>,
        /// IANA time zone.
        #[arg(long, default_value = "UTC")]
        timezone: String,
    },
}

/// Runs `rapport community`.
pub async fn community(app: App, command: CommunityCommand) -> anyhow::Result<()> {
    let CommunityCommand::Add { slug, name, timezone } = command;
    let new = NewCommunity {
        name: name.unwrap_or_else(|| slug.clone()),
        slug,
        timezone,
    };
    let access = communities::create(&app.db, &app.system("cli"), &new).await?;
    println!("community {} is set up", access.community.slug);
    Ok(())
}

/// `rapport schema`.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Print the schema.
    Print,
    /// Write the schema to schema.graphql.
    Write,
    /// Fail when schema.graphql is not the schema.
    Check,
}

/// Runs `rapport schema`.
pub fn schema(command: &SchemaCommand) -> anyhow::Result<()> {
    let sdl = crate::graphql::sdl();
    match command {
        SchemaCommand::Print => print!("{sdl}"),
        SchemaCommand::Write => std::fs::write(SCHEMA_FILE, sdl).with_context(|| format!("writing {SCHEMA_FILE}"))?,
        SchemaCommand::Check => {
            let checked_in = std::fs::read_to_string(SCHEMA_FILE).with_context(|| format!("reading {SCHEMA_FILE}"))?;
            if checked_in != sdl {
                bail!("{SCHEMA_FILE} is not the schema of this program; run `rapport schema write` and look at the difference");
            }
            println!("{SCHEMA_FILE} is the schema");
        }
    }
    Ok(())
}
