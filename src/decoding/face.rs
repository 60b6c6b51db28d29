//! Detects a clenched jaw or blinks in the stream: activations of the face switch.

use crate::block::{Block, Layout};
use crate::conditioning::design::DesignError;
use crate::features::GestureLevels;
use crate::time::SampleIndex;
use bci_cursor_calibration::FaceSwitch;
use bci_cursor_calibration::face_switch::PulseCounter;
use std::collections::VecDeque;

/// A face switch that cannot be used with a stream.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaceError {
    /// Electrodes are missing.
    #[error(
        "the face switch needs {}, which the stream lacks. It has: {}. Connect them, or fit a switch to these electrodes",
        missing.join(", "), found.join(", ")
    )]
    MissingChannels {
        /// Electrodes that are needed and missing.
        missing: Vec<String>,
        /// Electrodes of the stream.
        found: Vec<String>,
    },
    /// Its frequency band cannot be filtered at this rate.
    #[error("the face switch cannot be read from this stream: {0}")]
    Design(#[from] DesignError),
}

/// No activation is reported for this long after a start or a gap, seconds, while the filters settle.
const SETTLE_S: f64 = 1.0;
/// Number of activations that can wait to be read: more than one block can contain.
const WAITING: usize = 64;

/// Detects activations of a face switch in a stream.
#[derive(Debug)]
pub struct FaceReader {
    places: Vec<usize>,
    signs: Vec<f64>,
    levels: GestureLevels,
    counter: PulseCounter,
    settle: u64,
    settled_at: SampleIndex,
    next: Option<SampleIndex>,
    activations: VecDeque<SampleIndex>,
}

impl FaceReader {
    /// A reader for a stream.
    ///
    /// # Errors
    /// [`FaceError`] if the stream lacks an electrode or its rate is too low.
    pub fn new(stream: &Layout, switch: &FaceSwitch) -> Result<Self, FaceError> {
        let place = |label: &String| stream.position(label);
        let places: Vec<usize> = switch.channels.iter().filter_map(place).collect();
        if places.len() < switch.channels.len() {
            let is_missing = |label: &&String| place(label).is_none();
            let missing = switch.channels.iter().filter(is_missing).cloned();
            return Err(FaceError::MissingChannels {
                missing: missing.collect(),
                found: stream.labels.clone(),
            });
        }
        let rate = stream.rate;
        Ok(Self {
            levels: GestureLevels::new(switch.gesture, switch.mains_hz, rate, places.len())?,
            counter: PulseCounter::new(
                switch.pulses,
                switch.threshold_uv,
                switch.ceiling_uv,
                rate.hz(),
            ),
            signs: switch.signs.clone(),
            places,
            settle: u64::try_from(rate.samples_in_secs(SETTLE_S)).unwrap_or(0),
            settled_at: SampleIndex::default(),
            next: None,
            activations: VecDeque::with_capacity(WAITING),
        })
    }

    /// Takes a block of the stream. After a gap, detection starts again.
    pub fn take(&mut self, block: &Block) {
        if self.next != Some(block.first) {
            self.levels.reset();
            self.counter.reset();
            self.settled_at = block.first.after(self.settle);
        }
        let mut index = block.first;
        for frame in block.iter() {
            index = index.after(1);
            let is_usable = self
                .levels
                .push(self.places.iter().map(|&place| frame[place]));
            let levels = self.levels.levels().iter().zip(&self.signs);
            let level =
                levels.map(|(level, sign)| level * sign).sum::<f64>() / self.signs.len() as f64;
            if !is_usable || index < self.settled_at {
                self.counter.reset();
            } else if self.counter.push(level) && self.activations.len() < WAITING {
                self.activations.push_back(index);
            }
        }
        self.next = Some(index);
    }

    /// Whether the switch was activated before an index since the last call.
    pub fn was_activated_before(&mut self, end: SampleIndex) -> bool {
        let before = self.activations.iter().take_while(|at| **at <= end).count();
        self.activations.drain(..before);
        before > 0
    }
}
