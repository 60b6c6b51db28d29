//! Detects samples that stop or arrive too late. Pure: time is an argument.

mod delay;

use crate::control::Signal;
use crate::time::{HostNanos, StreamNanos};
use delay::Delay;

/// Without samples for this long the pointer holds, nanoseconds.
pub const HOLD_NS: u64 = 150_000_000;
/// Samples older than this do not move the pointer, nanoseconds.
pub const OLDEST_NS: u64 = 1_000_000_000;
/// A run begins once samples are this fresh, nanoseconds, or once their age decreases by no more than this from block to block: the backlog
/// that accumulated during start-up is processed first and does not count as a loss.
const FRESH_NS: u64 = 300_000_000;
const FRESHER_NS: u64 = 20_000_000;
/// Longest wait for a block, however rarely blocks arrive, nanoseconds.
const MOST_NS: u64 = 1_000_000_000;
/// Number of block intervals whose median is the usual interval.
const INTERVALS: usize = 15;

/// Tracks when samples arrived, and how old they were.
///
/// Commands carry the stamp of their newest sample and the time of its arrival, so that one check covers every fault before the pointer: a
/// silent headset, a lost network, a stalled thread, or a backlog that is read late and would look fresh by its arrival.
#[derive(Debug, Clone)]
pub struct Watchdog {
    /// When samples last arrived; none before the run has begun.
    newest: Option<HostNanos>,
    /// Age of the previous samples until the run has begun, nanoseconds.
    first_age_ns: Option<u64>,
    /// When the newest samples would have arrived without delay.
    due: HostNanos,
    delay: Delay,
    intervals_ns: [u64; INTERVALS],
    count: usize,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            newest: None,
            first_age_ns: None,
            due: HostNanos::default(),
            delay: Delay::default(),
            intervals_ns: [0; INTERVALS],
            count: 0,
        }
    }
}

impl Watchdog {
    /// Records samples: the stamp of the newest, and when it arrived. Returns whether the run has begun.
    pub fn feed(&mut self, acquired: StreamNanos, received: HostNanos) -> bool {
        self.due = self.delay.due(acquired, received);
        if self.newest.is_none() && !self.begins(received.since(self.due)) {
            return false;
        }
        if let Some(newest) = self.newest.filter(|newest| *newest < received) {
            self.intervals_ns[self.count % INTERVALS] = received.since(newest);
            self.count += 1;
        }
        if self.newest.is_none_or(|newest| newest < received) {
            self.newest = Some(received);
        }
        true
    }

    /// Whether a run begins with samples of this age.
    fn begins(&mut self, age_ns: u64) -> bool {
        let before_ns = self.first_age_ns.replace(age_ns);
        let is_steady = before_ns.is_some_and(|before_ns| before_ns < age_ns + FRESHER_NS);
        age_ns <= FRESH_NS || (age_ns <= OLDEST_NS && is_steady)
    }

    /// Whether samples arrive in time.
    pub fn check(&self, now: HostNanos) -> Signal {
        let Some(newest) = self.newest else {
            return Signal::Waiting;
        };
        if now.since(newest) > self.limit_ns() || now.since(self.due) > OLDEST_NS {
            Signal::Lost
        } else {
            Signal::Live
        }
    }

    /// Longest wait for the next samples: 150 ms, or three usual block intervals if that is longer.
    #[must_use]
    pub fn limit_ns(&self) -> u64 {
        let known = self.count.min(INTERVALS);
        if known == 0 {
            return HOLD_NS;
        }
        let mut sorted = self.intervals_ns;
        sorted[..known].sort_unstable();
        (3 * sorted[known / 2]).clamp(HOLD_NS, MOST_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> HostNanos {
        HostNanos(ms * 1_000_000)
    }

    /// Feeds samples that arrive as soon as they are taken.
    fn feed(watchdog: &mut Watchdog, at: HostNanos) {
        watchdog.feed(StreamNanos(at.0), at);
    }

    #[test]
    fn samples_older_than_a_second_are_a_loss_even_if_they_arrive_regularly() {
        let mut watchdog = Watchdog::default();
        for (delay_ms, expected) in [
            (900, Signal::Live),
            (1_001, Signal::Lost),
            (5, Signal::Live),
        ] {
            for k in 0..50 {
                watchdog.feed(StreamNanos(ms(40 * k).0), ms(40 * k + delay_ms));
            }
            assert_eq!(watchdog.check(ms(40 * 49 + delay_ms)), expected);
        }
    }

    #[test]
    fn a_backlog_from_before_a_run_is_not_a_loss() {
        let mut watchdog = Watchdog::default();
        for (taken_ms, expected) in [
            (0, Signal::Waiting),
            (900, Signal::Waiting),
            (1_500, Signal::Waiting),
            (1_800, Signal::Live),
            (400, Signal::Lost),
        ] {
            let has_begun = watchdog.feed(StreamNanos(ms(taken_ms).0), ms(2_000));
            assert_eq!(watchdog.check(ms(2_010)), expected, "{taken_ms}");
            assert_eq!(has_begun, expected != Signal::Waiting);
        }
        // A stream with a constant delay begins as well.
        let mut watchdog = Watchdog::default();
        let mut late =
            |taken_ms: i64| watchdog.feed(StreamNanos(ms(taken_ms).0), ms(taken_ms + 700));
        assert_eq!([0, 40, 80].map(&mut late), [false, true, true]);
    }

    #[test]
    fn silence_of_more_than_150_ms_is_a_loss() {
        let mut watchdog = Watchdog::default();
        assert_eq!(watchdog.check(ms(5_000)), Signal::Waiting);
        (0..50).for_each(|k| feed(&mut watchdog, ms(40 * k)));
        assert_eq!(watchdog.check(ms(40 * 49 + 150)), Signal::Live);
        assert_eq!(watchdog.check(ms(40 * 49 + 151)), Signal::Lost);
        feed(&mut watchdog, ms(5_000));
        assert_eq!(watchdog.check(ms(5_010)), Signal::Live);
    }

    #[test]
    fn a_headset_with_rare_blocks_gets_three_intervals() {
        let mut watchdog = Watchdog::default();
        (0..20).for_each(|k| feed(&mut watchdog, ms(100 * k)));
        assert_eq!(watchdog.check(ms(1_900 + 299)), Signal::Live);
        assert_eq!(watchdog.check(ms(1_900 + 301)), Signal::Lost);
    }

    #[test]
    fn one_long_pause_does_not_raise_the_limit() {
        let mut watchdog = Watchdog::default();
        (0..20).for_each(|k| feed(&mut watchdog, ms(40 * k)));
        feed(&mut watchdog, ms(60_000));
        assert_eq!(watchdog.limit_ns(), HOLD_NS);
    }

    #[test]
    fn no_headset_gets_more_than_a_second() {
        let mut watchdog = Watchdog::default();
        (0..20).for_each(|k| feed(&mut watchdog, ms(4_000 * k)));
        assert_eq!(watchdog.limit_ns(), MOST_NS);
    }
}
