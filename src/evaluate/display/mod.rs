//! When the light of a tag really changes, compared with the stamps of the display: by the pixels that another program
//! reads from the X server or compositor, or by a light sensor on the screen.

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod pixel;
mod sensor;

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub use pixel::{PixelError, watch_pixel};
pub use sensor::{LightCurve, inverted};

use crate::stimulus::ShownFrame;
use crate::time::HostNanos;
use bci_cursor_calibration::looking::codes::Code;
use serde::{Deserialize, Serialize};

/// Delays between which the best one is searched, and the steps, nanoseconds: programs that compose windows show them
/// some frames later.
const DELAYS_NS: std::ops::RangeInclusive<i64> = -50_000_000..=250_000_000;
const STEP_NS: i64 = 1_000_000;
/// A change that is further than this from where the best delay puts it is another one, nanoseconds.
const NEAR_NS: i64 = 8_000_000;
/// Changes that are not known this exactly, because the reading process had to wait, say nothing about single offsets, nanoseconds.
const EXACT_NS: u64 = 1_000_000;
/// Fewer changes than this say nothing.
const LEAST_CHANGES: usize = 20;

/// A change of a pixel, which happened between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelChange {
    /// From dark to bright.
    pub is_rise: bool,
    /// When the pixel was asked for and still the same.
    pub after: HostNanos,
    /// When the answer with the new value had arrived.
    pub before: HostNanos,
}

impl PixelChange {
    fn is_exact(&self) -> bool {
        self.before.since(self.after) <= EXACT_NS
    }

    fn middle_ns(&self) -> i64 {
        self.after.0 + (self.before.0 - self.after.0) / 2
    }
}

/// Median and percentiles of a time, milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// First percentile.
    pub p1: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// How a display keeps its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisplayTiming {
    /// Frames a second, as measured at the start.
    pub refresh_hz: f64,
    /// Frames that were shown.
    pub frames: u64,
    /// Frames in which the old one stayed.
    pub missed: u64,
    /// Share of one processor core that showing them took, without what the X server or compositor does; unknown on some systems.
    pub core_share: Option<f64>,
    /// Time between two frames, milliseconds.
    pub interval_ms: Percentiles,
    /// Changes of the tag that were both reported and seen.
    pub changes: usize,
    /// Changes that were reported, but not seen near their time.
    pub unseen: usize,
    /// From the stamp of a change to when it was seen, milliseconds: of those that were seen to within a millisecond, if
    /// there are enough of them.
    pub offset_ms: Percentiles,
    /// How far single offsets are from their median, milliseconds.
    pub jitter_ms: Percentiles,
    /// How exactly the pixel's changes are known: from one look to the next, milliseconds.
    pub reading_ms: Percentiles,
}

/// Nothing can be said about the display's timing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TimingError {
    /// Too few changes.
    #[error(
        "the tag changed {reported} times, and {seen} changes were seen, expected at least {LEAST_CHANGES} of both: something may cover the tag, or it was measured for too short a time"
    )]
    TooFew {
        /// Changes that the presenter reported.
        reported: usize,
        /// Changes that were seen.
        seen: usize,
    },
}

/// Compares the frames of a tag with the changes that were seen.
///
/// # Errors
/// [`TimingError::TooFew`].
pub fn compare(
    frames: &[ShownFrame],
    code: &Code,
    refresh_hz: f64,
    seen: &[PixelChange],
) -> Result<DisplayTiming, TimingError> {
    let is_bright = |frame: &ShownFrame| code.brightness(frame.frame, refresh_hz) >= 0.5;
    let changes: Vec<(bool, i64)> = frames
        .windows(2)
        .filter(|pair| is_bright(&pair[0]) != is_bright(&pair[1]))
        .map(|pair| (is_bright(&pair[1]), pair[1].shown.0))
        .collect();
    if changes.len().min(seen.len()) < LEAST_CHANGES {
        return Err(TimingError::TooFew {
            reported: changes.len(),
            seen: seen.len(),
        });
    }
    let delays = DELAYS_NS.step_by(STEP_NS.unsigned_abs() as usize);
    let matches = |delay_ns: i64| {
        let near = move |change: &(bool, i64)| nearest(change, delay_ns, seen);
        changes.iter().filter_map(near)
    };
    // Closeness decides between delays with which equally many changes are found.
    let score = |delay_ns: &i64| -> i64 {
        let closeness = |(offset, _): (i64, bool)| NEAR_NS - (offset - *delay_ns).abs();
        matches(*delay_ns).map(closeness).sum()
    };
    let delay_ns = delays.max_by_key(score).unwrap_or(0);
    let found: Vec<(i64, bool)> = matches(delay_ns).collect();
    let exact = found.iter().filter(|(_, is_exact)| *is_exact).count();
    let offsets: Vec<f64> = found
        .iter()
        .filter(|(_, is_exact)| *is_exact || exact < LEAST_CHANGES)
        .map(|(offset, _)| *offset as f64 / 1e6)
        .collect();
    let offset_ms = percentiles(offsets.clone());
    let intervals = frames.windows(2);
    Ok(DisplayTiming {
        refresh_hz,
        frames: frames.len() as u64,
        missed: frames.iter().map(|frame| u64::from(frame.missed)).sum(),
        core_share: None,
        interval_ms: percentiles(
            intervals
                .map(|pair| pair[1].shown.since(pair[0].shown) as f64 / 1e6)
                .collect(),
        ),
        changes: found.len(),
        unseen: changes.len() - found.len(),
        jitter_ms: percentiles(
            offsets
                .iter()
                .map(|offset| (offset - offset_ms.p50).abs())
                .collect(),
        ),
        offset_ms,
        reading_ms: percentiles(
            seen.iter()
                .map(|change| change.before.since(change.after) as f64 / 1e6)
                .collect(),
        ),
    })
}

impl DisplayTiming {
    /// Whether the offset can be used: nine of ten changes were seen, and single offsets differ by less than half a frame.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.unseen * 9 <= self.changes && self.jitter_ms.p99 < 0.5 * self.interval_ms.p50
    }
}

/// The offset of the nearest change of this direction about `delay_ns` later, and whether it is known exactly; none if
/// there is none.
fn nearest(
    (is_rise, at_ns): &(bool, i64),
    delay_ns: i64,
    seen: &[PixelChange],
) -> Option<(i64, bool)> {
    let expected = at_ns + delay_ns;
    let first = seen.partition_point(|change| change.middle_ns() < expected - NEAR_NS);
    let near = seen[first..]
        .iter()
        .take_while(|change| change.middle_ns() <= expected + NEAR_NS);
    near.filter(|change| change.is_rise == *is_rise)
        .min_by_key(|change| (change.middle_ns() - expected).abs())
        .map(|change| (change.middle_ns() - at_ns, change.is_exact()))
}

fn percentiles(mut values: Vec<f64>) -> Percentiles {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(place).copied().unwrap_or(0.0)
    };
    Percentiles {
        p1: at(0.01),
        p50: at(0.5),
        p99: at(0.99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bci_cursor_calibration::looking::codes::sequences::m_sequence;

    const FRAME_NS: i64 = 16_667_000;

    fn code() -> Code {
        Code::Bits(m_sequence(6).unwrap())
    }

    /// Ten seconds of frames, of which `leave` says which are missing.
    fn frames(leave: impl Fn(u64) -> bool) -> Vec<ShownFrame> {
        let shown = (0..600).filter(|frame| !leave(*frame));
        let frame = |frame: u64| ShownFrame {
            scene: 1,
            frame,
            shown: HostNanos(frame as i64 * FRAME_NS),
            missed: u32::from(frame > 0 && leave(frame - 1)),
        };
        shown.map(frame).collect()
    }

    /// What is seen of these frames this much later, with an error that alternates.
    fn seen(frames: &[ShownFrame], delay_ns: i64, error_ns: i64) -> Vec<PixelChange> {
        let is_bright = |frame: &ShownFrame| code().brightness(frame.frame, 60.0) > 0.5;
        let pairs = frames
            .windows(2)
            .filter(|pair| is_bright(&pair[0]) != is_bright(&pair[1]));
        let change = |(k, pair): (usize, &[ShownFrame])| {
            let error_ns = if k % 2 == 0 { error_ns } else { -error_ns };
            let at = pair[1].shown.0 + delay_ns + error_ns;
            PixelChange {
                is_rise: is_bright(&pair[1]),
                after: HostNanos(at - 100_000),
                before: HostNanos(at + 100_000),
            }
        };
        pairs.enumerate().map(change).collect()
    }

    #[test]
    fn offset_and_jitter_are_found_whatever_the_delay() {
        for delay_ns in [-3_000_000, 0, 200_000, 34_000_000, 120_000_000] {
            let frames = frames(|_| false);
            let timing =
                compare(&frames, &code(), 60.0, &seen(&frames, delay_ns, 300_000)).unwrap();
            assert_eq!((timing.unseen, timing.missed, timing.frames), (0, 0, 600));
            assert!((timing.offset_ms.p50 - delay_ns as f64 / 1e6).abs() < 0.31);
            assert!(timing.jitter_ms.p99 < 0.61, "{timing:?}");
            assert!((timing.reading_ms.p50 - 0.2).abs() < 1e-9);
            assert!((timing.interval_ms.p50 - 16.667).abs() < 1e-9);
            assert!(timing.is_clear());
        }
    }

    #[test]
    fn missed_frames_and_unseen_changes_are_counted() {
        let frames = frames(|frame| frame % 100 == 57);
        let mut seen = seen(&frames, 500_000, 0);
        let all = seen.len();
        seen.retain(|change| !(2_000_000_000..3_000_000_000).contains(&change.after.0));
        let timing = compare(&frames, &code(), 60.0, &seen).unwrap();
        assert_eq!(timing.missed, 6);
        assert_eq!(timing.changes, seen.len());
        assert_eq!(timing.unseen, all - seen.len());
        seen.retain(|change| change.after.0 > 5_000_000_000);
        let half = compare(&frames, &code(), 60.0, &seen).unwrap();
        assert!(!half.is_clear() && half.changes == seen.len(), "{half:?}");
        let few = compare(&frames, &code(), 60.0, &seen[..5]).unwrap_err();
        assert!(few.to_string().contains("5 changes were seen"), "{few}");
    }
}
