//! What a tag's brightness does, frame by frame: pseudo-random bits or a sine.

pub mod assign;
pub mod sequences;

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Bits are shown at about this rate, Hz: faster ones hardly reach the visual cortex.
const BITS_HZ: f64 = 60.0;
/// A sine takes at least this many frames a cycle. With fewer, its brightness beats visibly.
const FRAMES_A_CYCLE: f64 = 3.0;

/// A tag's brightness as a function of the frame number, so that frame times and codes are all that a session has to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Dark and bright, over and over. In JSON a text of zeros and ones.
    Bits(#[serde(with = "bits")] Vec<bool>),
    /// A sampled sinusoid (Manyakov et al. 2013, doi:10.1088/1741-2560/10/3/036011).
    Sine {
        /// Frequency, Hz.
        frequency_hz: f64,
        /// Phase at frame 0, radians.
        phase_rad: f64,
    },
}

/// Bits as a text of zeros and ones.
mod bits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(clippy::ptr_arg)] // the form that serde calls
    pub(super) fn serialize<S: Serializer>(bits: &Vec<bool>, to: S) -> Result<S::Ok, S::Error> {
        let text = bits.iter().map(|bit| if *bit { '1' } else { '0' });
        to.serialize_str(&text.collect::<String>())
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<bool>, D::Error> {
        let text = String::deserialize(from)?;
        let bit = |digit| match digit {
            '0' => Ok(false),
            '1' => Ok(true),
            other => Err(D::Error::custom(format!(
                "a code has '{other}', expected only 0 and 1"
            ))),
        };
        text.chars().map(bit).collect()
    }
}

impl Code {
    /// Brightness in a frame, from 0 (dark) to 1 (bright), on a display of `refresh_hz`.
    #[must_use]
    pub fn brightness(&self, frame: u64, refresh_hz: f64) -> f64 {
        match self {
            Self::Bits(bits) => {
                let bit = frame / frames_a_bit(refresh_hz) % bits.len().max(1) as u64;
                // Less than the number of bits.
                let bit = usize::try_from(bit).ok().and_then(|bit| bits.get(bit));
                f64::from(u8::from(bit.copied().unwrap_or(false)))
            }
            Self::Sine {
                frequency_hz,
                phase_rad,
            } => {
                // The whole cycles are taken away first: a frame number may be large.
                let cycles = (frame as f64 * (frequency_hz / refresh_hz)).fract();
                0.5 * (1.0 + libm::sin(2.0 * PI * cycles + phase_rad))
            }
        }
    }

    /// Time after which the code begins again, seconds.
    #[must_use]
    pub fn period_s(&self, refresh_hz: f64) -> f64 {
        match self {
            Self::Bits(bits) => bits.len() as f64 * frames_a_bit(refresh_hz) as f64 / refresh_hz,
            Self::Sine { frequency_hz, .. } => 1.0 / frequency_hz,
        }
    }
}

/// Frames for which a bit is shown: one up to 89 Hz, two up to 149 Hz, and so on.
#[must_use]
pub fn frames_a_bit(refresh_hz: f64) -> u64 {
    libm::round(refresh_hz / BITS_HZ).max(1.0) as u64
}

/// Whether a display can show a sine of this frequency smoothly.
#[must_use]
pub fn can_show(frequency_hz: f64, refresh_hz: f64) -> bool {
    frequency_hz > 0.0 && frequency_hz <= refresh_hz / FRAMES_A_CYCLE
}

/// Up to `count` frequencies for sines, evenly spaced from `lowest_hz` to `highest_hz` as far as the display can show them, with phases that
/// put neighbours a quarter of a cycle apart (joint frequency and phase modulation, Chen et al. 2015, doi:10.1073/pnas.1508080112).
/// Empty if the display cannot show the lowest.
#[must_use]
pub fn sines(count: usize, lowest_hz: f64, highest_hz: f64, refresh_hz: f64) -> Vec<Code> {
    let highest_hz = highest_hz.min(refresh_hz / FRAMES_A_CYCLE);
    let step_hz = (highest_hz - lowest_hz) / (count.max(2) - 1) as f64;
    let hz = (0..count).map(|k| lowest_hz + step_hz * k as f64);
    hz.filter(|hz| *hz >= lowest_hz && can_show(*hz, refresh_hz))
        .enumerate()
        .map(|(k, frequency_hz)| Code::Sine {
            frequency_hz,
            phase_rad: PI / 2.0 * (k % 4) as f64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Code, can_show, frames_a_bit, sines};

    #[test]
    fn bits_last_about_a_sixtieth_of_a_second_on_every_display() {
        for (refresh_hz, frames) in [
            (50.0, 1),
            (60.0, 1),
            (75.0, 1),
            (120.0, 2),
            (144.0, 2),
            (165.0, 3),
            (240.0, 4),
        ] {
            assert_eq!(frames_a_bit(refresh_hz), frames, "{refresh_hz} Hz");
        }
        let code = Code::Bits(vec![true, false, false]);
        let shown: Vec<f64> = (0..8).map(|frame| code.brightness(frame, 120.0)).collect();
        assert_eq!(shown, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        assert!((code.period_s(120.0) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn codes_are_kept_as_readable_json() {
        let sine = Code::Sine {
            frequency_hz: 12.4,
            phase_rad: 1.0,
        };
        for (code, text) in [
            (Code::Bits(vec![false, true, true]), r#"{"bits":"011"}"#),
            (sine, r#"{"sine":{"frequency_hz":12.4,"phase_rad":1.0}}"#),
        ] {
            assert_eq!(serde_json::to_string(&code).unwrap(), text);
            assert_eq!(serde_json::from_str::<Code>(text).unwrap(), code);
        }
        let wrong = serde_json::from_str::<Code>(r#"{"bits":"012"}"#).unwrap_err();
        assert!(wrong.to_string().contains("a code has '2'"), "{wrong}");
    }

    #[test]
    fn a_sine_has_its_frequency_phase_and_mean_on_every_display() {
        for refresh_hz in [50.0, 59.94, 60.0, 75.0, 120.0, 144.0, 240.0] {
            let code = Code::Sine {
                frequency_hz: 12.4,
                phase_rad: 1.0,
            };
            let frames = (10.0 * refresh_hz) as u64;
            let (mut cos, mut sin, mut mean) = (0.0, 0.0, 0.0);
            for frame in 0..frames {
                let angle = 2.0 * std::f64::consts::PI * 12.4 * frame as f64 / refresh_hz;
                let shown = code.brightness(frame, refresh_hz) / frames as f64;
                (cos, sin, mean) = (
                    cos + 4.0 * shown * angle.cos(),
                    sin + 4.0 * shown * angle.sin(),
                    mean + shown,
                );
            }
            assert!(
                (sin.hypot(cos) - 1.0).abs() < 0.02,
                "{refresh_hz} Hz: {sin} {cos}"
            );
            assert!(
                (cos.atan2(sin) - 1.0).abs() < 0.02,
                "{refresh_hz} Hz: {sin} {cos}"
            );
            assert!((mean - 0.5).abs() < 0.01, "{refresh_hz} Hz: {mean}");
        }
    }

    #[test]
    fn a_display_shows_up_to_a_third_of_its_rate() {
        assert!(can_show(20.0, 60.0) && !can_show(20.1, 60.0) && can_show(60.0, 240.0));
        let codes = sines(5, 8.0, 30.0, 60.0);
        assert_eq!(codes.len(), 5);
        assert_eq!(
            codes[4],
            Code::Sine {
                frequency_hz: 20.0,
                phase_rad: 0.0
            }
        );
        assert!(sines(3, 25.0, 30.0, 60.0).is_empty());
    }
}
