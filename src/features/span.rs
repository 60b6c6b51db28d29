use super::{add_outer_product, shrunk_covariance};
use crate::block::Block;
use crate::conditioning::cascade::Cascade;
use crate::conditioning::design::{self, DesignError};
use crate::time::SampleIndex;
use crate::units::Hertz;
use bci_cursor_calibration::{FeatureSpec, SymmetricMatrix};
use std::ops::Range;

/// Covariance of each band over spans of samples that are given in advance, such as trials.
///
/// Filters run from the first sample on, as in [`StreamingCovariance`](super::StreamingCovariance).
#[derive(Debug)]
pub struct SpanCovariance {
    shrinkage: f64,
    bands: Vec<Band>,
    span: Option<Range<u64>>,
    /// Frames of the span so far.
    frames: u64,
    covariances: Vec<SymmetricMatrix>,
}

#[derive(Debug)]
struct Band {
    filter: Cascade,
    frame: Vec<f64>,
    /// Upper triangle of Σ x xᵀ, µV².
    sum: Vec<f64>,
}

impl SpanCovariance {
    /// For the bands, filter order and shrinkage of a specification. Its window and hop are not used.
    ///
    /// # Errors
    /// [`DesignError`] if a band cannot be filtered at this rate.
    pub fn new(spec: &FeatureSpec, rate: Hertz, channels: usize) -> Result<Self, DesignError> {
        let band = |&[low_hz, high_hz]: &[f64; 2]| {
            let sections = design::butterworth_bandpass(spec.filter_order, low_hz, high_hz, rate)?;
            Ok(Band {
                filter: Cascade::new(sections, channels),
                frame: vec![0.0; channels],
                sum: vec![0.0; channels * (channels + 1) / 2],
            })
        };
        let bands = spec
            .bands_hz
            .iter()
            .map(band)
            .collect::<Result<Vec<_>, DesignError>>()?;
        Ok(Self {
            shrinkage: spec.shrinkage,
            covariances: vec![SymmetricMatrix::zeros(channels); bands.len()],
            bands,
            span: None,
            frames: 0,
        })
    }

    /// Sets the next span. If the one before is not complete, it is discarded.
    pub fn begin(&mut self, span: Range<SampleIndex>) {
        self.bands.iter_mut().for_each(|band| band.sum.fill(0.0));
        self.frames = 0;
        self.span = Some(span.start.0..span.end.0);
    }

    /// Forgets all earlier samples.
    pub fn reset(&mut self) {
        self.bands.iter_mut().for_each(|band| band.filter.reset());
        self.span = None;
    }

    /// Takes a conditioned block. Calls `emit` at the end of the span if no sample is missing: one covariance per band
    /// (channels × channels, µV²).
    pub fn push(&mut self, block: &Block, mut emit: impl FnMut(&[SymmetricMatrix])) {
        for (offset, frame) in block.iter().enumerate() {
            let index = block.first.after(offset as u64).0;
            let inside = self.span.as_ref().is_some_and(|span| span.contains(&index));
            for band in &mut self.bands {
                band.frame.copy_from_slice(frame);
                band.filter.run(&mut band.frame);
                if inside {
                    add_outer_product(&band.frame, &mut band.sum);
                }
            }
            self.frames += u64::from(inside);
            if let Some(span) = self.span.clone().filter(|span| index + 1 >= span.end) {
                self.span = None;
                if self.frames == span.end.saturating_sub(span.start) {
                    for (band, out) in self.bands.iter().zip(&mut self.covariances) {
                        shrunk_covariance(&band.sum, self.frames, self.shrinkage, out);
                    }
                    emit(&self.covariances);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::StreamingCovariance;

    /// A span with the samples of a window has the covariance of that window.
    #[test]
    fn a_span_agrees_with_the_sliding_window() {
        let spec = FeatureSpec {
            bands_hz: vec![[8.0, 30.0], [10.0, 14.0]],
            filter_order: 2,
            window_ms: 200,
            hop_ms: 40,
            shrinkage: 0.1,
        };
        let rate = Hertz::new(250.0).unwrap();
        let mut block = Block::with_capacity(2, 300);
        block.restart(SampleIndex(0));
        for k in 0..300 {
            let x = f64::from((k * 37) % 101) - 50.0;
            block
                .push_frame()
                .unwrap()
                .copy_from_slice(&[x, 0.3 * x + f64::from((k * 17) % 23)]);
        }
        let mut windows = Vec::new();
        let mut sliding = StreamingCovariance::new(&spec, rate, 2).unwrap();
        sliding.push(&block, false, |end, covariances, _| {
            windows.push((end, covariances.to_vec()))
        });
        let (end, expected) = &windows[7];
        let mut span = SpanCovariance::new(&spec, rate, 2).unwrap();
        span.begin(SampleIndex(end.0 - 50)..*end);
        let mut found = Vec::new();
        span.push(&block, |covariances| found.push(covariances.to_vec()));
        assert_eq!(found.len(), 1);
        let values = |all: &[SymmetricMatrix]| -> Vec<f64> {
            all.iter().flat_map(|own| own.values().to_vec()).collect()
        };
        for (a, b) in values(&found[0]).iter().zip(&values(expected)) {
            assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
        }
    }

    #[test]
    fn a_span_that_is_cut_gives_nothing() {
        let spec = FeatureSpec {
            bands_hz: vec![[8.0, 30.0]],
            filter_order: 2,
            window_ms: 200,
            hop_ms: 40,
            shrinkage: 0.1,
        };
        let mut span = SpanCovariance::new(&spec, Hertz::new(250.0).unwrap(), 1).unwrap();
        let mut block = Block::with_capacity(1, 100);
        block.restart(SampleIndex(50));
        (0..100).for_each(|_| block.push_frame().unwrap()[0] = 1.0);
        span.begin(SampleIndex(0)..SampleIndex(100));
        span.push(&block, |_| panic!("half of it never came"));
    }
}
