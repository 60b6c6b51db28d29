//! What is shown of a running driver: its threads write it, windows read it. No lock, no queue: only the newest counts.

use crate::control::{ClickKind, State};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the pointer does at a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointerShown {
    /// What the driver is doing.
    pub state: State,
    /// Which kind the next click is.
    pub kind: ClickKind,
    /// Share of the dwell time that is over, 0 to 1; 0 where none runs.
    pub dwell: f64,
    /// How high the sign beside the pointer is, pixels; 0 where there is none.
    pub overlay_px: u16,
}

/// The newest of everything.
#[derive(Debug)]
pub struct Shown {
    /// A [`PointerShown`] in one word, so that its parts are of one tick.
    pointer: AtomicU64,
    /// Median and 99th percentile, microseconds.
    latency_us: [AtomicU64; 2],
    clicks: AtomicU64,
    holds: AtomicU64,
    /// Bits of `f64`.
    confidence: AtomicU64,
    probabilities: Box<[AtomicU64]>,
}

const KINDS: [ClickKind; 6] = [
    ClickKind::Left,
    ClickKind::Right,
    ClickKind::Middle,
    ClickKind::Double,
    ClickKind::Drag,
    ClickKind::None,
];

impl Shown {
    /// For a decoder of so many classes; nothing is known yet.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            pointer: zero(),
            latency_us: [zero(), zero()],
            clicks: zero(),
            holds: zero(),
            confidence: zero(),
            probabilities: (0..classes).map(|_| zero()).collect(),
        }
    }

    /// What the pointer does.
    #[must_use]
    pub fn pointer(&self) -> PointerShown {
        let word = self.pointer.load(Ordering::Relaxed);
        let byte = |at: u32| (word >> at) as usize & 0xFF;
        PointerShown {
            state: *State::ALL.get(byte(0)).unwrap_or(&State::Starting),
            kind: *KINDS.get(byte(8)).unwrap_or(&ClickKind::None),
            dwell: f64::from((word >> 16) as u16) / f64::from(u16::MAX),
            overlay_px: (word >> 32) as u16,
        }
    }

    pub(super) fn set_pointer(&self, shown: PointerShown) {
        let place_of = |place: Option<usize>| place.unwrap_or(0) as u64;
        let state = State::ALL.iter().position(|state| *state == shown.state);
        let kind = KINDS.iter().position(|kind| *kind == shown.kind);
        let dwell = (shown.dwell.clamp(0.0, 1.0) * f64::from(u16::MAX)) as u64;
        let word = place_of(state)
            | (place_of(kind) << 8)
            | (dwell << 16)
            | (u64::from(shown.overlay_px) << 32);
        self.pointer.store(word, Ordering::Relaxed);
    }

    /// Sample to pointer so far: median and 99th percentile, milliseconds.
    #[must_use]
    pub fn latency_ms(&self) -> [f64; 2] {
        let ms = |micros: &AtomicU64| micros.load(Ordering::Relaxed) as f64 / 1000.0;
        [ms(&self.latency_us[0]), ms(&self.latency_us[1])]
    }

    pub(super) fn set_latency_ms(&self, latency_ms: [f64; 2]) {
        for (to, ms) in self.latency_us.iter().zip(latency_ms) {
            to.store((1000.0 * ms) as u64, Ordering::Relaxed);
        }
    }

    /// Clicks, and times that the pointer was held because samples stopped.
    #[must_use]
    pub fn counts(&self) -> [u64; 2] {
        [&self.clicks, &self.holds].map(|count| count.load(Ordering::Relaxed))
    }

    pub(super) fn count_click(&self) {
        self.clicks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_hold(&self) {
        self.holds.fetch_add(1, Ordering::Relaxed);
    }

    /// How sure it is that anything is meant, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from_bits(self.confidence.load(Ordering::Relaxed))
    }

    /// Probability of each class, in the decoder's order.
    pub fn probabilities(&self) -> impl Iterator<Item = f64> {
        self.probabilities
            .iter()
            .map(|bits| f64::from_bits(bits.load(Ordering::Relaxed)))
    }

    pub(super) fn set_step(&self, probabilities: &[f64], confidence: f64) {
        for (to, value) in self.probabilities.iter().zip(probabilities) {
            to.store(value.to_bits(), Ordering::Relaxed);
        }
        self.confidence
            .store(confidence.to_bits(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let shown = Shown::new(2);
        assert_eq!(shown.pointer().state, State::Starting);
        for state in State::ALL {
            for kind in KINDS {
                let pointer = PointerShown {
                    state,
                    kind,
                    dwell: 1.0,
                    overlay_px: 40,
                };
                shown.set_pointer(pointer);
                assert_eq!(shown.pointer(), pointer);
            }
        }
        shown.set_step(&[0.25, 0.75], 0.5);
        assert_eq!(shown.probabilities().collect::<Vec<_>>(), [0.25, 0.75]);
        assert_eq!(shown.confidence(), 0.5);
        shown.set_latency_ms([2.25, 7.5]);
        assert_eq!(shown.latency_ms(), [2.25, 7.5]);
    }
}
