//! Auxiliary sensors over LSL: the rotation of a head sensor, or gaze from an eye tracker.

use super::description::{Channel, channels_of, no_answer, open_described, refuse};
use super::found::FoundStream;
use crate::source::{Sensor, SensorError, SensorSample, SourceError, StreamError};
use lsl::Pullable;

/// Samples that the inlet buffers, seconds. Only the newest one is used.
const BUFFER_S: i32 = 1;
/// Maximum time for connecting, seconds.
const CONNECT_S: f64 = 5.0;

/// Kind of sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SensorKind {
    /// Three channels of type `Gyroscope`, or with labels that begin with `gyro`, in `deg/s` or `rad/s`.
    Gyroscope,
    /// Channels of the types `ScreenX` and `ScreenY`, in pixels or normalized, and optionally one of type `Confidence`
    /// (XDF gaze metadata).
    Gaze,
}

/// Where the values are in a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reading {
    /// x, y and z, and the factor to degrees per second.
    Gyroscope([usize; 3], f64),
    Gaze {
        place: [usize; 2],
        confidence: Option<usize>,
        is_share: bool,
    },
}

/// An open sensor.
pub struct LslSensor {
    inlet: lsl::StreamInlet,
    name: String,
    reading: Reading,
    sample: Vec<f64>,
}

impl LslSensor {
    /// Connects; call it on the thread that will pull. A stream that is lost is used again when it is back.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if the stream does not answer, or has no such channels.
    pub fn open(stream: &FoundStream, kind: SensorKind) -> Result<Self, SourceError> {
        let failed = |error| no_answer(&stream.name, error);
        let (inlet, mut info) = open_described(stream, BUFFER_S, CONNECT_S)?;
        let (described, _) = channels_of(&mut info)?;
        let reading = match kind {
            SensorKind::Gyroscope => gyroscope(&described),
            SensorKind::Gaze => gaze(&described),
        };
        let reading = reading.map_err(|error| refuse(&stream.name, error.into()))?;
        inlet.open_stream(CONNECT_S).map_err(failed)?;
        Ok(Self {
            inlet,
            name: stream.name.clone(),
            reading,
            sample: vec![0.0; described.len()],
        })
    }

    fn read(&self) -> Option<SensorSample> {
        let value = |place: usize| self.sample.get(place).copied().unwrap_or(f64::NAN);
        match self.reading {
            Reading::Gyroscope(places, scale) => {
                let rates = places.map(|place| scale * value(place));
                let is_whole = rates.iter().all(|rate| rate.is_finite());
                is_whole.then_some(SensorSample::Rotation(rates))
            }
            Reading::Gaze {
                place,
                confidence,
                is_share,
            } => Some(SensorSample::Gaze {
                place: place.map(value),
                is_share,
                confidence: confidence.map_or(1.0, value),
            }),
        }
    }
}

impl Sensor for LslSensor {
    fn next(&mut self, wait_s: f64) -> Result<Option<SensorSample>, SourceError> {
        match self.inlet.pull_sample_buf(&mut self.sample, wait_s) {
            Ok(stamp_s) if stamp_s != 0.0 => Ok(self.read()),
            Ok(_) | Err(lsl::Error::Timeout) => Ok(None),
            Err(error) => Err(SourceError::Stream {
                name: self.name.clone(),
                error: StreamError::Lost(error.into()),
            }),
        }
    }
}

fn describe(described: &[Channel]) -> String {
    let channels = described.iter();
    let texts: Vec<String> = channels
        .map(|c| format!("{} ({}, {})", c.label, c.kind, c.unit))
        .collect();
    texts.join(", ")
}

fn gyroscope(described: &[Channel]) -> Result<Reading, SensorError> {
    let is_gyroscope = |channel: &Channel| {
        channel.kind.eq_ignore_ascii_case("gyroscope")
            || channel.label.to_ascii_lowercase().starts_with("gyro")
    };
    let mut places = described
        .iter()
        .enumerate()
        .filter(|(_, channel)| is_gyroscope(channel));
    let (Some((x, first)), Some((y, _)), Some((z, _))) =
        (places.next(), places.next(), places.next())
    else {
        let found = describe(described);
        return Err(SensorError::NoGyroscope { found });
    };
    let scale = match first.unit.to_ascii_lowercase().as_str() {
        "rad/s" | "radians/second" => 1f64.to_degrees(),
        "" | "deg/s" | "dps" | "degrees/second" => 1.0,
        unit => return Err(SensorError::RotationUnit { unit: unit.into() }),
    };
    Ok(Reading::Gyroscope([x, y, z], scale))
}

fn gaze(described: &[Channel]) -> Result<Reading, SensorError> {
    let position = |kind: &str| {
        let is_it = |channel: &Channel| channel.kind.eq_ignore_ascii_case(kind);
        described.iter().position(is_it)
    };
    let (Some(x), Some(y)) = (position("ScreenX"), position("ScreenY")) else {
        let found = describe(described);
        return Err(SensorError::NoGaze { found });
    };
    let channel = &described[x];
    if channel.system.eq_ignore_ascii_case("world") {
        return Err(SensorError::SceneCamera);
    }
    let is_share = match channel.unit.to_ascii_lowercase().as_str() {
        "normalized" | "normalised" => true,
        "pixels" | "pixel" | "px" => false,
        unit => return Err(SensorError::GazeUnit { unit: unit.into() }),
    };
    Ok(Reading::Gaze {
        place: [x, y],
        confidence: position("Confidence"),
        is_share,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(label: &str, kind: &str, unit: &str) -> Channel {
        Channel {
            label: label.into(),
            unit: unit.into(),
            kind: kind.into(),
            system: String::new(),
        }
    }

    #[test]
    fn a_gyroscope_is_found_among_channels() {
        let acc = channel("AccX", "Accelerometer", "g");
        let gyro = |label: &str, unit: &str| channel(label, "Gyroscope", unit);
        let imu = [
            acc,
            gyro("X", "deg/s"),
            gyro("Y", "deg/s"),
            gyro("Z", "deg/s"),
        ];
        assert_eq!(gyroscope(&imu), Ok(Reading::Gyroscope([1, 2, 3], 1.0)));
        let by_label = ["gyroX", "GyroY", "Gyro Z"].map(|label| channel(label, "", "rad/s"));
        assert_eq!(
            gyroscope(&by_label),
            Ok(Reading::Gyroscope([0, 1, 2], 180.0 / std::f64::consts::PI))
        );
        let error = gyroscope(&imu[..3]).unwrap_err().to_string();
        assert!(
            error.contains("AccX (Accelerometer, g)") && error.contains("three channels"),
            "{error}"
        );
        let turns = ["gyroX", "GyroY", "GyroZ"].map(|label| channel(label, "", "rpm"));
        let unit = "rpm".to_owned();
        assert_eq!(gyroscope(&turns), Err(SensorError::RotationUnit { unit }));
    }

    #[test]
    fn gaze_on_the_screen_is_found_and_other_gaze_refused() {
        let mut tracker = [
            channel("confidence", "Confidence", "normalized"),
            channel("x", "ScreenX", "normalized"),
            channel("y", "ScreenY", "normalized"),
        ];
        let expected = Reading::Gaze {
            place: [1, 2],
            confidence: Some(0),
            is_share: true,
        };
        assert_eq!(gaze(&tracker), Ok(expected));
        let none = gaze(&tracker[..2]).unwrap_err().to_string();
        assert!(none.contains("ScreenX and ScreenY"), "{none}");
        tracker[1].unit = "mm".into();
        let unit = "mm".to_owned();
        assert_eq!(gaze(&tracker), Err(SensorError::GazeUnit { unit }));
        tracker[1].system = "world".into();
        assert_eq!(gaze(&tracker), Err(SensorError::SceneCamera));
    }
}
