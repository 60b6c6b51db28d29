//! What a session tells of itself.

use crate::control::{ControlSettings, Rect};
use crate::hash::sha256_of_text;
use crate::pipeline::PipelineSettings;
use bci_cursor_calibration::{Decoder, DecoderError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a session tells of itself, one event a line, in the stream of type `Session`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SessionEvent {
    /// What was run. First in every session that decoded.
    Start {
        /// Version of this program.
        version: String,
        /// Hash of the decoder file's text.
        model_sha256: String,
        /// Hash of `settings`, as they stand here.
        settings_sha256: String,
        /// How classes drove the pointer.
        settings: PipelineSettings,
        /// The decoder, as its file has it.
        decoder: String,
    },
    /// The EEG was recorded to calibrate with.
    Calibration {
        /// Version of this program.
        version: String,
        /// What was asked for.
        classes: Vec<String>,
        /// Trials of each class that were planned.
        trials: usize,
        /// How long everything lasts; older files do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timing: Option<CueTiming>,
        /// File of the session that this one goes on with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<String>,
    },
    /// The EEG was recorded while a task was practised.
    PracticeBegins {
        /// Version of this program.
        version: String,
        /// Which.
        task: String,
    },
    /// A task was practised.
    Practice {
        /// Which.
        task: String,
        /// With which decoder, in words.
        decoder: String,
        /// What it came to, as `session::practice` tells it.
        figures: serde_json::Value,
    },
    /// The EEG was converted from another file.
    Converted {
        /// Which.
        from: String,
    },
    /// The sample index jumps: samples are missing before this frame.
    Gap {
        /// Frames of the file before it.
        at_frame: u64,
        /// Index of the frame.
        first_sample: u64,
        /// Whether the stream's clock went backwards here.
        #[serde(default)]
        clock_reset: bool,
    },
    /// A marker, which also stands in the stream of markers: there its time is known to within the jitter of stamps.
    Marker {
        /// The sample that it is before.
        sample: u64,
        /// What it says.
        label: String,
    },
    /// The driver came into a state, as `bci-cursor status` tells it.
    State {
        /// Frames of the file before it, to within a reel (a quarter of a second).
        at_frame: u64,
        /// Which.
        state: String,
    },
    /// How the pointer moves and clicks: at the start, and whenever it was changed.
    Control {
        /// Frames of the file before it, to within a reel.
        at_frame: u64,
        /// All settings.
        settings: ControlSettings,
    },
    /// From here on the pointer moves otherwise than the user alone would move it, or no longer.
    Assisted {
        /// Frames of the file before it, to within a reel.
        at_frame: u64,
        /// The target on the screen because of which, pixels of the desktop; none where it moves as the user wishes.
        towards: Option<Rect>,
    },
    /// Samples were processed, but not written: the disk was too slow. From here on the session cannot be verified.
    NotRecorded {
        /// Frames of the file before them.
        at_frame: u64,
        /// How many.
        frames: u64,
    },
    /// It ended in order.
    End {
        /// Frames in the file.
        frames: u64,
        /// Intents in the file.
        intents: u64,
    },
}

/// How long the parts of a calibration last, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CueTiming {
    /// A cross is looked at before each cue,
    pub fixation_s: f64,
    /// then the cue is shown and followed for so long,
    pub imagery_s: f64,
    /// and rested for so long, and up to half of it longer: nobody is to know the moment.
    pub rest_s: f64,
    /// Number of trials between breaks; 0: no breaks.
    pub break_after: usize,
    /// It lasts so long.
    pub break_s: f64,
}

impl SessionEvent {
    /// What is run, with the hashes of both.
    ///
    /// # Errors
    /// Where the decoder cannot be written as JSON.
    pub fn start(decoder: &Decoder, settings: &PipelineSettings) -> Result<Self, DecoderError> {
        let text = decoder.to_json()?;
        Ok(Self::Start {
            version: env!("CARGO_PKG_VERSION").into(),
            model_sha256: sha256_of_text(&text),
            settings_sha256: settings_hash(settings),
            settings: settings.clone(),
            decoder: text,
        })
    }
}

/// Hash of how classes drive the pointer.
fn settings_hash(settings: &PipelineSettings) -> String {
    // Numbers and names only: they always have a JSON.
    sha256_of_text(&serde_json::to_string(settings).unwrap_or_default())
}

/// Hash of the settings in the text of a [`SessionEvent::Start`], as they are written there: a setting that is newer than the session
/// must not change it. None where the text is of another event.
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

    /// Settings of a session from before `checks_eeg` and everything that came later.
    const OLD: &str = r#"{"mode":"steer","switch_axis":null,"press":null,"decoding":{"time_constant_s":0.4,"rest_threshold":null,"recentre":true},"control":{"max_speed_px_s":200.0,"turn_deg_s":90.0}}"#;

    #[test]
    fn settings_count_as_they_were_written() {
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
    fn control_settings_of_an_earlier_version_are_read_under_their_new_names() {
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
    fn what_is_written_has_the_hash_that_it_says() {
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
