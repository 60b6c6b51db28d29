//! Stamps of a regularly sampled stream as they come: where samples were lost, and where the clock was set anew.

use crate::units::Hertz;

/// A stamp further ahead than this of where sample count puts it means lost samples, seconds: stamps jitter by the
/// sender's scheduling, and at the most by some tens of milliseconds.
const GAP_S: f64 = 0.1;
/// A stamp further back than this means that the sender's clock was set anew, seconds.
const RESET_S: f64 = 1.0;
/// How fast the expected stamp follows the observed ones: 1/e in so many samples.
const FOLLOW_SAMPLES: f64 = 500.0;

/// What a stamp tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jump {
    /// So many samples were lost before this one.
    Lost(u64),
    /// The clock went backwards.
    Reset,
}

/// Follows the stamps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamps {
    rate: Hertz,
    expected_s: Option<f64>,
}

impl Stamps {
    pub(crate) fn new(rate: Hertz) -> Self {
        Self {
            rate,
            expected_s: None,
        }
    }

    /// Expected stamp of the next sample, seconds; none before the first.
    pub(crate) fn expected_s(&self) -> Option<f64> {
        self.expected_s
    }

    /// Notes a sample's stamp, seconds.
    pub(crate) fn note(&mut self, stamp_s: f64) -> Option<Jump> {
        let expected_s = self.expected_s.unwrap_or(stamp_s);
        let ahead_s = stamp_s - expected_s;
        let period_s = 1.0 / self.rate.hz();
        if ahead_s > GAP_S.max(2.0 * period_s) {
            self.expected_s = Some(stamp_s + period_s);
            let missing = u64::try_from(self.rate.samples_in_secs(ahead_s)).unwrap_or(0);
            return Some(Jump::Lost(missing));
        }
        if ahead_s < -RESET_S {
            self.expected_s = Some(stamp_s + period_s);
            return Some(Jump::Reset);
        }
        self.expected_s = Some(expected_s + ahead_s / FOLLOW_SAMPLES + period_s);
        None
    }
}
