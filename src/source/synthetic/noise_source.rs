//! Noise as a recording.

use super::noise::{Noise, NoiseKind};
use super::{Spec, about, positions};
use crate::block::{Block, Layout};
use crate::source::recording::{About, Recorded};
use crate::source::{Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};

/// Noise of one kind, without markers.
#[derive(Debug)]
pub struct NoiseSource {
    layout: Layout,
    about: About,
    noise: Noise,
    next: u64,
    end: u64,
}

impl NoiseSource {
    /// Noise of the length that the description gives.
    ///
    /// # Errors
    /// [`SourceError::SyntheticSpec`] if an electrode is unknown.
    pub fn new(spec: &Spec, kind: NoiseKind) -> Result<Self, SourceError> {
        let end = u64::try_from(spec.rate.samples_in_secs(spec.noise_s)).unwrap_or(0);
        Ok(Self {
            layout: Layout {
                rate: spec.rate,
                labels: spec.labels.clone(),
            },
            about: about(spec, end),
            noise: Noise::new(spec, kind, &positions(spec)?),
            next: 0,
            end,
        })
    }
}

impl Recorded for NoiseSource {
    fn about(&self) -> &About {
        &self.about
    }
}

impl Source for NoiseSource {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next));
        while self.next < self.end {
            let Some(frame) = into.push_frame() else {
                break;
            };
            self.noise.frame(frame);
            self.next += 1;
        }
        if into.frames() == 0 {
            return Ok(SourceEvent::End);
        }
        into.set_acquired(StreamNanos::from_secs(self.layout.rate.secs_of(self.next)));
        Ok(SourceEvent::Samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::synthetic::NoiseKind::{self, *};
    use std::f64::consts::PI;

    const CHANNELS: usize = 9;
    const RATE_HZ: f64 = 250.0;

    fn play(kind: NoiseKind, secs: f64, capacity: usize) -> Vec<f64> {
        let text = format!("noise={kind},channels=9,seed=5,seconds={secs}");
        let mut source = NoiseSource::new(&Spec::parse(&text).unwrap(), kind).unwrap();
        let mut block = Block::with_capacity(CHANNELS, capacity);
        let mut samples = Vec::new();
        while source.next(&mut block).unwrap() == SourceEvent::Samples {
            samples.extend_from_slice(block.samples());
        }
        samples
    }

    fn channel(samples: &[f64], k: usize) -> Vec<f64> {
        samples
            .chunks_exact(CHANNELS)
            .map(|frame| frame[k])
            .collect()
    }

    /// Mean power density of a signal around a frequency, µV²/Hz: periodograms of 2 s with a Hann window, half
    /// overlapping (Welch 1967).
    fn density(signal: &[f64], centre_hz: f64, width_hz: f64) -> f64 {
        const LENGTH: usize = 500;
        let hann = |t: usize| 0.5 - 0.5 * (2.0 * PI * t as f64 / LENGTH as f64).cos();
        let norm: f64 = (0..LENGTH).map(|t| hann(t) * hann(t)).sum();
        let step_hz = RATE_HZ / LENGTH as f64;
        let bins = ((centre_hz - width_hz / 2.0) / step_hz).ceil() as usize
            ..=((centre_hz + width_hz / 2.0) / step_hz) as usize;
        let (mut sum, mut count) = (0.0, 0.0);
        for from in (0..signal.len() - LENGTH).step_by(LENGTH / 2) {
            for bin in bins.clone() {
                let (mut re, mut im) = (0.0, 0.0);
                for t in 0..LENGTH {
                    let angle = 2.0 * PI * (bin * t) as f64 / LENGTH as f64;
                    re += hann(t) * signal[from + t] * angle.cos();
                    im += hann(t) * signal[from + t] * angle.sin();
                }
                sum += 2.0 * (re * re + im * im) / norm / RATE_HZ;
                count += 1.0;
            }
        }
        sum / count
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let (ma, mb) = (mean(a), mean(b));
        let sum = |f: fn(f64, f64) -> f64| -> f64 {
            a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum()
        };
        sum(|x, y| x * y) / (sum(|x, _| x * x) * sum(|_, y| y * y)).sqrt()
    }

    #[test]
    fn a_seed_gives_the_same_noise_in_blocks_of_any_size() {
        for kind in NoiseKind::ALL {
            let whole = play(kind, 20.0, 256);
            assert_eq!(whole, play(kind, 20.0, 7), "{kind}");
            assert_eq!(whole.len(), 20 * 250 * CHANNELS);
            assert!(whole.iter().all(|uv| uv.abs() < 2000.0), "{kind}");
        }
    }

    #[test]
    fn white_is_flat_and_pink_falls_by_half_an_octave() {
        let (white, pink) = (play(White, 120.0, 64), play(Pink, 120.0, 64));
        let (white, pink) = (channel(&white, 0), channel(&pink, 0));
        // 8 µV, with a common part of 0.6 and an own part of 0.6: 8² · 2 · 0.36 µV² over 125 Hz.
        let expected = 64.0 * 0.72 / 125.0;
        for hz in [6.0, 12.0, 24.0, 48.0] {
            let found = density(&white, hz, 4.0);
            assert!((found / expected - 1.0).abs() < 0.15, "{hz} Hz: {found}");
        }
        let ratio = |low: f64| density(&pink, low, 3.0) / density(&pink, 2.0 * low, 3.0);
        for low in [4.0, 8.0, 16.0] {
            assert!((1.4..2.9).contains(&ratio(low)), "{low} Hz: {}", ratio(low));
        }
        let rms = (pink.iter().map(|uv| uv * uv).sum::<f64>() / pink.len() as f64).sqrt();
        assert!(
            (rms / (64.0f64 * 0.72).sqrt() - 1.0).abs() < 0.25,
            "{rms} µV"
        );
    }

    #[test]
    fn electrodes_share_half_of_the_background_and_all_of_a_bridge() {
        for (kind, expected, room) in [(White, 0.5, 0.05), (Pink, 0.5, 0.2), (Bridge, 1.0, 1e-9)] {
            let samples = play(kind, 120.0, 64);
            let found = correlation(&channel(&samples, 0), &channel(&samples, 8));
            assert!((found - expected).abs() < room, "{kind}: {found}");
        }
    }

    #[test]
    fn bursts_have_alpha_and_a_sweep_has_one_frequency_at_a_time() {
        let (bursts, pink) = (play(Bursts, 120.0, 64), play(Pink, 120.0, 64));
        let alpha = |samples: &[f64]| density(&channel(samples, 4), 10.5, 5.0);
        assert!(alpha(&bursts) > 3.0 * alpha(&pink), "{}", alpha(&bursts));
        let sweep = channel(&play(Sweep, 60.0, 64), 0);
        let crossings = |from_s: usize| {
            let part = &sweep[250 * from_s..250 * (from_s + 1)];
            part.windows(2)
                .filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0)
                .count()
        };
        let counts: Vec<usize> = (0..60).map(crossings).collect();
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(*least <= 6 && (38..=60).contains(most), "{counts:?}");
    }

    #[test]
    fn mu_is_suppressed_on_either_side_in_turn() {
        let samples = play(Laterality, 600.0, 64);
        let labels = Spec::parse("channels=9").unwrap().labels;
        let at = |label: &str| labels.iter().position(|own| own == label).unwrap();
        let power = |k: usize| -> Vec<f64> {
            let signal = channel(&samples, k);
            signal.chunks_exact(625).map(density_of_part).collect()
        };
        // The stronger side changes often, and neither prevails.
        let [left, right] = ["C3", "C4"].map(|label| power(at(label)));
        let sides: Vec<bool> = left.iter().zip(&right).map(|(l, r)| l > r).collect();
        let changes = sides.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let lefts = sides.iter().filter(|side| **side).count();
        assert!(
            changes > 60 && (60..180).contains(&lefts),
            "{changes}, {lefts}"
        );
    }

    fn density_of_part(part: &[f64]) -> f64 {
        density(part, 10.5, 5.0)
    }

    #[test]
    fn artifacts_stand_out_and_pass() {
        let samples = play(Artifacts, 300.0, 64);
        let loud = samples.iter().filter(|uv| uv.abs() > 100.0).count() as f64;
        let share = loud / samples.len() as f64;
        assert!((0.001..0.2).contains(&share), "{share}");
    }
}
