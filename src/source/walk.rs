//! A recording from its beginning to its end, as fast as it goes.

use super::{Marker, Source, SourceError, SourceEvent};
use crate::block::Block;
use crate::time::SampleIndex;

/// Frames that are read at a time; nothing that is computed depends on it.
const FRAMES: usize = 256;

/// What comes next in a recording.
#[derive(Debug)]
pub enum Passed<'a> {
    /// Samples that follow one another.
    Samples(&'a Block),
    /// A marker.
    Marker(Marker),
    /// Samples that are missing.
    Gap {
        /// The first of them.
        from: SampleIndex,
        /// How many.
        missing: u64,
    },
    /// The clock of the recording begins anew.
    ClockReset,
}

/// Walks through a recording.
pub struct Walk<'a, S: ?Sized> {
    source: &'a mut S,
    block: Block,
}

impl<'a, S: Source + ?Sized> Walk<'a, S> {
    /// From where the source is.
    #[must_use]
    pub fn new(source: &'a mut S) -> Self {
        let block = Block::with_capacity(source.layout().channel_count(), FRAMES);
        Self { source, block }
    }

    /// What comes next; none at the end.
    ///
    /// # Errors
    /// [`SourceError`] where the recording cannot be read.
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
