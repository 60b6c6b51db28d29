//! A person's response to flickering lights, fitted to labelled looks of earlier recordings.
//!
//! Lights that run by a clock keep their frequency and their phase between looks. So the exact frequencies are found first: those at which the
//! looks of a recording add up best. Then the mean whitened coefficient of each tag and harmonic is the response with its phase (as in the
//! templates of Nakanishi et al. 2018, doi:10.1109/TBME.2017.2694818, for one spatial filter less), shrunk by what is noise in it. A later
//! recording has the same response, with another phase of each light: `SsvepDecoder::with_response` learns the phases while it is used.

use super::demodulation::Demodulation;
use super::front::{FRAMES_A_SECOND, Front};
use super::moments::{Coefficients, Moments, add_turned};
use super::response::Response;
use super::spec::{SsvepSpec, harmonics_of, is_heard};
use super::window::{Sums, of_channels, power};
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::SymmetricMatrix;
use crate::statistics::argmax;
use std::f64::consts::PI;
use std::ops::Range;

/// Windows for which a response is expected, frames.
const WINDOW_FRAMES: usize = 16;
/// Windows whose phases tell the frequency, and the time between two of them, frames.
const PHASE_FRAMES: usize = 8;
const PHASE_HOP_FRAMES: u64 = 4;
/// A light may be this far from its nominal frequency, Hz, and frequencies are tried in these steps.
const FARTHEST_HZ: f64 = 0.12;
const STEP_HZ: f64 = 0.0005;
/// Nothing counts before the models of the noise have settled, seconds.
const WARM_UP_S: f64 = 7.0;
/// What the power of a coefficient holds without a response, as the decoder takes it.
const NOISE_POWER: f64 = 1.2;
/// Weight of the person's own covariance and of the prior.
const OWN_WEIGHT: f64 = 2.0;
const PRIOR_WEIGHT: f64 = 1.0;
/// Share of the covariance of a response that is the same in each look.
const STEADY_SHARE: f64 = 0.6;

/// What was looked at in some samples of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Place of the tag in [`SsvepSpec::frequencies_hz`]; `None` if no tag was looked at.
    pub target: Option<usize>,
    /// Samples, counted from the first of the recording.
    pub samples: Range<u64>,
}

/// A person's response to flickering lights.
#[derive(Debug, Clone, PartialEq)]
pub struct FlickerResponse {
    frequencies_hz: Vec<f64>,
    covariance: Vec<SymmetricMatrix>,
    expected: Vec<Vec<f64>>,
}

impl FlickerResponse {
    /// Frequencies that the lights really have, Hz.
    #[must_use]
    pub fn frequencies_hz(&self) -> &[f64] {
        &self.frequencies_hz
    }

    /// For each harmonic, the covariance of the whitened response in windows of two seconds, less what there is without a look: channels × channels.
    #[must_use]
    pub fn covariance(&self) -> &[SymmetricMatrix] {
        &self.covariance
    }

    /// The whitened coefficient in windows of two seconds for each tag, and in it for each harmonic: real parts of all channels, then imaginary
    /// parts. The phase of each tag is arbitrary.
    #[must_use]
    pub fn expected(&self) -> &[Vec<f64>] {
        &self.expected
    }
}

/// Recordings of one person, to which a response is fitted.
#[derive(Debug, Clone)]
pub struct FlickerTraining {
    spec: SsvepSpec,
    channels: usize,
    recordings: Vec<Recording>,
}

/// A recording that is white in time.
#[derive(Debug, Clone)]
struct Recording {
    /// Sample after sample.
    residual: Vec<f64>,
    /// Samples of a frame, and the whitener over channels at the end of each.
    frame: u64,
    whiteners: Vec<SymmetricMatrix>,
    looks: Vec<Looked>,
}

impl FlickerTraining {
    /// Without recordings. The frequencies of `spec` are nominal.
    #[must_use]
    pub fn new(spec: SsvepSpec) -> Self {
        Self {
            channels: spec.prior.first().map_or(0, SymmetricMatrix::order),
            spec,
            recordings: Vec::new(),
        }
    }

    /// Adds a recording: conditioned EEG (high-pass at 2 Hz, mains removed; µV), one value for each channel of the prior in each sample.
    ///
    /// # Errors
    /// [`NotFinite`] where the signal holds a NaN or an infinity.
    pub fn add<'a>(
        &mut self,
        eeg: impl Iterator<Item = &'a [f64]>,
        looks: Vec<Looked>,
    ) -> Result<(), NotFinite> {
        let mut front = Front::new(self.channels, self.spec.rate_hz);
        let (mut residual, mut whiteners) = (Vec::new(), Vec::new());
        for sample in eeg {
            let is_frame = front.push(sample);
            residual.extend_from_slice(front.residual());
            if is_frame {
                whiteners.push(front.whitener()?.clone());
            }
        }
        self.recordings.push(Recording {
            residual,
            frame: front.frame_samples(),
            whiteners,
            looks,
        });
        Ok(())
    }

    /// The response; `None` if not every tag was looked at for two seconds, or there was no time when it was not looked at.
    ///
    /// # Errors
    /// [`NotFinite`] where the prior holds a NaN or an infinity.
    pub fn fit(&self) -> Result<Option<FlickerResponse>, NotFinite> {
        let window_s = WINDOW_FRAMES as f64 / FRAMES_A_SECOND;
        let prior = Response::new(self.spec.prior.clone(), window_s, &[window_s])?;
        let frequencies_hz = self.exact_frequencies(&prior);
        let tags = frequencies_hz.len();
        let mut all = Moments::new(tags, self.harmonics(), self.channels);
        for recording in &self.recordings {
            let mut own = Moments::new(tags, self.harmonics(), self.channels);
            self.visit(
                recording,
                &frequencies_hz,
                [WINDOW_FRAMES as u64, 1],
                |found| {
                    own.add(&found);
                },
            );
            all.join(own);
        }
        let Some(covariance) = all.covariance() else {
            return Ok(None);
        };
        let expected = self.shrunk(&all, &covariance)?;
        Ok(Some(FlickerResponse {
            frequencies_hz,
            covariance,
            expected,
        }))
    }

    fn harmonics(&self) -> usize {
        self.spec.prior.len()
    }

    /// For each tag the frequency near its own at which the looks of a recording add up best.
    fn exact_frequencies(&self, prior: &Response) -> Vec<f64> {
        let (harmonics, length) = (self.harmonics(), 2 * self.channels);
        let steps = libm::round(2.0 * FARTHEST_HZ / STEP_HZ) as usize;
        let offsets: Vec<f64> = (0..=steps)
            .map(|k| k as f64 * STEP_HZ - FARTHEST_HZ)
            .collect();
        let tags = self.spec.frequencies_hz.len();
        let mut sums = vec![vec![0.0; offsets.len()]; tags];
        for recording in &self.recordings {
            let mut looks: Vec<Vec<(f64, Vec<f64>)>> = vec![Vec::new(); tags];
            self.visit(
                recording,
                &self.spec.frequencies_hz,
                [PHASE_FRAMES as u64, PHASE_HOP_FRAMES],
                |found| {
                    if let Some(target) = found.target {
                        let own = &found.z[target * harmonics * length..][..harmonics * length];
                        looks[target].push((found.middle_s, own.to_vec()));
                    }
                },
            );
            for (sums, looks) in sums.iter_mut().zip(&looks) {
                let strength: Vec<f64> = offsets
                    .iter()
                    .map(|offset_hz| strength(looks, *offset_hz, prior))
                    .collect();
                let mean = strength.iter().sum::<f64>() / strength.len() as f64;
                for (sum, strength) in sums.iter_mut().zip(strength) {
                    *sum += strength / mean.max(f64::MIN_POSITIVE);
                }
            }
        }
        let of_tag = |(nominal_hz, sums): (&f64, &Vec<f64>)| {
            let has_look = sums.iter().any(|sum| *sum > 0.0);
            nominal_hz + if has_look { offsets[argmax(sums)] } else { 0.0 }
        };
        let nominal = self.spec.frequencies_hz.iter();
        nominal.zip(&sums).map(of_tag).collect()
    }

    /// Visits every window of `frames` frames that lies within a look and ends a multiple of `hop` frames after the start.
    fn visit(
        &self,
        recording: &Recording,
        frequencies_hz: &[f64],
        [frames, hop]: [u64; 2],
        mut visit: impl FnMut(Coefficients<'_>),
    ) {
        let rate_hz = self.spec.rate_hz;
        let all_hz = harmonics_of(frequencies_hz, self.harmonics());
        let length = 2 * self.channels;
        let mut demodulation = Demodulation::new(self.channels, rate_hz, &all_hz, frames as usize);
        let (mut difference, mut z) = (vec![0.0; length], vec![0.0; all_hz.len() * length]);
        let samples = frames * recording.frame;
        for residual in recording.residual.chunks_exact(self.channels) {
            demodulation.push(residual);
            let now = demodulation.samples();
            if !now.is_multiple_of(recording.frame) {
                continue;
            }
            demodulation.end_frame();
            let is_early = (now as f64) < WARM_UP_S * rate_hz || now < samples;
            if is_early || !demodulation.ended().is_multiple_of(hop) {
                continue;
            }
            let holds =
                |look: &&Looked| look.samples.start + samples <= now && now <= look.samples.end;
            let (Some(look), Some(then), Some(whitener)) = (
                recording.looks.iter().find(holds),
                demodulation.sums_before(frames as usize),
                recording.whiteners.get(demodulation.ended() as usize - 1),
            ) else {
                continue;
            };
            let sums = Sums {
                now: demodulation.sums(),
                then,
                samples,
            };
            for (place, z) in z.chunks_exact_mut(length).enumerate() {
                sums.whitened(place, whitener, &mut difference, z);
                if !is_heard(all_hz[place], rate_hz) {
                    z.fill(0.0);
                }
            }
            visit(Coefficients {
                target: look.target,
                middle_s: (now as f64 - 0.5 * samples as f64) / rate_hz,
                z: &z,
            });
        }
    }

    /// The mean coefficients, less what is noise in them.
    fn shrunk(
        &self,
        all: &Moments,
        covariance: &[SymmetricMatrix],
    ) -> Result<Vec<Vec<f64>>, NotFinite> {
        let mut eigen = SymmetricEigen::new(self.channels);
        let seconds = self.looked_s();
        let mut expected = Vec::with_capacity(all.mean.len());
        for (place, sum) in all.mean.iter().enumerate() {
            let (tag, harmonic) = (place / self.harmonics(), place % self.harmonics());
            let mut both = SymmetricMatrix::zeros(self.channels);
            let weight = OWN_WEIGHT + PRIOR_WEIGHT;
            both.add(OWN_WEIGHT / weight, &covariance[harmonic]);
            both.add(PRIOR_WEIGHT / weight, &self.spec.prior[harmonic]);
            eigen.decompose(&both)?;
            let (looks, windows) = seconds[tag];
            let kept = |value: f64| {
                let value = value.max(0.0);
                let steady = STEADY_SHARE * value;
                let noise = NOISE_POWER / windows + (1.0 - STEADY_SHARE) * value / looks;
                steady / (steady + noise)
            };
            let mut shrinkage = SymmetricMatrix::zeros(self.channels);
            eigen.map_into(kept, &mut shrinkage);
            let mean: Vec<f64> = sum.iter().map(|value| value / all.attended[tag]).collect();
            let mut own = vec![0.0; mean.len()];
            of_channels(&shrinkage, &mean, &mut own);
            expected.push(own);
        }
        Ok(expected)
    }

    /// For each tag the number of looks, and their length in windows.
    fn looked_s(&self) -> Vec<(f64, f64)> {
        let mut counts = vec![(0.0, 0.0); self.spec.frequencies_hz.len()];
        for recording in &self.recordings {
            let window = WINDOW_FRAMES as f64 * recording.frame as f64;
            for look in &recording.looks {
                if let Some((looks, windows)) = look.target.and_then(|tag| counts.get_mut(tag)) {
                    *looks += 1.0;
                    *windows += (look.samples.end - look.samples.start) as f64 / window;
                }
            }
        }
        counts
    }
}

/// The power of all coefficients added in phase, if a light is this far from its nominal frequency.
fn strength(looks: &[(f64, Vec<f64>)], offset_hz: f64, prior: &Response) -> f64 {
    let length = 2 * prior.channels();
    let of_harmonic = |harmonic: usize| {
        let mut sum = vec![0.0; length];
        for (middle_s, z) in looks {
            let phase = -2.0 * PI * (harmonic + 1) as f64 * offset_hz * middle_s;
            add_turned(&mut sum, &z[harmonic * length..][..length], phase);
        }
        power(prior.weights(0, harmonic), &sum)
    };
    (0..prior.harmonics()).map(of_harmonic).sum()
}
