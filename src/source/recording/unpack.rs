//! Recordings that are compressed with gzip (`.xdfz`, `.xdf.gz`, `.edf.gz`).

use crate::printable::printable_path;
use crate::source::SourceError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// First bytes of an archive.
const MAGIC: [u8; 2] = [0x1F, 0x8B];
/// Larger contents are not unpacked, bytes: a small archive can contain any number of zeros.
const MOST_BYTES: u64 = 16 << 30;
/// Bytes per read.
const PIECE: usize = 1 << 16;

/// Whether a file is a gzip archive.
pub(super) fn is_packed(start: &[u8]) -> bool {
    start.starts_with(&MAGIC)
}

/// Unpacks an archive into a temporary file without a name. The intact part of a damaged archive is used.
///
/// # Errors
/// [`SourceError`] if it cannot be read, there is no space, or it contains more than 16 GiB.
pub(super) fn unpack(path: &Path, packed: File) -> Result<File, SourceError> {
    unpack_at_most(path, packed, MOST_BYTES)
}

fn unpack_at_most(path: &Path, packed: File, most: u64) -> Result<File, SourceError> {
    let io = |cause| SourceError::Io {
        path: path.to_owned(),
        cause,
    };
    let mut decoder = MultiGzDecoder::new(BufReader::new(packed));
    let mut out = BufWriter::new(tempfile::tempfile().map_err(io)?);
    let mut piece = vec![0; PIECE];
    let mut bytes = 0u64;
    loop {
        let count = match decoder.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(cause) if bytes > 0 => {
                log::warn!(
                    "{}: the archive is damaged ({cause}); the {bytes} bytes before that are used",
                    printable_path(path)
                );
                break;
            }
            Err(cause) => return Err(io(cause)),
        };
        bytes += count as u64;
        if bytes > most {
            return Err(SourceError::Malformed {
                path: path.to_owned(),
                offset: 0,
                found: format!("an archive of more than {most} bytes"),
                expected: "a smaller one; unpack it with 'gunzip' where there is room".into(),
            });
        }
        out.write_all(&piece[..count]).map_err(io)?;
    }
    out.into_inner().map_err(|error| io(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recording::input::Input;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{Seek, SeekFrom};

    fn packed(bytes: &[u8], keep: usize) -> File {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        let mut archive = encoder.finish().unwrap();
        archive.truncate(keep.min(archive.len()));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&archive).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn unpacked(archive: File) -> Input {
        let path = Path::new("x.xdfz");
        Input::of_file(path, unpack(path, archive).unwrap()).unwrap()
    }

    fn noise(count: u32) -> Vec<u8> {
        (0..count)
            .map(|k| (k.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect()
    }

    #[test]
    fn a_packed_file_is_unpacked() {
        let bytes = noise(200_000);
        let mut input = unpacked(packed(&bytes, usize::MAX));
        assert_eq!(input.read_up_to(u64::MAX).unwrap(), bytes);
    }

    #[test]
    fn the_beginning_of_a_truncated_archive_is_used() {
        let bytes = noise(200_000);
        let mut input = unpacked(packed(&bytes, 100_000));
        let part = input.read_up_to(u64::MAX).unwrap();
        assert!(
            part.len() > 50_000 && bytes.starts_with(&part),
            "{}",
            part.len()
        );
    }

    #[test]
    fn an_archive_with_too_much_content_is_refused() {
        let zeros = vec![0; 1 << 20];
        let error =
            unpack_at_most(Path::new("x.xdfz"), packed(&zeros, usize::MAX), 1000).unwrap_err();
        assert!(
            error.to_string().contains("more than 1000 bytes"),
            "{error}"
        );
    }
}
