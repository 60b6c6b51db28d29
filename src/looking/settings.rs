//! How looks are decoded; stored with each session.

use crate::settings::{AssistMode, Settings};
use crate::stimulus::CodeBook;
use bci_cursor_calibration::looking::codes::Code;
use serde::{Deserialize, Serialize};

/// Frequencies of the tags, Hz. A display of 60 Hz shows them smoothly, their harmonics are apart, and they are above the alpha rhythm.
const FREQUENCIES_HZ: [f64; 3] = [13.0, 16.0, 19.0];

/// How looks are decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookingSettings {
    /// Frequency of each code, Hz.
    pub frequencies_hz: Vec<f64>,
    /// Natural log odds against nothing being looked at, at which a code is selected.
    pub threshold: f64,
}

impl LookingSettings {
    /// As the settings ask; none unless targets are chosen by looking.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        (settings.control.assist.mode == AssistMode::Look).then(|| Self {
            frequencies_hz: FREQUENCIES_HZ.to_vec(),
            threshold: threshold_for(settings.decoding.false_looks_per_min),
        })
    }

    /// What tags show, in the order of the codes.
    #[must_use]
    pub fn code_book(&self) -> CodeBook {
        let sine = |hz: &f64| Code::Sine {
            frequency_hz: *hz,
            phase_rad: 0.0,
        };
        CodeBook {
            codes: self.frequencies_hz.iter().map(sine).collect(),
        }
    }
}

/// False selections per minute of rest, and the threshold that gave them: `evaluate looking` on the eight people of Kalunga et al. (2016).
const MEASURED: [(f64, f64); 7] = [
    (1.5, 5.0),
    (0.9, 6.0),
    (0.41, 7.0),
    (0.38, 8.0),
    (0.2, 9.0),
    (0.19, 10.0),
    (0.1, 11.0),
];

/// The lowest measured threshold that gives at most this many false selections per minute; beyond the table, its nearest end.
#[must_use]
pub fn threshold_for(false_per_min: f64) -> f64 {
    let found = MEASURED.iter().find(|(rate, _)| *rate <= false_per_min);
    found.map_or(MEASURED[MEASURED.len() - 1].1, |(_, threshold)| *threshold)
}

#[cfg(test)]
mod tests {
    use super::threshold_for;

    #[test]
    fn fewer_false_selections_need_more_evidence() {
        assert_eq!(
            [2.0, 0.9, 0.4, 0.1, 0.0].map(threshold_for),
            [5.0, 6.0, 8.0, 11.0, 11.0]
        );
    }
}
