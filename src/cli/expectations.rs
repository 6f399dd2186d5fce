//! `rapport expectations`: what a community promises, kept in a file.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Subcommand;

use crate::app::App;
use crate::error::Error;
use crate::features::communities::service as communities;
use crate::features::expectations::apply::{Change, Promises, apply};

/// `rapport expectations`.
#[derive(Debug, Subcommand)]
pub enum ExpectationsCommand {
    /// Bring calendars and expectations to what a file says, by name: what is missing is set up and published, what differs gets
    /// another version, what is as it says stays. All of it or, where something is wrong, nothing.
    Apply {
        /// The file, as TOML; see docs/import-cases.md.
        file: PathBuf,
        /// The community's slug.
        #[arg(long)]
        community: String,
    },
}

/// Runs `rapport expectations`.
pub async fn expectations(app: App, command: ExpectationsCommand) -> anyhow::Result<()> {
    let ExpectationsCommand::Apply { file, community } = command;
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let promises: Promises = toml::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    let access = communities::open(&app.db, &community)
        .await
        .with_context(|| format!("community {community}"))?;
    let applied = match apply(&app, &app.system("cli"), &access, &promises).await {
        Err(Error::User(errors)) => {
            let lines: Vec<String> = errors
                .iter()
                .map(|error| format!("  {}: {}", error.field.join("."), error.message))
                .collect();
            bail!("{} cannot be applied; nothing was changed:\n{}", file.display(), lines.join("\n"));
        }
        applied => applied?,
    };
    for (what, changes) in [("calendar", &applied.calendars), ("expectation", &applied.expectations)] {
        for (name, change) in changes {
            let done = match change {
                Change::Created => "set up",
                Change::Changed => "changed",
                Change::Unchanged => "as before",
            };
            println!("{what:<12} {done:<10} {name}");
        }
    }
    Ok(())
}
