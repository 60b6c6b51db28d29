//! Stages that change a block in place before it is split into bands.

use super::cascade::Cascade;
use super::design::{self, DesignError, Section};
use crate::block::Block;
use crate::units::Hertz;

/// A stage of the conditioning chain. Its output must not depend on block sizes.
pub trait Condition: Send {
    /// Changes the samples of a block in place.
    fn condition(&mut self, block: &mut Block);
    /// Clears the state. Called after a gap that is too long to bridge.
    fn reset(&mut self);
}

/// Quality (centre over width) of each line notch: 50 Hz ± 0.8 Hz.
const NOTCH_QUALITY: f64 = 30.0;

/// Removes line noise: a notch at the line frequency and at each harmonic below half the sampling rate.
#[derive(Debug)]
pub struct LineNotch {
    cascade: Cascade,
}

impl LineNotch {
    /// A notch for a line frequency in Hz. If it is at or beyond half the sampling rate, there is nothing to remove.
    ///
    /// # Errors
    /// [`DesignError`] if the frequency is not above zero.
    pub fn new(mains_hz: f64, rate: Hertz, channels: usize) -> Result<Self, DesignError> {
        Ok(Self {
            cascade: Cascade::new(Self::sections(mains_hz, rate)?, channels),
        })
    }

    /// The notches as filter sections.
    ///
    /// # Errors
    /// [`DesignError`] if the frequency is not above zero.
    pub fn sections(mains_hz: f64, rate: Hertz) -> Result<Vec<Section>, DesignError> {
        let harmonics = (1..=64)
            .map(|k| f64::from(k) * mains_hz)
            .take_while(|hz| *hz < 0.98 * rate.hz() / 2.0);
        harmonics
            .map(|hz| design::notch(hz, NOTCH_QUALITY, rate))
            .collect()
    }
}

impl Condition for LineNotch {
    fn condition(&mut self, block: &mut Block) {
        let channels = block.channels();
        block
            .samples_mut()
            .chunks_exact_mut(channels)
            .for_each(|frame| self.cascade.run(frame));
    }

    fn reset(&mut self) {
        self.cascade.reset();
    }
}

/// Common average reference (CAR): subtracts the mean of all channels from each, sample by sample.
#[derive(Debug)]
pub struct CommonAverage;

impl Condition for CommonAverage {
    fn condition(&mut self, block: &mut Block) {
        let channels = block.channels();
        for frame in block.samples_mut().chunks_exact_mut(channels) {
            let mean = frame.iter().sum::<f64>() / channels as f64;
            frame.iter_mut().for_each(|sample| *sample -= mean);
        }
    }

    fn reset(&mut self) {}
}

/// A larger value cannot come from a head or an electrode: one volt.
const ABSURD_MICROVOLTS: f64 = 1e6;

/// Replaces values that cannot be EEG (NaN, infinity, beyond ±1 V) with the channel's last good value, and counts them.
#[derive(Debug)]
pub struct Sanitize {
    last_good: Vec<f64>,
    replaced: u64,
}

impl Sanitize {
    /// For `channels` channels.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self {
            last_good: vec![0.0; channels],
            replaced: 0,
        }
    }

    /// Repairs one frame in place. Returns true if more than a fifth of its channels had to be replaced.
    pub fn mend(&mut self, frame: &mut [f64]) -> bool {
        let mut bad = 0;
        for (sample, last) in frame.iter_mut().zip(&mut self.last_good) {
            if sample.abs() <= ABSURD_MICROVOLTS {
                *last = *sample;
            } else {
                *sample = *last;
                bad += 1;
            }
        }
        self.replaced += bad as u64;
        bad * 5 > frame.len()
    }

    /// Number of values replaced so far.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// The last good value of each channel, with which a short gap is bridged.
    #[must_use]
    pub fn last_good(&self) -> &[f64] {
        &self.last_good
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SampleIndex;

    fn block(frames: &[[f64; 2]]) -> Block {
        let mut block = Block::with_capacity(2, frames.len());
        block.restart(SampleIndex(0));
        for frame in frames {
            block.push_frame().unwrap().copy_from_slice(frame);
        }
        block
    }

    #[test]
    fn common_average_leaves_a_mean_of_zero() {
        let mut block = block(&[[1.0, 3.0], [-4.0, 0.0]]);
        CommonAverage.condition(&mut block);
        assert_eq!(block.samples(), [-1.0, 1.0, -2.0, 2.0]);
    }

    #[test]
    fn a_notch_removes_the_line_and_its_harmonics() {
        let rate = Hertz::new(500.0).unwrap();
        let mut notch = LineNotch::new(50.0, rate, 1).unwrap();
        let mut largest = 0.0f64;
        for k in 0..5000 {
            let t = f64::from(k) / 500.0;
            let line =
                [50.0, 100.0, 150.0, 200.0].map(|hz| (2.0 * std::f64::consts::PI * hz * t).sin());
            let mut block = Block::with_capacity(1, 1);
            block.push_frame().unwrap()[0] = line.iter().sum();
            notch.condition(&mut block);
            if k > 2500 {
                largest = largest.max(block.samples()[0].abs());
            }
        }
        assert!(largest < 1e-3, "{largest}");
    }

    #[test]
    fn values_that_cannot_be_eeg_are_replaced_and_counted() {
        let mut sanitize = Sanitize::new(6);
        assert!(!sanitize.mend(&mut [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        let mut frame = [f64::NAN, 20.0, 30.0, 40.0, 50.0, 60.0];
        assert!(!sanitize.mend(&mut frame));
        assert_eq!(frame, [1.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        let mut frame = [f64::INFINITY, 1e7, 0.0, 0.0, 0.0, 0.0];
        assert!(sanitize.mend(&mut frame), "two of six is more than a fifth");
        assert_eq!(
            (frame, sanitize.replaced()),
            ([1.0, 20.0, 0.0, 0.0, 0.0, 0.0], 3)
        );
    }
}
