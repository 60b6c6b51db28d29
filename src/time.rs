//! Three kinds of time that never mix.
//!
//! Signal processing, decoding and control use [`SampleIndex`]. The other two serve latency figures and the watchdog only.

use serde::{Deserialize, Serialize};

/// Number of a sample since the source began, lost samples included: an index is a point in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct SampleIndex(pub u64);

impl SampleIndex {
    /// Largest index that a recording can reach, whatever its stamps say: up to here an index is exact as a 64-bit float.
    pub const LAST: u64 = 1 << 53;

    /// The index a number of samples later.
    #[must_use]
    pub fn after(self, samples: u64) -> Self {
        Self(self.0.saturating_add(samples).min(Self::LAST))
    }

    /// The index a number of samples later or earlier; `None` before the first.
    #[must_use]
    pub fn moved(self, samples: i64) -> Self {
        Self(self.0.saturating_add_signed(samples).min(Self::LAST))
    }
}

/// When a sample was taken, by its stream's stamps after clock synchronisation: nanoseconds on this host's LSL clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamNanos(pub i64);

impl StreamNanos {
    /// From an LSL stamp in seconds.
    #[must_use]
    pub fn from_secs(secs: f64) -> Self {
        Self((secs * 1e9) as i64)
    }
}

/// When something happened on this host: nanoseconds on its monotonic (LSL) clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostNanos(pub i64);

impl HostNanos {
    /// Nanoseconds since an earlier time; zero if that is later.
    #[must_use]
    pub fn since(self, earlier: HostNanos) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

/// A stamp further ahead than this means that the sender's clock was reset, seconds: no stream continues after an hour's absence.
pub(crate) const LONGEST_GAP_S: f64 = 3600.0;
/// Largest value that a clock can show, seconds: the year 5138 as Unix time.
const LATEST_S: f64 = 1e11;

/// Whether a stamp, in seconds, can be a time: NaN, infinity and impossible values cannot.
pub(crate) fn is_time(stamp_s: f64) -> bool {
    stamp_s.abs() <= LATEST_S
}

/// A time in words: seconds, hours, days or years.
pub(crate) fn describe_duration(secs: f64) -> String {
    const DAY_S: f64 = 86_400.0;
    match secs {
        s if s > 1000.0 * DAY_S => format!("{:.0} years", s / (365.25 * DAY_S)),
        s if s > 2.0 * DAY_S => format!("{:.0} days", s / DAY_S),
        s if s > 7200.0 => format!("{:.1} hours", s / 3600.0),
        s => format!("{s:.1} s"),
    }
}
