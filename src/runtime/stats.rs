//! The statistics of a run.

use crate::time::HostNanos;
use hdrhistogram::{CreationError, Histogram};
use serde::{Deserialize, Serialize, Serializer};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that the threads increment.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(super) samples: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) missing: AtomicU64,
    pub(super) clock_resets: AtomicU64,
    pub(super) invalid_stamps: AtomicU64,
    pub(super) overruns: AtomicU64,
    pub(super) commands_unread: AtomicU64,
    pub(super) not_recorded: AtomicU64,
    pub(super) frames_shown: AtomicU64,
    pub(super) frames_missed: AtomicU64,
}

pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

pub(super) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Latency from sample to pointer: from the stamp of a command's newest sample to the end of the action that carried it
/// out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyFigures {
    /// Median, milliseconds.
    pub p50_ms: f64,
    /// 99th percentile, milliseconds.
    pub p99_ms: f64,
    /// Slowest, milliseconds.
    pub max_ms: f64,
}

impl LatencyFigures {
    /// `None` if nothing was measured.
    fn of(micros: &Histogram<u64>) -> Option<Self> {
        let ms = |quantile: f64| micros.value_at_quantile(quantile) as f64 / 1000.0;
        (!micros.is_empty()).then(|| Self {
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            max_ms: micros.max() as f64 / 1000.0,
        })
    }
}

/// A latency, or why it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub enum Latency {
    /// No command has been carried out yet.
    #[default]
    NotMeasured,
    /// The stream's time stamps are not on LSL's clock.
    OtherClock,
    /// The measured latency.
    Known(LatencyFigures),
}

impl Latency {
    /// The figures, if known.
    #[must_use]
    pub fn known(self) -> Option<LatencyFigures> {
        match self {
            Self::Known(figures) => Some(figures),
            Self::NotMeasured | Self::OtherClock => None,
        }
    }
}

/// Writes median and 99th percentile, or why they are unknown.
impl std::fmt::Display for Latency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMeasured => f.write_str("unknown, as no command was carried out"),
            Self::OtherClock => {
                f.write_str("unknown, as the stream's time stamps are not on LSL's clock")
            }
            Self::Known(figures) => write!(
                f,
                "p50 {:.2} ms, p99 {:.2} ms",
                figures.p50_ms, figures.p99_ms
            ),
        }
    }
}

/// One minute, nanoseconds.
const MINUTE_NS: u64 = 60_000_000_000;

/// Latencies of the whole run and of the last minute, so that a run that was fast for hours and is slow now does not
/// look fast.
pub(super) struct Latencies {
    run_us: Histogram<u64>,
    minute_us: Histogram<u64>,
    minute_began: HostNanos,
    last_minute: Option<LatencyFigures>,
    /// Whether the newest latency is unknown because the stream's stamps are not on this clock.
    is_unknown: bool,
}

/// Longest possible latency, microseconds. Larger values mean stamps from another clock.
const LONGEST_US: i64 = 3_600_000_000;
/// Accuracy of comparing clocks, microseconds.
const CLOCKS_US: i64 = 100_000;

impl Latencies {
    /// Has room for latencies up to a minute, to three digits, and never allocates afterwards.
    pub(super) fn new() -> Result<Self, CreationError> {
        let histogram = || Histogram::new_with_bounds(1, MINUTE_NS / 1000, 3);
        Ok(Self {
            run_us: histogram()?,
            minute_us: histogram()?,
            minute_began: HostNanos::default(),
            last_minute: None,
            is_unknown: false,
        })
    }

    /// Records the time from a sample's stamp to the end of the action, microseconds.
    pub(super) fn record(&mut self, micros: i64) {
        self.is_unknown = !(-CLOCKS_US..=LONGEST_US).contains(&micros);
        if self.is_unknown {
            return;
        }
        let micros = micros.max(1).unsigned_abs();
        self.run_us.saturating_record(micros);
        self.minute_us.saturating_record(micros);
    }

    /// Latency of the whole run.
    pub(super) fn of_run(&self) -> Latency {
        self.known(LatencyFigures::of(&self.run_us))
    }

    /// Latency of the last full minute in which commands were carried out; during the first minute, of that minute so
    /// far.
    pub(super) fn of_minute(&mut self, now: HostNanos) -> Latency {
        if self.minute_us.is_empty() {
            // The minute has not begun.
            self.minute_began = now;
        } else if now.since(self.minute_began) > MINUTE_NS {
            self.last_minute = LatencyFigures::of(&self.minute_us);
            self.minute_us.reset();
        }
        self.known(
            self.last_minute
                .or_else(|| LatencyFigures::of(&self.minute_us)),
        )
    }

    fn known(&self, figures: Option<LatencyFigures>) -> Latency {
        match figures {
            _ if self.is_unknown => Latency::OtherClock,
            None => Latency::NotMeasured,
            Some(figures) => Latency::Known(figures),
        }
    }
}

/// The statistics of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RunStats {
    /// Samples received.
    pub samples: u64,
    /// Gaps in the stream.
    pub gaps: u64,
    /// Samples that were missing.
    pub missing_samples: u64,
    /// Times that the stream's clock went backwards, or ahead by more than an hour.
    pub clock_resets: u64,
    /// Samples whose stamp cannot be a time. They were placed by count.
    pub invalid_stamps: u64,
    /// Samples that were not processed because processing was too slow.
    pub overrun_samples: u64,
    /// Samples that were processed but not recorded, because the disk was too slow or full.
    pub not_recorded_samples: u64,
    /// Values that could not be EEG and were replaced.
    pub replaced_values: u64,
    /// Windows that moved nothing because their activity was unusual (artifacts).
    pub artifact_windows: u64,
    /// Windows that moved nothing because the signal did not look like EEG.
    pub not_eeg_windows: u64,
    /// Windows from which artifacts were cut out.
    pub shortened_windows: u64,
    /// How far the decoder's reference moved, as an affine-invariant distance; `None` if it is fixed.
    pub drift: Option<f64>,
    /// Pointer commands carried out.
    pub commands: u64,
    /// Commands that a newer one overtook before they were read.
    pub overtaken_commands: u64,
    /// Times that the pointer was held because samples stopped.
    pub holds: u64,
    /// Frames that the display showed while there were tags.
    pub frames_shown: u64,
    /// Frames that the display missed between them.
    pub frames_missed: u64,
    /// Latency from sample to pointer; in JSON the figures, or null.
    #[serde(serialize_with = "figures_or_null")]
    pub latency: Latency,
}

fn figures_or_null<S: Serializer>(latency: &Latency, serializer: S) -> Result<S::Ok, S::Error> {
    latency.known().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_covers_only_itself() {
        let mut latencies = Latencies::new().unwrap();
        let second = |s: i64| HostNanos(s * 1_000_000_000);
        assert_eq!(latencies.of_minute(second(0)), Latency::NotMeasured);
        assert_eq!(latencies.of_run(), Latency::NotMeasured);
        (0..1000).for_each(|_| latencies.record(2000));
        let near = |found: Latency, ms: f64| {
            let found = found.known().unwrap();
            (found.p50_ms - ms).abs() < 0.01 * ms
        };
        assert!(near(latencies.of_minute(second(30)), 2.0));
        assert!(near(latencies.of_minute(second(61)), 2.0));
        // The pointer does not move for an hour; then everything is slow.
        assert!(near(latencies.of_minute(second(3600)), 2.0));
        (0..100).for_each(|_| latencies.record(9000));
        assert!(near(latencies.of_minute(second(3630)), 2.0));
        assert!(near(latencies.of_minute(second(3661)), 9.0));
        assert!(near(latencies.of_run(), 2.0));
        // The time of day, and a clock that is half a minute ahead.
        for micros in [-1_790_000_000_000_000, -30_000_000, 1_790_000_000_000_000] {
            latencies.record(micros);
            assert_eq!(latencies.of_run(), Latency::OtherClock);
            assert_eq!(latencies.of_minute(second(3662)), Latency::OtherClock);
        }
    }
}
