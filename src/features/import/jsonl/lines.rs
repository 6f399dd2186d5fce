//! Hands a JSON Lines file on line by line, bounds how long one can get, and goes on after a line that is wrong.
//!
//! Not here: what a line holds (`object`, and the readers).

use std::io::{self, BufRead, Read as _};
use std::sync::Arc;

use crate::features::import::input::Input;
use crate::features::import::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};

/// The longest line that is read, in bytes.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// The lines of a file, in its order.
pub(in crate::features::import) struct JsonLines {
    reader: Box<dyn BufRead + Send>,
    place: Arc<str>,
    progress: Progress,
    line: u64,
    buffer: Vec<u8>,
    ended: bool,
}

impl JsonLines {
    /// Reads from what was opened elsewhere.
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
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The record that `read` makes of the next line that is not blank; `None` at the end.
    pub fn next_item<R>(&mut self, read: impl Fn(&[u8]) -> Result<R, Fault>) -> Option<Result<ReadItem<R>, ReadError>> {
        self.next_outcome(|line| read(line).map(ReadOutcome::Record))
    }

    /// What `read` makes of the next line that is not blank; `None` at the end.
    pub fn next_outcome<R>(&mut self, read: impl Fn(&[u8]) -> Result<ReadOutcome<R>, Fault>) -> Option<Result<ReadItem<R>, ReadError>> {
        while !self.ended {
            match self.read_line() {
                Ok(false) => self.ended = true,
                Ok(true) => {
                    self.line += 1;
                    if !self.buffer.trim_ascii().is_empty() {
                        return Some(Ok(ReadItem::new(&self.place, self.line, read(&self.buffer), &self.buffer)));
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
