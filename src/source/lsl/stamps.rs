//! Time stamps of a regularly sampled stream: detects lost samples and clock resets.

use crate::time::{LONGEST_GAP_S, is_time};
use crate::units::Hertz;

/// A stamp that is further ahead of the sample count than this means that samples were lost, seconds. The sender's
/// scheduling makes stamps jitter by several tens of milliseconds at most.
const GAP_S: f64 = 0.1;
/// A stamp that is further back than this means that the sender's clock was reset, seconds.
pub(crate) const RESET_S: f64 = 1.0;
/// Time constant with which the expected stamp follows the observed ones, samples.
const FOLLOW_SAMPLES: f64 = 500.0;

/// What a stamp shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jump {
    /// Number of samples lost before this one.
    Lost(u64),
    /// The clock jumped backwards, or forwards by more than an hour.
    Reset,
    /// The stamp is not a valid time, so the sample is placed by count.
    Invalid,
}

/// Follows the stamps of a stream.
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

    /// Expected stamp of the next sample, seconds; `None` before the first.
    pub(crate) fn expected_s(&self) -> Option<f64> {
        self.expected_s
    }

    /// Takes a sample's stamp, seconds.
    pub(crate) fn note(&mut self, stamp_s: f64) -> Option<Jump> {
        let period_s = 1.0 / self.rate.hz();
        if !is_time(stamp_s) {
            self.expected_s = self.expected_s.map(|expected_s| expected_s + period_s);
            return Some(Jump::Invalid);
        }
        let expected_s = self.expected_s.unwrap_or(stamp_s);
        let ahead_s = stamp_s - expected_s;
        if !(-RESET_S..=LONGEST_GAP_S).contains(&ahead_s) {
            self.expected_s = Some(stamp_s + period_s);
            return Some(Jump::Reset);
        }
        if ahead_s > GAP_S.max(2.0 * period_s) {
            self.expected_s = Some(stamp_s + period_s);
            let missing = u64::try_from(self.rate.samples_in_secs(ahead_s)).unwrap_or(0);
            return Some(Jump::Lost(missing));
        }
        self.expected_s = Some(expected_s + ahead_s / FOLLOW_SAMPLES + period_s);
        None
    }
}

/// The rate of a stream's stamps: the slope of a line through them, by least squares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slope {
    first_s: Option<f64>,
    count: f64,
    /// Sums of places, times, their squares and products.
    x: f64,
    y: f64,
    xy: f64,
    yy: f64,
}

impl Slope {
    /// Takes the next sample's stamp, seconds.
    pub(crate) fn add(&mut self, stamp_s: f64) {
        let y = stamp_s - *self.first_s.get_or_insert(stamp_s);
        if !is_time(stamp_s) || !is_time(y) {
            return;
        }
        let x = self.count;
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Time from the first stamp to this one, seconds.
    pub(crate) fn span_s(&self, stamp_s: f64) -> f64 {
        stamp_s - self.first_s.unwrap_or(stamp_s)
    }

    /// Samples per second; `None` if there are too few stamps, or they do not advance.
    pub(crate) fn hz(&self) -> Option<f64> {
        let covariance = self.count * self.xy - self.x * self.y;
        let spread = self.count * self.yy - self.y * self.y;
        let hz = covariance / spread;
        (self.count >= 20.0 && hz.is_finite() && hz > 0.0).then_some(hz)
    }
}

/// The rate of stamps among which samples may be lost or the clock reset: the slope of the longest stretch without such
/// a jump.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LongestSlope {
    /// Two stamps that are further apart than this belong to different stretches, seconds.
    gap_s: f64,
    last_s: Option<f64>,
    current: Slope,
    longest: Slope,
}

impl LongestSlope {
    pub(crate) fn new(declared: Hertz) -> Self {
        Self {
            gap_s: GAP_S.max(2.0 / declared.hz()),
            last_s: None,
            current: Slope::default(),
            longest: Slope::default(),
        }
    }

    /// Takes the next sample's stamp, seconds.
    pub(crate) fn add(&mut self, stamp_s: f64) {
        if !is_time(stamp_s) {
            return;
        }
        let step_s = stamp_s - self.last_s.replace(stamp_s).unwrap_or(stamp_s);
        if !(-RESET_S..=self.gap_s).contains(&step_s) {
            self.current = Slope::default();
        }
        self.current.add(stamp_s);
        if self.current.count >= self.longest.count {
            self.longest = self.current;
        }
    }

    /// Number of samples in the longest stretch.
    pub(crate) fn samples(&self) -> f64 {
        self.longest.count
    }

    /// Samples per second; `None` as in [`Slope::hz`].
    pub(crate) fn hz(&self) -> Option<f64> {
        self.longest.hz()
    }
}

/// Common sampling rates of amplifiers, Hz.
const USUAL_HZ: [f64; 22] = [
    100.0, 120.0, 125.0, 128.0, 160.0, 200.0, 220.0, 240.0, 250.0, 256.0, 300.0, 400.0, 500.0,
    512.0, 600.0, 1000.0, 1024.0, 1200.0, 2000.0, 2048.0, 2400.0, 4096.0,
];
/// How close a measured rate must be to a common one, as a fraction.
const NEAR: f64 = 0.01;

/// The common rate that is close to a measured rate; otherwise the measured rate, rounded to a tenth of a hertz.
pub(crate) fn usual_rate(measured_hz: f64) -> Option<Hertz> {
    let off = |usual_hz: &f64| (measured_hz / usual_hz - 1.0).abs();
    let nearest = USUAL_HZ
        .into_iter()
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .filter(|usual_hz| off(usual_hz) < NEAR);
    Hertz::new(nearest.unwrap_or((10.0 * measured_hz).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hertz(hz: f64) -> Hertz {
        Hertz::new(hz).unwrap()
    }

    /// The jumps in the stamps of samples at 250 Hz, where some samples are missing and some stamps are replaced.
    fn jumps(missing: &[std::ops::Range<u64>], replaced: &[(u64, f64)]) -> Vec<(u64, Jump)> {
        let mut stamps = Stamps::new(hertz(250.0));
        let sent = (0..2000).filter(|k| !missing.iter().any(|range| range.contains(k)));
        sent.filter_map(|k| {
            let replaced = replaced.iter().find(|(place, _)| *place == k);
            let stamp_s = replaced.map_or(1000.0 + k as f64 / 250.0, |(_, stamp_s)| *stamp_s);
            stamps.note(stamp_s).map(|jump| (k, jump))
        })
        .collect()
    }

    #[test]
    fn losses_are_detected_after_invalid_stamps() {
        let losses = [1000..1034, 1300..1334, 1600..1634];
        let lost = [1034, 1334, 1634].map(|k| (k, Jump::Lost(34)));
        assert_eq!(jumps(&losses, &[]), lost);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e17] {
            for place in [0, 500] {
                let found = jumps(&losses, &[(place, bad)]);
                assert_eq!(found[0], (place, Jump::Invalid), "{bad} at {place}");
                assert_eq!(found[1..], lost, "{bad} at {place}");
            }
        }
    }

    #[test]
    fn a_jump_of_more_than_an_hour_is_a_reset_and_no_loss() {
        for jump_s in [3700.0, -3700.0, 1.7e9] {
            let found = jumps(&[], &[(500, 1002.0 + jump_s)]);
            assert_eq!(found, [(500, Jump::Reset), (501, Jump::Reset)], "{jump_s}");
        }
        assert_eq!(
            jumps(&[], &[(500, 1002.0 + 3500.0)])[0].1,
            Jump::Lost(875_000)
        );
    }

    #[test]
    fn the_slope_of_stamps_is_the_rate_whatever_the_jitter() {
        for hz in [125.0, 250.3, 500.0] {
            let mut slope = Slope::default();
            // Up to 20 ms of jitter, in chunks of 8.
            (0..1000).for_each(|k| {
                slope.add(1e9 + f64::from(k / 8 * 8) / hz + 0.02 * f64::from(k * 7 % 11) / 11.0)
            });
            let found = slope.hz().unwrap();
            assert!((found / hz - 1.0).abs() < 0.005, "{hz}: {found}");
        }
        let mut still = Slope::default();
        (0..100).for_each(|_| still.add(5.0));
        assert_eq!(still.hz(), None);
    }

    #[test]
    fn the_slope_of_the_longest_stretch_ignores_jumps() {
        for jump_s in [86_400.0, -86_400.0, 5.0, -5.0, 0.5, 1.7e9] {
            for (hz, at) in [(250, 300), (250, 480), (250, 20), (125, 100), (500, 700)] {
                let mut slope = LongestSlope::new(hertz(250.0));
                for k in 0..2 * hz {
                    let jump_s = if k < at { 0.0 } else { jump_s };
                    slope.add(1000.0 + f64::from(k) / f64::from(hz) + jump_s);
                }
                let found = slope.hz().unwrap() / f64::from(hz);
                assert!(
                    (found - 1.0).abs() < 0.001,
                    "{hz} Hz, {jump_s} s at {at}: {found}"
                );
            }
        }
    }

    #[test]
    fn a_measured_rate_is_rounded_to_a_common_one() {
        for (measured, nominal) in [
            (249.6, 250.0),
            (128.3, 128.0),
            (1002.0, 1000.0),
            (137.53, 137.5),
        ] {
            assert_eq!(usual_rate(measured), Hertz::new(nominal), "{measured}");
        }
    }
}
