//! How a damaged file is read: where reading continues, and how much of a chunk is used.

use super::super::input::Input;
use super::chunks::{Chunk, Next, begin, chunk_at};
use crate::source::SourceError;
use std::collections::BTreeMap;

/// Maximum number of damaged places that are repaired. Reading ends at the next one.
pub(super) const MOST_REPAIRS: usize = 10_000;

/// What to do at a place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    /// Continue reading at another place.
    GoOn(u64),
    /// A chunk of samples ends elsewhere than its length says, or only a part of it is used.
    Samples { end: u64, count: u64 },
}

/// The chunks of a file, in order, without damaged ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks {
    pub(super) repairs: BTreeMap<u64, Repair>,
    /// The end of the part that is read.
    pub(super) end: u64,
}

impl Chunks {
    /// Place of the first chunk.
    pub(super) fn begin(&self, input: &mut Input) -> Result<u64, SourceError> {
        begin(input)
    }

    /// The next chunk from a place on, `None` at the end. The input is then at the chunk's content.
    pub(super) fn next(
        &self,
        input: &mut Input,
        mut at: u64,
    ) -> Result<Option<Chunk>, SourceError> {
        let mut samples = None;
        // Repairs always lead forwards, so this loop ends.
        while let Some(repair) = self.repairs.get(&at) {
            match *repair {
                Repair::GoOn(to) => at = to.max(at + 1),
                Repair::Samples { end, count } => {
                    samples = Some((end, count));
                    break;
                }
            }
        }
        if at >= self.end {
            return Ok(None);
        }
        match (chunk_at(input, at)?, samples) {
            (Next::Chunk(chunk) | Next::TooLong(chunk), Some((end, count))) => Ok(Some(Chunk {
                end,
                samples: Some(count),
                ..chunk
            })),
            (Next::Chunk(chunk), None) => Ok(Some(chunk)),
            _ => Ok(None),
        }
    }
}

/// The first byte of the zeros at the end of a file, not before `from`; the file's size if it does not end in zeros.
pub(super) fn zeros_from(input: &mut Input, from: u64) -> Result<u64, SourceError> {
    const PIECE: u64 = 1 << 16;
    let mut at = input.size();
    while at > from {
        let begin = at.saturating_sub(PIECE).max(from);
        input.go_to(begin)?;
        let piece = input.read_up_to(at - begin)?;
        if let Some(last) = piece.iter().rposition(|&byte| byte != 0) {
            return Ok(begin + last as u64 + 1);
        }
        at = begin;
    }
    Ok(at)
}
