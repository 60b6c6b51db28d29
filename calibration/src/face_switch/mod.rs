//! A switch that is operated by the face: a clenched jaw, or blinks in quick succession, recorded by EEG electrodes. It is fitted to a person
//! from a minute or two of cued gestures and rest.

mod fit;
mod pulses;

pub use fit::{CuedLevels, FittedSwitch, NotASwitch, fit};
pub use pulses::{PulseCounter, Pulses};

use crate::decoder::RecordingHash;
use crate::parse_words::in_words;
use serde::{Deserialize, Serialize};

/// The `format` of every switch file.
pub const FORMAT: &str = "bci-cursor-face-switch";
/// Version of the file format that this code writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The gesture of the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gesture {
    /// The jaw is clenched and relaxed: fast muscle activity, mostly over the temples.
    Clench,
    /// Several short blinks: each is a slow wave, mostly over the forehead.
    Blinks,
}

impl Gesture {
    /// The default pulses of the gesture.
    #[must_use]
    pub fn usual_pulses(self) -> Pulses {
        match self {
            Self::Clench => Pulses {
                times: 1,
                shortest_ms: 250,
                longest_ms: 2000,
                within_ms: 1500,
            },
            // Two blinks occur by chance too often: 11 times in 24 minutes of six people. Three occurred twice in 28 minutes of seven.
            Self::Blinks => Pulses {
                times: 3,
                shortest_ms: 40,
                longest_ms: 600,
                within_ms: 500,
            },
        }
    }

    /// Edges of its pass band, Hz, at a sampling rate.
    #[must_use]
    pub fn band_hz(self, rate_hz: f64) -> [f64; 2] {
        match self {
            // Above the rhythms of the brain. Above 90 Hz, amplifiers and line harmonics differ too much.
            Self::Clench => [25.0, (0.45 * rate_hz).min(90.0)],
            Self::Blinks => [0.4, 8.0],
        }
    }

    /// Order of the band-pass. It is low for blinks, so that a wave is not followed by a second one.
    #[must_use]
    pub fn filter_order(self) -> usize {
        match self {
            Self::Clench => 4,
            Self::Blinks => 1,
        }
    }
}

impl std::fmt::Display for Gesture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Clench => "a clenched jaw",
            Self::Blinks => "blinks",
        })
    }
}

/// A fitted switch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceSwitch {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the file format.
    pub version: u32,
    /// Program and version that fitted it.
    pub created_by: String,
    /// The gesture of the face.
    pub gesture: Gesture,
    /// The pulses that it responds to.
    pub pulses: Pulses,
    /// Electrodes that are used, in the order of `signs`.
    pub channels: Vec<String>,
    /// 1 or -1 for each: the sign of a blink there.
    pub signs: Vec<f64>,
    /// Line frequency that is notched out with its harmonics, Hz.
    pub mains_hz: Option<f64>,
    /// Level above which it is a gesture, µV, mean over the channels.
    pub threshold_uv: f64,
    /// Level above which it is no gesture but a loose electrode, µV.
    pub ceiling_uv: f64,
    /// Figures of the fit.
    pub figures: SwitchFigures,
    /// The recordings that it was fitted to.
    pub recordings: Vec<RecordingHash>,
}

/// Detections and false activations of a switch, counted on the half of the cues that its threshold was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchFigures {
    /// Cued gestures.
    pub cues: usize,
    /// Number of these that the switch detected.
    pub hits: usize,
    /// 95 % interval of that share (Wilson).
    pub interval: [f64; 2],
    /// Time without a cue, seconds.
    pub rest_s: f64,
    /// Number of detections in that time.
    pub false_activations: usize,
    /// 95 % interval of that rate, per hour (Garwood).
    pub interval_per_hour: [f64; 2],
}

/// A switch file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SwitchFileError {
    /// Not JSON, or JSON of another form.
    #[error("not a switch file: {}", in_words(&.0.to_string()))]
    Malformed(#[from] serde_json::Error),
    /// JSON, but not a switch, or newer than this program.
    #[error(
        "not a switch file that this program reads: its \"format\" is {found:?} and its version {version}, expected \
         {FORMAT:?} up to version {VERSION}"
    )]
    Format {
        /// The format that it states.
        found: String,
        /// Its version.
        version: u32,
    },
    /// The parts do not fit together.
    #[error("the switch file is damaged: {0}")]
    Inconsistent(#[from] SwitchDamage),
}

/// Parts of a switch that do not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SwitchDamage {
    /// No channels, or another number of signs.
    #[error("it has {channels} channels and {signs} signs")]
    Channels {
        /// Electrodes.
        channels: usize,
        /// Signs.
        signs: usize,
    },
    /// An impossible sign.
    #[error("a sign is neither 1 nor -1")]
    Sign,
    /// An impossible threshold.
    #[error("its threshold is {threshold_uv} µV")]
    Threshold {
        /// The threshold, µV.
        threshold_uv: f64,
    },
    /// A ceiling that is not above the threshold.
    #[error("its ceiling is {ceiling_uv} µV")]
    Ceiling {
        /// The ceiling, µV.
        ceiling_uv: f64,
    },
    /// An impossible line frequency.
    #[error("its line frequency is {mains_hz} Hz")]
    Mains {
        /// The frequency.
        mains_hz: f64,
    },
    /// Impossible pulses.
    #[error("{} times {} to {} ms within {} ms", .0.times, .0.shortest_ms, .0.longest_ms, .0.within_ms)]
    Pulses(Pulses),
}

#[derive(Deserialize)]
struct Preamble {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u32,
}

impl FaceSwitch {
    /// Reads the text of a switch file.
    ///
    /// # Errors
    /// [`SwitchFileError`] if it is not a switch file, was written by a newer version, or is damaged.
    pub fn from_json(text: &str) -> Result<Self, SwitchFileError> {
        let preamble: Preamble = serde_json::from_str(text)?;
        if preamble.format != FORMAT || preamble.version > VERSION {
            return Err(SwitchFileError::Format {
                found: preamble.format,
                version: preamble.version,
            });
        }
        let switch: Self = serde_json::from_str(text)?;
        switch.check()?;
        Ok(switch)
    }

    /// The text of the switch file, one JSON document.
    ///
    /// # Errors
    /// [`SwitchFileError::Inconsistent`] if a number is impossible.
    pub fn to_json(&self) -> Result<String, SwitchFileError> {
        self.check()?;
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    fn check(&self) -> Result<(), SwitchDamage> {
        let (channels, signs) = (self.channels.len(), self.signs.len());
        if channels == 0 || channels != signs {
            return Err(SwitchDamage::Channels { channels, signs });
        }
        if !self.signs.iter().all(|sign| sign.abs() == 1.0) {
            return Err(SwitchDamage::Sign);
        }
        if !(self.threshold_uv.is_finite() && self.threshold_uv > 0.0) {
            let threshold_uv = self.threshold_uv;
            return Err(SwitchDamage::Threshold { threshold_uv });
        }
        if !(self.ceiling_uv.is_finite() && self.ceiling_uv > self.threshold_uv) {
            let ceiling_uv = self.ceiling_uv;
            return Err(SwitchDamage::Ceiling { ceiling_uv });
        }
        if let Some(mains_hz) = self.mains_hz.filter(|hz| !(hz.is_finite() && *hz > 0.0)) {
            return Err(SwitchDamage::Mains { mains_hz });
        }
        let Pulses {
            times,
            shortest_ms,
            longest_ms,
            within_ms,
        } = self.pulses;
        if !(1..=5).contains(&times) || shortest_ms >= longest_ms || within_ms == 0 {
            return Err(SwitchDamage::Pulses(self.pulses));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch() -> FaceSwitch {
        FaceSwitch {
            format: FORMAT.into(),
            version: VERSION,
            created_by: "test".into(),
            gesture: Gesture::Blinks,
            pulses: Gesture::Blinks.usual_pulses(),
            channels: vec!["Fp1".into()],
            signs: vec![1.0],
            mains_hz: None,
            threshold_uv: 80.0,
            ceiling_uv: 600.0,
            figures: SwitchFigures {
                cues: 10,
                hits: 10,
                interval: [0.7, 1.0],
                rest_s: 60.0,
                false_activations: 0,
                interval_per_hour: [0.0, 221.0],
            },
            recordings: Vec::new(),
        }
    }

    #[test]
    fn a_switch_is_read_as_it_was_written_and_damage_is_named() {
        let text = switch().to_json().unwrap();
        assert_eq!(FaceSwitch::from_json(&text).unwrap(), switch());
        for (damaged, expected) in [
            (text.replace("80.0", "-1.0"), "its threshold is -1 µV"),
            (text.replace("600.0", "60.0"), "its ceiling is 60 µV"),
            (text.replace("1.0\n", "0.5\n"), "neither 1 nor -1"),
            (text.replace("\"times\": 3", "\"times\": 0"), "0 times"),
            (
                text.replace("\"version\": 1", "\"version\": 2"),
                "version 2",
            ),
            ("{}".into(), "its \"format\" is \"\""),
            ("no".into(), "not a switch file"),
        ] {
            let error = FaceSwitch::from_json(&damaged).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
