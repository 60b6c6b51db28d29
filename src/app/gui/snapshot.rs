//! The data that a run sends to its window: one line of JSON at the start ([`About`]), then one per update ([`RunSnapshot`]).

use super::text::Message;
use crate::app::running::Running;
use crate::block::{Block, Layout};
use crate::control::{ClickKind, State};
use crate::runtime::Latency;
use crate::settings::Settings;
use crate::time::{SampleIndex, StreamNanos};
use crate::units::Hertz;
use serde::{Deserialize, Serialize};

/// The part that does not change during a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    rate_hz: f64,
    /// Electrode labels.
    labels: Vec<String>,
    /// The decoder's classes.
    pub classes: Vec<String>,
    /// Confidence from which on an intent is detected.
    pub gate_threshold: f64,
}

/// The state of a run at one update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunSnapshot {
    /// The driver's state.
    pub state: State,
    /// The kind of the next click.
    pub kind: ClickKind,
    /// Probability of each class, in the order of [`About::classes`].
    pub probabilities: Vec<f64>,
    /// Confidence that an intent is present, 0 to 1.
    pub confidence: f64,
    /// Direction of forward motion in mode `steer`, radians clockwise from the right; `None` in other modes.
    pub heading_rad: Option<f64>,
    /// Latency from sample to pointer in the last minute.
    pub latency: Latency,
    /// Clicks so far.
    pub clicks: u64,
    /// Times that samples stopped arriving.
    pub losses: u64,
    /// Samples received.
    pub samples: u64,
    /// Samples that were missing or not processed.
    pub lost_samples: u64,
    /// Bad channels.
    pub bad: Vec<String>,
    /// Bad channels that cannot be interpolated.
    pub left_out: Vec<String>,
    /// The settings in use, or why they cannot be used.
    pub settings: Result<Settings, Message>,
    /// Why the last request was refused.
    pub refused: Option<Message>,
    /// The EEG since the last update.
    pub signal: Vec<Frames>,
}

/// Consecutive frames, µV; values that are not finite are `None`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Frames {
    first: u64,
    acquired_ns: i64,
    samples: Vec<Option<f32>>,
}

impl About {
    /// The description of a run.
    #[must_use]
    pub fn of(running: &Running) -> Self {
        let driver = running.driver();
        Self {
            rate_hz: driver.layout().rate.hz(),
            labels: driver.layout().labels.clone(),
            classes: driver.classes().to_vec(),
            gate_threshold: driver.gate_threshold(),
        }
    }

    /// Layout of the stream; `None` if the rate is invalid.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        Some(Layout {
            rate: Hertz::new(self.rate_hz)?,
            labels: self.labels.clone(),
        })
    }
}

impl RunSnapshot {
    /// The current state of a run. Each frame of EEG is returned only once.
    #[must_use]
    pub fn of(running: &Running, refused: Option<Message>) -> Self {
        let driver = running.driver();
        let shown = driver.shown();
        let (pointer, [clicks, losses]) = (shown.pointer(), shown.counts());
        let [samples, missing, unprocessed] = driver.samples();
        let mut signal = Vec::new();
        if let Some(view) = driver.signal() {
            view.drain(|block| signal.push(Frames::of(block)));
        }
        Self {
            state: pointer.state,
            kind: pointer.kind,
            probabilities: shown.probabilities().collect(),
            confidence: shown.confidence(),
            heading_rad: shown.heading_rad(),
            latency: shown.latency(),
            clicks,
            losses,
            samples,
            lost_samples: missing + unprocessed,
            bad: running.bad_channels().map(str::to_owned).collect(),
            left_out: running.left_out().map(str::to_owned).collect(),
            settings: running.settings().map_err(Message::from),
            refused,
            signal,
        }
    }
}

impl Frames {
    fn of(block: &Block) -> Self {
        let value = |value: &f64| value.is_finite().then_some(*value as f32);
        Self {
            first: block.first.0,
            acquired_ns: block.acquired().0,
            samples: block.samples().iter().map(value).collect(),
        }
    }

    /// The frames as a block, in single precision.
    #[must_use]
    pub fn block(&self, channels: usize) -> Block {
        let frames = self.samples.chunks_exact(channels.max(1));
        let mut block = Block::with_capacity(channels, frames.len());
        block.restart(SampleIndex(self.first));
        block.set_acquired(StreamNanos(self.acquired_ns));
        for frame in frames {
            for (to, value) in block.push_frame().into_iter().flatten().zip(frame) {
                *to = value.map_or(f64::NAN, f64::from);
            }
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eeg_survives_a_line_of_text() {
        let mut block = Block::with_capacity(2, 4);
        block.restart(SampleIndex(7));
        block.set_acquired(StreamNanos(9));
        for frame in [[1.5, f64::NAN], [-2.25e5, 0.1]] {
            block.push_frame().unwrap().copy_from_slice(&frame);
        }
        let line = serde_json::to_string(&Frames::of(&block)).unwrap();
        let back: Frames = serde_json::from_str(&line).unwrap();
        let back = back.block(2);
        assert_eq!(
            (back.first, back.acquired()),
            (block.first, block.acquired())
        );
        assert_eq!(back.frames(), 2);
        for (was, is) in block.samples().iter().zip(back.samples()) {
            assert!(was.is_nan() && is.is_nan() || (was - is).abs() <= 1e-7 * was.abs());
        }
    }
}
