//! What every reader of import files hands on: an item per row, why reading can end early, how far it is.
//!
//! Not here: opening files ([`super::input`]), the formats themselves, and anything about storing records.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::features::ingest::record::Record;

/// How much of an offending row is kept to show, in characters.
const MAX_RAW_CHARS: usize = 500;

/// One row of an import file, or the rows that belong together; `R` is what is made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadItem<R = Record> {
    /// The line of the file, from 1; in XML the number of the row; 0 when no single row says it.
    pub line: u64,
    /// The file it stands in, for example `Posts.xml`.
    pub place: Arc<str>,
    /// The text of a rejected row, at most 500 characters.
    pub raw: Option<String>,
    /// What became of it.
    pub outcome: ReadOutcome<R>,
}

/// What a row turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadOutcome<R = Record> {
    /// Something to record. Not boxed: nearly every item is a record, and a box would cost an allocation per row.
    Record(R),
    /// The row is wrong.
    Rejected {
        /// The field that is wrong, where one can be named.
        field: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// The row is fine, but nothing here has a use for it.
    Skipped {
        /// Why not; the same words for all rows of one kind, so that they can be counted.
        reason: Cow<'static, str>,
    },
}

/// Why a file cannot be read, or not to its end. Rows that were read before stand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file or directory cannot be opened.
    #[error("cannot open {path}: {cause}. Check the path, and that this user may read it.")]
    Open {
        /// As it was given.
        path: String,
        /// What the system says. Not marked as the source: whoever prints the chain would print it twice.
        cause: io::Error,
    },
    /// Reading or unpacking failed half-way.
    #[error("reading {place} failed after line {line}: {cause}. What came before was read; run the import again.")]
    Io {
        /// The file.
        place: String,
        /// The last line or row that was read.
        line: u64,
        /// What the system says. Not marked as the source: whoever prints the chain would print it twice.
        cause: io::Error,
    },
    /// The file ends too early.
    #[error("{place} is cut off after line {line}. What came before was read; get the whole file and run the import again.")]
    Truncated {
        /// The file.
        place: String,
        /// The last complete line or row.
        line: u64,
    },
    /// Compressed data that does not decompress.
    #[error("{place} is damaged after line {line} ({reason}). What came before was read; get the file anew and run the import again.")]
    Damaged {
        /// The file.
        place: String,
        /// The last complete line or row.
        line: u64,
        /// What the decompressor says.
        reason: String,
    },
    /// Text in an encoding that is not read here.
    #[error("{place} is written in {encoding}. Save it as UTF-8 and import that.")]
    Encoding {
        /// The file.
        place: String,
        /// Its encoding.
        encoding: &'static str,
    },
    /// An archive that is not one, or not whole.
    #[error("{path} cannot be unpacked: {reason}.")]
    Archive {
        /// The archive.
        path: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The archive holds more than is allowed.
    #[error(
        "{path} unpacks to {bytes} bytes, more than the {limit} that are allowed. If you trust it, raise the limit, or unpack it yourself and import the directory."
    )]
    TooLarge {
        /// The archive.
        path: String,
        /// What it would take.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// Space for unpacking cannot be used.
    #[error("cannot unpack into {path}: {cause}. Free some space, or set TMPDIR to a directory that has it.")]
    Unpack {
        /// The directory.
        path: String,
        /// What the system says. Not marked as the source: whoever prints the chain would print it twice.
        cause: io::Error,
    },
    /// A dump without one of its files.
    #[error(
        "{path} lacks {names}. A Stack Exchange dump has Users.xml, Posts.xml, Comments.xml and Votes.xml side by side; put what is missing there."
    )]
    MissingFiles {
        /// The directory or archive.
        path: String,
        /// What is missing.
        names: String,
    },
    /// A file of a dump that holds something else.
    #[error("{place} does not look like a Stack Exchange dump: {reason}.")]
    NotADump {
        /// The file.
        place: String,
        /// What was expected and what is there.
        reason: String,
    },
    /// A column mapping that cannot work.
    #[error("the mapping of `{field}` does not work: {reason}.")]
    Mapping {
        /// The field of the record.
        field: String,
        /// What is wrong, and what would do.
        reason: String,
    },
    /// A mapping file that cannot be used.
    #[error("{path} is no mapping: {reason}")]
    MappingFile {
        /// The file.
        path: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// Rows of one case with rows of others between them.
    #[error("{place}: rows of case {case} are not together (line {line}): sort the file by case, keeping the order of each case's rows")]
    NotTogether {
        /// The file.
        place: String,
        /// The line of the first row that stands apart.
        line: u64,
        /// The case's id.
        case: String,
    },
    /// A CSV row without end.
    #[error("{place}: the row that begins after line {line} is longer than {limit} bytes. A quote may be missing there.")]
    RowTooLong {
        /// The file.
        place: String,
        /// The last complete line.
        line: u64,
        /// The longest row allowed, in bytes.
        limit: u64,
    },
}

impl ReadError {
    /// Tells a file that ends too early and one that is damaged from a disk that fails.
    pub(super) fn while_reading(place: &str, line: u64, source: io::Error) -> Self {
        let place = place.to_owned();
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { place, line },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Damaged {
                place,
                line,
                reason: source.to_string(),
            },
            _ => Self::Io {
                place,
                line,
                cause: source,
            },
        }
    }
}

/// How far reading has come, for a progress bar: shared with the reader, safe to look at from another thread.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Bytes dealt with so far.
    pub done: Arc<AtomicU64>,
    /// Bytes in all, when that is known.
    pub total: Option<u64>,
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// The field that is wrong, where one can be named.
    pub field: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl Fault {
    /// A fault of the row as a whole.
    pub fn row(reason: impl Into<String>) -> Self {
        Self {
            field: None,
            reason: reason.into(),
        }
    }

    /// A fault of one field.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            reason: reason.into(),
        }
    }
}

impl<R> ReadItem<R> {
    /// An item for a row that was read, or that has a fault; `raw` is looked at only then.
    pub(super) fn new(place: &Arc<str>, line: u64, read: Result<ReadOutcome<R>, Fault>, raw: &[u8]) -> Self {
        let (raw, outcome) = match read {
            Ok(outcome) => (None, outcome),
            Err(Fault { field, reason }) => (Some(clip(raw)), ReadOutcome::Rejected { field, reason }),
        };
        Self {
            line,
            place: Arc::clone(place),
            raw,
            outcome,
        }
    }
}

/// The beginning of a row, readable even when the row is not UTF-8.
fn clip(raw: &[u8]) -> String {
    // Four bytes per character are the most UTF-8 uses, so this never decodes a whole megabyte to show its start.
    let start = raw.get(..MAX_RAW_CHARS * 4).unwrap_or(raw);
    String::from_utf8_lossy(start).trim_end().chars().take(MAX_RAW_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_row_is_clipped_between_characters() {
        let clipped = clip("🦀".repeat(800).as_bytes());
        assert_eq!(clipped.chars().count(), 500);
        assert!(clipped.chars().all(|c| c == '🦀'));
    }

    #[test]
    fn errors_say_what_to_do() {
        let eof = io::Error::from(io::ErrorKind::UnexpectedEof);
        let message = ReadError::while_reading("a.jsonl.gz", 7, eof).to_string();
        assert!(message.contains("a.jsonl.gz is cut off after line 7"), "{message}");
        assert!(message.contains("get the whole file"), "{message}");
    }
}
