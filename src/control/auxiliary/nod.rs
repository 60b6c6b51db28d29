//! A nod: the head moves down and up again, quickly.

use super::super::HeadSettings;
use super::HeadRate;
use crate::time::HostNanos;

/// Longest time between the start of the downward and of the upward motion; then the time after a nod in which no other is detected,
/// nanoseconds.
const WITHIN_NS: u64 = 600_000_000;
const REST_NS: u64 = 700_000_000;

/// Detects nods.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nod {
    /// When the downward motion began.
    down: Option<HostNanos>,
    /// When the last nod or upward jerk happened.
    quiet: Option<HostNanos>,
}

impl Nod {
    /// Takes a rotation and returns whether it completes a nod. Looking up and back is not a nod, nor is bowing slowly.
    pub(super) fn step(&mut self, rate: HeadRate, settings: &HeadSettings) -> bool {
        // Positive is downwards.
        let deg_s = rate.deg_s[settings.pitch as usize] * settings.px_per_deg_y.signum();
        if self
            .quiet
            .is_some_and(|since| rate.at.since(since) < REST_NS)
        {
            return false;
        }
        if self
            .down
            .is_some_and(|since| rate.at.since(since) > WITHIN_NS)
        {
            self.down = None;
        }
        if deg_s >= settings.nod_deg_s {
            self.down = self.down.or(Some(rate.at));
            return false;
        }
        if deg_s > -settings.nod_deg_s {
            return false;
        }
        self.quiet = Some(rate.at);
        self.down.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of nods in a rotation, given in degrees per second and sampled at 50 Hz.
    fn nods(deg_s: &[(f64, u32)]) -> usize {
        let (mut nod, mut now, mut count) = (Nod::default(), HostNanos(0), 0);
        for (rate, times) in deg_s {
            for _ in 0..*times {
                now.0 += 20_000_000;
                let rate = HeadRate {
                    deg_s: [0.0, *rate, 0.0],
                    at: now,
                };
                count += usize::from(nod.step(rate, &HeadSettings::default()));
            }
        }
        count
    }

    #[test]
    fn down_and_up_again_is_a_nod() {
        assert_eq!(nods(&[(0.0, 20), (90.0, 10), (0.0, 3), (-90.0, 10)]), 1);
        let nod = [(90.0, 10), (-90.0, 10), (0.0, 60)];
        assert_eq!(nods(&[nod, nod].concat()), 2);
        assert_eq!(
            nods(&[(-90.0, 10), (90.0, 10), (0.0, 60)]),
            0,
            "up and down"
        );
        assert_eq!(
            nods(&[(90.0, 10), (0.0, 60), (-90.0, 10)]),
            0,
            "bows, and looks up later"
        );
        assert_eq!(nods(&[(30.0, 30), (-30.0, 30)]), 0, "slowly");
        assert_eq!(
            nods(&[(90.0, 4), (-90.0, 4), (90.0, 4), (-90.0, 4)]),
            1,
            "shaking"
        );
    }
}
