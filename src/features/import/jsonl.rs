//! Reads JSON Lines: one record per line, plain or gzip. An export is read, too, as far as it holds members and interactions.
//!
//! A line that is wrong is rejected with the field that is to blame, and reading goes on. Not here: what the fields
//! mean and which values may be stored.

mod lines;
mod object;
mod untagged;

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

pub(super) use self::lines::JsonLines;
pub use self::lines::MAX_LINE_BYTES;
pub(super) use self::object::Object;
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};
use crate::features::ingest::record::Record;

/// The records of a JSON Lines file, in its order.
pub struct JsonlReader(JsonLines);

impl JsonlReader {
    /// Opens a file, or the standard input when the path is `-`; gzip is recognised by its first bytes.
    ///
    /// # Errors
    /// When it cannot be opened or is not UTF-8 from the start.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Input::open(path).map(Self::new)
    }

    /// Takes any source of bytes; `place` names it in messages, `total` is its size when that is known.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn from_reader(reader: impl Read + Send + 'static, place: &str, total: Option<u64>) -> Result<Self, ReadError> {
        Input::from_reader(reader, place, total).map(Self::new)
    }

    /// Reads from what was opened elsewhere.
    #[must_use]
    pub fn new(input: Input) -> Self {
        Self(JsonLines::new(input))
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }
}

impl Iterator for JsonlReader {
    type Item = Result<ReadItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_outcome(read_record)
    }
}

fn read_record(line: &[u8]) -> Result<ReadOutcome, Fault> {
    let object = Object::of(line)?;
    let record = match object.kind.as_deref() {
        Some("member") => object.read_exported().map(Record::Member)?,
        Some("interaction") if object.names_nobody() => {
            return Ok(skipped("interactions of an export whose people have no account in their source"));
        }
        Some("interaction") => object.read_exported().map(Record::Interaction)?,
        Some("export" | "checkpoint" | "aborted" | "end") => return Ok(skipped("lines of an export about itself")),
        Some("expectation" | "case" | "apology" | "repair" | "follow_up" | "advocate" | "score") => {
            return Ok(skipped("objects of an export other than members and interactions"));
        }
        _ => return Err(object.of_no_use("`member` or `interaction`")),
    };
    Ok(ReadOutcome::Record(record))
}

const fn skipped(reason: &'static str) -> ReadOutcome {
    ReadOutcome::Skipped {
        reason: Cow::Borrowed(reason),
    }
}

#[cfg(test)]
mod tests;
