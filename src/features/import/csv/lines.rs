//! Hands a CSV file on line by line, so that rows know where they began, and bounds how long one can get.
//!
//! Not here: columns and quotes, which are the csv crate's.

use std::io::{self, BufRead, Read};

/// The longest row that is read, in bytes: a quote that is never closed would make the rest of the file one row.
pub const MAX_ROW_BYTES: u64 = 4 * 1024 * 1024;

/// Hands the file on line by line: this knows where a row began, for which the csv crate takes the line before it after
/// a blank line or `\r\n`. Gives up on a row that takes more than is allowed.
pub(super) struct Lines {
    inner: Box<dyn BufRead + Send>,
    /// The line handed on last, from 1.
    line: u64,
    inside_line: bool,
    row_began: Option<u64>,
    row_bytes: u64,
}

impl Lines {
    pub fn new(inner: Box<dyn BufRead + Send>) -> Self {
        Self {
            inner,
            line: 0,
            inside_line: false,
            row_began: None,
            row_bytes: 0,
        }
    }

    /// To be called before each row.
    pub fn begin_row(&mut self) {
        self.row_began = None;
        self.row_bytes = 0;
    }

    /// The line of the row that was read since [`Self::begin_row`].
    pub fn row_began(&self) -> u64 {
        self.row_began.unwrap_or(self.line)
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes > MAX_ROW_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let available = self.inner.fill_buf()?;
        let fits = available.get(..buffer.len()).unwrap_or(available);
        let part = fits.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        self.line += u64::from(!self.inside_line && !part.is_empty());
        self.inside_line = !part.ends_with(b"\n");
        if self.row_began.is_none() && !part.trim_ascii().is_empty() {
            self.row_began = Some(self.line);
        }
        let count = part.len();
        if let Some(target) = buffer.get_mut(..count) {
            target.copy_from_slice(part);
        }
        self.inner.consume(count);
        self.row_bytes = self.row_bytes.saturating_add(count as u64);
        Ok(count)
    }
}
