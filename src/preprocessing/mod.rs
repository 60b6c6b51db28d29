//! Blocks to covariances: the part of the live path that fitting and running share.

mod conditioner;

pub use conditioner::{Conditioned, Conditioner, too_many_bad};

use crate::block::{Block, Layout};
use crate::conditioning::Fault;
use crate::conditioning::design::DesignError;
use crate::features::StreamingCovariance;
use crate::printable::{counted, printable_list};
use crate::time::SampleIndex;
use crate::units::Hertz;
use bci_cursor_calibration::{ConditioningSpec, FeatureSpec, SymmetricMatrix};

/// A stream that does not fit the decoder (or the montage).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// Electrodes are missing.
    #[error(
        "the stream lacks {} of {} needed: {}. It has: {}. Connect the missing electrodes, or fit a decoder for this montage",
        missing.len(), counted(needed, "electrode"), printable_list(missing), printable_list(found)
    )]
    MissingChannels {
        /// Electrodes that are needed and missing.
        missing: Vec<String>,
        /// Number of electrodes that are needed.
        needed: usize,
        /// Electrodes of the stream.
        found: Vec<String>,
    },
    /// Another sampling rate.
    #[error(
        "the stream is sampled at {found}, but the decoder was fitted at {expected}. \
         Set the headset to {expected}, or fit a decoder at {found}"
    )]
    Rate {
        /// Rate of the stream.
        found: Hertz,
        /// Rate of the decoder.
        expected: Hertz,
    },
    /// A filter cannot be designed for this rate.
    #[error(transparent)]
    Design(#[from] DesignError),
}

/// Smallest share of a window that must be left after artifacts were cut out.
const LEAST_CLEAN: f64 = 0.5;

/// Covariances of one window.
#[derive(Debug)]
pub struct Window<'a> {
    /// Index after the last sample of the window.
    pub end: SampleIndex,
    /// One per band: channels × channels, µV².
    pub covariances: &'a [SymmetricMatrix],
    /// False if the window contains a long bridged gap, a moment with more than a fifth of the channels unusable, a channel that has just
    /// gone bad, or more artifacts than other samples.
    pub trusted: bool,
    /// The fault of each channel, if it has one; a bad channel is interpolated from the others.
    pub faults: &'a [Option<Fault>],
    /// Share of the window that is left after artifacts were cut out.
    pub clean_share: f64,
    /// True for the first window after the start, or after a gap that is too long to bridge.
    pub restarted: bool,
}

/// Selection of channels, conditioning and features.
pub struct Preprocessor {
    conditioner: Conditioner,
    features: StreamingCovariance,
    restarted: bool,
}

impl Preprocessor {
    /// For these electrodes of a stream, in this order.
    ///
    /// # Errors
    /// [`LayoutError`] if an electrode is missing, or a filter cannot be designed.
    pub fn new(
        stream: &Layout,
        channels: &[String],
        conditioning: &ConditioningSpec,
        features: &FeatureSpec,
    ) -> Result<Self, LayoutError> {
        let features = StreamingCovariance::new(features, stream.rate, channels.len())?;
        let window = features.window();
        Ok(Self {
            conditioner: Conditioner::new(stream, channels, conditioning, window)?,
            features,
            restarted: true,
        })
    }

    /// See [`Conditioner::leave_none_out`].
    pub fn leave_none_out(&mut self) {
        self.conditioner.leave_none_out();
    }

    /// Samples between the ends of two windows.
    #[must_use]
    pub fn hop(&self) -> u64 {
        self.features.hop()
    }

    /// Samples in a window.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.features.window()
    }

    /// Number of values that were replaced because they could not be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.conditioner.replaced()
    }

    /// Takes a block of the stream, and calls `emit` for each window that ends in it. [`Conditioner::process`] describes how gaps are
    /// handled.
    pub fn process(&mut self, block: &Block, mut emit: impl FnMut(Window<'_>)) {
        let Self {
            conditioner,
            features,
            restarted,
        } = self;
        conditioner.process(block, |conditioned| match conditioned {
            Conditioned::Restart => {
                features.reset();
                *restarted = true;
            }
            Conditioned::Samples {
                block,
                distrusted_until,
                faults,
                artifact,
            } => features.push(block, artifact, |end, covariances, clean_share| {
                emit(Window {
                    end,
                    covariances,
                    trusted: end >= distrusted_until && clean_share >= LEAST_CLEAN,
                    clean_share,
                    faults,
                    restarted: std::mem::take(restarted),
                });
            }),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bci_cursor_calibration::Reference;

    fn layout(labels: &[&str]) -> Layout {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels,
        }
    }

    fn preprocessor(stream: &Layout, channels: &[&str]) -> Result<Preprocessor, LayoutError> {
        let channels: Vec<String> = channels.iter().map(|label| (*label).to_owned()).collect();
        let conditioning = ConditioningSpec {
            reference: Reference::None,
            mains_hz: Some(50.0),
        };
        let features = FeatureSpec {
            bands_hz: vec![[8.0, 30.0]],
            filter_order: 2,
            window_ms: 400,
            hop_ms: 40,
            shrinkage: 0.1,
        };
        Preprocessor::new(stream, &channels, &conditioning, &features)
    }

    fn block(first: u64, frames: usize, make: impl Fn(u64) -> [f64; 2]) -> Block {
        let mut block = Block::with_capacity(2, frames);
        block.restart(SampleIndex(first));
        for k in 0..frames as u64 {
            block
                .push_frame()
                .unwrap()
                .copy_from_slice(&make(first + k));
        }
        block
    }

    fn wave(k: u64) -> [f64; 2] {
        [(k as f64 * 0.3).sin(), (k as f64 * 0.4).cos()]
    }

    fn run(preprocessor: &mut Preprocessor, block: &Block) -> Vec<(u64, bool, bool, Vec<f64>)> {
        let mut out = Vec::new();
        preprocessor.process(block, |w| {
            out.push((
                w.end.0,
                w.trusted,
                w.restarted,
                w.covariances[0].values().to_vec(),
            ))
        });
        out
    }

    #[test]
    fn channels_are_reordered_by_label() {
        let (a, b) = (layout(&["C3", "C4"]), layout(&["C4", "C3"]));
        let straight = run(
            &mut preprocessor(&a, &["C3", "C4"]).unwrap(),
            &block(0, 200, wave),
        );
        let swapped = run(
            &mut preprocessor(&b, &["C3", "C4"]).unwrap(),
            &block(0, 200, |k| {
                let [x, y] = wave(k);
                [y, x]
            }),
        );
        assert_eq!(straight, swapped);
        assert_eq!(
            (straight[0].0, straight[0].1, straight[0].2, straight[1].2),
            (100, true, true, false)
        );
    }

    #[test]
    fn missing_electrodes_are_named() {
        let error = preprocessor(&layout(&["C3", "Oz"]), &["C3", "C4", "cz"])
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(
            text.contains("lacks 2 of 3 electrodes")
                && text.contains("C4, Cz")
                && text.contains("C3, Oz"),
            "{text}"
        );
    }

    #[test]
    fn a_short_gap_is_bridged_and_a_long_one_restarts() {
        let mut preprocessor = preprocessor(&layout(&["C3", "C4"]), &["C3", "C4"]).unwrap();
        run(&mut preprocessor, &block(0, 200, wave));
        let bridged = run(&mut preprocessor, &block(210, 40, wave));
        assert_eq!(
            bridged.iter().map(|w| (w.0, w.1, w.2)).collect::<Vec<_>>(),
            [
                (210, true, false),
                (220, true, false),
                (230, true, false),
                (240, true, false),
                (250, true, false)
            ]
        );
        let long = run(&mut preprocessor, &block(1000, 200, wave));
        assert_eq!((long[0].0, long[0].2), (1100, true));
    }

    #[test]
    fn a_bridge_of_more_than_a_fifth_of_a_window_is_not_trusted() {
        let mut preprocessor = preprocessor(&layout(&["C3", "C4"]), &["C3", "C4"]).unwrap();
        run(&mut preprocessor, &block(0, 200, wave));
        let after = run(&mut preprocessor, &block(230, 200, wave));
        assert!(
            after.iter().all(|w| w.1 == (w.0 >= 330)),
            "{:?}",
            after.iter().map(|w| (w.0, w.1)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_nan_affects_only_its_own_sample() {
        let mut preprocessor = preprocessor(&layout(&["C3", "C4"]), &["C3", "C4"]).unwrap();
        run(&mut preprocessor, &block(0, 150, wave));
        let poisoned = run(
            &mut preprocessor,
            &block(
                150,
                150,
                |k| if k == 160 { [f64::NAN, 1.0] } else { wave(k) },
            ),
        );
        assert!(
            poisoned
                .iter()
                .all(|w| w.3.iter().all(|value| value.is_finite()))
        );
        assert!(poisoned.iter().any(|w| !w.1) && poisoned.last().unwrap().1);
        assert_eq!(preprocessor.replaced(), 1);
    }
}
