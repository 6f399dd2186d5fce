//! Reads CSV, plain or gzip, through a mapping of its columns to the fields of a record.
//!
//! A row that is wrong is rejected with the field that is to blame, and reading goes on. Not here: how cells become
//! fields (`mapping`, `values`), how rows get their line number (`lines`, `rows`), and which values may be stored.

mod lines;
mod mapping;
mod rows;
mod values;

use std::io::Read;
use std::path::Path;

pub use self::lines::MAX_ROW_BYTES;
pub use self::mapping::{CsvMapping, CsvRecordType};
pub(super) use self::rows::{Layout, Rows};
pub use self::values::TimeFormat;
pub(super) use self::values::time;
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};
use crate::features::ingest::record::Record;

/// The records of a CSV file, in its order.
pub struct CsvReader {
    rows: Rows,
    mapping: CsvMapping,
    /// The place of the column for each entry of `mapping.columns`.
    places: Vec<usize>,
    template: Record,
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
        let layout = Layout {
            delimiter: mapping.delimiter,
            has_headers: mapping.has_headers,
        };
        let rows = Rows::new(input, layout)?;
        let mut places = Vec::with_capacity(mapping.columns.len());
        for (field, column) in &mapping.columns {
            let place = rows.column(column).map_err(|reason| ReadError::Mapping {
                field: field.clone(),
                reason,
            })?;
            places.push(place);
        }
        Ok(Self {
            rows,
            mapping,
            places,
            template,
            ended: false,
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.rows.progress()
    }

    fn read_record(&mut self) -> Result<ReadOutcome, Fault> {
        self.rows.check_width()?;
        let mut record = self.template.clone();
        for ((field, _), place) in self.mapping.columns.iter().zip(&self.places) {
            let cell = self.rows.cell(field, *place)?;
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
        match self.rows.advance() {
            Ok(true) => {
                let read = self.read_record();
                let raw = if read.is_err() { self.rows.shown() } else { Vec::new() };
                Some(Ok(ReadItem::new(self.rows.place(), self.rows.line(), read, &raw)))
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

#[cfg(test)]
mod tests;
