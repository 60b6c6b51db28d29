//! How looks are decoded; stored with each session.

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

/// False selections per minute, and the threshold that gave them: 17 people of EEGMMIDB (142 minutes) who look at no tag. Eight people of Kalunga
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
    found.map_or(MEASURED[MEASURED.len() - 1].1, |(_, threshold)| *threshold)
}

#[cfg(test)]
mod tests {
    use super::threshold_for;

    #[test]
    fn fewer_false_selections_need_more_evidence() {
        assert_eq!(
            [3.0, 0.95, 0.6, 0.1, 0.0].map(threshold_for),
            [5.0, 7.0, 8.0, 12.0, 12.0]
        );
    }
}
