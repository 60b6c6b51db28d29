//! Selection of channels, repair, gaps and filters: what every use of a stream has in common.

use super::LayoutError;
use crate::block::{Block, Layout};
use crate::conditioning::{
    Artifacts, BadChannels, CommonAverage, Condition, Fault, Interpolation, LineNotch, Sanitize,
};
use crate::montage;
use crate::time::SampleIndex;
use bci_cursor_calibration::{ConditioningSpec, Reference};

/// Output of a [`Conditioner`].
#[derive(Debug)]
pub enum Conditioned<'a> {
    /// A gap that is too long to bridge. The samples after it are a new start.
    Restart,
    /// Consecutive conditioned samples of the selected channels.
    Samples {
        /// The samples.
        block: &'a Block,
        /// A window that ends before this index contains a long bridged gap, unusable values, or a channel that has just gone bad.
        distrusted_until: SampleIndex,
        /// The fault of each channel, if it has one; a bad channel is interpolated from the others.
        faults: &'a [Option<Fault>],
        /// Whether they are part of an artifact.
        artifact: bool,
    },
}

/// Converts blocks of a stream into conditioned blocks of the selected channels, in their order, and handles gaps.
pub struct Conditioner {
    /// For each channel that is used, its index in the stream.
    sources: Vec<usize>,
    sanitize: Sanitize,
    bad_channels: BadChannels,
    interpolation: Interpolation,
    artifacts: Artifacts,
    /// The current frames are part of an artifact.
    artifact: bool,
    filtered: Vec<f64>,
    /// Too many channels are bad to interpolate them.
    is_lost: bool,
    /// The fault of each channel, for the current frames.
    faults: Vec<Option<Fault>>,
    /// The current frame.
    frame: Vec<f64>,
    stages: Vec<Box<dyn Condition>>,
    work: Block,
    /// Samples of a window. A longer gap cannot be bridged, and a fault affects windows for this long.
    window: u64,
    next: Option<SampleIndex>,
    distrusted_until: SampleIndex,
}

/// Whether too many channels are bad to be interpolated: more than a fifth.
#[must_use]
pub fn too_many_bad(bad: usize, all: usize) -> bool {
    5 * bad > all
}

/// Most frames that are conditioned at once.
const WORK_FRAMES: usize = 64;

impl Conditioner {
    /// For these electrodes of a stream, in this order, and features with windows of `window` samples.
    ///
    /// # Errors
    /// [`LayoutError`] if an electrode is missing, or a filter cannot be designed.
    pub fn new(
        stream: &Layout,
        channels: &[String],
        conditioning: &ConditioningSpec,
        window: u64,
    ) -> Result<Self, LayoutError> {
        let positions: Vec<Option<usize>> = channels
            .iter()
            .map(|label| stream.position(label))
            .collect();
        let sources: Vec<usize> = positions.iter().flatten().copied().collect();
        if sources.len() != channels.len() {
            let lost = channels
                .iter()
                .zip(&positions)
                .filter(|(_, position)| position.is_none());
            return Err(LayoutError::MissingChannels {
                missing: lost
                    .map(|(label, _)| montage::canonical_label(label))
                    .collect(),
                needed: channels.len(),
                found: stream.labels.clone(),
            });
        }
        let count = channels.len();
        let mut stages: Vec<Box<dyn Condition>> = Vec::new();
        if let Some(mains_hz) = conditioning.mains_hz {
            stages.push(Box::new(LineNotch::new(mains_hz, stream.rate, count)?));
        }
        if conditioning.reference == Reference::CommonAverage {
            stages.push(Box::new(CommonAverage));
        }
        Ok(Self {
            sources,
            sanitize: Sanitize::new(count),
            bad_channels: BadChannels::new(channels, stream.rate)?,
            interpolation: Interpolation::new(channels),
            artifacts: Artifacts::new(stream.rate, count),
            artifact: false,
            filtered: vec![0.0; count],
            frame: vec![0.0; count],
            is_lost: false,
            faults: vec![None; count],
            stages,
            work: Block::with_capacity(count, WORK_FRAMES),
            window,
            next: None,
            distrusted_until: SampleIndex::default(),
        })
    }

    /// If a bad channel cannot be interpolated, the windows are not trusted, as in earlier versions; otherwise the channel is left out.
    pub fn leave_none_out(&mut self) {
        self.interpolation.leave_none_out();
    }

    /// Number of values that were replaced because they could not be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.sanitize.replaced()
    }

    /// Takes a block of the stream. A gap is a jump of its first index. A short gap is bridged by the last good frame; after one longer than
    /// a window, everything starts again.
    pub fn process(&mut self, block: &Block, mut emit: impl FnMut(Conditioned<'_>)) {
        let next = self.next.unwrap_or(block.first);
        let missing = block.first.0.saturating_sub(next.0);
        if missing > self.window {
            self.stages.iter_mut().for_each(|stage| stage.reset());
            self.bad_channels.restart();
            self.artifacts.restart();
            emit(Conditioned::Restart);
        } else if missing > 0 {
            self.bridge(next, missing, &mut emit);
        }
        // Frames before `next` were processed already. No source should send them again; if one does, they are ignored.
        let already_seen = next.0.saturating_sub(block.first.0) as usize;
        let mut index = block.first.after(already_seen as u64);
        self.work.restart(index);
        for frame in block.iter().skip(already_seen) {
            self.take(frame, index, &mut emit);
            index = index.after(1);
        }
        self.flush(&mut emit);
        self.next = Some(index);
    }

    /// Takes one frame of the stream. A fault must not affect earlier frames, so these are emitted first; otherwise their result would depend
    /// on the size of the blocks.
    fn take(&mut self, frame: &[f64], index: SampleIndex, emit: &mut impl FnMut(Conditioned<'_>)) {
        for (sample, &source) in self.frame.iter_mut().zip(&self.sources) {
            *sample = frame[source];
        }
        let unusable = self.sanitize.mend(&mut self.frame);
        let changed = self.bad_channels.push(&self.frame, index.after(1));
        self.interpolation.mend(&mut self.frame);
        // A bad channel is not evidence for an artifact.
        self.filtered.copy_from_slice(self.bad_channels.filtered());
        self.interpolation.mend(&mut self.filtered);
        let artifact = self.artifacts.push(&self.frame, &self.filtered, index);
        let begins = unusable && index >= self.distrusted_until;
        if begins || artifact != self.artifact || self.work.frames() == self.work.capacity() {
            self.flush(emit);
            self.work.restart(index);
        }
        self.artifact = artifact;
        if let Some(slot) = self.work.push_frame() {
            slot.copy_from_slice(&self.frame);
        }
        if changed {
            self.flush(emit);
            self.work.restart(index.after(1));
            self.change_channels();
        }
        if unusable || changed || self.is_lost {
            self.distrusted_until = index.after(1 + self.window);
        }
    }

    /// Updates the interpolation after a channel has become bad or good.
    fn change_channels(&mut self) {
        let faults = self.bad_channels.faults();
        self.faults.copy_from_slice(faults);
        let bad = faults.iter().flatten().count();
        let possible = self.interpolation.set_faults(faults);
        self.is_lost = too_many_bad(bad, faults.len()) || !possible;
    }

    fn bridge(&mut self, from: SampleIndex, missing: u64, emit: &mut impl FnMut(Conditioned<'_>)) {
        if missing * 5 > self.window {
            self.distrusted_until = from.after(missing + self.window);
        }
        let mut index = from;
        let end = from.after(missing);
        while index < end {
            self.work.restart(index);
            while index < end {
                let Some(slot) = self.work.push_frame() else {
                    break;
                };
                slot.copy_from_slice(self.sanitize.last_good());
                self.interpolation.mend(slot);
                index = index.after(1);
            }
            self.flush(emit);
        }
    }

    fn flush(&mut self, emit: &mut impl FnMut(Conditioned<'_>)) {
        if self.work.frames() == 0 {
            return;
        }
        self.stages
            .iter_mut()
            .for_each(|stage| stage.condition(&mut self.work));
        emit(Conditioned::Samples {
            block: &self.work,
            distrusted_until: self.distrusted_until,
            faults: &self.faults,
            artifact: self.artifact,
        });
        self.work.restart(self.work.first);
    }
}
