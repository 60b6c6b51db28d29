//! Decides which values of a trigger channel are codes, and where a code begins. Files and live streams use the same
//! rule.

/// The bits of a trigger channel that carry codes. BioSemi stores its amplifier's state in the others.
const CODE_BITS: i64 = 0xFFFF;
/// Codes are whole numbers, to within half a step of their scaling plus this.
const WHOLE: f64 = 0.02;
/// A channel whose value changes more often than once in this many samples carries a signal.
const SAMPLES_PER_CHANGE: usize = 4;

/// The code in a value; zero means none.
pub(in crate::source) fn code_of(value: f64) -> i64 {
    // The cast saturates, and turns NaN into zero.
    (value.round().max(0.0) as i64) & CODE_BITS
}

/// Follows the values of a trigger channel. It never allocates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::source) struct Codes {
    tolerance: f64,
    last: Option<f64>,
    samples: usize,
    changes: usize,
    is_whole: bool,
}

impl Codes {
    /// For values that are multiples of `step`; zero if they are not scaled.
    pub(in crate::source) fn new(step: f64) -> Self {
        Self {
            tolerance: WHOLE + 0.5 * step.abs(),
            last: None,
            samples: 0,
            changes: 0,
            is_whole: true,
        }
    }

    /// Takes the next value. Returns the code that begins here, if any.
    pub(in crate::source) fn take(&mut self, value: f64) -> Option<i64> {
        let whole = value.round();
        self.is_whole &= (value - whole).abs() <= self.tolerance;
        self.samples += 1;
        let last = self.last.replace(whole);
        self.changes += usize::from(last.is_some_and(|last| last != whole));
        let code = code_of(whole);
        (code != 0 && code != last.map_or(0, code_of)).then_some(code)
    }

    /// Whether all values so far are codes: whole numbers that stay for a while.
    pub(in crate::source) fn are_codes(&self) -> bool {
        self.is_whole && self.changes * SAMPLES_PER_CHANGE <= self.samples
    }

    /// Number of values so far.
    #[cfg(any(feature = "lsl", test))]
    pub(in crate::source) fn samples(&self) -> usize {
        self.samples
    }
}

/// The message about a channel that is named as a trigger channel but is not one.
pub(in crate::source) fn without_codes(label: &str) -> String {
    format!(
        "'{label}' is called a trigger channel, but does not carry codes (whole numbers that stay for a while): left out"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(values: &[f64]) -> (Vec<i64>, bool) {
        let mut codes = Codes::new(0.0);
        let begun = values.iter().filter_map(|value| codes.take(*value));
        (begun.collect(), codes.are_codes())
    }

    #[test]
    fn a_code_begins_where_the_value_changes_to_another_one_than_zero() {
        let held = |values: &[f64]| -> Vec<f64> {
            values
                .iter()
                .flat_map(|value| std::iter::repeat_n(*value, 8))
                .collect()
        };
        assert_eq!(
            begun(&held(&[0.0, 7.0, 0.0, 7.0, 8.0])),
            (vec![7, 7, 8], true)
        );
        // A code that is present from the start, BioSemi's state above the codes, and a negative value.
        assert_eq!(begun(&held(&[5.0, -3.0, 65_541.0])), (vec![5, 5], true));
    }

    #[test]
    fn a_signal_is_not_codes() {
        let counter: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(!begun(&counter).1);
        assert!(!begun(&[0.5; 100]).1);
        assert!(!begun(&[f64::NAN; 100]).1);
    }
}
