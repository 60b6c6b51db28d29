//! Reads a recording from beginning to end, as fast as possible.

use super::{Marker, Source, SourceError, SourceEvent};
use crate::block::Block;
use crate::time::SampleIndex;

/// Number of frames per read. Results do not depend on it.
const FRAMES: usize = 256;

/// The next item of a recording.
#[derive(Debug)]
pub enum Passed<'a> {
    /// Consecutive samples.
    Samples(&'a Block),
    /// A marker.
    Marker(Marker),
    /// Missing samples.
    Gap {
        /// The first of them.
        from: SampleIndex,
        /// How many.
        missing: u64,
    },
    /// The recording's clock was reset.
    ClockReset,
}

/// Reads a recording item by item.
pub struct Walk<'a, S: ?Sized> {
    source: &'a mut S,
    block: Block,
}

impl<'a, S: Source + ?Sized> Walk<'a, S> {
    /// Starts at the source's current position.
    #[must_use]
    pub fn new(source: &'a mut S) -> Self {
        let block = Block::with_capacity(source.layout().channel_count(), FRAMES);
        Self { source, block }
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// [`SourceError`] if the recording cannot be read.
    pub fn advance(&mut self) -> Result<Option<Passed<'_>>, SourceError> {
        loop {
            return Ok(Some(match self.source.next(&mut self.block)? {
                SourceEvent::Samples => Passed::Samples(&self.block),
                SourceEvent::Marker(marker) => Passed::Marker(marker),
                SourceEvent::Gap { missing } => Passed::Gap {
                    from: self.block.first,
                    missing,
                },
                SourceEvent::ClockReset => Passed::ClockReset,
                SourceEvent::Idle => continue,
                SourceEvent::End => return Ok(None),
            }));
        }
    }
}
