//! Finds the files of a dump in a directory, or unpacks them from a 7z archive into a directory that goes away again.
//!
//! Only the files that are read are written out, under their own names; whatever else an archive holds is passed over.
//! Not here: what is in the files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sevenz_rust2::{ArchiveEntry, ArchiveReader, EntryDecision, Error as SevenZipError, Password};
use tempfile::TempDir;

use super::DumpFile;
use crate::features::import::source::ReadError;

/// What a decoder may allocate, in KiB: enough for the largest dictionary of 7-Zip's presets.
const DECODER_MEMORY_KIB: usize = 512 * 1024;

/// Where the files of a dump are.
pub(super) struct Dump {
    path: PathBuf,
    unpacked: Option<TempDir>,
    is_archive: bool,
    sizes: [u64; DumpFile::ALL.len()],
}

impl Dump {
    /// Looks whether everything is there, and for an archive whether it is whole and not too large.
    pub fn open(path: &Path, max_unpacked_bytes: u64) -> Result<Self, ReadError> {
        let metadata = fs::metadata(path).map_err(|cause| ReadError::Open {
            path: path.display().to_string(),
            cause,
        })?;
        let is_archive = !metadata.is_dir();
        let found = if is_archive {
            sizes_in_archive(path)?
        } else {
            sizes_in_directory(path)
        };
        let missing: Vec<_> = DumpFile::ALL
            .iter()
            .zip(&found)
            .filter(|(_, size)| size.is_none())
            .map(|(file, _)| file.file_name())
            .collect();
        if !missing.is_empty() {
            return Err(ReadError::MissingFiles {
                path: path.display().to_string(),
                names: missing.join(", "),
            });
        }
        let sizes = found.map(Option::unwrap_or_default);
        let bytes = sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(*size));
        if is_archive && bytes > max_unpacked_bytes {
            return Err(ReadError::TooLarge {
                path: path.display().to_string(),
                bytes,
                limit: max_unpacked_bytes,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            unpacked: None,
            is_archive,
            sizes,
        })
    }

    /// All bytes that will be counted: unpacked once, then read, posts twice.
    pub fn bytes_to_read(&self) -> u64 {
        let passes = DumpFile::ALL.map(|file| u64::from(self.is_archive) + 1 + u64::from(file == DumpFile::Posts));
        self.sizes
            .iter()
            .zip(passes)
            .fold(0, |sum: u64, (size, passes)| sum.saturating_add(size.saturating_mul(passes)))
    }

    /// Unpacks an archive; does nothing for a directory.
    pub fn unpack(&mut self, done: &AtomicU64) -> Result<(), ReadError> {
        if self.is_archive {
            let no_space = |cause| ReadError::Unpack {
                path: std::env::temp_dir().display().to_string(),
                cause,
            };
            let directory = tempfile::Builder::new().prefix("rapport-import-").tempdir().map_err(no_space)?;
            unpack(&self.path, directory.path(), done)?;
            self.unpacked = Some(directory);
        }
        Ok(())
    }

    /// Where a file is, once unpacked.
    pub fn path_of(&self, file: DumpFile) -> PathBuf {
        self.unpacked
            .as_ref()
            .map_or(self.path.as_path(), TempDir::path)
            .join(file.file_name())
    }
}

fn sizes_in_directory(path: &Path) -> [Option<u64>; DumpFile::ALL.len()] {
    DumpFile::ALL.map(|file| {
        fs::metadata(path.join(file.file_name()))
            .ok()
            .filter(fs::Metadata::is_file)
            .map(|data| data.len())
    })
}

fn sizes_in_archive(path: &Path) -> Result<[Option<u64>; DumpFile::ALL.len()], ReadError> {
    let archive = open_archive(path)?;
    let entries = &archive.archive().files;
    Ok(DumpFile::ALL.map(|wanted| entries.iter().find(|entry| file_of(entry) == Some(wanted)).map(ArchiveEntry::size)))
}

fn open_archive(path: &Path) -> Result<ArchiveReader<File>, ReadError> {
    let file = File::open(path).map_err(|cause| ReadError::Open {
        path: path.display().to_string(),
        cause,
    })?;
    let mut reader =
        ArchiveReader::new_with_memory_limit(file, Password::empty(), DECODER_MEMORY_KIB).map_err(|error| refused(path, error))?;
    // Threads would multiply the memory, and dumps are packed with BZip2, which uses one anyway.
    reader.set_thread_count(1);
    Ok(reader)
}

/// The file of a dump that an entry is, in whatever folder of the archive.
fn file_of(entry: &ArchiveEntry) -> Option<DumpFile> {
    let name = entry.name().rsplit(['/', '\\']).next()?;
    DumpFile::ALL
        .into_iter()
        .find(|file| !entry.is_directory() && file.file_name() == name)
}

fn unpack(path: &Path, directory: &Path, done: &AtomicU64) -> Result<(), ReadError> {
    let mut archive = open_archive(path)?;
    let mut left = DumpFile::ALL.to_vec();
    let mut no_space = None;
    let outcome = archive.for_each_entries_with_decision(|entry, content| {
        let Some(file) = file_of(entry).filter(|file| left.contains(file)) else {
            return Ok(EntryDecision::Continue);
        };
        left.retain(|other| *other != file);
        let target = directory.join(file.file_name());
        if let Err(source) = write_out(content, &target, done)? {
            no_space = Some(ReadError::Unpack {
                path: directory.display().to_string(),
                cause: source,
            });
            return Ok(EntryDecision::Stop);
        }
        Ok(if left.is_empty() {
            EntryDecision::Stop
        } else {
            EntryDecision::Continue
        })
    });
    match (no_space, outcome) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(refused(path, error)),
        (None, Ok(())) => Ok(()),
    }
}

/// Copies one file. The outer error is the archive's, the inner one the disk's.
fn write_out(content: &mut dyn Read, target: &Path, done: &AtomicU64) -> io::Result<io::Result<()>> {
    let mut file = match File::create(target) {
        Ok(file) => file,
        Err(error) => return Ok(Err(error)),
    };
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let count = content.read(&mut buffer)?;
        if count == 0 {
            return Ok(Ok(()));
        }
        if let Err(error) = file.write_all(buffer.get(..count).unwrap_or_default()) {
            return Ok(Err(error));
        }
        done.fetch_add(count as u64, Ordering::Relaxed);
    }
}

fn refused(path: &Path, error: SevenZipError) -> ReadError {
    let reason = match error {
        SevenZipError::BadSignature(_) => "it is neither a directory nor a 7z archive; give one of the two".to_owned(),
        SevenZipError::PasswordRequired | SevenZipError::MaybeBadPassword(_) => {
            "it is encrypted; unpack it yourself and import the directory".to_owned()
        }
        SevenZipError::UnsupportedCompressionMethod(method) => {
            format!("it is packed with {method}, which is not known here; unpack it yourself and import the directory")
        }
        SevenZipError::MaxMemLimited { .. } => {
            "it takes more than 512 MiB of memory; unpack it yourself and import the directory".to_owned()
        }
        other => format!("the archive is cut off or damaged, download it again ({})", in_words(&other)),
    };
    ReadError::Archive {
        path: path.display().to_string(),
        reason,
    }
}

/// The crate shows its errors as Rust values.
fn in_words(error: &SevenZipError) -> String {
    match error {
        SevenZipError::Io(error, _) => match error.get_ref() {
            Some(inner) if inner.is::<SevenZipError>() => "a checksum is wrong".to_owned(),
            _ => error.to_string(),
        },
        SevenZipError::ChecksumVerificationFailed | SevenZipError::NextHeaderCrcMismatch => "a checksum is wrong".to_owned(),
        SevenZipError::Other(words) | SevenZipError::Unsupported(words) => words.to_string(),
        other => other.to_string(),
    }
}
