//! Rows of a CSV file: each with its line, as wide as the first, and columns found by name or number.
//!
//! Not here: how cells become fields.

use std::io;
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder, Trim};

use super::lines::{Lines, MAX_ROW_BYTES};
use crate::features::import::input::Input;
use crate::features::import::source::{Fault, Progress, ReadError};

/// How a CSV file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::features::import) struct Layout {
    /// What stands between columns.
    pub delimiter: u8,
    /// The first row holds names.
    pub has_headers: bool,
}

/// The rows of a file, one at a time.
pub(in crate::features::import) struct Rows {
    rows: ::csv::Reader<Lines>,
    row: ByteRecord,
    layout: Layout,
    names: Vec<String>,
    /// How many columns every row has: as many as the first.
    width: Option<usize>,
    place: Arc<str>,
    progress: Progress,
    line: u64,
}

impl Rows {
    /// Reads from what was opened elsewhere; takes the names of the columns off, if there are any.
    ///
    /// # Errors
    /// When the first row cannot be read.
    pub fn new(input: Input, layout: Layout) -> Result<Self, ReadError> {
        let Input { reader, place, progress } = input;
        let rows = ReaderBuilder::new()
            .delimiter(layout.delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(Lines::new(reader));
        let mut rows = Self {
            rows,
            row: ByteRecord::new(),
            layout,
            names: Vec::new(),
            width: None,
            place,
            progress,
            line: 0,
        };
        if layout.has_headers && rows.advance()? {
            rows.width = Some(rows.row.len());
            rows.names = rows.row.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        }
        Ok(rows)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The name to show for the file.
    pub const fn place(&self) -> &Arc<str> {
        &self.place
    }

    /// The line of the present row, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Goes to the next row; `false` at the end.
    ///
    /// # Errors
    /// When the file cannot be read to its end.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        self.rows.get_mut().begin_row();
        let read = self.rows.read_byte_record(&mut self.row);
        let more = read.map_err(|error| self.failed(error))?;
        let lines = self.rows.get_ref();
        self.line = lines.row_began();
        Ok(more)
    }

    /// Passes when the present row has as many columns as the first.
    pub fn check_width(&mut self) -> Result<(), Fault> {
        let expected = *self.width.get_or_insert(self.row.len());
        if self.row.len() == expected {
            return Ok(());
        }
        Err(Fault::row(format!(
            "the row has {} columns, the first has {expected}",
            self.row.len()
        )))
    }

    /// The text of a cell of the present row; what is wrong is blamed on `field`.
    pub fn cell(&self, field: &str, place: usize) -> Result<&str, Fault> {
        let missing = || Fault::field(field, format!("there is no column {}", place.saturating_add(1)));
        std::str::from_utf8(self.row.get(place).ok_or_else(missing)?).map_err(|error| Fault::field(field, format!("is not UTF-8: {error}")))
    }

    /// The place of a column, from 0, by its name or its number from 1.
    pub fn column(&self, column: &str) -> Result<usize, String> {
        let has_headers = self.layout.has_headers;
        let mut matching = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| *name == column)
            .map(|(place, _)| place);
        match (matching.next(), matching.next()) {
            (Some(place), None) => return Ok(place),
            (Some(_), Some(_)) => {
                return Err(format!("there are two columns `{column}`; give the number of one"));
            }
            (None, _) => {}
        }
        let number = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match number.filter(|place| !has_headers || *place < self.names.len()) {
            Some(place) => Ok(place),
            None if self.names.is_empty() && has_headers => Err("the file is empty".to_owned()),
            None if has_headers => Err(format!("there is no column `{column}`; there are {}", self.names.join(", "))),
            None => Err(format!(
                "`{column}` is not the number of a column, and the file has no names for them"
            )),
        }
    }

    /// The present row as it stands, to show it.
    pub fn shown(&self) -> Vec<u8> {
        self.row.iter().collect::<Vec<_>>().join(&self.layout.delimiter)
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
}
