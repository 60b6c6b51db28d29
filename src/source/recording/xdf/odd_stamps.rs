//! Time stamps that are invalid or repeated.

use crate::time::is_time;

/// Counts such stamps.
#[derive(Debug, Default)]
pub(super) struct OddStamps {
    last_s: Option<f64>,
    stored: u64,
    invalid: u64,
    equal: u64,
}

/// Repeated stamps are reported from this fraction on, because every clock repeats one occasionally.
const WORTH_TELLING: f64 = 0.001;

impl OddStamps {
    /// Takes a sample's stamp, seconds, and whether the stamp is stored in the file.
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

    /// Messages for the user.
    pub(super) fn describe(&self) -> Vec<String> {
        let of = self.stored;
        let mut messages = Vec::new();
        if self.invalid > 0 {
            messages.push(format!(
                "{} of {of} time stamps are not times (NaN, infinite or impossible); their samples are placed by count",
                self.invalid
            ));
        }
        if self.equal as f64 > WORTH_TELLING * of as f64 {
            messages.push(format!(
                "{} of {of} time stamps are the same as the one before; their samples are placed by count",
                self.equal
            ));
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(stamps: &[f64]) -> Vec<String> {
        let mut odd = OddStamps::default();
        stamps.iter().for_each(|stamp_s| odd.take(*stamp_s, true));
        odd.take(9.0, false);
        odd.describe()
    }

    #[test]
    fn invalid_and_repeated_stamps_are_counted() {
        assert_eq!(messages(&[1.0, 1.1, 1.2]), [""; 0]);
        let odd = messages(&[1.0, f64::NAN, 1.1, 1.1, 1e300, 1.1, 1.2]);
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
