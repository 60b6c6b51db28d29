//! A recording through the live pipeline, as fast as it goes.

use crate::block::Block;
use crate::pipeline::{Pipeline, Step};
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::SampleIndex;

/// What happens while a recording is played, in the order in which it happens.
#[derive(Debug)]
pub enum Played<'a> {
    /// A decoding step and what followed from it.
    Step(Step<'a>),
    /// A marker of the recording.
    Marker(Marker),
    /// So many samples are missing before this one.
    Gap {
        /// The first sample after them.
        before_sample: SampleIndex,
        /// How many.
        missing: u64,
    },
    /// The stream's clock went backwards.
    ClockReset,
}

/// Plays a recording to its end, in blocks of at most so many frames (what happens does not depend on them); the number of
/// samples.
///
/// # Errors
/// Where the recording cannot be read, or `take` fails.
pub fn play<E: From<SourceError>>(
    source: &mut dyn Source,
    pipeline: &mut Pipeline,
    block_frames: usize,
    mut take: impl FnMut(Played<'_>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut block = Block::with_capacity(source.layout().channel_count(), block_frames);
    let mut samples = 0;
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                samples += block.frames() as u64;
                let mut taken = Ok(());
                pipeline.process(&block, |step| {
                    if taken.is_ok() {
                        taken = take(Played::Step(step));
                    }
                });
                taken?;
            }
            SourceEvent::Marker(marker) => take(Played::Marker(marker))?,
            SourceEvent::Gap { missing } => take(Played::Gap {
                before_sample: block.first.after(missing),
                missing,
            })?,
            SourceEvent::ClockReset => take(Played::ClockReset)?,
            SourceEvent::Idle => {}
            SourceEvent::End => return Ok(samples),
        }
    }
}
