//! The file of rejected rows: JSON Lines, made when there is the first one.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::error::UserError;
use crate::features::import::source::ReadItem;
use crate::features::import::{Origin, Rejection};

/// A row that was not taken.
pub struct RejectedRow {
    /// Where it stood.
    pub origin: Option<Origin>,
    /// The path of the field that is wrong; empty when it is about the whole.
    pub field: String,
    /// What is wrong.
    pub reason: String,
    /// Its text, or the record that was made of it.
    pub row: String,
}

impl From<Rejection> for RejectedRow {
    fn from(rejection: Rejection) -> Self {
        let UserError { message, field, .. } = rejection.error;
        Self {
            origin: rejection.origin,
            field: field.join("."),
            reason: message,
            row: rejection.record,
        }
    }
}

/// Rows that were not taken, with the reason for each.
pub struct RejectedRows {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl RejectedRows {
    /// Rows that would go to this file; a name for it in the working folder when none is given.
    pub fn new(path: Option<PathBuf>, community: &str) -> Self {
        Self {
            path: path.unwrap_or_else(|| PathBuf::from(format!("rejected-{community}.jsonl"))),
            file: None,
        }
    }

    /// Writes down a record that the rules refused.
    pub fn refused(&mut self, rejection: &Rejection) -> anyhow::Result<()> {
        let UserError { message, field, .. } = &rejection.error;
        self.write(rejection.origin.as_ref(), &field.join("."), message, &rejection.record)
    }

    /// Writes down a row that could not be understood.
    pub fn unreadable(&mut self, origin: &Origin, field: Option<&str>, reason: &str, row: Option<&str>) -> anyhow::Result<()> {
        self.write(Some(origin), field.unwrap_or_default(), reason, row.unwrap_or_default())
    }

    /// Writes down a row, whoever refused it.
    pub fn row(&mut self, rejected: &RejectedRow) -> anyhow::Result<()> {
        self.write(rejected.origin.as_ref(), &rejected.field, &rejected.reason, &rejected.row)
    }

    fn write(&mut self, origin: Option<&Origin>, field: &str, reason: &str, row: &str) -> anyhow::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = File::create(&self.path).with_context(|| writing(&self.path))?;
                self.file.insert(BufWriter::new(file))
            }
        };
        let line = serde_json::json!({
            "file": origin.map(|origin| &origin.place), "line": origin.map(|origin| origin.line),
            "field": field, "reason": reason, "row": row,
        });
        writeln!(file, "{line}").with_context(|| writing(&self.path))
    }

    /// Says how many there were, and where they are.
    pub fn print(&mut self, count: u64) {
        if let Some(file) = &mut self.file {
            // A full disk shows on the next line: the count is right, the file may be cut.
            let _best_effort = file.flush();
            println!("rejected      {count:>9}  see {}", self.path.display());
        } else {
            println!("rejected      {count:>9}");
        }
    }
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}

/// Where an item of a file stood.
pub fn origin<R>(item: &ReadItem<R>) -> Origin {
    Origin {
        place: item.place.to_string(),
        line: item.line,
    }
}
