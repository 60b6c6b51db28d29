//! The line frequency of a recording.

use crate::conditioning::mains::LineMeter;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::source::{SourceError, open_to_decode};

/// Duration that is analysed, seconds.
const MEASURED_S: f64 = 60.0;

/// Measures the line frequency in the first minute of a recording.
pub(super) fn measure_mains(recording: &str, read_as: &ReadAs) -> Result<Option<f64>, SourceError> {
    let mut source = open_to_decode(recording, read_as)?;
    let layout = source.layout().clone();
    let mut meter = LineMeter::new(layout.rate, layout.channel_count());
    let mut walk = Walk::new(source.as_mut());
    while layout.rate.secs_of(meter.frames()) < MEASURED_S
        && let Some(passed) = walk.advance()?
    {
        if let Passed::Samples(block) = passed {
            block.iter().for_each(|frame| meter.push(frame));
        }
    }
    Ok(meter.mains_hz())
}
