//! Auxiliary input in addition to EEG: a head sensor or an eye tracker.

use super::SourceError;

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SensorSample {
    /// Rotation about x, y and z, degrees per second.
    Rotation([f64; 3]),
    /// Gaze, from the top left corner of the screen.
    Gaze {
        /// To the right and down. NaN while the eyes are closed.
        place: [f64; 2],
        /// Whether `place` is in fractions of the screen, and not in pixels.
        is_share: bool,
        /// From 0 to 1; 1 if the tracker does not report it.
        confidence: f64,
    },
}

/// A sensor of head rotation or gaze.
pub trait Sensor {
    /// The next sample, waiting up to `wait_s` seconds for it; `None` if there is no sample.
    ///
    /// # Errors
    /// [`SourceError`] if the sensor is lost for good.
    fn next(&mut self, wait_s: f64) -> Result<Option<SensorSample>, SourceError>;
}
