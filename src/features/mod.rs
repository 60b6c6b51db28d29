//! Features of decoders: covariances of each band, in a sliding window or in given spans. Also levels of jaw and eyes.

mod face;
mod span;
pub mod spectrum;

pub use face::GestureLevels;
pub use span::SpanCovariance;

use crate::block::Block;
use crate::conditioning::cascade::Cascade;
use crate::conditioning::design::{self, DesignError};
use crate::time::SampleIndex;
use crate::units::Hertz;
use bci_cursor_calibration::{FeatureSpec, SymmetricMatrix};

/// Covariance of each band in a sliding window, updated every hop.
///
/// A window is a whole number of hops. Hops end at sample counts that are multiples of the hop length, whatever the blocks are. Each hop,
/// the newest hop is added to the sum of the window and the oldest one is subtracted. Once per window, the sum is computed again from its
/// hops, so that rounding errors do not accumulate over a day.
#[derive(Debug)]
pub struct StreamingCovariance {
    channels: usize,
    hop: u64,
    shrinkage: f64,
    bands: Vec<Band>,
    /// Hops per window.
    hops_per_window: usize,
    /// Hops since the last reset, at most those of a window.
    hops_filled: usize,
    /// Index in the ring of the hop that is being filled.
    current: usize,
    /// Frames since the last reset in the hop that is being filled.
    frames_in_hop: u64,
    /// Whether each hop of the ring is used: it is complete and has no artifact.
    counts: Vec<bool>,
    /// The hop that is being filled has an artifact.
    spoilt: bool,
    covariances: Vec<SymmetricMatrix>,
}

#[derive(Debug)]
struct Band {
    filter: Cascade,
    frame: Vec<f64>,
    /// Hops × upper triangle of Σ x xᵀ, µV².
    ring: Vec<f64>,
    sum: Vec<f64>,
}

impl StreamingCovariance {
    /// For a specification at a sampling rate.
    ///
    /// # Errors
    /// [`DesignError`] if a band cannot be filtered at this rate.
    pub fn new(spec: &FeatureSpec, rate: Hertz, channels: usize) -> Result<Self, DesignError> {
        let hop = rate.samples_in_ms(spec.hop_ms);
        let hops_per_window = (rate.samples_in_ms(spec.window_ms) as f64 / hop as f64)
            .round()
            .max(1.0) as usize;
        let triangle = channels * (channels + 1) / 2;
        let bands = spec
            .bands_hz
            .iter()
            .map(|&[low_hz, high_hz]| {
                let sections =
                    design::butterworth_bandpass(spec.filter_order, low_hz, high_hz, rate)?;
                Ok(Band {
                    filter: Cascade::new(sections, channels),
                    frame: vec![0.0; channels],
                    ring: vec![0.0; triangle * hops_per_window],
                    sum: vec![0.0; triangle],
                })
            })
            .collect::<Result<Vec<_>, DesignError>>()?;
        Ok(Self {
            channels,
            hop,
            shrinkage: spec.shrinkage,
            covariances: vec![SymmetricMatrix::zeros(channels); bands.len()],
            bands,
            hops_per_window,
            hops_filled: 0,
            current: 0,
            frames_in_hop: 0,
            counts: vec![false; hops_per_window],
            spoilt: false,
        })
    }

    /// Samples between two covariances.
    #[must_use]
    pub fn hop(&self) -> u64 {
        self.hop
    }

    /// Samples in a window.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.hop * self.hops_per_window as u64
    }

    /// Forgets all earlier samples.
    pub fn reset(&mut self) {
        self.bands.iter_mut().for_each(|band| {
            band.filter.reset();
            band.ring.fill(0.0);
            band.sum.fill(0.0);
        });
        self.hops_filled = 0;
        self.frames_in_hop = 0;
        self.counts.fill(false);
        self.spoilt = false;
    }

    /// Takes a conditioned block. Calls `emit` at each hop with a whole window before it: the index after the last sample of the window,
    /// one covariance per band (channels × channels, µV², shrunk towards its mean variance), and the share of the window that was used.
    /// Hops with an `artifact` are left out.
    pub fn push(
        &mut self,
        block: &Block,
        artifact: bool,
        mut emit: impl FnMut(SampleIndex, &[SymmetricMatrix], f64),
    ) {
        self.spoilt |= artifact && block.frames() > 0;
        for (offset, frame) in block.iter().enumerate() {
            let end = block.first.after(offset as u64 + 1);
            self.accumulate(frame);
            if !end.0.is_multiple_of(self.hop) {
                continue;
            }
            self.finish_hop();
            self.spoilt = artifact && offset + 1 < block.frames();
            if self.hops_filled == self.hops_per_window {
                let clean = self.counts.iter().filter(|counts| **counts).count();
                self.fill_covariances(clean as u64);
                emit(
                    end,
                    &self.covariances,
                    clean as f64 / self.hops_per_window as f64,
                );
            }
            self.bands
                .iter_mut()
                .for_each(|band| band.retire_hop(self.current));
        }
    }

    fn accumulate(&mut self, frame: &[f64]) {
        let triangle = self.channels * (self.channels + 1) / 2;
        for band in &mut self.bands {
            band.frame.copy_from_slice(frame);
            band.filter.run(&mut band.frame);
            let hop = &mut band.ring[self.current * triangle..(self.current + 1) * triangle];
            add_outer_product(&band.frame, hop);
        }
        self.frames_in_hop += 1;
    }

    /// Adds the hop to the window and goes on to the next place of the ring, which has the oldest hop.
    fn finish_hop(&mut self) {
        // The first hop after a reset may be incomplete. It is not part of a window.
        let whole = self.frames_in_hop == self.hop;
        self.frames_in_hop = 0;
        if !whole {
            self.bands
                .iter_mut()
                .for_each(|band| band.hop_mut(self.current).fill(0.0));
            return;
        }
        let finished = self.current;
        self.current = (finished + 1) % self.hops_per_window;
        self.hops_filled = (self.hops_filled + 1).min(self.hops_per_window);
        self.counts[finished] = !self.spoilt;
        if self.spoilt {
            // Its sums are set to zero, so no later step needs to check; so are those of the hop before, in which the artifact may begin.
            let before = (finished + self.hops_per_window - 1) % self.hops_per_window;
            self.counts[before] = false;
            for band in &mut self.bands {
                band.hop_mut(finished).fill(0.0);
                band.retire_hop(before);
            }
        }
        let anew = self.current == 0;
        self.bands.iter_mut().for_each(|band| {
            if anew {
                band.sum_anew()
            } else {
                band.add_hop(finished)
            }
        });
    }

    fn fill_covariances(&mut self, clean_hops: u64) {
        let frames = self.hop * clean_hops.max(1);
        for (band, out) in self.bands.iter().zip(&mut self.covariances) {
            shrunk_covariance(&band.sum, frames, self.shrinkage, out);
        }
    }
}

/// Adds the upper triangle of `x xᵀ`, row by row.
fn add_outer_product(frame: &[f64], triangle: &mut [f64]) {
    let mut rest = triangle;
    for (i, sample) in frame.iter().enumerate() {
        let (row, after) = rest.split_at_mut(frame.len() - i);
        for (sum, other) in row.iter_mut().zip(&frame[i..]) {
            *sum += sample * other;
        }
        rest = after;
    }
}

/// The covariance of a number of frames, from the upper triangle of the sum of their outer products. It is shrunk towards its mean
/// variance.
fn shrunk_covariance(triangle: &[f64], frames: u64, shrinkage: f64, out: &mut SymmetricMatrix) {
    let frames = frames as f64;
    let mut rest = triangle;
    out.fill_upper(|_, row| {
        let (sums, after) = rest.split_at(row.len());
        for (value, sum) in row.iter_mut().zip(sums) {
            *value = (1.0 - shrinkage) * sum / frames;
        }
        rest = after;
    });
    let ridge = if shrinkage < 1.0 {
        shrinkage / (1.0 - shrinkage) * out.trace() / out.order() as f64
    } else {
        1.0
    };
    out.add_to_diagonal(ridge);
}

impl Band {
    fn hop_mut(&mut self, hop: usize) -> &mut [f64] {
        let triangle = self.sum.len();
        &mut self.ring[hop * triangle..(hop + 1) * triangle]
    }

    fn add_hop(&mut self, hop: usize) {
        let triangle = self.sum.len();
        let values = &self.ring[hop * triangle..(hop + 1) * triangle];
        self.sum
            .iter_mut()
            .zip(values)
            .for_each(|(sum, value)| *sum += value);
    }

    fn sum_anew(&mut self) {
        self.sum.fill(0.0);
        for hop in self.ring.chunks_exact(self.sum.len()) {
            self.sum
                .iter_mut()
                .zip(hop)
                .for_each(|(sum, value)| *sum += value);
        }
    }

    /// Subtracts the oldest hop from the window and clears its place.
    fn retire_hop(&mut self, hop: usize) {
        let triangle = self.sum.len();
        let values = &mut self.ring[hop * triangle..(hop + 1) * triangle];
        for (sum, value) in self.sum.iter_mut().zip(values) {
            *sum -= std::mem::take(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec() -> FeatureSpec {
        FeatureSpec {
            bands_hz: vec![[8.0, 30.0], [10.0, 14.0]],
            filter_order: 2,
            window_ms: 200,
            hop_ms: 40,
            shrinkage: 0.1,
        }
    }

    fn signal(frames: usize) -> Vec<[f64; 3]> {
        let mut seed = 3u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
        };
        (0..frames)
            .map(|_| {
                let x = noise();
                [x, x + noise(), noise()]
            })
            .collect()
    }

    type Emitted = Vec<(u64, Vec<SymmetricMatrix>)>;

    fn run(
        covariance: &mut StreamingCovariance,
        from: u64,
        frames: &[[f64; 3]],
        sizes: &[usize],
    ) -> Emitted {
        let mut out = Vec::new();
        let mut start = 0;
        let mut sizes = sizes.iter().cycle();
        while start < frames.len() {
            let end = (start + sizes.next().unwrap()).min(frames.len());
            let mut block = Block::with_capacity(3, end - start);
            block.restart(SampleIndex(from + start as u64));
            for frame in &frames[start..end] {
                block.push_frame().unwrap().copy_from_slice(frame);
            }
            covariance.push(&block, false, |at, covariances, _| {
                out.push((at.0, covariances.to_vec()))
            });
            start = end;
        }
        out
    }

    fn new() -> StreamingCovariance {
        StreamingCovariance::new(&spec(), Hertz::new(250.0).unwrap(), 3).unwrap()
    }

    proptest! {
        #[test]
        fn block_sizes_change_nothing(sizes in proptest::collection::vec(1..40usize, 1..5)) {
            let frames = signal(300);
            prop_assert_eq!(run(&mut new(), 0, &frames, &[1]), run(&mut new(), 0, &frames, &sizes));
        }
    }

    #[test]
    fn covariances_come_every_hop_once_a_window_is_full() {
        let emitted = run(&mut new(), 0, &signal(120), &[120]);
        assert_eq!(
            emitted.iter().map(|e| e.0).collect::<Vec<_>>(),
            [50, 60, 70, 80, 90, 100, 110, 120]
        );
    }

    #[test]
    fn a_window_is_the_mean_outer_product_of_its_filtered_frames() {
        let frames = signal(120);
        let emitted = run(&mut new(), 0, &frames, &[120]);
        let rate = Hertz::new(250.0).unwrap();
        let mut filter = Cascade::new(
            design::butterworth_bandpass(2, 10.0, 14.0, rate).unwrap(),
            3,
        );
        let filtered: Vec<[f64; 3]> = frames
            .iter()
            .map(|f| {
                let mut f = *f;
                filter.run(&mut f);
                f
            })
            .collect();
        let mean =
            |i: usize, j: usize| filtered[70..120].iter().map(|f| f[i] * f[j]).sum::<f64>() / 50.0;
        let ridge = 0.1 * (mean(0, 0) + mean(1, 1) + mean(2, 2)) / 3.0;
        for i in 0..3 {
            for j in 0..3 {
                let expected = 0.9 * mean(i, j) + if i == j { ridge } else { 0.0 };
                assert!((emitted.last().unwrap().1[1][(i, j)] - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_reset_waits_for_a_whole_new_window() {
        let mut covariance = new();
        run(&mut covariance, 0, &signal(100), &[100]);
        covariance.reset();
        let fresh = run(&mut covariance, 1003, &signal(120), &[7]);
        assert_eq!(
            fresh.first().unwrap().0,
            1060,
            "the hop that ends at 1010 is not whole"
        );
    }
}
