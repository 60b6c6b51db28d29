//! Checks whether a stream delivers samples at the declared rate, in time, and in small blocks. This module reads no
//! clock: time is an argument.

use super::stamps::Slope;
use crate::note::{Note, Remedy};
use crate::source::channels::ReadAs;
use crate::source::pace::{Pace, Pacing};
use crate::time::{HostNanos, describe_duration};
use crate::time::{LONGEST_GAP_S, is_time};
use crate::units::Hertz;

/// Samples older than the first limit are too old to act on, seconds. They are used again below the second one.
const STALE_S: f64 = 1.0;
const FRESH_S: f64 = 0.8;
/// How long samples must be old before the pointer holds, nanoseconds.
const STALE_FOR_NS: u64 = 500_000_000;
/// Stamps further ahead of this computer's clock use another clock, seconds.
const AHEAD_S: f64 = 1.0;
/// A rate that is off by more than the first fraction is reported. At the start, a rate that is off by more than the
/// second is refused.
const SLIGHTLY_OFF: f64 = 0.01;
pub(super) const MUCH_OFF: f64 = 0.1;
/// Over how long the rate is measured from stamps, seconds.
const RATE_S: f64 = 20.0;
/// Two stamps that are further apart than this restart the measurement of the rate, seconds.
const JUMP_S: f64 = 1.0;
/// Blocks that are further apart than this make the pointer hold, nanoseconds. This many in a row are reported.
const RARE_NS: u64 = 450_000_000;
const RARE: u32 = 3;

/// Watches one stream.
#[derive(Debug)]
pub(super) struct Health {
    rate: Hertz,
    pace: Pace,
    slope: Slope,
    last_stamp_s: Option<f64>,
    /// Whether the stream's rate is too far off to act on its samples.
    is_off_pace: bool,
    stale_since: Option<HostNanos>,
    is_stale: bool,
    /// When the last samples arrived, and how many times in a row they came after a long wait.
    last: Option<HostNanos>,
    rare: u32,
    /// What was already reported.
    reported_rate: bool,
    reported_clock: bool,
    reported_rare: bool,
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
            reported_rate: false,
            reported_clock: false,
            reported_rare: false,
        }
    }

    /// The connection was renewed.
    pub(super) fn reconnect(&mut self) {
        (self.pace, self.slope, self.last, self.rare) =
            (Pace::default(), Slope::default(), None, 0);
    }

    /// Samples were lost or the clock was reset, so the rate cannot be measured across this point.
    pub(super) fn break_off(&mut self) {
        self.slope = Slope::default();
    }

    /// Whether the samples must not be acted on.
    pub(super) fn holds(&self) -> bool {
        self.is_off_pace || self.is_stale
    }

    /// Takes samples that arrived together at `now`, with their stamps. Returns a message for the user, once per
    /// problem.
    pub(super) fn note(&mut self, stamps_s: &[f64], now: HostNanos) -> Option<Note> {
        let pace = self.note_pace(stamps_s.len() as u64, now);
        let newest_s = stamps_s.iter().rev().find(|stamp_s| is_time(**stamp_s));
        let age = newest_s.and_then(|newest_s| self.note_age(now.0 as f64 / 1e9 - newest_s, now));
        let rare = self.note_wait(now);
        let rate = self.note_rate(stamps_s);
        pace.or(age).or(rare).or(rate)
    }

    fn note_pace(&mut self, samples: u64, now: HostNanos) -> Option<Note> {
        let was_off = self.is_off_pace;
        match self.pace.note(samples, now, self.rate)? {
            Pacing::Right => {
                self.is_off_pace = false;
                was_off.then(|| format!("sends {} again; the pointer may move", self.rate).into())
            }
            Pacing::Off(measured_hz) => {
                self.is_off_pace = true;
                (!was_off).then(|| {
                    let text = format!(
                        "sends {measured_hz:.0} samples per second and declares {}. The pointer holds until they agree: correct the rate in \
                         the program that publishes it, or state the right one",
                        self.rate
                    );
                    Note::new(text, Remedy::ReadAt(measured_hz.round() as u32))
                })
            }
        }
    }

    fn note_age(&mut self, age_s: f64, now: HostNanos) -> Option<Note> {
        if age_s.abs() > LONGEST_GAP_S || age_s < -AHEAD_S {
            self.is_stale = false;
            if std::mem::replace(&mut self.reported_clock, true) {
                return None;
            }
            let way = if age_s > 0.0 { "behind" } else { "ahead of" };
            return Some(format!(
                "has time stamps {} {way} LSL's clock. Its latency is unknown, and markers from other streams cannot be placed by \
                 their stamps: let the program that publishes it stamp samples with LSL's local_clock(), not with the time of day",
                describe_duration(age_s.abs())
            ).into());
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
        ).into())
    }

    fn note_wait(&mut self, now: HostNanos) -> Option<Note> {
        let wait_ns = self.last.map_or(0, |last| now.since(last));
        self.last = Some(now);
        // Samples of the same block arrive without a pause.
        if wait_ns > RARE_NS / 10 {
            self.rare = if wait_ns > RARE_NS { self.rare + 1 } else { 0 };
        }
        let is_new = self.rare >= RARE && !self.reported_rare;
        self.reported_rare |= is_new;
        is_new.then(|| {
            format!(
                "sends a block only every {:.1} s, and the pointer holds in between: let the program that publishes it send smaller \
                 chunks, of 40 ms or less",
                wait_ns as f64 / 1e9
            )
            .into()
        })
    }

    fn note_rate(&mut self, stamps_s: &[f64]) -> Option<Note> {
        let times = stamps_s.iter().filter(|stamp_s| is_time(**stamp_s));
        for &stamp_s in times {
            let step_s = stamp_s - self.last_stamp_s.replace(stamp_s).unwrap_or(stamp_s);
            if step_s.abs() > JUMP_S {
                self.break_off();
            }
            self.slope.add(stamp_s);
        }
        let newest_s = *stamps_s.last()?;
        if self.reported_rate || self.is_off_pace || self.slope.span_s(newest_s) < RATE_S {
            return None;
        }
        let slope = std::mem::take(&mut self.slope);
        let measured_hz = slope.hz()?;
        let off = (measured_hz / self.rate.hz() - 1.0).abs();
        self.reported_rate = off > SLIGHTLY_OFF;
        self.reported_rate.then(|| {
            format!(
                "declares {}, and its time stamps say {measured_hz:.1} Hz: filters are tuned for the declared rate",
                self.rate
            )
            .into()
        })
    }
}

/// The rate of the decoder that will read the stream, if it decides which rate is right: it equals the measured rate,
/// or the user stated it when the decoder was fitted.
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

    /// Messages during 60 s in which blocks of samples arrive at one rate and are stamped at another, with an offset;
    /// and when the pointer first holds, seconds.
    fn messages(
        sent_hz: f64,
        stamped_hz: f64,
        block: u32,
        offset_s: f64,
    ) -> (Vec<Note>, Option<f64>) {
        let mut health = Health::new(Hertz::new(250.0).unwrap());
        let (mut messages, mut holds_at) = (Vec::new(), None);
        for first in (0..(60.0 * sent_hz) as u32).step_by(block as usize) {
            let now_s = 5000.0 + f64::from(first + block) / sent_hz;
            let stamp = |k: u32| 5000.0 + offset_s + f64::from(first + k) / stamped_hz;
            let stamps: Vec<f64> = (0..block).map(stamp).collect();
            messages.extend(health.note(&stamps, HostNanos((now_s * 1e9) as i64)));
            if health.holds() && holds_at.is_none() {
                holds_at = Some((now_s - 5000.0).round());
            }
        }
        (messages, holds_at)
    }

    #[test]
    fn a_stream_as_declared_gives_no_message() {
        for block in [1, 8, 64] {
            assert_eq!(messages(250.0, 250.0, block, 0.0), (vec![], None));
        }
    }

    #[test]
    fn twice_and_half_the_rate_hold_and_a_few_percent_are_reported() {
        for sent_hz in [500.0, 125.0] {
            let (messages, holds_at) = messages(sent_hz, sent_hz, 8, 0.0);
            assert_eq!(holds_at, Some(4.0), "{sent_hz}");
            let both = messages[0].contains("250 Hz")
                && messages[0].contains(&format!("{sent_hz:.0} samples"));
            assert!(both, "{messages:?}");
        }
        for sent_hz in [240.0, 260.0] {
            let (messages, holds_at) = messages(sent_hz, sent_hz, 8, 0.0);
            assert_eq!((messages.len(), holds_at), (1, None), "{messages:?}");
            assert!(
                messages[0].contains(&format!("{sent_hz:.1} Hz")),
                "{messages:?}"
            );
        }
    }

    #[test]
    fn old_samples_hold_and_another_clock_is_reported() {
        let (old, holds_at) = messages(250.0, 250.0, 8, -30.0);
        assert_eq!((old.len(), holds_at), (1, Some(1.0)));
        assert!(old[0].contains("30.0 s old"), "{old:?}");
        for (offset_s, expected) in [
            (1.79e9, "57 years ahead of"),
            (30.0, "30.0 s ahead of"),
            (-90_000.0, "25.0 hours behind"),
        ] {
            let (messages, holds_at) = messages(250.0, 250.0, 8, offset_s);
            assert_eq!((messages.len(), holds_at), (1, None), "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?}");
        }
    }

    #[test]
    fn rare_blocks_are_named() {
        let (messages, holds_at) = messages(250.0, 250.0, 125, 0.0);
        assert_eq!((messages.len(), holds_at), (1, None), "{messages:?}");
        assert!(messages[0].contains("every 0.5 s"), "{messages:?}");
    }

    #[test]
    fn a_decoder_can_decide_which_rate_is_right() {
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
        // It was fitted at the declared rate: only a rate that the user stated then is kept now.
        assert_eq!(settled(Some(256.0), false, 127.9), None);
        assert_eq!(settled(Some(256.0), true, 127.9), Some(256.0));
        assert_eq!(settled(Some(500.0), true, 127.9), None);
        assert_eq!(settled(None, false, 127.9), None);
    }
}
