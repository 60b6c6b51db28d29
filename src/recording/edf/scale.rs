//! Converts microvolts to the integers that EDF and BDF store.

use super::{EdfError, EdfFormat};

/// How one channel's values are stored.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// The limits as written in the header.
    pub(super) texts: [String; 2],
    low: f64,
    high: f64,
    /// µV per stored step.
    step: f64,
    digital_min: f64,
}

impl Scale {
    /// A scale for values from `least` to `greatest`, µV. A narrower range gives finer steps. Both are NaN if there are
    /// no values.
    ///
    /// # Errors
    /// [`EdfError::Range`] if the limits do not fit into eight characters of the header.
    pub(super) fn new(
        label: &str,
        [least, greatest]: [f64; 2],
        format: EdfFormat,
    ) -> Result<Self, EdfError> {
        let (least, greatest) = if least < greatest {
            (least, greatest)
        } else if least == greatest {
            (least, least + 1.0)
        } else {
            (-1.0, 1.0)
        };
        let limits = [in_eight(least, f64::floor), in_eight(greatest, f64::ceil)];
        let [Some((low, low_text)), Some((high, high_text))] = limits else {
            return Err(EdfError::Range {
                label: label.to_owned(),
                reach: greatest.abs().max(least.abs()),
            });
        };
        let [digital_min, digital_max] = format.digital_limits().map(f64::from);
        Ok(Self {
            texts: [low_text, high_text],
            low,
            high,
            step: (high - low) / (digital_max - digital_min),
            digital_min,
        })
    }

    /// The stored number for a value. NaN becomes the value nearest to zero.
    pub(super) fn digital(&self, value: f64) -> i32 {
        let value = if value.is_finite() { value } else { 0.0 };
        let within = value.clamp(self.low, self.high);
        (((within - self.low) / self.step).round() + self.digital_min) as i32
    }

    /// The largest change of a value by storing it, µV.
    pub(super) fn largest_error(&self) -> f64 {
        0.5 * self.step
    }
}

/// A number in eight characters, rounded away from the inside of the range, and its text.
fn in_eight(value: f64, round: fn(f64) -> f64) -> Option<(f64, String)> {
    (0..=5).rev().find_map(|digits| {
        let scale = 10f64.powi(digits);
        let rounded = round(value * scale) / scale;
        let text = format!("{rounded:.*}", digits as usize);
        Some((text.parse().ok()?, text)).filter(|(_, text)| text.len() <= 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored(scale: &Scale, value: f64) -> f64 {
        scale.low + (f64::from(scale.digital(value)) - scale.digital_min) * scale.step
    }

    proptest! {
        #[test]
        fn every_value_of_a_range_is_stored_to_half_a_step(least in -1e6..1e6f64, span in 0.001..1e5f64, at in 0.0..=1.0f64) {
            for format in [EdfFormat::Edf, EdfFormat::Bdf] {
                let scale = Scale::new("C3", [least, least + span], format).unwrap();
                let value = least + at * span;
                prop_assert!((stored(&scale, value) - value).abs() <= 1.0001 * scale.largest_error() + 1e-9);
                prop_assert!(scale.texts.iter().all(|text| text.len() <= 8));
                // The limits are wider than the values by the precision of eight characters.
                prop_assert!(scale.high - scale.low <= span + 2.0);
            }
        }
    }

    #[test]
    fn small_signals_on_large_offsets_are_stored_precisely() {
        // 8 µV rms on 187 mV, as in a DC-coupled amplifier.
        for offset in [187_000.0, -187_000.0] {
            let scale = Scale::new("C3", [offset - 35.0, offset + 35.0], EdfFormat::Edf).unwrap();
            assert!(scale.largest_error() < 0.0006, "{}", scale.largest_error());
        }
        let wide = [-400_000.0, 400_000.0];
        assert!(
            Scale::new("C3", wide, EdfFormat::Edf)
                .unwrap()
                .largest_error()
                > 0.1
        );
        assert!(
            Scale::new("C3", wide, EdfFormat::Bdf)
                .unwrap()
                .largest_error()
                < 0.03
        );
    }

    #[test]
    fn channels_without_values_or_with_one_value_can_be_stored() {
        let none = Scale::new("C3", [f64::INFINITY, f64::NEG_INFINITY], EdfFormat::Edf).unwrap();
        assert_eq!(none.texts, ["-1.00000", "1.00000"]);
        let flat = Scale::new("C3", [187_036.5, 187_036.5], EdfFormat::Edf).unwrap();
        assert!((stored(&flat, 187_036.5) - 187_036.5).abs() < 1e-9);
        // Missing samples are stored as the value nearest to zero.
        assert_eq!(stored(&flat, f64::NAN), stored(&flat, 0.0));
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let error = Scale::new("C3", [0.0, 1e9], EdfFormat::Edf)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("channel C3 reaches 1e9"), "{error}");
    }
}
