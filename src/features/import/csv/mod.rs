//! Reads CSV, plain or gzip, through a mapping of its columns to the fields of a record.
//!
//! A row that is wrong is rejected with the field that is to blame, and reading goes on. Not here: how cells become
//! fields (`mapping`, `values`), how rows get their line number (`lines`), and which values may be stored.

mod lines;
mod mapping;
mod values;

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder, Trim};

use self::lines::Lines;
pub use self::lines::MAX_ROW_BYTES;
pub use self::mapping::{CsvMapping, CsvRecordType};
pub use self::values::TimeFormat;
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};
use crate::features::ingest::record::Record;

/// The records of a CSV file, in its order.
pub struct CsvReader {
    rows: ::csv::Reader<Lines>,
    row: ByteRecord,
    mapping: CsvMapping,
    /// The place of the column for each entry of `mapping.columns`.
    places: Vec<usize>,
    template: Record,
    /// How many columns every row has: as many as the first.
    width: Option<usize>,
    place: Arc<str>,
    progress: Progress,
    line: u64,
    ended: bool,
}

impl CsvReader {
    /// Opens a file, or the standard input when the path is `-`; gzip is recognised by its first bytes.
    ///
    /// # Errors
    /// When it cannot be opened or the mapping does not fit it.
    pub fn open(path: &Path, mapping: CsvMapping) -> Result<Self, ReadError> {
        Self::new(Input::open(path)?, mapping)
    }

    /// Takes any source of bytes; `place` names it in messages, `total` is its size when that is known.
    ///
    /// # Errors
    /// When its first bytes cannot be read or the mapping does not fit it.
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        place: &str,
        total: Option<u64>,
        mapping: CsvMapping,
    ) -> Result<Self, ReadError> {
        Self::new(Input::from_reader(reader, place, total)?, mapping)
    }

    /// Reads from what was opened elsewhere.
    ///
    /// # Errors
    /// When a field is unknown, given twice or missing, a constant is wrong, or a column is not in the file.
    pub fn new(input: Input, mapping: CsvMapping) -> Result<Self, ReadError> {
        let template = mapping.template()?;
        let Input { reader, place, progress } = input;
        let rows = ReaderBuilder::new()
            .delimiter(mapping.delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(Lines::new(reader));
        let row = ByteRecord::new();
        let mut reader = Self {
            rows,
            row,
            mapping,
            places: Vec::new(),
            template,
            width: None,
            place,
            progress,
            line: 0,
            ended: false,
        };
        reader.find_columns()?;
        Ok(reader)
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn find_columns(&mut self) -> Result<(), ReadError> {
        let names = if self.mapping.has_headers && self.read_row()? {
            self.width = Some(self.row.len());
            self.row.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
        } else {
            Vec::new()
        };
        for (field, column) in &self.mapping.columns {
            let place = place_of(column, &names, self.mapping.has_headers).map_err(|reason| ReadError::Mapping {
                field: field.clone(),
                reason,
            })?;
            self.places.push(place);
        }
        Ok(())
    }

    fn read_row(&mut self) -> Result<bool, ReadError> {
        self.rows.get_mut().begin_row();
        let read = self.rows.read_byte_record(&mut self.row);
        let more = read.map_err(|error| self.failed(error))?;
        let lines = self.rows.get_ref();
        self.line = lines.row_began();
        Ok(more)
    }

    fn failed(&self, error: ::csv::Error) -> ReadError {
        let place = self.place.to_string();
        match error.into_kind() {
            ::csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => ReadError::RowTooLong {
                place,
                line: self.line,
                limit: MAX_ROW_BYTES,
            },
            ::csv::ErrorKind::Io(source) => ReadError::while_reading(&place, self.line, source),
            other => ReadError::Damaged {
                place,
                line: self.line,
                reason: format!("{other:?}"),
            },
        }
    }

    fn read_record(&mut self) -> Result<ReadOutcome, Fault> {
        let expected = *self.width.get_or_insert(self.row.len());
        if self.row.len() != expected {
            return Err(Fault::row(format!(
                "the row has {} columns, the first has {expected}",
                self.row.len()
            )));
        }
        let mut record = self.template.clone();
        for ((field, _), place) in self.mapping.columns.iter().zip(&self.places) {
            let missing = || Fault::field(field, format!("there is no column {}", place.saturating_add(1)));
            let cell = std::str::from_utf8(self.row.get(*place).ok_or_else(missing)?)
                .map_err(|error| Fault::field(field, format!("is not UTF-8: {error}")))?;
            self.mapping.set(&mut record, field, cell)?;
        }
        Ok(ReadOutcome::Record(record))
    }
}

impl Iterator for CsvReader {
    type Item = Result<ReadItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read_row() {
            Ok(true) => {
                let read = self.read_record();
                let raw = if read.is_err() {
                    shown(&self.row, self.mapping.delimiter)
                } else {
                    Vec::new()
                };
                Some(Ok(ReadItem::new(&self.place, self.line, read, &raw)))
            }
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

/// The place of a column, from 0, by its name or its number from 1.
fn place_of(column: &str, names: &[String], has_headers: bool) -> Result<usize, String> {
    let mut matching = names.iter().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
    match (matching.next(), matching.next()) {
        (Some(place), None) => return Ok(place),
        (Some(_), Some(_)) => {
            return Err(format!("there are two columns `{column}`; give the number of one"));
        }
        (None, _) => {}
    }
    let number = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    match number.filter(|place| !has_headers || *place < names.len()) {
        Some(place) => Ok(place),
        None if names.is_empty() && has_headers => Err("the file is empty".to_owned()),
        None if has_headers => Err(format!("there is no column `{column}`; there are {}", names.join(", "))),
        None => Err(format!(
            "`{column}` is not the number of a column, and the file has no names for them"
        )),
    }
}

fn shown(row: &ByteRecord, delimiter: u8) -> Vec<u8> {
    row.iter().collect::<Vec<_>>().join(&delimiter)
}

#[cfg(test)]
mod tests;
