//! The bytes of a recording, read piece by piece.

use super::unpack;
use crate::source::SourceError;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// Size of the read-ahead buffer, bytes. It is small, so that whole records bypass it and reading a few bytes of each
/// record is cheap.
const BUFFER: usize = 1 << 13;

/// A file, or bytes in memory (for tests and fuzzing). No size in a file is trusted: a read beyond the end is an error,
/// before anything is allocated.
pub struct Input {
    path: PathBuf,
    size: u64,
    bytes: BufReader<Box<dyn ReadSeek>>,
    position: u64,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("path", &self.path)
            .field("size", &self.size)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Input {
    /// Opens a file. A gzip archive is unpacked into a temporary file.
    ///
    /// # Errors
    /// [`SourceError`] if it cannot be opened or unpacked, or is a folder.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let io = |cause| SourceError::Io {
            path: path.to_owned(),
            cause,
        };
        let mut file = File::open(path).map_err(io)?;
        let about = file.metadata().map_err(io)?;
        if about.is_dir() {
            return Err(io(std::io::ErrorKind::IsADirectory.into()));
        }
        let mut start = Vec::new();
        (&mut file).take(2).read_to_end(&mut start).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        if unpack::is_packed(&start) {
            return Self::of_file(path, unpack::unpack(path, file)?);
        }
        Ok(Self::new(path, about.len(), Box::new(file)))
    }

    /// An open file, read from its beginning. Errors name the file at `path`, from which it was made.
    pub(super) fn of_file(path: &Path, mut file: File) -> Result<Self, SourceError> {
        let size = file.seek(SeekFrom::End(0));
        let size = size.and_then(|size| file.seek(SeekFrom::Start(0)).map(|_| size));
        let size = size.map_err(|cause| SourceError::Io {
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self::new(path, size, Box::new(file)))
    }

    /// Bytes in memory, with a name for error messages.
    #[must_use]
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Self {
        Self::new(
            Path::new(name),
            bytes.len() as u64,
            Box::new(Cursor::new(bytes)),
        )
    }

    fn new(path: &Path, size: u64, bytes: Box<dyn ReadSeek>) -> Self {
        Self {
            path: path.to_owned(),
            size,
            bytes: BufReader::with_capacity(BUFFER, bytes),
            position: 0,
        }
    }

    /// Path for error messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Place of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Number of bytes from here to the end.
    pub(super) fn left(&self) -> u64 {
        self.size.saturating_sub(self.position)
    }

    /// Moves to a place.
    pub(super) fn go_to(&mut self, offset: u64) -> Result<(), SourceError> {
        if offset == self.position {
            return Ok(());
        }
        let relative = i64::try_from(i128::from(offset) - i128::from(self.position));
        let moved = match relative {
            Ok(relative) => self.bytes.seek_relative(relative),
            Err(_) => self.bytes.seek(SeekFrom::Start(offset)).map(|_| ()),
        };
        moved.map_err(|cause| self.io(cause))?;
        self.position = offset;
        Ok(())
    }

    /// Fills the buffer with the next bytes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<(), SourceError> {
        if self.left() < into.len() as u64 {
            let expected = format!("{} more bytes from byte {} on", into.len(), self.position);
            return Err(self.malformed(self.size, "the end of the file", &expected));
        }
        self.bytes
            .read_exact(into)
            .map_err(|cause| SourceError::Io {
                path: self.path.clone(),
                cause,
            })?;
        self.position += into.len() as u64;
        Ok(())
    }

    /// The next bytes, up to `count` or to the end.
    pub(super) fn read_up_to(&mut self, count: u64) -> Result<Vec<u8>, SourceError> {
        let count = usize::try_from(count.min(self.left())).unwrap_or(usize::MAX);
        let mut out = vec![0; count];
        self.read(&mut out)?;
        Ok(out)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], SourceError> {
        let mut out = [0; N];
        self.read(&mut out)?;
        Ok(out)
    }

    /// An error at a place.
    pub(super) fn malformed(&self, offset: u64, found: &str, expected: &str) -> SourceError {
        SourceError::Malformed {
            path: self.path.clone(),
            offset,
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn io(&self, cause: std::io::Error) -> SourceError {
        SourceError::Io {
            path: self.path.clone(),
            cause,
        }
    }

    /// An error if the binary data from here on was copied as text. By chance, one in 256 line feeds (LF) among samples
    /// follows a carriage return (CR). In a text copy, all of them do.
    pub(super) fn refuse_text_copy(&mut self, from: u64) -> Result<(), SourceError> {
        const LOOK: u64 = 1 << 16;
        const ENOUGH: usize = 8;
        self.go_to(from.min(self.size))?;
        let data = self.read_up_to(LOOK)?;
        let line_ends = data.iter().filter(|&&byte| byte == b'\n').count();
        let with_return = data.windows(2).filter(|pair| pair == b"\r\n").count();
        if line_ends < ENOUGH || with_return < line_ends - usize::from(data.first() == Some(&b'\n'))
        {
            return Ok(());
        }
        let first = data.iter().position(|&byte| byte == b'\n').unwrap_or(0);
        Err(self.malformed(
            from + first as u64,
            &format!("a carriage return before each of {line_ends} line ends among the samples"),
            "samples as they were recorded: this copy was made as text (such as by FTP in text mode); copy the original \
             again as binary",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_beyond_the_end_is_an_error_and_allocates_nothing() {
        let mut input = Input::of_bytes("x.edf", vec![1, 2, 3]);
        assert_eq!(input.read_up_to(u64::MAX).unwrap(), [1, 2, 3]);
        input.go_to(1).unwrap();
        let error = input.array::<4>().unwrap_err().to_string();
        assert!(
            error.contains(
                "at byte 3: found the end of the file, expected 4 more bytes from byte 1 on"
            ),
            "{error}"
        );
        assert_eq!(input.array::<2>().unwrap(), [2, 3]);
    }

    #[test]
    fn a_copy_made_as_text_is_refused() {
        let binary: Vec<u8> = (0..40_000u32)
            .map(|k| (k.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let copied: Vec<u8> = binary
            .iter()
            .flat_map(|&byte| {
                if byte == b'\n' {
                    vec![b'\r', b'\n']
                } else {
                    vec![byte]
                }
            })
            .collect();
        assert!(copied.len() > binary.len() + 20);
        Input::of_bytes("x", binary).refuse_text_copy(0).unwrap();
        let error = Input::of_bytes("x", copied)
            .refuse_text_copy(0)
            .unwrap_err();
        assert!(
            error.to_string().contains("copied as text")
                || error.to_string().contains("made as text")
        );
    }
}
