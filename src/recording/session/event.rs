//! Entries in which a session describes itself.

use crate::control::{ControlSettings, Rect};
use crate::hash::sha256_of_text;
use crate::looking::Shown;
use crate::pipeline::{PipelineSettings, Step};
use crate::stimulus::Scene;
use bci_cursor_calibration::statistics::argmax;
use bci_cursor_calibration::{Decoder, DecoderError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An entry in which a session describes itself: one per sample of the stream of type `Session`, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SessionEvent {
    /// The decoder and the settings of a run. First entry of every session with decoding.
    Start {
        /// Version of this program.
        version: String,
        /// Hash of the decoder file's text.
        model_sha256: String,
        /// Hash of `settings`, as written here.
        settings_sha256: String,
        /// How classes move the pointer.
        settings: PipelineSettings,
        /// The decoder file's text; empty if only looks are decoded.
        decoder: String,
    },
    /// The EEG was recorded for a calibration.
    Calibration {
        /// Version of this program.
        version: String,
        /// The requested classes.
        classes: Vec<String>,
        /// Planned number of trials per class.
        trials: usize,
        /// Timing of the cues; missing in older files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timing: Option<CueTiming>,
        /// File of the interrupted session that this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<String>,
    },
    /// The EEG was recorded to calibrate looking. The file tells what was shown, and markers what was looked at.
    LooksBegin {
        /// Version of this program.
        version: String,
        /// Planned number of looks.
        looks: usize,
        /// File of the interrupted session that this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<String>,
    },
    /// The EEG was recorded while a task was practised.
    PracticeBegins {
        /// Version of this program.
        version: String,
        /// Name of the task.
        task: String,
    },
    /// Result of a practised task.
    Practice {
        /// Name of the task.
        task: String,
        /// Description of the decoder.
        decoder: String,
        /// Results, in the format of the practice module.
        figures: serde_json::Value,
    },
    /// The EEG was converted from another file.
    Converted {
        /// Name of that file.
        from: String,
    },
    /// The sample index jumps, because samples are missing before this frame.
    Gap {
        /// Number of frames in the file before it.
        at_frame: u64,
        /// Sample index of the frame.
        first_sample: u64,
        /// Whether the stream's clock jumped backwards here.
        #[serde(default)]
        clock_reset: bool,
    },
    /// A marker. It is also in the marker stream, but only here is its sample exact.
    Marker {
        /// The sample at which it is.
        sample: u64,
        /// Text of the marker.
        label: String,
    },
    /// The driver's state changed, as shown by `bci-cursor status`.
    State {
        /// Number of frames in the file before it, to within a reel (a quarter of a second).
        at_frame: u64,
        /// The new state.
        state: String,
    },
    /// How the pointer moves and clicks: at the start and after every change.
    Control {
        /// Number of frames in the file before it, to within a reel.
        at_frame: u64,
        /// All settings.
        settings: ControlSettings,
    },
    /// From here on, the pointer's motion is influenced by a target, or no longer is.
    Assisted {
        /// Number of frames in the file before it, to within a reel.
        at_frame: u64,
        /// The target, in pixels of the desktop; `None` if only the user moves the pointer.
        towards: Option<Rect>,
    },
    /// Tags to look at: their targets, pixels of the desktop, and their codes.
    Scene(Scene),
    /// From a sample on, other codes are shown to be looked at.
    Shown(Shown),
    /// A code was looked at.
    Looked(Looked),
    /// Samples were processed but not written, because the disk was too slow. The session cannot be verified from here
    /// on.
    NotRecorded {
        /// Number of frames in the file before them.
        at_frame: u64,
        /// Number of samples.
        frames: u64,
    },
    /// The session ended normally.
    End {
        /// Number of frames in the file.
        frames: u64,
        /// Number of intents in the file.
        intents: u64,
    },
}

/// A code was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Index after the last sample of the step in which it was selected.
    pub sample: u64,
    /// Number of the scene.
    pub scene: u32,
    /// The likeliest code.
    pub code: usize,
    /// Its probability, given that one of them was looked at.
    pub probability: f64,
}

impl Looked {
    /// The selection of a step, if there is one.
    #[must_use]
    pub fn of(step: &Step<'_>) -> Option<Self> {
        let selection = step.command.selection?;
        let code = argmax(&selection.log_probability);
        Some(Self {
            sample: step.command.at.0,
            scene: selection.scene,
            code,
            probability: libm::exp(selection.log_probability[code]),
        })
    }
}

/// Timing of a calibration, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CueTiming {
    /// Duration of the fixation cross before each cue.
    pub fixation_s: f64,
    /// Duration of the cue and the imagery.
    pub imagery_s: f64,
    /// Minimum duration of rest. Up to half of it is added at random, so that the next cue cannot be predicted.
    pub rest_s: f64,
    /// Number of trials between breaks; 0 for no breaks.
    pub break_after: usize,
    /// Duration of a break.
    pub break_s: f64,
}

impl SessionEvent {
    /// The entry about a decoder and settings, with the hashes of both.
    ///
    /// # Errors
    /// [`DecoderError`] if the decoder cannot be written as JSON.
    pub fn start(
        decoder: Option<&Decoder>,
        settings: &PipelineSettings,
    ) -> Result<Self, DecoderError> {
        let text = decoder
            .map(Decoder::to_json)
            .transpose()?
            .unwrap_or_default();
        Ok(Self::Start {
            version: env!("CARGO_PKG_VERSION").into(),
            model_sha256: sha256_of_text(&text),
            settings_sha256: settings_hash(settings),
            settings: settings.clone(),
            decoder: text,
        })
    }
}

/// Hash of the pipeline's settings.
fn settings_hash(settings: &PipelineSettings) -> String {
    // They contain only numbers and names, so writing JSON cannot fail.
    sha256_of_text(&serde_json::to_string(settings).unwrap_or_default())
}

/// Hash of the settings in the text of a [`SessionEvent::Start`], as they are written there: settings that were added
/// later must not change it. `None` if the text is another entry.
#[must_use]
pub fn stored_settings_hash(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Stored<'a> {
        #[serde(borrow)]
        settings: &'a RawValue,
    }
    let stored: Stored<'_> = serde_json::from_str(text).ok()?;
    Some(sha256_of_text(stored.settings.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of a session from before `checks_eeg` and all later settings.
    const OLD: &str = r#"{"mode":"steer","switch_axis":null,"press":null,"decoding":{"time_constant_s":0.4,"rest_threshold":null,"recentre":true},"control":{"max_speed_px_s":200.0,"turn_deg_s":90.0}}"#;

    #[test]
    fn the_hash_covers_settings_as_they_were_written() {
        let of = |settings: &str| {
            let hash = sha256_of_text(settings);
            format!(
                r#"{{"event":"start","version":"0.1.0","model_sha256":"","settings_sha256":"{hash}","settings":{settings},"decoder":""}}"#
            )
        };
        let new = serde_json::to_string(&PipelineSettings::default()).unwrap();
        for settings in [OLD, &new] {
            let text = of(settings);
            let SessionEvent::Start {
                settings_sha256, ..
            } = serde_json::from_str(&text).unwrap()
            else {
                panic!("a start");
            };
            assert_eq!(stored_settings_hash(&text), Some(settings_sha256));
        }
        assert_eq!(stored_settings_hash(r#"{"event":"end","frames":1}"#), None);
    }

    #[test]
    fn control_settings_of_earlier_versions_are_read() {
        let text = r#"{"event":"control","at_frame":0,"settings":{"beside":{"eeg_moves":true},"pause":{"takeback_ms":0,"takeback_px":20}}}"#;
        let SessionEvent::Control { settings, .. } = serde_json::from_str(text).unwrap() else {
            panic!("control settings");
        };
        assert!(settings.auxiliary.eeg_moves);
        let pause = settings.pause;
        assert_eq!(
            (pause.manual_override_ms, pause.manual_override_px),
            (0, 20)
        );
    }

    #[test]
    fn the_written_settings_match_their_hash() {
        let settings = PipelineSettings::default();
        let event = SessionEvent::Start {
            version: String::new(),
            model_sha256: String::new(),
            settings_sha256: settings_hash(&settings),
            settings,
            decoder: String::new(),
        };
        let text = serde_json::to_string(&event).unwrap();
        let SessionEvent::Start {
            settings_sha256, ..
        } = event
        else {
            panic!("a start");
        };
        assert_eq!(stored_settings_hash(&text), Some(settings_sha256));
    }
}
