//! Plays a recording through the live pipeline, as fast as possible.

use crate::block::Block;
use crate::pipeline::{Pipeline, Step};
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::SampleIndex;

/// An event of a recording, in order of time.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // it is only passed to a function
pub enum Played<'a> {
    /// A decoding step and its results.
    Step(Step<'a>),
    /// A marker of the recording.
    Marker(Marker),
    /// Samples are missing.
    Gap {
        /// The first sample after the gap.
        before_sample: SampleIndex,
        /// Number of missing samples.
        missing: u64,
    },
    /// The stream's clock went backwards.
    ClockReset,
}

/// Plays a recording to its end, in blocks of at most `block_frames` frames (results do not depend on the block size).
/// Returns the number of samples.
///
/// # Errors
/// If the recording cannot be read, or `take` fails.
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
