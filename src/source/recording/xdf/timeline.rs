//! Converts a stream's stamps to sample indices: where samples are missing, and when each one was acquired.

use crate::time::SampleIndex;
use crate::time::{LONGEST_GAP_S, is_time};
use crate::units::Hertz;

/// Stamps that move ahead of the sample count by more than this, and stay ahead, indicate lost samples, seconds.
const GAP_S: f64 = 0.1;
/// Stamps that go back by more than this indicate a clock reset, seconds. So do stamps that jump ahead by more than an
/// hour.
const RESET_S: f64 = 1.0;

/// Consecutive samples without a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// Place of its first sample in the file,
    pub(super) first_frame: u64,
    /// and its index, which also counts lost samples.
    pub(super) first_index: u64,
    pub(super) frames: u64,
    /// Whether the clock was reset before it.
    pub(super) after_reset: bool,
    /// When its first sample was acquired, and the time from one sample to the next: a line through its stamps,
    /// seconds.
    start_s: f64,
    period_s: f64,
}

impl Segment {
    /// When its first sample was acquired, seconds.
    pub(super) fn start_s(&self) -> f64 {
        self.start_s
    }

    /// Time from one sample to the next by the stamps, seconds.
    pub(super) fn period_s(&self) -> f64 {
        self.period_s
    }

    /// A segment whose index is already known.
    pub(super) fn known(first_frame: u64, first_index: u64, after_reset: bool) -> Self {
        Self {
            first_frame,
            first_index,
            frames: 0,
            after_reset,
            start_s: 0.0,
            period_s: 0.0,
        }
    }
}

/// Sums for a line through (frame, stamp), relative to an origin.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }

    /// The sums of both sets of points.
    fn with(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            x: self.x + other.x,
            y: self.y + other.y,
            xx: self.xx + other.xx,
            xy: self.xy + other.xy,
        }
    }

    /// The sums of the same points relative to another origin.
    fn shifted(self, dx: f64, dy: f64) -> Self {
        Self {
            n: self.n,
            x: self.x - self.n * dx,
            y: self.y - self.n * dy,
            xx: self.xx - 2.0 * dx * self.x + self.n * dx * dx,
            xy: self.xy - dx * self.y - dy * self.x + self.n * dx * dy,
        }
    }

    /// Value at zero, and slope. For a single point, the slope is the given one.
    fn line(self, slope: f64) -> (f64, f64) {
        let spread = self.n * self.xx - self.x * self.x;
        let slope = if spread > 0.0 {
            (self.n * self.xy - self.x * self.y) / spread
        } else {
            slope
        };
        ((self.y - slope * self.x) / self.n.max(1.0), slope)
    }
}

/// A jump of the stamps that is either a loss, or a sender that stalled and then sent everything.
#[derive(Debug, Clone, Copy)]
struct Suspicion {
    frame: u64,
    stamp_s: f64,
    /// The maximum by which stamps were ahead of the sample count before the jump, and the minimum since then, seconds.
    before_s: f64,
    since_s: f64,
    sums: Sums,
}

/// Follows the stamps of a regularly sampled stream.
#[derive(Debug)]
pub(super) struct Watch {
    rate: Hertz,
    frame: u64,
    /// `None` before the first valid stamp.
    last_s: Option<f64>,
    /// First frame of the current segment, its stamp, whether a reset came before it, and its sums.
    origin: (u64, f64, bool),
    sums: Sums,
    suspicion: Option<Suspicion>,
    /// The maximum by which stamps were ahead of the sample count, in this second and the previous one.
    ahead_s: [f64; 2],
    segments: Vec<Segment>,
}

impl Watch {
    pub(super) fn new(rate: Hertz) -> Self {
        Self {
            rate,
            frame: 0,
            last_s: None,
            origin: (0, 0.0, false),
            sums: Sums::default(),
            suspicion: None,
            ahead_s: [f64::NEG_INFINITY; 2],
            segments: Vec::new(),
        }
    }

    /// Takes the next sample's stamp, on the recorder's clock.
    pub(super) fn stamp(&mut self, stamp_s: f64) {
        let period_s = 1.0 / self.rate.hz();
        // An invalid stamp is ignored, but its sample is counted.
        let stamp_s = match self.last_s {
            _ if is_time(stamp_s) => stamp_s,
            Some(last_s) => last_s + period_s,
            None => {
                self.frame += 1;
                return;
            }
        };
        let last_s = self.last_s.unwrap_or_else(|| {
            self.origin = (0, stamp_s - self.frame as f64 * period_s, false);
            stamp_s - period_s
        });
        let step_s = stamp_s - last_s;
        if !(-RESET_S..=LONGEST_GAP_S).contains(&step_s) {
            self.judge();
            self.close(self.frame, stamp_s, true, Sums::default());
        } else if step_s > self.threshold_s() {
            self.judge();
            self.suspicion = Some(Suspicion {
                frame: self.frame,
                stamp_s,
                before_s: self.ahead_s[0].max(self.ahead_s[1]),
                since_s: f64::INFINITY,
                sums: Sums::default(),
            });
        }
        self.add(stamp_s);
        self.last_s = Some(stamp_s);
        self.frame += 1;
    }

    /// Starts a segment at the next sample, which has this stamp: any number of samples may be missing before it.
    pub(super) fn split(&mut self, stamp_s: f64) {
        if self.frame > self.origin.0 && stamp_s.is_finite() {
            self.judge();
            self.close(self.frame, stamp_s, false, Sums::default());
        }
    }

    fn threshold_s(&self) -> f64 {
        GAP_S.max(2.0 / self.rate.hz())
    }

    fn add(&mut self, stamp_s: f64) {
        let (frame, origin_s, _) = self.origin;
        let x = (self.frame - frame) as f64;
        let y = stamp_s - origin_s;
        let ahead_s = y - x / self.rate.hz();
        let per_second = self.rate.samples_in_ms(1000);
        if let Some(suspicion) = &mut self.suspicion {
            suspicion.since_s = suspicion.since_s.min(ahead_s);
            suspicion.sums.add(x, y);
            if self.frame - suspicion.frame >= per_second {
                self.judge();
            }
            return;
        }
        if (self.frame - frame).is_multiple_of(per_second) {
            self.ahead_s = [self.ahead_s[1], f64::NEG_INFINITY];
        }
        self.ahead_s[1] = self.ahead_s[1].max(ahead_s);
        self.sums.add(x, y);
    }

    /// Decides on a suspicion: samples are lost if the stamps stayed ahead.
    fn judge(&mut self) {
        let Some(suspicion) = self.suspicion.take() else {
            return;
        };
        if suspicion.since_s - suspicion.before_s > self.threshold_s() {
            let dx = (suspicion.frame - self.origin.0) as f64;
            let dy = suspicion.stamp_s - self.origin.1;
            let moved = suspicion.sums.shifted(dx, dy);
            self.close(suspicion.frame, suspicion.stamp_s, false, moved);
        } else {
            self.sums = self.sums.with(suspicion.sums);
            self.ahead_s = [self.ahead_s[1], suspicion.since_s.max(self.ahead_s[1])];
        }
    }

    /// Ends the current segment. The next one begins at `frame`.
    fn close(&mut self, frame: u64, stamp_s: f64, after_reset: bool, sums: Sums) {
        self.push_segment(frame);
        self.origin = (frame, stamp_s, after_reset);
        self.sums = sums;
        self.ahead_s = [f64::NEG_INFINITY, 0.0];
    }

    fn push_segment(&mut self, end: u64) {
        let (first_frame, origin_s, after_reset) = self.origin;
        let nominal_s = 1.0 / self.rate.hz();
        let (level, slope) = self.sums.line(nominal_s);
        let period_s = if slope > 0.1 * nominal_s && slope < 10.0 * nominal_s {
            slope
        } else {
            nominal_s
        };
        let mut segment = Segment::known(first_frame, 0, after_reset);
        segment.frames = end - first_frame;
        segment.start_s = origin_s + if period_s == slope { level } else { 0.0 };
        segment.period_s = period_s;
        self.segments.push(segment);
    }

    /// All segments, with their indices.
    pub(super) fn finish(mut self) -> Vec<Segment> {
        self.judge();
        if self.frame > self.origin.0 {
            self.push_segment(self.frame);
        }
        let mut next = 0u64;
        let mut expected_s = None;
        for segment in &mut self.segments {
            let late_s = expected_s.map_or(0.0, |expected_s| segment.start_s - expected_s);
            let missing = if segment.after_reset {
                0
            } else {
                self.rate.samples_in_secs(late_s).max(0)
            };
            segment.first_index = next
                .saturating_add(missing.unsigned_abs())
                .min(SampleIndex::LAST);
            next = segment.first_index + segment.frames;
            expected_s = Some(segment.start_s + segment.period_s * segment.frames as f64);
        }
        self.segments
    }
}

/// Index of the sample nearest to a time; `None` before the first.
pub(super) fn index_at(segments: &[Segment], time_s: f64) -> Option<u64> {
    let begins_before = |segment: &&Segment| segment.start_s - 0.5 * segment.period_s <= time_s;
    let place = segments
        .iter()
        .rposition(|segment| begins_before(&segment))?;
    let segment = segments[place];
    let within = ((time_s - segment.start_s) / segment.period_s)
        .round()
        .max(0.0) as u64;
    let index = segment.first_index.saturating_add(within);
    let next = segments
        .get(place + 1)
        .map_or(u64::MAX, |next| next.first_index);
    Some(index.min(next))
}

/// Where a time lies between samples, as an index with a fraction; negative before the first sample. `watched` are the segments by stamps,
/// and `counted` the same file's segments with the indices that count: in a session, both differ. `None` without a sample.
pub(super) fn place_at(watched: &[Segment], counted: &[Segment], time_s: f64) -> Option<f64> {
    let begins_before = |segment: &Segment| segment.start_s <= time_s;
    let place = watched.iter().rposition(begins_before).unwrap_or(0);
    let segment = watched.get(place)?;
    let index_of = |segment: &Segment| {
        let is_before = |own: &&Segment| own.first_frame <= segment.first_frame;
        match counted.iter().rfind(is_before) {
            Some(own) => own.first_index + (segment.first_frame - own.first_frame),
            None => segment.first_index,
        }
    };
    let within = (time_s - segment.start_s) / segment.period_s;
    let index = index_of(segment) as f64 + within;
    let next = watched.get(place + 1).map(|next| index_of(next) as f64);
    Some(index.min(next.unwrap_or(f64::INFINITY)))
}

/// Time from the first to the last sample, seconds.
pub(super) fn duration_s(segments: &[Segment]) -> Option<f64> {
    let (first, last) = (segments.first()?, segments.last()?);
    Some(last.start_s + last.period_s * last.frames.saturating_sub(1) as f64 - first.start_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments(stamps: impl IntoIterator<Item = f64>) -> Vec<Segment> {
        let mut watch = Watch::new(Hertz::new(100.0).unwrap());
        stamps.into_iter().for_each(|stamp| watch.stamp(stamp));
        watch.finish()
    }

    fn places(segments: &[Segment]) -> Vec<(u64, u64, u64)> {
        segments
            .iter()
            .map(|s| (s.first_frame, s.first_index, s.frames))
            .collect()
    }

    #[test]
    fn lost_samples_are_counted_to_the_sample() {
        let times = (0..1000).filter(|k| !(300..342).contains(k) && !(700..950).contains(k));
        let found = segments(times.map(|k| 50.0 + f64::from(k) / 100.0));
        assert_eq!(
            places(&found),
            [(0, 0, 300), (300, 342, 358), (658, 950, 50)]
        );
        assert_eq!(index_at(&found, 50.0 + 1.234), Some(123));
        assert_eq!(index_at(&found, 50.0 + 6.012), Some(601));
        // Within a loss: the first sample after it.
        assert_eq!(index_at(&found, 50.0 + 8.0), Some(800));
        assert_eq!(
            (index_at(&found, 49.9), index_at(&found, 49.996)),
            (None, Some(0))
        );
    }

    #[test]
    fn a_time_has_a_place_between_samples() {
        let times = (0..1000).filter(|k| !(300..342).contains(k));
        let found = segments(times.map(|k| 50.0 + f64::from(k) / 100.0));
        let at = |time_s| place_at(&found, &found, time_s).unwrap();
        for (time_s, place) in [(49.9, -10.0), (50.0, 0.0), (51.234, 123.4), (56.005, 600.5)] {
            assert!((at(time_s) - place).abs() < 1e-6, "{}", at(time_s));
        }
        // Within a loss: no later than the first sample after it.
        assert!((at(53.3) - 330.0).abs() < 1e-6, "{}", at(53.3));
        // A session that counted two samples before its first one, and one more in the loss.
        let counted = [Segment::known(0, 2, false), Segment::known(300, 345, false)];
        let own = |time_s| place_at(&found, &counted, time_s).unwrap();
        assert!((own(51.234) - 125.4).abs() < 1e-6, "{}", own(51.234));
        assert!((own(56.005) - 603.5).abs() < 1e-6, "{}", own(56.005));
        assert_eq!(place_at(&[], &[], 1.0), None);
    }

    #[test]
    fn a_sender_that_stalls_and_catches_up_is_not_a_loss() {
        let found = segments((0..1000).map(|k| {
            let taken = f64::from(k) / 100.0;
            if (300..350).contains(&k) { 3.5 } else { taken }
        }));
        assert_eq!(places(&found), [(0, 0, 1000)]);
    }

    #[test]
    fn one_stamp_for_a_whole_chunk_is_not_a_loss() {
        let found = segments((0..1000).map(|k| f64::from(k / 50) * 0.5));
        assert_eq!(places(&found), [(0, 0, 1000)]);
    }

    #[test]
    fn a_slightly_slow_headset_is_not_a_loss() {
        let found = segments((0..5000).map(|k| f64::from(k) / 93.0));
        assert_eq!(places(&found), [(0, 0, 5000)]);
        assert_eq!(index_at(&found, 2000.0 / 93.0), Some(2000));
    }

    #[test]
    fn a_clock_reset_is_not_a_loss() {
        let stamps = (0..500).map(|k| 1000.0 + f64::from(k) / 100.0);
        let found = segments(stamps.chain((0..500).map(|k| 10.0 + f64::from(k) / 100.0)));
        assert_eq!(places(&found), [(0, 0, 500), (500, 500, 500)]);
        assert!(found[1].after_reset);
    }

    #[test]
    fn absurd_stamps_do_not_give_absurd_indices() {
        let found = segments([0.0, 0.01, 1e300, 1e300, f64::NAN, -1e300, 0.0, 1e18]);
        assert!(
            found
                .iter()
                .all(|segment| segment.first_index <= SampleIndex::LAST + 8)
        );
    }

    proptest! {
        #[test]
        fn jitter_moves_no_marker_by_more_than_a_sample(jitter in proptest::collection::vec(-0.02..0.02f64, 400..600), at in 0..400u64) {
            let found = segments(jitter.iter().enumerate().map(|(k, jitter)| k as f64 / 100.0 + jitter));
            prop_assert_eq!(found.len(), 1);
            let index = index_at(&found, at as f64 / 100.0).unwrap_or(0);
            prop_assert!(index.abs_diff(at) <= 1);
        }
    }
}
