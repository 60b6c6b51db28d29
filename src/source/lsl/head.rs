//! A head sensor's rotation, from any LSL stream with a gyroscope.

use super::inlet::{DescribedChannel, describe_channels};
use super::resolve::FoundStream;
use crate::source::SourceError;
use lsl::Pullable;

/// Samples that the inlet holds, seconds: only the newest count.
const BUFFER_S: i32 = 1;
/// How long a connection may take, seconds.
const CONNECT_S: f64 = 5.0;

/// An open head sensor.
pub struct HeadSensor {
    inlet: lsl::StreamInlet,
    /// Where x, y and z stand.
    places: [usize; 3],
    /// Degrees per second of one unit.
    scale: f64,
    sample: Vec<f64>,
}

impl HeadSensor {
    /// Connects; call it on the thread that will pull. A stream that is lost is taken up again when it is back.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where it does not answer, or has no gyroscope: three channels of type `Gyroscope`, or with
    /// labels that begin with `gyro`, in `deg/s` or `rad/s`.
    pub fn open(stream: &FoundStream) -> Result<Self, SourceError> {
        let refuse = |what: String| SourceError::Stream {
            name: stream.name.clone(),
            what,
        };
        let failed = |error| {
            refuse(format!(
                "does not answer ({error:?}). Is its program still running?"
            ))
        };
        let inlet = lsl::StreamInlet::new(&stream.info, BUFFER_S, 0, true).map_err(failed)?;
        let mut info = inlet.info(CONNECT_S).map_err(failed)?;
        let described = describe_channels(&mut info);
        let (places, scale) = gyroscope(&described).map_err(refuse)?;
        inlet.open_stream(CONNECT_S).map_err(failed)?;
        Ok(Self {
            inlet,
            places,
            scale,
            sample: vec![0.0; described.len()],
        })
    }

    /// The next rotation about x, y and z, degrees per second, waiting so long for it; none where there is none.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where the stream is lost for good.
    pub fn next(&mut self, wait_s: f64) -> Result<Option<[f64; 3]>, SourceError> {
        match self.inlet.pull_sample_buf(&mut self.sample, wait_s) {
            Ok(stamp_s) if stamp_s != 0.0 => {
                let rate = |place: usize| self.sample.get(place).map_or(0.0, |v| v * self.scale);
                Ok(Some(self.places.map(rate)).filter(|rates| rates.iter().all(|v| v.is_finite())))
            }
            Ok(_) | Err(lsl::Error::Timeout) => Ok(None),
            Err(error) => Err(SourceError::Stream {
                name: "head sensor".into(),
                what: format!("is lost ({error:?})"),
            }),
        }
    }
}

/// Where a gyroscope stands among channels, and degrees per second of one unit.
fn gyroscope(described: &[DescribedChannel]) -> Result<([usize; 3], f64), String> {
    let is_gyroscope = |channel: &DescribedChannel| {
        channel.kind.eq_ignore_ascii_case("gyroscope")
            || channel.label.to_ascii_lowercase().starts_with("gyro")
    };
    let mut places = described
        .iter()
        .enumerate()
        .filter(|(_, channel)| is_gyroscope(channel));
    let found: Vec<String> = described
        .iter()
        .map(|c| format!("{} ({}, {})", c.label, c.kind, c.unit))
        .collect();
    let (Some((x, first)), Some((y, _)), Some((z, _))) =
        (places.next(), places.next(), places.next())
    else {
        return Err(format!(
            "is no head sensor: it has {}; expected three channels of type Gyroscope, in deg/s or rad/s",
            found.join(", ")
        ));
    };
    let scale = match first.unit.to_ascii_lowercase().as_str() {
        "rad/s" | "radians/second" => 1f64.to_degrees(),
        "" | "deg/s" | "dps" | "degrees/second" => 1.0,
        other => {
            return Err(format!(
                "gives rotation in '{other}'; expected deg/s or rad/s"
            ));
        }
    };
    Ok(([x, y, z], scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(label: &str, kind: &str, unit: &str) -> DescribedChannel {
        DescribedChannel {
            label: label.into(),
            unit: unit.into(),
            kind: kind.into(),
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
        assert_eq!(gyroscope(&imu), Ok(([1, 2, 3], 1.0)));
        let by_label = ["gyroX", "GyroY", "Gyro Z"].map(|label| channel(label, "", "rad/s"));
        assert_eq!(
            gyroscope(&by_label),
            Ok(([0, 1, 2], 180.0 / std::f64::consts::PI))
        );
        let error = gyroscope(&imu[..3]).unwrap_err();
        assert!(
            error.contains("AccX (Accelerometer, g)") && error.contains("three channels"),
            "{error}"
        );
        let turns = ["gyroX", "GyroY", "GyroZ"].map(|label| channel(label, "", "rpm"));
        assert!(gyroscope(&turns).unwrap_err().contains("'rpm'"));
    }
}
