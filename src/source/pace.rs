//! Checks whether samples arrive at the declared rate. Time is counted in samples, so a source that floods would make
//! it run too fast.

use crate::time::HostNanos;
use crate::units::Hertz;

/// The rate is checked over this period, nanoseconds.
const WINDOW_NS: u64 = 2_000_000_000;
/// Fraction by which the rate may be off, and for how many periods: radios stall and then send everything at once.
const MAY_BE_OFF: f64 = 0.25;
const WINDOWS: i8 = 2;
/// A larger surplus is a flood, in seconds of samples. No radio buffers this much.
const FLOOD_S: f64 = 3.0;

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pacing {
    /// The rate is as declared.
    Right,
    /// The rate is off for too long to be a stall: samples per second.
    Off(f64),
}

/// Counts samples.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    since: Option<HostNanos>,
    samples: u64,
    /// Consecutive periods that were too fast (positive) or too slow (negative).
    off: i8,
}

impl Pace {
    /// Takes samples, including those known to be lost. Returns the result when a period ends.
    pub(crate) fn note(&mut self, samples: u64, now: HostNanos, rate: Hertz) -> Option<Pacing> {
        let Some(since) = self.since else {
            // The first samples may have been buffered.
            self.since = Some(now);
            return None;
        };
        self.samples += samples;
        let elapsed_ns = now.since(since);
        let elapsed_s = elapsed_ns as f64 / 1e9;
        let measured_hz = self.samples as f64 / elapsed_s.max(1e-3);
        if self.samples as f64 > rate.hz() * (elapsed_s + FLOOD_S) {
            // Counted anew, so that a backlog which arrives once does not count for ever.
            (self.since, self.samples) = (Some(now), 0);
            return Some(Pacing::Off(measured_hz));
        }
        if elapsed_ns < WINDOW_NS {
            return None;
        }
        let off = measured_hz / rate.hz() - 1.0;
        let direction = match off {
            _ if off > MAY_BE_OFF => 1,
            _ if off < -MAY_BE_OFF => -1,
            _ => 0,
        };
        self.off = if direction * self.off.signum() < 0 {
            0
        } else {
            self.off
        };
        self.off = if direction == 0 {
            0
        } else {
            self.off.saturating_add(direction)
        };
        (self.since, self.samples) = (Some(now), 0);
        match self.off.abs() {
            0 => Some(Pacing::Right),
            off if off >= WINDOWS => Some(Pacing::Off(measured_hz)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until a wrong rate is reported, with `samples` every 100 ms.
    fn reported_after(samples: impl Fn(u64) -> u64) -> Option<f64> {
        let mut pace = Pace::default();
        let rate = Hertz::new(250.0)?;
        (0..600).find_map(|k| {
            let now = HostNanos(k * 100_000_000);
            let pacing = pace.note(samples(k.cast_unsigned()), now, rate);
            matches!(pacing, Some(Pacing::Off(_))).then_some(k as f64 / 10.0)
        })
    }

    /// A program that was stopped, or that waited for its user, finds everything that came in the meantime.
    #[test]
    fn a_backlog_is_over_when_the_rate_is_right_again() {
        let (mut pace, rate) = (Pace::default(), Hertz::new(250.0).unwrap());
        let millis = |ms: u64| HostNanos((ms * 1_000_000).cast_signed());
        // Ten seconds of samples within ten milliseconds, then 250 a second.
        let mut backlog = (0..250).map(|k| pace.note(10, millis(k / 25), rate));
        assert!(backlog.any(|pacing| matches!(pacing, Some(Pacing::Off(_)))));
        let later = (1..=50).map(|k| (k, pace.note(25, millis(10 + 100 * k), rate)));
        let noted: Vec<_> = later.filter_map(|(k, pacing)| Some((k, pacing?))).collect();
        assert_eq!(
            noted.last().map(|(_, pacing)| *pacing),
            Some(Pacing::Right),
            "{noted:?}"
        );
        assert!(
            noted
                .iter()
                .any(|(k, pacing)| *k <= 40 && *pacing == Pacing::Right),
            "{noted:?}"
        );
    }

    #[test]
    fn another_rate_is_reported_and_a_stalling_radio_is_not() {
        assert_eq!(reported_after(|_| 25), None);
        assert_eq!(reported_after(|_| 29), None);
        assert_eq!(reported_after(|_| 50), Some(4.0));
        assert_eq!(reported_after(|_| 33), Some(4.0));
        assert_eq!(reported_after(|_| 12), Some(4.0));
        assert_eq!(reported_after(|_| 2500), Some(0.1));
        // Nothing for 1.5 seconds, then everything.
        assert_eq!(
            reported_after(|k| match k % 40 {
                0..15 => 0,
                15 => 25 * 16,
                _ => 25,
            }),
            None
        );
    }
}
