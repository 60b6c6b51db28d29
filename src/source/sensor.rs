//! What can be used beside EEG: a head sensor, an eye tracker.

use super::SourceError;

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SensorSample {
    /// Rotation about x, y and z, degrees per second.
    Rotation([f64; 3]),
    /// Where the eyes look, from the top left corner of the screen.
    Gaze {
        /// To the right and down. What is no number: closed eyes.
        place: [f64; 2],
        /// In shares of the screen and not in pixels.
        is_share: bool,
        /// 0 to 1; 1 where the tracker does not say.
        confidence: f64,
    },
}

/// Something that measures how the head turns, or where the eyes look.
pub trait Sensor {
    /// The next sample, waiting so long for it; none where there is none.
    ///
    /// # Errors
    /// [`SourceError`] where the sensor is lost for good.
    fn next(&mut self, wait_s: f64) -> Result<Option<SensorSample>, SourceError>;
}
