//! Removes drifts and mains from EEG over the visual cortex, causally.

use crate::conditioning::Sanitize;
use crate::conditioning::cascade::Cascade;
use crate::conditioning::design::{DesignError, Section, butterworth_highpass};
use crate::conditioning::stages::LineNotch;
use crate::units::Hertz;

/// Slow drifts below this are removed.
const HIGH_PASS_HZ: f64 = 2.0;

/// The filters: a high-pass at 2 Hz, and notches at each of these line frequencies and its harmonics.
///
/// # Errors
/// [`DesignError`] if the rate is too low.
pub fn sections(rate: Hertz, mains_hz: &[f64]) -> Result<Vec<Section>, DesignError> {
    let mut sections = vec![butterworth_highpass(HIGH_PASS_HZ, rate)?];
    for hz in mains_hz {
        sections.extend(LineNotch::sections(*hz, rate)?);
    }
    Ok(sections)
}

/// Conditions one frame after another. Values that cannot be EEG are replaced by the last good one.
#[derive(Debug)]
pub struct VisualConditioner {
    sanitize: Sanitize,
    cascade: Cascade,
}

impl VisualConditioner {
    /// For this many channels.
    ///
    /// # Errors
    /// [`DesignError`] if the rate is too low.
    pub fn new(rate: Hertz, channels: usize, mains_hz: &[f64]) -> Result<Self, DesignError> {
        Ok(Self {
            sanitize: Sanitize::new(channels),
            cascade: Cascade::new(sections(rate, mains_hz)?, channels),
        })
    }

    /// Number of values replaced so far.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.sanitize.replaced()
    }

    /// Conditions a frame (one sample a channel, µV) in place.
    pub fn run(&mut self, frame: &mut [f64]) {
        self.sanitize.mend(frame);
        self.cascade.run(frame);
    }
}
