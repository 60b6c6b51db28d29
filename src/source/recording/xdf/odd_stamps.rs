//! Time stamps that cannot be right one by one.

use crate::time::is_time;

/// Counts them.
#[derive(Debug, Default)]
pub(super) struct OddStamps {
    last_s: Option<f64>,
    stored: u64,
    invalid: u64,
    equal: u64,
}

/// Share of the stamps that are equal to the one before from which that is told: now and then it happens to every clock.
const WORTH_TELLING: f64 = 0.001;

impl OddStamps {
    /// Takes a sample's stamp, seconds, and whether it stands in the file.
    pub(super) fn take(&mut self, stamp_s: f64, is_stored: bool) {
        if !is_stored {
            return;
        }
        self.stored += 1;
        if !is_time(stamp_s) {
            self.invalid += 1;
            return;
        }
        self.equal += u64::from(self.last_s.replace(stamp_s) == Some(stamp_s));
    }

    /// What a user should know.
    pub(super) fn describe(&self) -> Vec<String> {
        let of = self.stored;
        let mut told = Vec::new();
        if self.invalid > 0 {
            told.push(format!(
                "{} of {of} time stamps are not times (NaN, infinite or impossible); their samples are placed by count",
                self.invalid
            ));
        }
        if self.equal as f64 > WORTH_TELLING * of as f64 {
            told.push(format!(
                "{} of {of} time stamps are the same as the one before; their samples are placed by count",
                self.equal
            ));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stamps: &[f64]) -> Vec<String> {
        let mut odd = OddStamps::default();
        stamps.iter().for_each(|stamp_s| odd.take(*stamp_s, true));
        odd.take(9.0, false);
        odd.describe()
    }

    #[test]
    fn stamps_that_are_no_times_or_the_same_are_counted() {
        assert_eq!(told(&[1.0, 1.1, 1.2]), [""; 0]);
        let odd = told(&[1.0, f64::NAN, 1.1, 1.1, 1e300, 1.1, 1.2]);
        assert!(
            odd[0].starts_with("2 of 7 time stamps are not times"),
            "{odd:?}"
        );
        assert!(
            odd[1].starts_with("2 of 7 time stamps are the same"),
            "{odd:?}"
        );
    }
}
