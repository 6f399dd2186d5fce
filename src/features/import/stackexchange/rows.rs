//! Splits a file of a dump into its `<row …/>` elements.
//!
//! Rows are told apart by `<`, which XML allows nowhere inside an attribute: a row with a missing quote spoils itself
//! and never swallows its neighbours, as it would for a parser that looks for the closing quote. Not here:
//! attributes (`attributes`), and what a row means.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use crate::features::import::input::Input;
use crate::features::import::source::{Fault, ReadError};

/// The longest row that is read. The longest posts have some 200 kB with all their escapes.
const MAX_ROW_BYTES: usize = 8 * 1024 * 1024;

/// The rows of one file.
pub(super) struct Rows {
    reader: Box<dyn BufRead + Send>,
    place: Arc<str>,
    root: &'static str,
    number: u64,
    buffer: Vec<u8>,
    closed: bool,
    /// The last row was broken in a way that leaves a piece of it behind the next `<`.
    in_pieces: bool,
}

/// One row.
pub(super) struct Row<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What stands between `<row` and `/>`.
    pub attributes: Result<&'a str, Fault>,
    /// All of it, to show.
    pub raw: &'a [u8],
}

/// What stands between two `<`.
#[derive(Clone, Copy, PartialEq)]
enum Markup {
    Row,
    RootEnd,
    Comment,
    /// The end of a row, a processing instruction.
    Ignored,
    /// Another element, or the rest of a row in pieces.
    Foreign,
}

impl Rows {
    /// Begins a file whose rows stand in the element `root`.
    pub fn new(input: Input, root: &'static str) -> Result<Self, ReadError> {
        let Input { reader, place, .. } = input;
        let mut rows = Self {
            reader,
            place,
            root,
            number: 0,
            buffer: Vec::new(),
            closed: false,
            in_pieces: false,
        };
        rows.enter_root()?;
        Ok(rows)
    }

    /// The name of the file.
    pub fn place(&self) -> Arc<str> {
        Arc::clone(&self.place)
    }

    /// The next row; an error when the file ends without closing its root element.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        while !self.closed {
            let more_follows = self.read_markup().map_err(|source| self.failed(source))?;
            match markup(&self.buffer, self.root) {
                Markup::RootEnd => self.closed = true,
                Markup::Comment => self.skip_comment().map_err(|source| self.failed(source))?,
                _ if !more_follows && !is_complete(&self.buffer) => {
                    return Err(self.failed(io::ErrorKind::UnexpectedEof.into()));
                }
                Markup::Ignored => {}
                Markup::Foreign if self.in_pieces => {}
                Markup::Row | Markup::Foreign => return Ok(Some(self.row())),
            }
        }
        Ok(None)
    }

    fn row(&mut self) -> Row<'_> {
        self.number += 1;
        let quote_is_open = |open, byte: &u8| open ^ (*byte == b'"');
        self.in_pieces = !is_complete(&self.buffer) || self.buffer.iter().fold(false, quote_is_open);
        Row {
            number: self.number,
            attributes: row_attributes(&self.buffer),
            raw: &self.buffer,
        }
    }

    fn enter_root(&mut self) -> Result<(), ReadError> {
        self.read_markup().map_err(|source| self.failed(source))?;
        if !self.buffer.trim_ascii().is_empty() {
            return Err(self.not_a_dump("text"));
        }
        loop {
            let more_follows = self.read_markup().map_err(|source| self.failed(source))?;
            let name = element_name(&self.buffer);
            if name == self.root.as_bytes() {
                // `<votes />` is how an empty file is written.
                self.closed = self.buffer.trim_ascii_end().ends_with(b"/>");
                return Ok(());
            }
            if !more_follows && self.buffer.trim_ascii().is_empty() {
                return Err(self.failed(io::ErrorKind::UnexpectedEof.into()));
            }
            if self.buffer.starts_with(b"!--") {
                self.skip_comment().map_err(|source| self.failed(source))?;
            } else if !matches!(name.first(), Some(b'?' | b'!')) {
                let found = String::from_utf8_lossy(name.get(..40).unwrap_or(name));
                return Err(self.not_a_dump(&format!("<{found}>")));
            }
        }
    }

    /// Reads up to the next `<`; `false` when the file ended instead.
    fn read_markup(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.reader.by_ref().take(MAX_ROW_BYTES as u64).read_until(b'<', &mut self.buffer)?;
        if self.buffer.pop_if(|last| *last == b'<').is_some() {
            return Ok(true);
        }
        // Too long for a row, or the end of the file: either way nothing of it is kept beyond what fits.
        Ok(self.buffer.len() == MAX_ROW_BYTES && self.reader.skip_until(b'<')? > 0)
    }

    fn skip_comment(&mut self) -> io::Result<()> {
        while !self.buffer.windows(3).any(|end| end == b"-->") {
            if !self.read_markup()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn not_a_dump(&self, found: &str) -> ReadError {
        let reason = format!("expected the element <{}>, found {found}", self.root);
        ReadError::NotADump {
            place: self.place.to_string(),
            reason,
        }
    }

    fn failed(&self, source: io::Error) -> ReadError {
        ReadError::while_reading(&self.place, self.number, source)
    }
}

fn element_name(markup: &[u8]) -> &[u8] {
    let end = markup
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    // The slash of an end tag comes first and belongs to the name here.
    match end {
        Some(0) | None => markup,
        Some(end) => markup.get(..end).unwrap_or(markup),
    }
}

fn markup(buffer: &[u8], root: &str) -> Markup {
    let closes_root = |rest: &[u8]| {
        rest.strip_prefix(root.as_bytes())
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b">"))
    };
    if element_name(buffer) == b"row" {
        Markup::Row
    } else if buffer.starts_with(b"!--") {
        Markup::Comment
    } else if buffer.strip_prefix(b"/").is_some_and(closes_root) {
        Markup::RootEnd
    } else if matches!(buffer.first(), Some(b'/' | b'?' | b'!') | None) {
        Markup::Ignored
    } else {
        Markup::Foreign
    }
}

fn is_complete(row: &[u8]) -> bool {
    row.trim_ascii_end().ends_with(b">")
}

fn row_attributes(row: &[u8]) -> Result<&str, Fault> {
    if row.len() >= MAX_ROW_BYTES {
        return Err(Fault::row(format!("the row is longer than {MAX_ROW_BYTES} bytes")));
    }
    let name = element_name(row);
    if name != b"row" {
        let found = String::from_utf8_lossy(name.get(..40).unwrap_or(name));
        return Err(Fault::row(format!("expected <row …/>, found <{found}>")));
    }
    let text = std::str::from_utf8(row)
        .map_err(|error| Fault::row(format!("the row is not UTF-8 (byte {})", error.valid_up_to().saturating_add(1))))?;
    let inside = text.trim_ascii_end().strip_suffix('>');
    let inside = inside.ok_or_else(|| Fault::row("the row is not closed by `/>` before the next `<`"))?;
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    Ok(inside.strip_prefix("row").unwrap_or(inside))
}

#[cfg(test)]
mod tests;
