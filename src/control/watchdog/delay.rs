//! Age of samples according to their time stamps. Pure.

use crate::time::{HostNanos, StreamNanos};

/// Stamps that differ from their reception by more than this belong to another clock (Unix time, or a device that counts from its start),
/// nanoseconds. No delay is that long: an LSL outlet keeps six minutes of samples by default.
const OTHER_CLOCK_NS: u64 = 600_000_000_000;
/// Stamps that go back by more than this mean that the clock was reset, nanoseconds.
const SET_ANEW_NS: i64 = 100_000_000;
/// Largest clock drift, as one part in this many: 500 ppm.
const DRIFT: i64 = 2_000;

/// Tracks the shortest delay between a sample's stamp and its arrival, to detect samples that arrive later than that.
///
/// Stamps on LSL's clock give a sample's age. Stamps of another clock only tell how much later than others a sample arrived, so the
/// shortest delay so far counts as none. It may rise slowly, as clocks drift, and starts again when the clock is reset.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Delay {
    /// Shortest delay: arrival minus stamp, nanoseconds.
    least_ns: i64,
    /// The newest sample.
    last: Option<(StreamNanos, HostNanos)>,
}

impl Delay {
    /// When a sample would have arrived without delay.
    pub(super) fn due(&mut self, acquired: StreamNanos, received: HostNanos) -> HostNanos {
        let delay_ns = received.0.saturating_sub(acquired.0);
        let risen_ns = self
            .last
            .and_then(|last| self.risen_ns(last, acquired, received));
        let least_ns = match risen_ns {
            Some(least_ns) if least_ns.abs_diff(delay_ns) <= OTHER_CLOCK_NS => {
                least_ns.min(delay_ns)
            }
            _ => delay_ns,
        };
        // On the same clock, only stamps from the future have a shortest delay other than zero.
        let is_same_clock = delay_ns.unsigned_abs() <= OTHER_CLOCK_NS;
        self.least_ns = if is_same_clock {
            least_ns.min(0)
        } else {
            least_ns
        };
        self.last = Some((acquired, received));
        HostNanos(acquired.0.saturating_add(self.least_ns))
    }

    /// The shortest delay plus possible drift since the last sample; none if the clock was reset.
    fn risen_ns(
        &self,
        (last_acquired, last_received): (StreamNanos, HostNanos),
        acquired: StreamNanos,
        received: HostNanos,
    ) -> Option<i64> {
        if last_acquired.0.saturating_sub(acquired.0) > SET_ANEW_NS {
            return None;
        }
        let drift_ns = i64::try_from(received.since(last_received)).unwrap_or(i64::MAX) / DRIFT;
        Some(self.least_ns.saturating_add(drift_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;
    /// A clock other than the host's: Unix time.
    const UNIX_NS: i64 = 1_795_000_000_000_000_000;

    /// Age of a sample at its arrival, milliseconds.
    fn age_ms(delay: &mut Delay, acquired_ns: i64, received_ms: i64) -> i64 {
        let received = HostNanos(received_ms * MS);
        let due = delay.due(StreamNanos(acquired_ns), received);
        (received.0 - due.0) / MS
    }

    #[test]
    fn a_backlog_is_old_whatever_its_clock() {
        for clock_ns in [0, UNIX_NS, -5_000_000_000_000] {
            let mut delay = Delay::default();
            for ms in (0..10_000).step_by(40) {
                let age = age_ms(&mut delay, clock_ns + ms * MS, ms + 5 + ms % 7);
                assert!((0..=12).contains(&age), "{age}");
            }
            // Nothing is read for three seconds, then everything at once.
            for ms in (10_000..13_000).step_by(40) {
                let age = age_ms(&mut delay, clock_ns + ms * MS, 13_000 + ms / 1000);
                assert!((age - (13_000 - ms)).abs() < 20, "{age} at {ms}");
            }
            assert!(age_ms(&mut delay, clock_ns + 13_040 * MS, 13_046) < 20);
        }
    }

    #[test]
    fn a_constant_delay_is_detected_from_the_first_sample_on() {
        let mut delay = Delay::default();
        for ms in (0..600_000).step_by(40) {
            assert_eq!(age_ms(&mut delay, ms * MS, ms + 30_000), 30_000);
        }
    }

    #[test]
    fn a_day_of_clock_drift_is_followed() {
        for ppm in [-200, 0, 200] {
            let mut delay = Delay::default();
            for ms in (0..86_400_000_i64).step_by(40) {
                let stamp_ns = UNIX_NS + ms * MS + ms * ppm;
                let age = age_ms(&mut delay, stamp_ns, ms + (ms / 40 * 7919) % 30);
                assert!((0..=60).contains(&age), "{ppm} ppm: {age} ms at {ms}");
            }
        }
    }

    #[test]
    fn a_reset_clock_is_followed_at_once() {
        // A computer slept for five minutes: the sender's stamps are in its future until the clocks are compared again.
        let mut delay = Delay::default();
        assert_eq!(age_ms(&mut delay, 0, 0), 0);
        assert_eq!(age_ms(&mut delay, 300_040 * MS, 40), 0);
        let age = age_ms(&mut delay, 300_080 * MS, 1_280);
        assert!((1_199..=1_200).contains(&age), "{age}");
        assert_eq!(age_ms(&mut delay, 1_320 * MS, 1_322), 2);
        // Another clock with an arbitrary value: the age is unknown, so the sample counts as new.
        assert_eq!(age_ms(&mut delay, i64::MAX / 2, 1_360), 0);
        assert_eq!(age_ms(&mut delay, i64::MIN / 2, 1_400), 0);
        assert_eq!(age_ms(&mut delay, 1_440 * MS, 1_442), 2);
    }
}
