//! Reads the chunks of a file.

use super::super::input::Input;
use super::format::{
    BOUNDARY_SIGNATURE, CLOCK_OFFSET, MAGIC, SAMPLES, STREAM_FOOTER, STREAM_HEADER,
};
use crate::source::SourceError;

/// The place of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) tag: u16,
    /// First byte of its length.
    pub(super) offset: u64,
    /// First byte of its content, after its tag and stream number.
    pub(super) content: u64,
    /// Number of its stream, if this kind of chunk belongs to one.
    pub(super) stream: u32,
    /// The byte after its last.
    pub(super) end: u64,
    /// Number of samples that are read, if fewer than it declares.
    pub(super) samples: Option<u64>,
}

/// What was found at a place of a file.
#[derive(Debug)]
pub(super) enum Next {
    /// A chunk. The input is at its content.
    Chunk(Chunk),
    /// The end of the file.
    End,
    /// A chunk that is longer than the rest of the file.
    TooLong(Chunk),
    /// No chunk. The error says what was found instead.
    Nothing(SourceError),
}

/// Place of the first chunk.
pub(super) fn begin(input: &mut Input) -> Result<u64, SourceError> {
    input.go_to(0)?;
    let magic = input.read_up_to(MAGIC.len() as u64)?;
    if magic != MAGIC {
        let found = format!("{:?}", String::from_utf8_lossy(&magic));
        return Err(input.malformed(0, &found, "'XDF:'"));
    }
    Ok(MAGIC.len() as u64)
}

/// Finds out what is at a place.
pub(super) fn chunk_at(input: &mut Input, offset: u64) -> Result<Next, SourceError> {
    input.go_to(offset)?;
    if input.left() == 0 {
        return Ok(Next::End);
    }
    let length = match length(input) {
        Ok(length) => length,
        Err(error) => return damage(error).map(Next::Nothing),
    };
    let mut chunk = Chunk {
        tag: 0,
        offset,
        content: 0,
        stream: 0,
        end: input.position().saturating_add(length.unwrap_or(u64::MAX)),
        samples: None,
    };
    let has_stream = |tag| matches!(tag, STREAM_HEADER | SAMPLES | CLOCK_OFFSET | STREAM_FOOTER);
    if input.left() >= 2 {
        chunk.tag = u16::from_le_bytes(input.array()?);
    }
    if has_stream(chunk.tag) && input.left() >= 4 {
        chunk.stream = u32::from_le_bytes(input.array()?);
    }
    chunk.content = input.position();
    if chunk.end > input.size() {
        return Ok(Next::TooLong(chunk));
    }
    if chunk.content > chunk.end || chunk.tag == 0 {
        let found = format!(
            "a chunk of {} bytes with tag {}",
            length.unwrap_or(0),
            chunk.tag
        );
        let expected = format!(
            "at least {} bytes, and a tag above 0",
            if has_stream(chunk.tag) { 6 } else { 2 }
        );
        return Ok(Next::Nothing(input.malformed(offset, &found, &expected)));
    }
    Ok(Next::Chunk(chunk))
}

/// Returns an error about the file's content as a value; fails with any other error.
pub(super) fn damage(error: SourceError) -> Result<SourceError, SourceError> {
    match error {
        SourceError::Malformed { .. } => Ok(error),
        other => Err(other),
    }
}

/// A number of variable length: its number of bytes, then the number. `None` if the file ends within it.
pub(super) fn length(input: &mut Input) -> Result<Option<u64>, SourceError> {
    let at = input.position();
    if input.left() == 0 {
        return Ok(None);
    }
    let [bytes] = input.array()?;
    if input.left() < u64::from(bytes) && matches!(bytes, 1 | 4 | 8) {
        return Ok(None);
    }
    Ok(Some(match bytes {
        1 => u64::from(input.array::<1>()?[0]),
        4 => u64::from(u32::from_le_bytes(input.array()?)),
        8 => u64::from_le_bytes(input.array()?),
        other => {
            let expected = "1, 4 or 8: an XDF chunk or a number of variable length begins here";
            return Err(input.malformed(at, &format!("a length of {other} bytes"), expected));
        }
    }))
}

/// Place of the next boundary chunk's signature.
pub(super) fn find_boundary(input: &mut Input, from: u64) -> Result<Option<u64>, SourceError> {
    const PIECE: u64 = 1 << 16;
    let overlap = BOUNDARY_SIGNATURE.len() as u64 - 1;
    let mut at = from;
    while at < input.size() {
        input.go_to(at)?;
        let piece = input.read_up_to(PIECE)?;
        let found = piece
            .windows(BOUNDARY_SIGNATURE.len())
            .position(|window| window == BOUNDARY_SIGNATURE);
        if let Some(found) = found {
            return Ok(Some(at + found as u64));
        }
        if input.left() == 0 {
            break;
        }
        at += piece.len() as u64 - overlap;
    }
    Ok(None)
}
