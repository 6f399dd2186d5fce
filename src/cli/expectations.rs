//! `rapport expectations`: what a community promises, kept in a file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Subcommand;

use crate::app::App;
use crate::error::{Error, UserError};
use crate::features::communities::service as communities;
use crate::features::expectations::apply::{Change, apply};
use crate::features::expectations::wanted::Promises;

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
    let promises = Promises::read(&text).map_err(|errors| refusal(&file, &errors))?;
    let access = communities::open(&app.db, &community)
        .await
        .with_context(|| format!("community {community}"))?;
    let applied = match apply(&app, &app.system("cli"), &access, &promises).await {
        Err(Error::User(errors)) => return Err(refusal(&file, &errors)),
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

/// All that is wrong with a file, a line each.
fn refusal(file: &Path, errors: &[UserError]) -> anyhow::Error {
    let line = |error: &UserError| match error.field.as_slice() {
        [] => format!("  {}", error.message),
        path => format!("  {}: {}", path.join("."), error.message),
    };
    let lines: Vec<String> = errors.iter().map(line).collect();
    anyhow!("{} cannot be applied; nothing was changed:\n{}", file.display(), lines.join("\n"))
}
