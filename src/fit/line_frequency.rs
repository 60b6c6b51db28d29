//! The line frequency of a recording.

use crate::block::Block;
use crate::conditioning::mains::LineMeter;
use crate::source::channels::ReadAs;
use crate::source::{SourceError, SourceEvent, open_to_decode};

/// Frames that are read from a recording at a time.
const READ_FRAMES: usize = 256;

/// The line frequency that stands out in the first minute of a recording.
pub(super) fn measure_mains(recording: &str, read_as: &ReadAs) -> Result<Option<f64>, SourceError> {
    let mut source = open_to_decode(recording, read_as)?;
    let layout = source.layout().clone();
    let mut meter = LineMeter::new(layout.rate, layout.channel_count());
    let mut block = Block::with_capacity(layout.channel_count(), READ_FRAMES);
    while layout.rate.secs_of(meter.frames()) < 60.0 {
        match source.next(&mut block)? {
            SourceEvent::Samples => block.iter().for_each(|frame| meter.push(frame)),
            SourceEvent::End => break,
            _ => {}
        }
    }
    Ok(meter.mains_hz())
}
