//! The one file in a zip archive: found by the archive's directory, unpacked while it is read, checked against its checksum.
//!
//! Archives of several files are not read: which of them is meant would be a guess.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek as _, SeekFrom, Take};
use std::path::Path;

use flate2::CrcReader;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::source::ReadError;

/// What a zip archive begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03";

/// How the file in an archive is packed.
pub(super) struct Packing {
    deflated: bool,
    crc: u32,
}

/// Whether a file is a zip archive. It is at its beginning afterwards; only for files that can be wound back.
pub(super) fn is_archive(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::with_capacity(MAGIC.len());
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head == MAGIC)
}

/// Finds the one file in an archive: its packed bytes, and how they are packed.
///
/// # Errors
/// [`ReadError::Archive`] when there is none, or more than one, or it cannot be unpacked here.
pub(super) fn find(path: &Path, file: File) -> Result<(Take<File>, Packing), ReadError> {
    let refused = |reason: String| ReadError::Archive {
        path: path.display().to_string(),
        reason,
    };
    let damaged = |error: zip::result::ZipError| refused(format!("{error}; if the file was cut off, get it anew"));
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut found = None;
    let mut files = 0_u32;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.is_dir() {
            continue;
        }
        files += 1;
        let start = entry
            .data_start()
            .ok_or_else(|| refused("it does not say where its file is".to_owned()))?;
        found = Some((
            start,
            entry.compressed_size(),
            entry.compression(),
            entry.encrypted(),
            entry.crc32(),
        ));
    }
    let Some((start, size, method, encrypted, crc)) = found.filter(|_| files == 1) else {
        return Err(refused(format!(
            "it holds {files} files, and one is expected; unpack it and import what you need"
        )));
    };
    let deflated = match method {
        _ if encrypted => return Err(refused("its file is encrypted; unpack it first".to_owned())),
        CompressionMethod::Stored => false,
        CompressionMethod::Deflated => true,
        other => return Err(refused(format!("its file is packed by {other}; unpack it first"))),
    };
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start)).map_err(|cause| ReadError::Open {
        path: path.display().to_string(),
        cause,
    })?;
    Ok((file.take(size), Packing { deflated, crc }))
}

/// Unpacks what [`find`] found.
pub(super) fn unpack(packed: impl BufRead + Send + 'static, packing: Packing) -> impl Read + Send + 'static {
    let plain: Box<dyn Read + Send> = if packing.deflated {
        Box::new(DeflateDecoder::new(packed))
    } else {
        Box::new(packed)
    };
    Checked {
        inner: CrcReader::new(plain),
        crc: packing.crc,
    }
}

/// Fails at the end when the checksum is another one, which a cut-off file has, too.
struct Checked<R> {
    inner: CrcReader<R>,
    crc: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.inner.crc().sum() != self.crc {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of the archive does not match",
            ));
        }
        Ok(count)
    }
}
