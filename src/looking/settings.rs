//! How looks are decoded; stored with each session.

use super::codes::code_book;
use super::model::LookingModel;
use super::selection::Certainty;
use crate::command::MOST_CODES;
use crate::settings::{AssistMode, Settings};
use crate::stimulus::CodeBook;
use bci_cursor_calibration::looking::codes::Code;
use serde::{Deserialize, Serialize};

/// Frequencies of the tags, Hz. A display of 60 Hz shows them smoothly, no harmonic of one is near one of another or near the line frequency,
/// and they are well above the alpha rhythm, which otherwise looks like flicker (13, 16 and 19 Hz: 2.5 times as many false selections).
const FREQUENCIES_HZ: [f64; 3] = [15.0, 17.0, 19.0];

/// How looks are decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookingSettings {
    /// What tags show.
    #[serde(flatten)]
    pub codes: TagCodes,
    /// Natural log odds against nothing being looked at, at which a code is selected.
    pub threshold: f64,
    /// Pseudo-random codes: how likely a code must be among all that are shown.
    #[serde(
        default = "earlier_probability",
        skip_serializing_if = "is_earlier_probability"
    )]
    pub probability: f64,
    /// Whether electrodes, the likeness to EEG and disturbances are checked; not in sessions of earlier versions, which replay as they were
    /// decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_checked: bool,
    /// Time from the display's stamp of a frame to its light in the samples, milliseconds. Frames are announced this much later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub display_delay_ms: f64,
    /// Whether a clenched jaw is no evidence; not in sessions of earlier versions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_out_muscles: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the form that serde takes
fn is_zero(ms: &f64) -> bool {
    *ms == 0.0
}

/// The probability in sessions of versions that did not store it.
fn earlier_probability() -> f64 {
    0.95
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the form that serde takes
fn is_earlier_probability(probability: &f64) -> bool {
    *probability == earlier_probability()
}

/// What tags show, and how it is recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TagCodes {
    /// A frequency for each code, Hz. Nothing has to be fitted.
    #[serde(rename = "frequencies_hz")]
    Flicker(Vec<f64>),
    /// The pseudo-random codes of [`code_book`], with the person's response to them.
    #[serde(rename = "model")]
    Model(Box<LookingModel>),
}

impl LookingSettings {
    /// As the settings ask, with flicker; none unless targets are chosen by looking.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let threshold = threshold_for(settings.decoding.false_looks_per_min);
        let asks = settings.control.assist.mode == AssistMode::Look;
        asks.then(|| Self {
            display_delay_ms: settings.decoding.display_delay_ms.unwrap_or(0.0),
            ..Self::with_flicker(FREQUENCIES_HZ.to_vec(), threshold)
        })
    }

    /// Pseudo-random codes on a display whose delay was measured as this, milliseconds. A response that was fitted without knowing the delay
    /// of its display contains it, and is used without.
    #[must_use]
    pub fn on_display(model: LookingModel, delay_ms: Option<f64>) -> Self {
        let own_ms = model.display_delay_ms;
        Self {
            display_delay_ms: own_ms.map_or(0.0, |own_ms| delay_ms.unwrap_or(own_ms)),
            ..Self::with_model(model)
        }
    }

    /// Flicker at these frequencies, Hz.
    #[must_use]
    pub fn with_flicker(frequencies_hz: Vec<f64>, threshold: f64) -> Self {
        Self {
            codes: TagCodes::Flicker(frequencies_hz),
            threshold,
            probability: CODES.probability,
            is_checked: true,
            display_delay_ms: 0.0,
            leaves_out_muscles: true,
        }
    }

    /// Pseudo-random codes, with a person's response to them.
    #[must_use]
    pub fn with_model(model: LookingModel) -> Self {
        Self {
            codes: TagCodes::Model(Box::new(model)),
            threshold: CODES.threshold,
            probability: CODES.probability,
            is_checked: true,
            display_delay_ms: 0.0,
            leaves_out_muscles: true,
        }
    }

    /// When a pseudo-random code is selected.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        Certainty {
            threshold: self.threshold,
            probability: self.probability,
        }
    }

    /// Number of codes.
    #[must_use]
    pub fn code_count(&self) -> usize {
        match &self.codes {
            TagCodes::Flicker(hz) => hz.len(),
            TagCodes::Model(_) => MOST_CODES,
        }
    }

    /// What tags show, in the order of the codes.
    #[must_use]
    pub fn code_book(&self) -> CodeBook {
        let sine = |hz: &f64| Code::Sine {
            frequency_hz: *hz,
            phase_rad: 0.0,
        };
        match &self.codes {
            TagCodes::Flicker(hz) => CodeBook {
                codes: hz.iter().map(sine).collect(),
            },
            TagCodes::Model(_) => code_book(),
        }
    }
}

/// False selections per minute, and the threshold that gave them: 16 people of EEGMMIDB (142 minutes) who look at no tag. Eight people of Kalunga
/// et al. (2016), in 11 minutes of rest between looks, had fewer.
const MEASURED: [(f64, f64); 8] = [
    (2.6, 5.0),
    (1.6, 6.0),
    (0.95, 7.0),
    (0.58, 8.0),
    (0.35, 9.0),
    (0.2, 10.0),
    (0.12, 11.0),
    (0.07, 12.0),
];

/// The lowest measured threshold that gives at most this many false selections per minute; beyond the table, its nearest end.
#[must_use]
pub fn threshold_for(false_per_min: f64) -> f64 {
    let found = MEASURED.iter().find(|(rate, _)| *rate <= false_per_min);
    let found = found.or(MEASURED.last());
    found.map_or(f64::INFINITY, |(_, threshold)| *threshold)
}

/// One look at a pseudo-random code chooses a target, so it must be as certain as this, whatever rate of false looks is asked for. 16 people of
/// EEGMMIDB who look at no tag (121 minutes) have at most 0.03 false selections per minute, with 3 to 32 tags. People with a strong response
/// who look at something else that flickers have more, 0.2.
pub const CODES: Certainty = Certainty {
    threshold: 8.0,
    probability: 0.999,
};

#[cfg(test)]
mod tests {
    use super::{LookingSettings, TagCodes, threshold_for};

    #[test]
    fn settings_of_sessions_with_flicker_are_read_and_written_as_before() {
        let text = r#"{"frequencies_hz":[15.0,17.0,19.0],"threshold":8.0}"#;
        let settings: LookingSettings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.codes, TagCodes::Flicker(vec![15.0, 17.0, 19.0]));
        assert!(!settings.is_checked);
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        let now = LookingSettings::with_flicker(vec![15.0], 8.0);
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(serde_json::from_str::<LookingSettings>(&text).unwrap(), now);
    }

    #[test]
    fn a_response_is_used_with_the_delay_of_the_display_if_it_was_fitted_with_one() {
        let settings = |fitted_ms, measured_ms| {
            let mut model = super::super::codes::tests::model();
            model.display_delay_ms = fitted_ms;
            LookingSettings::on_display(model, measured_ms).display_delay_ms
        };
        assert_eq!(settings(Some(20.0), Some(35.0)), 35.0);
        // The same display, as far as anybody knows.
        assert_eq!(settings(Some(20.0), None), 20.0);
        // The response contains the delay.
        assert_eq!([settings(None, Some(35.0)), settings(None, None)], [0.0; 2]);
        let mut patient = crate::settings::Settings::default();
        patient.control.assist.mode = crate::settings::AssistMode::Look;
        patient.decoding.display_delay_ms = Some(35.0);
        let flicker = LookingSettings::of(&patient).unwrap();
        assert_eq!(flicker.display_delay_ms, 35.0);
    }

    #[test]
    fn fewer_false_selections_need_more_evidence() {
        assert_eq!(
            [3.0, 0.95, 0.6, 0.1, 0.0].map(threshold_for),
            [5.0, 7.0, 8.0, 12.0, 12.0]
        );
    }
}
