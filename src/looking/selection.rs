//! What is shown, and what was selected.

use crate::command::{MOST_CODES, Selection};
use crate::time::SampleIndex;
use serde::{Deserialize, Serialize};

/// Some of the codes, by their number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeSet(u32);

impl CodeSet {
    /// No code.
    pub const NONE: Self = Self(0);

    /// With one more code; numbers from [`MOST_CODES`] on are left out.
    #[must_use]
    pub fn with(self, code: usize) -> Self {
        if code < MOST_CODES {
            Self(self.0 | (1 << code))
        } else {
            self
        }
    }

    /// The set as a number, in which each bit is a code.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set with this number.
    #[must_use]
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Whether a code is among them.
    #[must_use]
    pub fn has(self, code: usize) -> bool {
        code < MOST_CODES && self.0 & (1 << code) != 0
    }
}

/// From a sample on, these codes are shown, and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The first sample that was taken after the change.
    #[serde(with = "index")]
    pub from: SampleIndex,
    /// Number of the scene.
    pub scene: u32,
    /// The codes.
    pub codes: CodeSet,
}

mod index {
    use crate::time::SampleIndex;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)] // the form that serde takes
    pub(super) fn serialize<S: Serializer>(index: &SampleIndex, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(index.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SampleIndex, D::Error> {
        u64::deserialize(from).map(SampleIndex)
    }
}

/// When a pseudo-random code is selected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certainty {
    /// Natural log odds against nothing being looked at, at least.
    pub threshold: f64,
    /// Probability of the code if one of those that are shown is looked at, at least. It matters where many codes are shown: the best of
    /// them must then stand out from the others, which are a measure of chance in this very EEG.
    pub probability: f64,
}

/// The selection, if the odds of a shown code have reached the threshold. `odds` are natural log odds of each code against none. Where a
/// code that is not shown is likelier than all that are, the signal is something else, and nothing is selected.
#[must_use]
pub fn select(odds: &[f64], shown: Shown, threshold: f64) -> Option<Selection> {
    let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
    let (mut best, mut elsewhere) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (code, (out, odds)) in log_probability.iter_mut().zip(odds).enumerate() {
        if odds.is_nan() {
            return None;
        }
        if shown.codes.has(code) {
            *out = *odds;
            best = best.max(*odds);
        } else {
            elsewhere = elsewhere.max(*odds);
        }
    }
    if best < threshold || elsewhere > best {
        return None;
    }
    let sum: f64 = log_probability
        .iter()
        .map(|odds| libm::exp(odds - best))
        .sum();
    let log_sum = best + libm::log(sum);
    log_probability.iter_mut().for_each(|odds| *odds -= log_sum);
    Some(Selection {
        scene: shown.scene,
        log_probability,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(codes: &[usize]) -> Shown {
        Shown {
            from: SampleIndex(0),
            scene: 7,
            codes: codes
                .iter()
                .fold(CodeSet::NONE, |set, code| set.with(*code)),
        }
    }

    #[test]
    fn only_shown_codes_are_selected() {
        let odds = [1.0, 8.4, 8.5];
        let selection = select(&odds, shown(&[0, 2]), 8.0).unwrap();
        assert_eq!(selection.scene, 7);
        assert_eq!(select(&[1.0, 9.0, 8.5], shown(&[0, 2]), 8.0), None);
        assert_eq!(selection.log_probability[1], f64::NEG_INFINITY);
        let [first, second] = [0, 2].map(|code: usize| selection.log_probability[code].exp());
        assert!((first + second - 1.0).abs() < 1e-12 && second > 0.999);
        assert_eq!(select(&odds, shown(&[0]), 8.0), None);
        assert_eq!(select(&odds, shown(&[]), 8.0), None);
        assert_eq!(select(&[f64::NAN], shown(&[0]), 8.0), None);
        assert_eq!(select(&[f64::NEG_INFINITY; 3], shown(&[0, 1]), 8.0), None);
    }

    #[test]
    fn a_scene_is_stored_as_plain_numbers() {
        let text = serde_json::to_string(&shown(&[0, 2])).unwrap();
        assert_eq!(text, r#"{"from":0,"scene":7,"codes":5}"#);
        assert_eq!(
            serde_json::from_str::<Shown>(&text).unwrap(),
            shown(&[0, 2])
        );
        assert!(!CodeSet::NONE.with(200).has(200));
    }
}
