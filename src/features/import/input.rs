//! Opens a file or the standard input for reading: undoes gzip and zip, drops a byte order mark, counts what was read.
//!
//! Not here: lines, rows and formats.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::source::{Progress, ReadError};
use super::zipped;

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
        let mut file = open_file(path)?;
        let total = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        // A pipe cannot be wound back: only of a real file the beginning is looked at here.
        let archived = total.is_some() && zipped::is_archive(&mut file).map_err(|source| ReadError::while_reading(&name, 0, source))?;
        if archived {
            return Self::from_archive(path, file, &name);
        }
        Self::from_reader(file, &name, total)
    }

    fn from_archive(path: &Path, file: File, place: &str) -> Result<Self, ReadError> {
        let (data, packing) = zipped::find(path, file)?;
        let progress = Progress {
            done: Arc::default(),
            total: Some(data.limit()),
        };
        let counting = Counting {
            inner: data,
            done: Arc::clone(&progress.done),
        };
        let unpacked = zipped::unpack(BufReader::with_capacity(BUFFER_BYTES, counting), packing);
        Self::decoded(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)), place, progress)
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
        if head.starts_with(zipped::MAGIC) {
            return Err(ReadError::Archive {
                path: place.to_owned(),
                reason: "a zip archive is read from a file only, not from a stream or from within another one".to_owned(),
            });
        }
        let plain: Box<dyn BufRead + Send> = if head.starts_with(GZIP_MAGIC) {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        Self::decoded(plain, place, progress)
    }

    /// Takes text that nothing is packed around any more.
    fn decoded(plain: Box<dyn BufRead + Send>, place: &str, progress: Progress) -> Result<Self, ReadError> {
        let (head, mut text) = peek(plain).map_err(|source| ReadError::while_reading(place, 0, source))?;
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
    File::open(path).map_err(|cause| ReadError::Open {
        path: path.display().to_string(),
        cause,
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

    /// A zip archive of files that are stored as they are, by the format's description.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let mut crc = flate2::Crc::new();
            crc.update(content);
            let (size, length, start) = (content.len() as u32, name.len() as u16, bytes.len() as u32);
            let mut header = Vec::new();
            for part in [0x14_u16, 0, 0, 0, 0x21] {
                header.extend(part.to_le_bytes());
            }
            for part in [crc.sum(), size, size] {
                header.extend(part.to_le_bytes());
            }
            header.extend(length.to_le_bytes());
            header.extend(0_u16.to_le_bytes());
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&header);
            bytes.extend(name.as_bytes());
            bytes.extend(*content);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&header);
            directory.extend([0; 10]);
            directory.extend(start.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (start, size, count) = (bytes.len() as u32, directory.len() as u32, files.len() as u16);
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        bytes.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
        bytes.extend([0; 2]);
        bytes
    }

    fn read_file(bytes: &[u8]) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut text = String::new();
        let mut input = Input::open(file.path()).map_err(|error| error.to_string())?;
        input.reader.read_to_string(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    #[test]
    fn the_one_file_in_a_zip_archive_is_read_and_checked() {
        let bytes = archive(&[("log.csv", b"\xef\xbb\xbfa,b\n1,2\n")]);
        assert_eq!(read_file(&bytes).unwrap(), "a,b\n1,2\n");
        let mut damaged = bytes.clone();
        let place = damaged.windows(3).position(|part| part == b"1,2").unwrap();
        damaged[place] = b'9';
        assert!(read_file(&damaged).unwrap_err().contains("checksum"));
        assert!(read_file(&bytes[..bytes.len() / 2]).unwrap_err().contains("cannot be unpacked"));
        let several = archive(&[("a.csv", b"a"), ("b.csv", b"b")]);
        assert!(read_file(&several).unwrap_err().contains("2 files"));
        let stream = Input::from_reader(Cursor::new(bytes), "standard input", None).err().unwrap();
        assert!(stream.to_string().contains("from a file only"), "{stream}");
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
