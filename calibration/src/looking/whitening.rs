//! Prediction of the next sample from the last ones: what cannot be predicted is white in time.

use super::cholesky;
use crate::vectors::{axpy, dot};

/// A running vector autoregressive model (Lütkepohl, New Introduction to Multiple Time Series Analysis, 2005, ch. 3).
/// The residuals of EEG under it are nearly white, so that a response stands out at all frequencies alike.
#[derive(Debug, Clone)]
pub struct VarWhitening {
    channels: usize,
    rate_hz: f64,
    spec: VarSpec,
    /// The last samples, newest first: lag-major, channels in each.
    past: Vec<f64>,
    /// Channels × (order · channels): coefficients of `past`.
    coefficients: Vec<f64>,
    /// Decayed sums of `past · pastᵀ` and `sample · pastᵀ`, and of samples.
    past_past: Vec<f64>,
    sample_past: Vec<f64>,
    weight: f64,
    /// The same since the last update.
    new_past_past: Vec<f64>,
    new_sample_past: Vec<f64>,
    new_samples: usize,
    factored: Vec<f64>,
}

/// How the model follows the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarSpec {
    /// Samples that predict the next one.
    pub order: usize,
    /// Time after which a sample counts half, seconds.
    pub half_life_s: f64,
    /// Ridge, as a share of the mean diagonal.
    pub ridge: f64,
    /// Signal that must have been seen before anything is predicted, seconds.
    pub warm_up_s: f64,
}

impl VarWhitening {
    /// A model that predicts nothing yet.
    #[must_use]
    pub fn new(channels: usize, rate_hz: f64, spec: VarSpec) -> Self {
        let long = channels * spec.order;
        Self {
            channels,
            rate_hz,
            spec,
            past: vec![0.0; long],
            coefficients: vec![0.0; channels * long],
            past_past: vec![0.0; long * long],
            sample_past: vec![0.0; channels * long],
            weight: 0.0,
            new_past_past: vec![0.0; long * long],
            new_sample_past: vec![0.0; channels * long],
            new_samples: 0,
            factored: vec![0.0; long * long],
        }
    }

    /// Writes into `residual` what the model did not predict of `sample` (both one value a channel).
    pub fn push(&mut self, sample: &[f64], residual: &mut [f64]) {
        let long = self.past.len();
        for (channel, (residual, value)) in residual.iter_mut().zip(sample).enumerate() {
            let row = channel * long..(channel + 1) * long;
            *residual = value - dot(&self.coefficients[row.clone()], &self.past);
            axpy(*value, &self.past, &mut self.new_sample_past[row]);
        }
        // The lower triangle is all that the factorisation reads.
        for (row, value) in self.past.iter().enumerate() {
            let sums = &mut self.new_past_past[row * long..][..=row];
            axpy(*value, &self.past[..=row], sums);
        }
        self.new_samples += 1;
        self.past.copy_within(..long - self.channels, self.channels);
        self.past[..self.channels].copy_from_slice(sample);
    }

    /// Adapts the coefficients to the samples since the last update. Call it at a fixed pace.
    pub fn update(&mut self) {
        let samples = self.new_samples as f64;
        let decay = libm::exp2(-samples / self.rate_hz / self.spec.half_life_s);
        decayed_sum(&mut self.past_past, decay, &mut self.new_past_past);
        decayed_sum(&mut self.sample_past, decay, &mut self.new_sample_past);
        self.weight = decay * self.weight + samples;
        self.new_samples = 0;
        if self.weight > self.spec.warm_up_s * self.rate_hz {
            self.solve();
        }
    }

    fn solve(&mut self) {
        let long = self.past.len();
        let trace: f64 = (0..long).map(|k| self.past_past[k * (long + 1)]).sum();
        self.factored.copy_from_slice(&self.past_past);
        for k in 0..long {
            self.factored[k * (long + 1)] += self.spec.ridge * trace / long as f64;
        }
        // A flat signal has no model: the last one stays.
        if cholesky::factor(&mut self.factored, long).is_err() {
            return;
        }
        self.coefficients.copy_from_slice(&self.sample_past);
        for row in self.coefficients.chunks_exact_mut(long) {
            cholesky::solve(&self.factored, long, row);
        }
    }
}

/// `sums = decay · sums + new`; `new` starts again at zero.
fn decayed_sum(sums: &mut [f64], decay: f64, new: &mut [f64]) {
    for (sum, new) in sums.iter_mut().zip(new) {
        *sum = decay * *sum + *new;
        *new = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{VarSpec, VarWhitening};

    #[test]
    fn an_autoregressive_signal_becomes_its_innovations() {
        let spec = VarSpec {
            order: 2,
            half_life_s: 20.0,
            ridge: 1e-6,
            warm_up_s: 2.0,
        };
        let mut model = VarWhitening::new(2, 100.0, spec);
        let mut state = 1_u64;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as f64 / 2f64.powi(31) - 0.5
        };
        let (mut before, mut last) = ([0.0; 2], [0.0; 2]);
        let (mut error, mut power) = (0.0, 0.0);
        for n in 0..6000 {
            let new = [noise(), noise()];
            let sample = [
                1.2 * last[0] - 0.5 * before[0] + 0.3 * last[1] + new[0],
                0.7 * last[1] + 0.2 * last[0] + new[1],
            ];
            let mut residual = [0.0; 2];
            model.push(&sample, &mut residual);
            if n % 25 == 24 {
                model.update();
            }
            if n > 4000 {
                error += (residual[0] - new[0]).powi(2) + (residual[1] - new[1]).powi(2);
                power += new[0] * new[0] + new[1] * new[1];
            }
            (before, last) = (last, sample);
        }
        assert!(error < 0.01 * power, "{error} of {power}");
    }
}
