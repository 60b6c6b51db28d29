//! Whether samples come as fast as their source says. Samples are what time is counted by: a source that floods would make it run.

use crate::time::HostNanos;
use crate::units::Hertz;

/// Its pace is looked at over this long, nanoseconds.
const WINDOW_NS: u64 = 2_000_000_000;
/// Share by which it may be off, and for how many windows: radios stand still and then send at once what they have.
const MAY_BE_OFF: f64 = 0.25;
const WINDOWS: i8 = 2;
/// More surplus than this at once is a flood, in seconds: no radio buffers as much.
const FLOOD_S: f64 = 3.0;

/// How fast samples come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pacing {
    /// As was said.
    Right,
    /// Otherwise, for so long that it is no stutter: samples per second.
    Off(f64),
}

/// Counts what comes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    since: Option<HostNanos>,
    samples: u64,
    /// Windows in a row that were too fast (positive) or too slow (negative).
    off: i8,
}

impl Pace {
    /// Takes samples, with those that are known to be lost; how fast they come, where that is known anew.
    pub(crate) fn note(&mut self, samples: u64, now: HostNanos, rate: Hertz) -> Option<Pacing> {
        let Some(since) = self.since else {
            // What comes first may have waited.
            self.since = Some(now);
            return None;
        };
        self.samples += samples;
        let elapsed_ns = now.since(since);
        let elapsed_s = elapsed_ns as f64 / 1e9;
        let measured_hz = self.samples as f64 / elapsed_s.max(1e-3);
        if self.samples as f64 > rate.hz() * (elapsed_s + FLOOD_S) {
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

    /// Seconds until it is reported, with a fixed number of samples every 100 ms.
    fn told_after(samples: impl Fn(u64) -> u64) -> Option<f64> {
        let mut pace = Pace::default();
        let rate = Hertz::new(250.0)?;
        (0..600).find_map(|k| {
            let now = HostNanos(k * 100_000_000);
            let told = pace.note(samples(k.cast_unsigned()), now, rate);
            matches!(told, Some(Pacing::Off(_))).then_some(k as f64 / 10.0)
        })
    }

    #[test]
    fn another_pace_is_told_and_a_radio_that_stutters_is_not() {
        assert_eq!(told_after(|_| 25), None);
        assert_eq!(told_after(|_| 29), None);
        assert_eq!(told_after(|_| 50), Some(4.0));
        assert_eq!(told_after(|_| 33), Some(4.0));
        assert_eq!(told_after(|_| 12), Some(4.0));
        assert_eq!(told_after(|_| 2500), Some(0.1));
        // Nothing for 1.5 seconds, then all of it.
        assert_eq!(
            told_after(|k| match k % 40 {
                0..15 => 0,
                15 => 25 * 16,
                _ => 25,
            }),
            None
        );
    }
}
