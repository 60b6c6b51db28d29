//! Whether a stream's samples come as it says: at its rate, in time and in small blocks. Pure: time is an argument.

use super::stamps::Slope;
use crate::source::channels::ReadAs;
use crate::source::pace::{Pace, Pacing};
use crate::time::{HostNanos, describe_duration};
use crate::time::{LONGEST_GAP_S, is_time};
use crate::units::Hertz;

/// Samples that are older than this are too old to act on, seconds, and may be acted on again when younger than this.
const STALE_S: f64 = 1.0;
const FRESH_S: f64 = 0.8;
/// How long they must be old until it is no stall, nanoseconds.
const STALE_FOR_NS: u64 = 500_000_000;
/// Stamps so far ahead of this computer's clock are not on it, seconds.
const AHEAD_S: f64 = 1.0;
/// A rate that is off by more than this is told, as a share; by more than that it is refused at the start.
const SLIGHTLY_OFF: f64 = 0.01;
pub(super) const MUCH_OFF: f64 = 0.1;
/// Over how long a rate is measured by stamps, seconds.
const RATE_S: f64 = 20.0;
/// No rate is measured across two stamps further apart than this, seconds.
const JUMP_S: f64 = 1.0;
/// Blocks so far apart make the pointer hold, nanoseconds; so many of them in a row are told.
const RARE_NS: u64 = 450_000_000;
const RARE: u32 = 3;

/// Watches a stream.
#[derive(Debug)]
pub(super) struct Health {
    rate: Hertz,
    pace: Pace,
    slope: Slope,
    last_stamp_s: Option<f64>,
    /// Why nothing may be acted on.
    is_off_pace: bool,
    stale_since: Option<HostNanos>,
    is_stale: bool,
    /// When the last samples came, and how often in a row they came after a long wait.
    last: Option<HostNanos>,
    rare: u32,
    /// What was told already.
    told_rate: bool,
    told_clock: bool,
    told_rare: bool,
}

impl Health {
    pub(super) fn new(rate: Hertz) -> Self {
        Self {
            rate,
            pace: Pace::default(),
            slope: Slope::default(),
            last_stamp_s: None,
            is_off_pace: false,
            stale_since: None,
            is_stale: false,
            last: None,
            rare: 0,
            told_rate: false,
            told_clock: false,
            told_rare: false,
        }
    }

    /// The connection is a new one.
    pub(super) fn reconnect(&mut self) {
        (self.pace, self.slope, self.last, self.rare) =
            (Pace::default(), Slope::default(), None, 0);
    }

    /// Samples were lost, or the clock was set anew: stamps say nothing of the rate across this.
    pub(super) fn break_off(&mut self) {
        self.slope = Slope::default();
    }

    /// Whether the samples are not to be acted on.
    pub(super) fn holds(&self) -> bool {
        self.is_off_pace || self.is_stale
    }

    /// Takes samples that came together at a time, with their stamps; what a user should know, once.
    pub(super) fn note(&mut self, stamps_s: &[f64], now: HostNanos) -> Option<String> {
        let pace = self.note_pace(stamps_s.len() as u64, now);
        let newest_s = stamps_s.iter().rev().find(|stamp_s| is_time(**stamp_s));
        let age = newest_s.and_then(|newest_s| self.note_age(now.0 as f64 / 1e9 - newest_s, now));
        let rare = self.note_wait(now);
        let rate = self.note_rate(stamps_s);
        pace.or(age).or(rare).or(rate)
    }

    fn note_pace(&mut self, samples: u64, now: HostNanos) -> Option<String> {
        let was_off = self.is_off_pace;
        match self.pace.note(samples, now, self.rate)? {
            Pacing::Right => {
                self.is_off_pace = false;
                was_off.then(|| format!("sends {} again; the pointer may move", self.rate))
            }
            Pacing::Off(measured_hz) => {
                self.is_off_pace = true;
                (!was_off).then(|| {
                    format!(
                        "sends {measured_hz:.0} samples per second and declares {}. The pointer holds until they agree: correct the rate in \
                         the program that publishes it, or start with --rate {measured_hz:.0}",
                        self.rate
                    )
                })
            }
        }
    }

    fn note_age(&mut self, age_s: f64, now: HostNanos) -> Option<String> {
        if age_s.abs() > LONGEST_GAP_S || age_s < -AHEAD_S {
            self.is_stale = false;
            if std::mem::replace(&mut self.told_clock, true) {
                return None;
            }
            let way = if age_s > 0.0 { "behind" } else { "ahead of" };
            return Some(format!(
                "has time stamps {} {way} LSL's clock. Its latency is unknown, and markers from other streams cannot be placed by \
                 their stamps: let the program that publishes it stamp samples with LSL's local_clock(), not with the time of day",
                describe_duration(age_s.abs())
            ));
        }
        if age_s < FRESH_S {
            self.stale_since = None;
            self.is_stale = false;
            return None;
        }
        if age_s < STALE_S {
            return None;
        }
        let since = *self.stale_since.get_or_insert(now);
        if self.is_stale || now.since(since) < STALE_FOR_NS {
            return None;
        }
        self.is_stale = true;
        Some(format!(
            "gives samples that are {age_s:.1} s old by their time stamps. The pointer holds: look at the buffer and the clock settings of \
             the program that publishes it, and at the network"
        ))
    }

    fn note_wait(&mut self, now: HostNanos) -> Option<String> {
        let wait_ns = self.last.map_or(0, |last| now.since(last));
        self.last = Some(now);
        // What comes of the same block comes at once.
        if wait_ns > RARE_NS / 10 {
            self.rare = if wait_ns > RARE_NS { self.rare + 1 } else { 0 };
        }
        let is_new = self.rare >= RARE && !self.told_rare;
        self.told_rare |= is_new;
        is_new.then(|| {
            format!(
                "sends a block only every {:.1} s, and the pointer holds in between: let the program that publishes it send smaller \
                 chunks, of 40 ms or less",
                wait_ns as f64 / 1e9
            )
        })
    }

    fn note_rate(&mut self, stamps_s: &[f64]) -> Option<String> {
        let times = stamps_s.iter().filter(|stamp_s| is_time(**stamp_s));
        for &stamp_s in times {
            let step_s = stamp_s - self.last_stamp_s.replace(stamp_s).unwrap_or(stamp_s);
            if step_s.abs() > JUMP_S {
                self.break_off();
            }
            self.slope.add(stamp_s);
        }
        let newest_s = *stamps_s.last()?;
        if self.told_rate || self.is_off_pace || self.slope.span_s(newest_s) < RATE_S {
            return None;
        }
        let slope = std::mem::take(&mut self.slope);
        let measured_hz = slope.hz()?;
        let off = (measured_hz / self.rate.hz() - 1.0).abs();
        self.told_rate = off > SLIGHTLY_OFF;
        self.told_rate.then(|| {
            format!(
                "declares {}, and its time stamps say {measured_hz:.1} Hz: filters are tuned for the declared rate",
                self.rate
            )
        })
    }
}

/// The rate of the decoder that will read the stream, where it settles which rate is right: it is the measured one, or the user stated it
/// when the decoder was fitted.
pub(super) fn rate_of_decoder(
    read_as: &ReadAs,
    measured_hz: f64,
    declared: Hertz,
) -> Option<Hertz> {
    let decoder = read_as.decoder.as_ref()?;
    let rate = Hertz::new(decoder.rate_hz?)?;
    let is = |hz: f64| (rate.hz() / hz - 1.0).abs() <= MUCH_OFF;
    (is(measured_hz) || (decoder.is_rate_stated && is(declared.hz()))).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::channels::ForDecoder;

    /// What is told of 60 s of blocks of so many samples that come at one rate, stamped at another with an offset, and when it
    /// holds, seconds.
    fn told(
        sent_hz: f64,
        stamped_hz: f64,
        block: u32,
        offset_s: f64,
    ) -> (Vec<String>, Option<f64>) {
        let mut health = Health::new(Hertz::new(250.0).unwrap());
        let (mut told, mut holds_at) = (Vec::new(), None);
        for first in (0..(60.0 * sent_hz) as u32).step_by(block as usize) {
            let now_s = 5000.0 + f64::from(first + block) / sent_hz;
            let stamp = |k: u32| 5000.0 + offset_s + f64::from(first + k) / stamped_hz;
            let stamps: Vec<f64> = (0..block).map(stamp).collect();
            told.extend(health.note(&stamps, HostNanos((now_s * 1e9) as i64)));
            if health.holds() && holds_at.is_none() {
                holds_at = Some((now_s - 5000.0).round());
            }
        }
        (told, holds_at)
    }

    #[test]
    fn a_stream_as_it_says_has_nothing_to_tell() {
        for block in [1, 8, 64] {
            assert_eq!(told(250.0, 250.0, block, 0.0), (vec![], None));
        }
    }

    #[test]
    fn twice_and_half_the_rate_hold_and_a_few_percent_are_told() {
        for sent_hz in [500.0, 125.0] {
            let (told, holds_at) = told(sent_hz, sent_hz, 8, 0.0);
            assert_eq!(holds_at, Some(4.0), "{sent_hz}");
            let both =
                told[0].contains("250 Hz") && told[0].contains(&format!("{sent_hz:.0} samples"));
            assert!(both, "{told:?}");
        }
        for sent_hz in [240.0, 260.0] {
            let (told, holds_at) = told(sent_hz, sent_hz, 8, 0.0);
            assert_eq!((told.len(), holds_at), (1, None), "{told:?}");
            assert!(told[0].contains(&format!("{sent_hz:.1} Hz")), "{told:?}");
        }
    }

    #[test]
    fn old_samples_hold_and_another_clock_is_told() {
        let (old, holds_at) = told(250.0, 250.0, 8, -30.0);
        assert_eq!((old.len(), holds_at), (1, Some(1.0)));
        assert!(old[0].contains("30.0 s old"), "{old:?}");
        for (offset_s, says) in [
            (1.79e9, "57 years ahead of"),
            (30.0, "30.0 s ahead of"),
            (-90_000.0, "25.0 hours behind"),
        ] {
            let (told, holds_at) = told(250.0, 250.0, 8, offset_s);
            assert_eq!((told.len(), holds_at), (1, None), "{told:?}");
            assert!(told[0].contains(says), "{told:?}");
        }
    }

    #[test]
    fn rare_blocks_are_named() {
        let (told, holds_at) = told(250.0, 250.0, 125, 0.0);
        assert_eq!((told.len(), holds_at), (1, None), "{told:?}");
        assert!(told[0].contains("every 0.5 s"), "{told:?}");
    }

    #[test]
    fn a_decoder_settles_which_rate_is_right_where_it_can() {
        let declared = Hertz::new(256.0).unwrap();
        let settled = |rate_hz, is_rate_stated, measured_hz| {
            let decoder = Some(ForDecoder {
                rate_hz,
                is_rate_stated,
                ..ForDecoder::default()
            });
            let read_as = ReadAs {
                decoder,
                ..ReadAs::default()
            };
            rate_of_decoder(&read_as, measured_hz, declared).map(Hertz::hz)
        };
        assert_eq!(settled(Some(128.0), false, 127.9), Some(128.0));
        // Fitted at the declared rate: only who stated it then holds to it now.
        assert_eq!(settled(Some(256.0), false, 127.9), None);
        assert_eq!(settled(Some(256.0), true, 127.9), Some(256.0));
        assert_eq!(settled(Some(500.0), true, 127.9), None);
        assert_eq!(settled(None, false, 127.9), None);
    }
}
