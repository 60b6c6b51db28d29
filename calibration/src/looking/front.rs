//! Makes EEG white in time and measures its covariance: what the decoder of flicker and its fit have in common.

use super::noise::{NoiseCovariance, NoiseSpec};
use super::whitening::{VarSpec, VarWhitening};
use crate::eigen::NotFinite;
use crate::matrix::SymmetricMatrix;

/// A block is the time after which covariances decay; a frame is two, and gives one answer.
const BLOCKS_A_SECOND: f64 = 16.0;
const BLOCKS_A_FRAME: u64 = 2;
pub(super) const FRAMES_A_SECOND: f64 = BLOCKS_A_SECOND / BLOCKS_A_FRAME as f64;
const BLOCKS_A_VAR_UPDATE: u64 = 4;
const VAR: VarSpec = VarSpec {
    order: 4,
    half_life_s: 20.0,
    ridge: 1e-2,
    warm_up_s: 2.0,
};
const NOISE: NoiseSpec = NoiseSpec {
    long_half_life_s: 20.0,
    short_half_life_s: 1.0,
    short_share: 0.6,
    ridge: 1e-2,
    floor_uv2: 1e-9,
};

/// Both running models.
#[derive(Debug, Clone)]
pub(super) struct Front {
    block_samples: u64,
    samples: u64,
    whitening: VarWhitening,
    noise: NoiseCovariance,
    residual: Vec<f64>,
}

impl Front {
    /// Models that have seen nothing.
    pub(super) fn new(channels: usize, rate_hz: f64) -> Self {
        Self {
            block_samples: libm::round(rate_hz / BLOCKS_A_SECOND) as u64,
            samples: 0,
            whitening: VarWhitening::new(channels, rate_hz, VAR),
            noise: NoiseCovariance::new(channels, rate_hz, NOISE),
            residual: vec![0.0; channels],
        }
    }

    /// Samples of a frame.
    pub(super) fn frame_samples(&self) -> u64 {
        self.block_samples * BLOCKS_A_FRAME
    }

    /// Takes one sample of all channels. Returns whether a frame has ended.
    pub(super) fn push(&mut self, sample: &[f64]) -> bool {
        self.whitening.push(sample, &mut self.residual);
        self.noise.push(&self.residual);
        self.samples += 1;
        if !self.samples.is_multiple_of(self.block_samples) {
            return false;
        }
        self.noise.end_block();
        let block = self.samples / self.block_samples;
        if block.is_multiple_of(BLOCKS_A_VAR_UPDATE) {
            self.whitening.update();
        }
        block.is_multiple_of(BLOCKS_A_FRAME)
    }

    /// What the model of the time before did not predict of the last sample.
    pub(super) fn residual(&self) -> &[f64] {
        &self.residual
    }

    /// The inverse square root of the covariance of all channels.
    ///
    /// # Errors
    /// [`NotFinite`] where the signal held a NaN or an infinity.
    pub(super) fn whitener(&mut self) -> Result<&SymmetricMatrix, NotFinite> {
        self.noise.whitener()
    }
}

/// Frames in a window of this length.
pub(super) fn frames(window_s: f64) -> usize {
    libm::round(window_s * FRAMES_A_SECOND) as usize
}
