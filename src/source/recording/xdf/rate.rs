//! Decides which sampling rate is right: the one that the header declares, or the one of the time stamps.

use super::super::about::RateDoubt;
use super::super::input::Input;
use super::scan::Scan;
use super::timeline::{Segment, duration_s};
use crate::source::channels::{ForDecoder, ReadAs};
use crate::source::{ChannelsError, SourceError};
use crate::units::Hertz;

/// Rates that differ by at most this fraction count as equal. The error of a headset's clock or of a short stretch with
/// jitter is much smaller.
const SAME: f64 = 0.02;
/// From 100 Hz, a rate that is this close to a whole number is rounded to it, Hz. Below, it must be off by at most this
/// fraction.
const WHOLE_HZ: f64 = 0.3;
const WHOLE_SHARE: f64 = 0.001;
/// Stamps over a shorter time give no rate, seconds,
const LEAST_S: f64 = 5.0;
/// unless the rate differs from the declared one by more than this fraction. Then this time, seconds, and
/// [`LEAST_INTERVALS`] are enough.
pub(super) const MUCH_OFF: f64 = 0.1;
pub(super) const LEAST_S_MUCH_OFF: f64 = 1.0;
/// Number of intervals that determine the usual one, and the minimum.
const FIRST_INTERVALS: usize = 4096;
const LEAST_INTERVALS: u64 = 100;
/// A stream is regular if this fraction of its intervals is within half of the usual one.
const REGULAR_SHARE: f64 = 0.9;

/// Rounds a rate for display: to a whole number or a half if it is near one, otherwise to two decimals.
pub(super) fn rounded(hz: f64) -> f64 {
    let off_hz = if hz >= 100.0 {
        WHOLE_HZ
    } else {
        WHOLE_SHARE * hz
    };
    let half = (2.0 * hz).round() / 2.0;
    if (hz - hz.round()).abs() <= off_hz {
        hz.round()
    } else if (hz - half).abs() <= off_hz {
        half
    } else {
        (100.0 * hz).round() / 100.0
    }
}

pub(super) fn is_same(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() <= SAME
}

/// Whether a number of intervals over a time contradicts the declared rate.
pub(super) fn is_enough(secs: f64, intervals: f64, hz: f64, declared: Hertz) -> bool {
    let is_much_off = (hz / declared.hz() - 1.0).abs() > MUCH_OFF;
    let least_s = if is_much_off && intervals >= LEAST_INTERVALS as f64 {
        LEAST_S_MUCH_OFF
    } else {
        LEAST_S
    };
    secs >= least_s
}

/// Sampling rate by the stamps, Hz, ignoring losses like pyxdf's effective rate; `None` if there are too few stamps.
pub(super) fn stamped_hz(segments: &[Segment], declared: Hertz) -> Option<f64> {
    let intervals = |segment: &Segment| segment.frames.saturating_sub(1) as f64;
    let (count, secs) = segments.iter().fold((0.0, 0.0), |(count, secs), segment| {
        let own = intervals(segment);
        (count + own, secs + own * segment.period_s())
    });
    let hz = count / secs;
    is_enough(secs, count, hz, declared).then_some(hz)
}

/// The rate to use, and a doubt if the user did not say which one is right. In doubt, it is the rate of the stamps,
/// because time follows them.
///
/// # Errors
/// [`SourceError::Channels`] if the user stated a rate that is neither of the two.
pub(super) fn settle(
    what: &str,
    declared: Hertz,
    segments: &[Segment],
    read_as: &ReadAs,
) -> Result<(Hertz, Option<RateDoubt>), SourceError> {
    let stamped_hz = stamped_hz(segments, declared).map_or(declared.hz(), rounded);
    let stated = read_as.rate;
    let fits = |rate: Hertz| is_same(rate.hz(), declared.hz()) || is_same(rate.hz(), stamped_hz);
    if let Some(stated) = stated.filter(|stated| !fits(*stated)) {
        return Err(SourceError::Channels {
            name: what.to_owned(),
            error: ChannelsError::NeitherRate {
                stated,
                declared,
                stamped_hz,
            },
        });
    }
    if is_same(stamped_hz, declared.hz()) {
        return Ok((declared, None));
    }
    let of_decoder = read_as.decoder.as_ref().and_then(|decoder| decoder.rate_hz);
    let is_stated = |decoder: &ForDecoder| decoder.is_rate_stated;
    let also_declared = read_as.decoder.as_ref().is_some_and(is_stated);
    let as_fitted = of_decoder
        .filter(|hz| is_same(*hz, stamped_hz) || (also_declared && is_same(*hz, declared.hz())))
        .and_then(Hertz::new);
    if let Some(rate) = stated.or(as_fitted) {
        return Ok((rate, None));
    }
    let doubt = RateDoubt {
        declared_hz: declared.hz(),
        stamped_hz,
        samples: segments.iter().map(|segment| segment.frames).sum(),
        stamped_s: duration_s(segments).unwrap_or(0.0),
    };
    Ok((Hertz::new(stamped_hz).unwrap_or(declared), Some(doubt)))
}

/// Sampling rate of a stream that declares none although its samples are regular; `None` if they are not.
pub(super) fn of_regular_stream(
    input: &mut Input,
    scan: &Scan,
    place: usize,
    read_as: &ReadAs,
) -> Result<Option<Hertz>, SourceError> {
    let id = scan.streams[place].id;
    let mut intervals = Intervals::default();
    let mut last_s = None;
    let width = scan.streams[place].sample_bytes();
    scan.each_sample(
        input,
        |stream| stream.id == id,
        |_, stamp_s, walk, input| {
            if let Some(last_s) = last_s.replace(stamp_s) {
                intervals.add(stamp_s - last_s);
            }
            walk.skip_numbers(input, width)
        },
    )?;
    let Some(hz) = intervals.hz() else {
        return Ok(None);
    };
    let of_decoder = read_as.decoder.as_ref().and_then(|decoder| decoder.rate_hz);
    let same = of_decoder.filter(|of_decoder| is_same(*of_decoder, hz));
    Ok(Hertz::new(same.unwrap_or(rounded(hz))))
}

/// Intervals between stamps. Its size does not grow with their number.
#[derive(Debug, Default)]
struct Intervals {
    first: Vec<f64>,
    usual_s: Option<f64>,
    all: u64,
    regular: u64,
    regular_s: f64,
}

impl Intervals {
    fn add(&mut self, interval_s: f64) {
        let Some(usual_s) = self.usual_s else {
            self.first.push(interval_s);
            if self.first.len() == FIRST_INTERVALS {
                self.judge_first();
            }
            return;
        };
        self.all += 1;
        if (interval_s - usual_s).abs() <= 0.5 * usual_s {
            self.regular += 1;
            self.regular_s += interval_s;
        }
    }

    /// The usual interval is the median of the first ones.
    fn judge_first(&mut self) {
        let mut sorted = self.first.clone();
        sorted.sort_by(f64::total_cmp);
        self.usual_s = sorted.get(sorted.len() / 2).copied();
        for interval_s in std::mem::take(&mut self.first) {
            self.add(interval_s);
        }
    }

    fn hz(mut self) -> Option<f64> {
        if self.usual_s.is_none() {
            self.judge_first();
        }
        let is_regular = self.all >= LEAST_INTERVALS
            && self.regular as f64 >= REGULAR_SHARE * self.all as f64
            && self.regular_s > 0.0;
        is_regular.then(|| self.regular as f64 / self.regular_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hz_of(stamps: impl Iterator<Item = f64>) -> Option<f64> {
        let mut intervals = Intervals::default();
        let stamps: Vec<f64> = stamps.collect();
        stamps
            .windows(2)
            .for_each(|pair| intervals.add(pair[1] - pair[0]));
        intervals.hz()
    }

    #[test]
    fn only_regular_stamps_give_a_rate() {
        let regular = hz_of((0..10_000).map(|k| 7.0 + f64::from(k) / 250.0)).unwrap();
        assert!((regular - 250.0).abs() < 1e-6, "{regular}");
        // Chunks of 50 samples with one stamp, and a few markers.
        assert_eq!(hz_of((0..10_000).map(|k| f64::from(k / 50) * 0.2)), None);
        assert_eq!(hz_of((0..50).map(f64::from)), None);
        assert_eq!(hz_of((0..10_000).map(|_| f64::NAN)), None);
    }

    #[test]
    fn rates_are_rounded_to_those_of_amplifiers() {
        for (measured, written) in [
            (249.97, 250.0),
            (250.28, 250.0),
            (62.49, 62.5),
            (127.9, 128.0),
            (83.333, 83.33),
        ] {
            assert_eq!(rounded(measured), written);
        }
    }

    proptest! {
        #[test]
        fn jitter_does_not_hide_a_rate(hz in 20.0..2000.0f64, jitter in prop::collection::vec(-0.2..0.2f64, 500..900)) {
            let stamps = jitter.iter().enumerate().map(|(k, jitter)| (k as f64 + jitter) / hz);
            let found = hz_of(stamps);
            prop_assert!(found.is_some_and(|found| (found / hz - 1.0).abs() < 0.01), "{:?}", found);
        }
    }
}
