//! Numbers that carry their unit in their type.

use serde::Serialize;

/// A frequency or a sampling rate, in hertz; above zero, and no higher than any amplifier's: buffers are sized by it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Hertz(f64);

impl Hertz {
    /// The highest, Hz. EEG amplifiers reach 100 kHz.
    pub const HIGHEST: f64 = 1e6;

    /// `None` where the number is no such rate: zero, negative, not finite or above [`Self::HIGHEST`].
    #[must_use]
    pub fn new(hz: f64) -> Option<Self> {
        (hz > 0.0 && hz <= Self::HIGHEST).then_some(Self(hz))
    }

    /// The frequency in hertz.
    #[must_use]
    pub fn hz(self) -> f64 {
        self.0
    }

    /// Whole samples in a time at this rate, rounded, at least one.
    #[must_use]
    pub fn samples_in_ms(self, ms: u32) -> u64 {
        (self.0 * f64::from(ms) / 1000.0).round().max(1.0) as u64
    }

    /// Whole samples in a time at this rate, rounded to the nearest.
    #[must_use]
    pub fn samples_in_secs(self, secs: f64) -> i64 {
        (self.0 * secs).round() as i64
    }

    /// How long so many samples last, in seconds.
    #[must_use]
    pub fn secs_of(self, samples: u64) -> f64 {
        samples as f64 / self.0
    }
}

impl std::fmt::Display for Hertz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A unit of voltage that a file or a stream can be in. Past a source's door everything is in microvolts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoltageUnit {
    /// 1 V.
    Volt,
    /// 10⁻³ V.
    Millivolt,
    /// 10⁻⁶ V.
    Microvolt,
    /// 10⁻⁹ V.
    Nanovolt,
}

impl VoltageUnit {
    /// Reads the spellings that recordings and LSL streams use; `None` where it is not a voltage.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Some(match text {
            "mV" => Self::Millivolt,
            "V" => Self::Volt,
            _ => match text.to_lowercase().as_str() {
                "v" | "volt" | "volts" => Self::Volt,
                "mv" | "millivolt" | "millivolts" => Self::Millivolt,
                // U+00B5 (micro sign) and U+03BC (Greek mu) look alike and both occur.
                "uv" | "µv" | "\u{3bc}v" | "microvolt" | "microvolts" => Self::Microvolt,
                "nv" | "nanovolt" | "nanovolts" => Self::Nanovolt,
                _ => return None,
            },
        })
    }

    /// Microvolts in one of this unit.
    #[must_use]
    pub fn microvolts(self) -> f64 {
        match self {
            Self::Volt => 1e6,
            Self::Millivolt => 1e3,
            Self::Microvolt => 1.0,
            Self::Nanovolt => 1e-3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_microvolt() {
        for text in ["uV", "µV", "μV", "microvolts", " uv "] {
            assert_eq!(
                VoltageUnit::parse(text),
                Some(VoltageUnit::Microvolt),
                "{text}"
            );
        }
        assert_eq!(VoltageUnit::parse("mV"), Some(VoltageUnit::Millivolt));
        assert_eq!(VoltageUnit::parse("degC"), None);
        assert_eq!(VoltageUnit::parse(""), None);
    }

    #[test]
    fn only_rates_that_an_amplifier_can_have_are_taken() {
        assert!(Hertz::new(160.0).is_some());
        for hz in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(Hertz::new(hz).is_none(), "{hz}");
        }
    }
}
