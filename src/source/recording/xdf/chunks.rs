//! Chunk by chunk through a file.

use super::super::input::Input;
use super::format::{
    BOUNDARY_SIGNATURE, CLOCK_OFFSET, MAGIC, SAMPLES, STREAM_FOOTER, STREAM_HEADER,
};
use crate::source::SourceError;

/// One chunk: where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) tag: u16,
    /// First byte of its length.
    pub(super) offset: u64,
    /// The stream that it is of, where its kind has one.
    pub(super) stream: u32,
    /// The byte after its last.
    pub(super) end: u64,
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A chunk; the input stands at its content.
    Chunk(Chunk),
    /// The file is over.
    End,
    /// The file ends within a chunk that begins here.
    Cut { at: u64 },
}

/// The first chunk's place.
pub(super) fn begin(input: &mut Input) -> Result<u64, SourceError> {
    input.go_to(0)?;
    let magic = input.read_up_to(MAGIC.len() as u64)?;
    if magic != MAGIC {
        let found = format!("{:?}", String::from_utf8_lossy(&magic));
        return Err(input.malformed(0, &found, "'XDF:'"));
    }
    Ok(MAGIC.len() as u64)
}

/// The chunk at a place.
pub(super) fn chunk_at(input: &mut Input, offset: u64) -> Result<Next, SourceError> {
    input.go_to(offset)?;
    if input.left() == 0 {
        return Ok(Next::End);
    }
    let Some(length) = length(input)? else {
        return Ok(Next::Cut { at: offset });
    };
    let end = input.position().saturating_add(length);
    if end > input.size() {
        // A file that was cut has nothing behind; where more chunks follow, the length lies.
        let content = input.position();
        if let Some(boundary) = find_boundary(input, content)? {
            let expected = format!("a length that ends by byte {boundary}, where the file goes on");
            return Err(input.malformed(offset, &format!("a chunk of {length} bytes"), &expected));
        }
        return Ok(Next::Cut { at: offset });
    }
    let needed = 2;
    if length < needed {
        return Err(input.malformed(
            offset,
            &format!("a chunk of {length} bytes"),
            "at least 2 bytes",
        ));
    }
    let tag = u16::from_le_bytes(input.array()?);
    let has_stream = matches!(tag, STREAM_HEADER | SAMPLES | CLOCK_OFFSET | STREAM_FOOTER);
    let mut stream = 0;
    if has_stream {
        if length < 6 {
            let found = format!("a chunk of {length} bytes with tag {tag}");
            return Err(input.malformed(offset, &found, "at least 6 bytes"));
        }
        stream = u32::from_le_bytes(input.array()?);
    }
    Ok(Next::Chunk(Chunk {
        tag,
        offset,
        stream,
        end,
    }))
}

/// A number of variable length: how many bytes it has, then itself. None where the file ends before it does.
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
fn find_boundary(input: &mut Input, from: u64) -> Result<Option<u64>, SourceError> {
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
