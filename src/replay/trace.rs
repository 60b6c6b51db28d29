//! The driver's decisions for a recording, for use in tests.

use crate::block::Layout;
use crate::command::Buttons;
use crate::decoding::Intent;
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use crate::recording::session::{StepHash, StepRows};
use crate::replay::play::{Played, play};
use crate::source::{Marker, SourceError, open_recording};
use crate::time::SampleIndex;
use bci_cursor_calibration::Decoder;

/// A recording that cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The decoder does not fit it.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// One decoding step.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep {
    /// Index after the last sample that the step is based on.
    pub at: SampleIndex,
    /// The decoded intent.
    pub intent: Intent,
    /// Probability of each class.
    pub probabilities: Vec<f64>,
    /// The resulting velocity, pixels per second; right and down are positive.
    pub velocity_px_s: [f64; 2],
    /// Buttons that are down.
    pub buttons: Buttons,
    /// The face switch was activated.
    pub face: bool,
}

/// All decisions of the driver for a recording, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Channels and rate of the recording.
    pub layout: Layout,
    /// Number of samples per channel.
    pub samples: u64,
    /// Decoding steps.
    pub steps: Vec<TraceStep>,
    /// Markers of the recording.
    pub markers: Vec<Marker>,
    /// Gaps: the first sample after each, and the number of missing samples.
    pub gaps: Vec<(SampleIndex, u64)>,
    /// SHA-256 of all steps, bit for bit. Equal to that of a live session with the same samples.
    pub hash: String,
}

impl Trace {
    /// Runs a recording (a file, or `synthetic:...`) through the live pipeline.
    ///
    /// # Errors
    /// [`TraceError`] if it cannot be read, or the decoder does not fit it.
    pub fn of(
        recording: &str,
        decoder: &Decoder,
        settings: &PipelineSettings,
    ) -> Result<Self, TraceError> {
        let mut source = open_recording(recording)?;
        let layout = source.layout().clone();
        let mut pipeline = Pipeline::new(&layout, decoder, settings)?;
        let (mut steps, mut markers, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        let (mut hash, mut row) = (StepHash::default(), Vec::new());
        let samples = play(source.as_mut(), &mut pipeline, 256, |played| {
            match played {
                Played::Step(step) => {
                    row.clear();
                    StepRows::push(&step, &mut row);
                    hash.add(&row);
                    steps.push(TraceStep {
                        at: step.command.at,
                        intent: step.intent,
                        probabilities: step.probabilities.to_vec(),
                        velocity_px_s: step.command.velocity_px_s,
                        buttons: step.command.buttons,
                        face: step.command.face,
                    });
                }
                Played::Marker(marker) => markers.push(marker),
                Played::Gap {
                    before_sample,
                    missing,
                } => gaps.push((before_sample, missing)),
                Played::ClockReset => {}
            }
            Ok::<(), TraceError>(())
        })?;
        Ok(Self {
            layout,
            samples,
            steps,
            markers,
            gaps,
            hash: hash.finish(),
        })
    }

    /// The steps from each marker with this label up to the next marker of any label.
    pub fn trials<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a [TraceStep]> {
        let place = |at: SampleIndex| self.steps.partition_point(|step| step.at <= at);
        self.markers
            .iter()
            .enumerate()
            .filter(move |(_, marker)| marker.label == label)
            .map(move |(k, marker)| {
                let end = self
                    .markers
                    .get(k + 1)
                    .map_or(self.steps.len(), |next| place(next.at));
                let from = place(marker.at);
                &self.steps[from..end.max(from)]
            })
    }
}
