//! Reads JSON Lines: one record per line, the format of `api.md`, plain or gzip.
//!
//! A line that is wrong is rejected with the field that is to blame, and reading goes on. Not here: what the fields
//! mean and which values may be stored.

mod untagged;

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::untagged::{TYPE, Untagged};
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};
use crate::features::ingest::record::Record;

/// The longest line that is read, in bytes.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// The records of a JSON Lines file, in its order.
pub struct JsonlReader {
    reader: Box<dyn BufRead + Send>,
    place: Arc<str>,
    progress: Progress,
    line: u64,
    buffer: Vec<u8>,
    ended: bool,
}

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
        let Input { reader, place, progress } = input;
        Self {
            reader,
            place,
            progress,
            line: 0,
            buffer: Vec::new(),
            ended: false,
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Fills the buffer with the next line, without its end; `false` when there is none.
    fn read_line(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(false);
        }
        if self.buffer.pop_if(|last| *last == b'\n').is_none() && self.buffer.len() > MAX_LINE_BYTES {
            self.reader.skip_until(b'\n')?;
        }
        Ok(true)
    }
}

impl Iterator for JsonlReader {
    type Item = Result<ReadItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.read_line() {
                Ok(false) => self.ended = true,
                Ok(true) => {
                    self.line += 1;
                    if !self.buffer.trim_ascii().is_empty() {
                        let read = read_record(&self.buffer).map(ReadOutcome::Record);
                        return Some(Ok(ReadItem::new(&self.place, self.line, read, &self.buffer)));
                    }
                }
                Err(source) => {
                    self.ended = true;
                    return Some(Err(ReadError::while_reading(&self.place, self.line, source)));
                }
            }
        }
        None
    }
}

fn read_record(line: &[u8]) -> Result<Record, Fault> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Fault::row(format!("the line is longer than {MAX_LINE_BYTES} bytes")));
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| Fault::row(format!("the line is not UTF-8 (byte {})", error.valid_up_to().saturating_add(1))))?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Fault::row("the line is not a JSON object"));
    }
    // The type first, then straight into its struct: a tagged enum would buffer every field, and lose its path.
    let tag: Tag<'_> = serde_json::from_str(text).map_err(|error| {
        let path = if error.is_data() { TYPE } else { "" };
        explain(path, &error)
    })?;
    match tag.r#type.as_deref() {
        Some("member") => untagged(text).map(Record::Member),
        Some("interaction") => untagged(text).map(Record::Interaction),
        Some(other) => Err(Fault::field(
            TYPE,
            format!("unknown type `{other}`, expected `member` or `interaction`"),
        )),
        None => Err(Fault::field(TYPE, "is missing, expected `member` or `interaction`")),
    }
}

fn untagged<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str::<Untagged<T>>(text)
        .map(|read| read.0)
        .or_else(|_again_with_its_path| {
            let mut json = serde_json::Deserializer::from_str(text);
            serde_path_to_error::deserialize::<_, Untagged<T>>(&mut json)
                .map(|read| read.0)
                .map_err(|error| explain(&error.path().to_string(), error.inner()))
        })
}

/// Names the field: serde says the path to the object and, in words, which of its fields is missing or unknown.
fn explain(path: &str, error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let reason = match text.rfind(" at line ") {
        Some(end) => format!("{} (column {})", text.get(..end).unwrap_or(&text), error.column()),
        None => text,
    };
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| reason.strip_prefix(start)?.split('`').next());
    let path = Some(path).filter(|path| !matches!(*path, "" | "." | "?"));
    let field = match (path, named) {
        (Some(path), Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => Some(format!("{path}.{name}")),
        (Some(path), _) => Some(path.to_owned()),
        (None, name) => name.map(str::to_owned),
    };
    Fault { field, reason }
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, default)]
    r#type: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests;
