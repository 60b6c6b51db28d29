//! Numbers that carry their unit in their type.

use serde::Serialize;

/// A frequency or sampling rate in hertz: positive, and at most [`Self::HIGHEST`], because buffers are sized by it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Hertz(f64);

impl Hertz {
    /// Highest rate, Hz. EEG amplifiers reach 100 kHz.
    pub const HIGHEST: f64 = 1e6;

    /// `None` if the number cannot be a rate: zero, negative, not finite or above [`Self::HIGHEST`].
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

    /// Duration of a number of samples, seconds.
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

/// A unit of voltage that a file or a stream can use. Sources convert everything to microvolts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Reads the spellings that recordings and LSL streams use; `None` if it is not a voltage.
    ///
    /// µ may be the micro sign or the Greek letter, in UTF-8, Latin-1 or Shift-JIS, decoded with the wrong one of these or encoded twice: µ
    /// is the only character outside ASCII that stands before a V. `0`, `-3`, `-6` and `-9` are the exponents of FIFF, which MNE-LSL
    /// writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        // "Microvolts (uV)" names the unit twice; in "[uV]" the brackets are only decoration.
        let outside = text.split(['(', '[']).next().unwrap_or("").trim();
        let inside = text.trim_matches(['(', ')', '[', ']']);
        let text = if outside.is_empty() { inside } else { outside };
        let ascii = text.trim_start_matches(|c: char| !c.is_ascii());
        // A byte of Shift-JIS or UTF-8 decoded as Latin-1 may leave a space in between.
        let prefix = if ascii.len() < text.len() { "u" } else { "" };
        let name: String = ascii
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        // A FIFF exponent may be written in any number format.
        let exponent = name.parse::<f64>().ok().filter(|n| n.fract() == 0.0);
        let exponent = exponent.map(|exponent| format!("{:.0}", exponent + 0.0));
        let name = exponent.filter(|_| prefix.is_empty()).unwrap_or(name);
        Some(match format!("{prefix}{name}").as_str() {
            "v" | "volt" | "volts" | "0" => Self::Volt,
            "mv" | "millivolt" | "millivolts" | "milliv" | "mvolt" | "mvolts" | "-3" => {
                Self::Millivolt
            }
            "uv" | "microvolt" | "microvolts" | "microv" | "uvolt" | "uvolts" | "-6" => {
                Self::Microvolt
            }
            "nv" | "nanovolt" | "nanovolts" | "nanov" | "nvolt" | "nvolts" | "-9" => Self::Nanovolt,
            _ => return None,
        })
    }

    /// Its symbol in ASCII, as files and options spell it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Volt => "V",
            Self::Millivolt => "mV",
            Self::Microvolt => "uV",
            Self::Nanovolt => "nV",
        }
    }

    /// Every unit, the largest first.
    pub const ALL: [Self; 4] = [Self::Volt, Self::Millivolt, Self::Microvolt, Self::Nanovolt];

    /// The unit that is this many microvolts.
    #[must_use]
    pub fn of_microvolts(microvolts: f64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|unit| unit.microvolts() == microvolts)
    }

    /// Microvolts per unit.
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

    /// Shift-JIS encodes µ as 83 CA; decoded as Latin-1, that is U+0083 and Ê.
    #[test]
    fn spellings_of_a_voltage() {
        use VoltageUnit::{Microvolt, Millivolt, Nanovolt, Volt};
        for (text, unit) in [
            ("uV", Microvolt),
            ("\u{b5}V", Microvolt),
            ("\u{3bc}V", Microvolt),
            ("\u{c2}\u{b5}V", Microvolt),
            ("\u{c3}\u{82}\u{c2}\u{b5}V", Microvolt),
            ("\u{ce}\u{bc}V", Microvolt),
            ("\u{83}\u{ca}V", Microvolt),
            ("\u{fffd}V", Microvolt),
            ("\u{b5}volts", Microvolt),
            ("microvolts", Microvolt),
            ("Microvolts (uV)", Microvolt),
            ("[uV]", Microvolt),
            ("uVolts", Microvolt),
            ("microV", Microvolt),
            ("micro volts", Microvolt),
            (" uv \0", Microvolt),
            ("-6", Microvolt),
            ("-6.0", Microvolt),
            ("-06", Microvolt),
            ("-0.0", Volt),
            ("mV", Millivolt),
            ("-3", Millivolt),
            ("V", Volt),
            ("Volts", Volt),
            ("0", Volt),
            ("nV", Nanovolt),
            ("-9", Nanovolt),
        ] {
            assert_eq!(VoltageUnit::parse(text), Some(unit), "{text}");
            assert_eq!(VoltageUnit::parse(unit.symbol()), Some(unit));
        }
        for text in [
            "", "0.4", "degC", "\u{b0}C", "g", "%", "deg/s", "seconds", "6", "-12", "uV/s",
            "\u{b5}T", "()", "none",
        ] {
            assert_eq!(VoltageUnit::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = VoltageUnit::parse(&text);
        }
    }

    #[test]
    fn only_possible_rates_are_accepted() {
        assert!(Hertz::new(160.0).is_some());
        for hz in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(Hertz::new(hz).is_none(), "{hz}");
        }
    }
}
