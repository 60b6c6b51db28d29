//! Whether a signal checks like EEG: whether neighbouring electrodes record more similar signals than distant ones.
//!
//! The skull spreads brain activity over several centimetres (volume conduction; Nunez and Srinivasan 2006), so the correlation between
//! electrodes falls with their distance. It does not if every electrode has its own noise, if all have the same signal, or if a test signal
//! comes from the amplifier. The shape of the spectrum is not used: the EEG of people with tense muscles can be as flat as white noise
//! between 8 and 32 Hz.

use crate::montage::{self, Position};
use bci_cursor_calibration::SymmetricMatrix;

/// Least number of electrodes: fewer have too few distances.
const LEAST_ELECTRODES: usize = 6;
/// Below this mean correlation with nearness a signal is not EEG. In 257 checks of recordings of people the lowest value was 0.29 (S003 at
/// rest, eight electrodes), and 0.42 for everybody else; noise gives -0.02 to 0.03 (`tests/eeg_likeness.rs`).
const LEAST: f64 = 0.15;
/// From this value on the signal counts as EEG again.
const AGAIN: f64 = 0.2;
/// Time before the first verdict, and time constant of the mean, seconds.
const WARM_UP_S: f64 = 20.0;
const MEMORY_S: f64 = 30.0;
/// Time between two checks, seconds.
const CHECK_S: f64 = 1.0;

/// Tracks how well nearness explains the correlation between electrodes.
#[derive(Debug, Clone)]
pub struct EegLikeness {
    /// Pairs of electrodes with their nearness, with mean 0 and length 1 over all pairs.
    pairs: Vec<(usize, usize, f64)>,
    /// Number of steps between two checks.
    stride: u64,
    step: u64,
    checks: f64,
    most_checks: f64,
    least_checks: f64,
    /// Standard deviation of each channel and correlation of each pair, in one window.
    spreads: Vec<f64>,
    correlations: Vec<f64>,
    mean: f64,
    is_eeg: bool,
}

impl EegLikeness {
    /// A check for these channels and number of bands; `step_s`: time between two windows. `None` if fewer than six of
    /// the channels have a known position.
    #[must_use]
    pub fn new(channels: &[String], bands: usize, step_s: f64) -> Option<Self> {
        let place = |label: &String| montage::position(label);
        let known: Vec<(usize, Position)> = channels
            .iter()
            .map(place)
            .enumerate()
            .filter_map(|(k, place)| Some((k, place?)))
            .collect();
        if known.len() < LEAST_ELECTRODES {
            return None;
        }
        let mut pairs = Vec::with_capacity(known.len() * (known.len() - 1) / 2);
        for (k, (a, at)) in known.iter().enumerate() {
            for (b, other) in &known[..k] {
                pairs.push((*a, *b, -montage::distance(*at, *other)));
            }
        }
        let mean = pairs.iter().map(|pair| pair.2).sum::<f64>() / pairs.len() as f64;
        pairs.iter_mut().for_each(|pair| pair.2 -= mean);
        let length = pairs.iter().map(|pair| pair.2 * pair.2).sum::<f64>().sqrt();
        // All pairs are equally near, so nothing can be decided.
        if length < 1e-6 {
            return None;
        }
        pairs.iter_mut().for_each(|pair| pair.2 /= length);
        let checks = |secs: f64| secs / CHECK_S * bands as f64;
        Some(Self {
            correlations: vec![0.0; pairs.len()],
            spreads: vec![0.0; channels.len()],
            pairs,
            stride: ((CHECK_S / step_s) as u64).max(bands as u64),
            step: 0,
            checks: 0.0,
            most_checks: checks(MEMORY_S),
            least_checks: checks(WARM_UP_S),
            mean: 0.0,
            is_eeg: true,
        })
    }

    /// Takes the covariances of a step (one per band: channels × channels). Checks one band per step, so that all steps cost
    /// about the same. Allocates nothing.
    pub fn take(&mut self, covariances: &[SymmetricMatrix]) {
        let band = usize::try_from(self.step % self.stride).unwrap_or(usize::MAX);
        self.step += 1;
        let Some(covariance) = covariances.get(band) else {
            return;
        };
        let nearness = self.nearness(covariance);
        self.checks += 1.0;
        self.mean += (nearness - self.mean) / self.checks.min(self.most_checks);
        if self.checks >= self.least_checks {
            self.is_eeg = self.mean >= if self.is_eeg { LEAST } else { AGAIN };
        }
    }

    /// Whether the signal checks like EEG; true until there is enough data.
    #[must_use]
    pub fn is_eeg(&self) -> bool {
        self.is_eeg
    }

    /// Running mean of the correlation between nearness and similarity of electrodes, -1 to 1; `None` until there is enough data.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.checks >= self.least_checks).then_some(self.mean)
    }

    /// The same for one window; 0 if all pairs are alike or nothing is measured.
    fn nearness(&mut self, covariance: &SymmetricMatrix) -> f64 {
        for (spread, power) in self.spreads.iter_mut().zip(covariance.diagonal()) {
            *spread = power.max(0.0).sqrt();
        }
        let mut sum = 0.0;
        for ((a, b, _), correlation) in self.pairs.iter().zip(&mut self.correlations) {
            let scale = self.spreads[*a] * self.spreads[*b];
            *correlation = if scale > LEAST_UV2 {
                covariance[(*a, *b)] / scale
            } else {
                0.0
            };
            sum += *correlation;
        }
        let mean = sum / self.pairs.len() as f64;
        let (mut along, mut square) = (0.0, 0.0);
        for ((_, _, near), correlation) in self.pairs.iter().zip(&self.correlations) {
            let off = correlation - mean;
            along += near * off;
            square += off * off;
        }
        if square > 1e-12 {
            along / square.sqrt()
        } else {
            0.0
        }
    }
}

/// Values below this are rounding errors, µV².
const LEAST_UV2: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    const STEP_S: f64 = 0.04;

    fn labels(count: usize) -> Vec<String> {
        montage::named(count).unwrap()
    }

    /// A covariance whose correlation falls with distance by this much, with a different scale for each channel.
    fn covariance(labels: &[String], by: f64) -> SymmetricMatrix {
        let places: Vec<Position> = labels
            .iter()
            .map(|label| montage::position(label).unwrap())
            .collect();
        let scale = |k: usize| 3.0 + (k % 4) as f64;
        let mut all = Vec::new();
        for (k, a) in places.iter().enumerate() {
            for (l, b) in places.iter().enumerate() {
                let correlation = if k == l {
                    1.0
                } else {
                    0.9 - by * montage::distance(*a, *b)
                };
                all.push(correlation * scale(k) * scale(l));
            }
        }
        SymmetricMatrix::from_values(all).unwrap()
    }

    fn is_eeg_after(likeness: &mut EegLikeness, covariance: &SymmetricMatrix, secs: f64) -> bool {
        let bands = vec![covariance.clone(); 5];
        for _ in 0..(secs / STEP_S) as usize {
            likeness.take(&bands);
        }
        likeness.is_eeg()
    }

    #[test]
    fn only_correlation_that_falls_with_distance_is_eeg() {
        for count in [8, 9, 21, 64] {
            let labels = labels(count);
            let new = || EegLikeness::new(&labels, 5, STEP_S).unwrap();
            let mut head = new();
            assert!(is_eeg_after(&mut head, &covariance(&labels, 0.8), 60.0));
            // A straight line: the correlation is 1, whatever the scale of the channels.
            assert!((head.mean().unwrap() - 1.0).abs() < 1e-9);
            let common = covariance(&labels, 0.0);
            assert!(!is_eeg_after(&mut new(), &common, 60.0), "{count}: alike");
            let nothing = SymmetricMatrix::zeros(count);
            assert!(
                !is_eeg_after(&mut new(), &nothing, 60.0),
                "{count}: nothing"
            );
            let turned = covariance(&labels, -0.3);
            assert!(
                !is_eeg_after(&mut new(), &turned, 60.0),
                "{count}: reversed"
            );
        }
    }

    #[test]
    fn there_is_no_verdict_at_first_and_changes_are_followed() {
        let labels = labels(9);
        let mut likeness = EegLikeness::new(&labels, 5, STEP_S).unwrap();
        let (head, noise) = (covariance(&labels, 0.8), covariance(&labels, 0.0));
        assert!(is_eeg_after(&mut likeness, &noise, 19.0) && likeness.mean().is_none());
        assert!(!is_eeg_after(&mut likeness, &noise, 2.0));
        assert!(!is_eeg_after(&mut likeness, &head, 3.0));
        assert!(is_eeg_after(&mut likeness, &head, 60.0));
        // One minute of noise is reported once.
        let mut changes = 0;
        for _ in 0..120 {
            let before = likeness.is_eeg();
            changes += u32::from(is_eeg_after(&mut likeness, &noise, 1.0) != before);
        }
        assert_eq!(changes, 1);
    }

    #[test]
    fn few_or_unknown_electrodes_give_no_verdict() {
        let of = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            EegLikeness::new(&labels, 5, STEP_S).is_some()
        };
        assert!(!of(&["C3", "C4", "Cz", "FC3", "FC4"]));
        assert!(!of(&["1", "2", "3", "4", "5", "6", "7", "8"]));
        assert!(of(&["1", "C3", "C4", "Cz", "FC3", "FC4", "CP3"]));
    }
}
