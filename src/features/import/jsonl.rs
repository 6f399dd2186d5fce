//! Reads JSON Lines: one record per line, the format of `api.md`, plain or gzip.
//!
//! A line that is wrong is rejected with the field that is to blame, and reading goes on. Not here: what the fields
//! mean and which values may be stored.

mod lines;
mod object;
mod untagged;

use std::io::Read;
use std::path::Path;

pub(super) use self::lines::JsonLines;
pub use self::lines::MAX_LINE_BYTES;
pub(super) use self::object::Object;
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem};
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
        self.0.next_item(read_record)
    }
}

fn read_record(line: &[u8]) -> Result<Record, Fault> {
    let object = Object::of(line)?;
    match object.kind.as_deref() {
        Some("member") => object.read().map(Record::Member),
        Some("interaction") => object.read().map(Record::Interaction),
        _ => Err(object.of_no_use("`member` or `interaction`")),
    }
}

#[cfg(test)]
mod tests;
