//! Opens a file or the standard input for reading: undoes gzip, drops a byte order mark, counts what was read.
//!
//! Not here: lines, rows and formats.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::source::{Progress, ReadError};

const BUFFER_BYTES: usize = 128 * 1024;
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// Decompressed text, with the name to show for it.
pub struct Input {
    /// The text, without byte order mark.
    pub reader: Box<dyn BufRead + Send>,
    /// The name to show, for example `people.jsonl.gz` or `standard input`.
    pub place: Arc<str>,
    /// How far it has been read, in bytes of the file as it lies on disk.
    pub progress: Progress,
}

impl Input {
    /// Opens a file, or the standard input when the path is `-`.
    ///
    /// # Errors
    /// When it cannot be opened, its first bytes cannot be read, or it is UTF-16.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if path.as_os_str() == "-" {
            return Self::from_reader(io::stdin(), "standard input", None);
        }
        let file = open_file(path)?;
        let total = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Self::from_reader(file, &name, total)
    }

    /// Takes any source of bytes; `total` is how many there are, when that is known.
    ///
    /// # Errors
    /// When the first bytes cannot be read, or the text is UTF-16.
    pub fn from_reader(reader: impl Read + Send + 'static, place: &str, total: Option<u64>) -> Result<Self, ReadError> {
        Self::counted(
            reader,
            place,
            Progress {
                done: Arc::default(),
                total,
            },
        )
    }

    /// Like [`Self::open`] for a file that is one of several which share a count.
    pub(super) fn open_part(path: &Path, progress: Progress) -> Result<Self, ReadError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Self::counted(open_file(path)?, &name, progress)
    }

    fn counted(reader: impl Read + Send + 'static, place: &str, progress: Progress) -> Result<Self, ReadError> {
        let failed = |source| ReadError::while_reading(place, 0, source);
        let counting = Counting {
            inner: reader,
            done: Arc::clone(&progress.done),
        };
        let (head, raw) = peek(BufReader::with_capacity(BUFFER_BYTES, counting)).map_err(failed)?;
        let plain: Box<dyn BufRead + Send> = if head.starts_with(GZIP_MAGIC) {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        let (head, mut text) = peek(plain).map_err(failed)?;
        if UTF16_MARKS.iter().any(|mark| head.starts_with(mark)) {
            return Err(ReadError::Encoding {
                place: place.to_owned(),
                encoding: "UTF-16",
            });
        }
        if head.starts_with(UTF8_MARK) {
            text.consume(UTF8_MARK.len());
        }
        Ok(Self {
            reader: Box::new(text),
            place: place.into(),
            progress,
        })
    }
}

fn open_file(path: &Path) -> Result<File, ReadError> {
    File::open(path).map_err(|source| ReadError::Open {
        path: path.display().to_string(),
        source,
    })
}

/// A reader put together again after a look at its beginning.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The first three bytes (fewer when there are no more), and a reader that still begins with them.
fn peek<R: BufRead>(mut reader: R) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::with_capacity(UTF8_MARK.len());
    reader.by_ref().take(UTF8_MARK.len() as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

struct Counting<R> {
    inner: R,
    done: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        Input::from_reader(Cursor::new(bytes), "test", None)
            .unwrap()
            .reader
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn gzip_of_several_members_reads_as_one_text() {
        let mut bytes = gzip(b"\xef\xbb\xbfone ");
        bytes.extend(gzip(b"two"));
        assert_eq!(read(bytes), "one two");
    }

    #[test]
    fn plain_text_keeps_every_byte_but_the_mark() {
        assert_eq!(read(b"\xef\xbb\xbfhello".to_vec()), "hello");
        assert_eq!(read(b"{}".to_vec()), "{}");
        assert_eq!(read(Vec::new()), "");
    }

    #[test]
    fn utf16_is_refused_by_name() {
        let error = Input::from_reader(Cursor::new(b"\xff\xfe{\0".to_vec()), "a.jsonl", None)
            .err()
            .unwrap();
        assert!(error.to_string().contains("UTF-16"));
    }

    #[test]
    fn counts_the_bytes_of_the_compressed_file() {
        let bytes = gzip("x".repeat(100_000).as_bytes());
        let size = bytes.len() as u64;
        let mut input = Input::from_reader(Cursor::new(bytes), "test", Some(size)).unwrap();
        io::copy(&mut input.reader, &mut io::sink()).unwrap();
        assert_eq!(input.progress.done.load(Ordering::Relaxed), size);
    }
}
