//! What a run counted.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that threads add to while they run.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) samples: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) missing: AtomicU64,
    pub(super) clock_resets: AtomicU64,
    pub(super) overruns: AtomicU64,
    pub(super) commands_unread: AtomicU64,
    pub(super) not_recorded: AtomicU64,
}

pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

pub(super) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Sample to pointer: from the stamp of a command's newest sample to the end of the pointer action that obeyed it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct LatencyFigures {
    /// Median, milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 were faster, milliseconds.
    pub p99_ms: f64,
    /// Slowest, milliseconds.
    pub max_ms: f64,
}

impl LatencyFigures {
    pub(super) fn of(micros: &Histogram<u64>) -> Self {
        let ms = |quantile: f64| micros.value_at_quantile(quantile) as f64 / 1000.0;
        Self {
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            max_ms: micros.max() as f64 / 1000.0,
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RunStats {
    /// Samples received.
    pub samples: u64,
    /// Places where samples were missing in the stream.
    pub gaps: u64,
    /// Samples that were missing.
    pub missing_samples: u64,
    /// Times that the stream's clock went backwards.
    pub clock_resets: u64,
    /// Samples that were not processed because processing was too slow.
    pub overrun_samples: u64,
    /// Samples that were processed but not recorded, because the disk was too slow or full.
    pub not_recorded_samples: u64,
    /// Values that could not be EEG and were replaced.
    pub replaced_values: u64,
    /// Windows that moved nothing because they were no brain activity as usual.
    pub artifact_windows: u64,
    /// Windows from which artifacts were cut out.
    pub shortened_windows: u64,
    /// How far the decoder's reference moved, as an affine-invariant distance; none where it does not move.
    pub drift: Option<f64>,
    /// Pointer commands carried out.
    pub commands: u64,
    /// Commands that a newer one overtook before they were read.
    pub overtaken_commands: u64,
    /// Times that the pointer was held because samples stopped.
    pub holds: u64,
    /// Sample to pointer.
    pub latency: LatencyFigures,
}
