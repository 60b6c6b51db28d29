//! Converts samples that are stored as text to binary numbers, piece by piece, in a temporary file without a name.

use super::super::input::Input;
use super::super::text;
use super::format::{Ascii, Format};
use crate::source::SourceError;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Bytes per read.
const PIECE: u64 = 1 << 16;
/// Maximum number of characters of a number.
const LONGEST_WORD: usize = 64;

/// The samples as 64-bit floats, in the order of the text.
///
/// # Errors
/// [`SourceError`] if the file cannot be read, a word is not a number, or a line has the wrong number of values.
pub(super) fn to_binary(
    mut data: Input,
    format: &Format,
    ascii: Ascii,
) -> Result<Input, SourceError> {
    let path = data.path().to_owned();
    let io = |cause| SourceError::Io {
        path: path.clone(),
        cause,
    };
    let file = tempfile::tempfile().map_err(io)?;
    let mut reader = Reader {
        ascii,
        // A line is one sample of all channels, or all samples of one channel, as many as the first channel has.
        per_line: format.multiplexed.then_some(format.channels as u64),
        out: BufWriter::new(file),
        word: Vec::new(),
        line: 0,
        words: 0,
        numbers: 0,
    };
    data.go_to(0)?;
    loop {
        let at = data.position();
        let piece = data.read_up_to(PIECE)?;
        if piece.is_empty() {
            break;
        }
        for (offset, &byte) in (at..).zip(&piece) {
            reader
                .take(&data, offset, byte)
                .map_err(|error| error.or(&io))?;
        }
    }
    // The last line may be truncated. What it lacks is reported when the file's size is checked.
    reader
        .end_word(&data, data.size())
        .map_err(|error| error.or(&io))?;
    let file = reader
        .out
        .into_inner()
        .map_err(|error| io(error.into_error()))?;
    Input::of_file(data.path(), file)
}

struct Reader {
    ascii: Ascii,
    per_line: Option<u64>,
    out: BufWriter<File>,
    word: Vec<u8>,
    /// Number of lines before the current one, and of words and numbers in the current one.
    line: u64,
    words: u64,
    numbers: u64,
}

/// What can go wrong.
enum Failure {
    Source(SourceError),
    Write(std::io::Error),
}

impl Failure {
    fn or(self, io: &impl Fn(std::io::Error) -> SourceError) -> SourceError {
        match self {
            Self::Source(error) => error,
            Self::Write(cause) => io(cause),
        }
    }
}

impl Reader {
    fn take(&mut self, data: &Input, at: u64, byte: u8) -> Result<(), Failure> {
        match byte {
            b'\n' => {
                self.end_word(data, at)?;
                self.end_line(data, at)
            }
            b' ' | b'\t' | b'\r' | b';' => self.end_word(data, at),
            b',' if !self.ascii.decimal_comma => self.end_word(data, at),
            _ if self.word.len() < LONGEST_WORD => {
                self.word.push(byte);
                Ok(())
            }
            _ if self.line < self.ascii.skip_lines => Ok(()),
            _ => Err(self.no_number(data, at)),
        }
    }

    fn no_number(&self, data: &Input, at: u64) -> Failure {
        let found = format!("{:?}", text::decode(&self.word));
        Failure::Source(data.malformed(
            at.saturating_sub(self.word.len() as u64),
            &found,
            "a number",
        ))
    }

    fn end_word(&mut self, data: &Input, at: u64) -> Result<(), Failure> {
        if self.word.is_empty() || self.line < self.ascii.skip_lines {
            self.word.clear();
            return Ok(());
        }
        self.words += 1;
        if self.words > self.ascii.skip_columns {
            let number = text::number(&text::decode(&self.word));
            let number = number.ok_or_else(|| self.no_number(data, at))?;
            self.out
                .write_all(&number.to_le_bytes())
                .map_err(Failure::Write)?;
            self.numbers += 1;
        }
        self.word.clear();
        Ok(())
    }

    fn end_line(&mut self, data: &Input, at: u64) -> Result<(), Failure> {
        if self.numbers > 0 {
            let expected = *self.per_line.get_or_insert(self.numbers);
            if self.numbers != expected {
                let found = format!("{} numbers in line {}", self.numbers, self.line + 1);
                return Err(Failure::Source(data.malformed(
                    at,
                    &found,
                    &format!("{expected}"),
                )));
            }
        }
        self.line += 1;
        (self.words, self.numbers) = (0, 0);
        Ok(())
    }
}
