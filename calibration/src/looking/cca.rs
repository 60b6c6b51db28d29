//! Canonical correlation, the usual method for visual evoked potentials: the reference with which the decoders of this crate are compared.
//!
//! Whole windows only; the live decoders are [`ssvep`](super::ssvep) and [`cvep`](super::cvep).

use super::cvep::{CvepError, Look, Trial, edge_regressors};
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::{axpy, dot};
use std::f64::consts::PI;

/// The first pair of canonical variates.
#[derive(Debug, Clone, PartialEq)]
pub struct Canonical {
    /// Correlation of both variates, 0 to 1 (smaller with shrinkage).
    pub correlation: f64,
    /// Weight of each signal of the first set.
    pub first: Vec<f64>,
    /// Weight of each signal of the second set.
    pub second: Vec<f64>,
}

/// Canonical correlation of two sets of signals (signals × samples; Hotelling 1936, doi:10.1093/biomet/28.3-4.321). Covariances are shrunk
/// towards their mean variance by this share.
///
/// # Errors
/// [`NotFinite`] if a signal contains a NaN or an infinity.
///
/// # Panics
/// If both have another number of samples.
pub fn canonical(first: &Matrix, second: &Matrix, shrinkage: f64) -> Result<Canonical, NotFinite> {
    assert_eq!(first.columns(), second.columns(), "the same samples");
    let (first, second) = (centred(first), centred(second));
    let (white_first, white_second) = (
        inverse_root(&first, shrinkage)?,
        inverse_root(&second, shrinkage)?,
    );
    let cross = products(&first, &second);
    let cross = white_first.times(&cross).times(&white_second);
    let mut square = SymmetricMatrix::zeros(cross.rows());
    square.fill_upper(|row, tail| {
        for (value, other) in tail.iter_mut().zip(cross.iter().skip(row)) {
            *value = dot(cross.row(row), other);
        }
    });
    let mut eigen = SymmetricEigen::new(square.order());
    eigen.decompose(&square)?;
    let top = eigen.by_size()[0];
    let correlation = libm::sqrt(eigen.values()[top].max(0.0));
    let left = eigen.vector(top);
    let mut right = vec![0.0; cross.columns()];
    for (weight, row) in left.iter().zip(cross.iter()) {
        axpy(weight / correlation.max(f64::MIN_POSITIVE), row, &mut right);
    }
    let unwhitened = |white: &Matrix, weights: &[f64]| -> Vec<f64> {
        white.iter().map(|row| dot(row, weights)).collect()
    };
    Ok(Canonical {
        correlation,
        first: unwhitened(&white_first, left),
        second: unwhitened(&white_second, &right),
    })
}

/// Sines and cosines of a frequency and its harmonics, as a reference for [`canonical`]: 2 · harmonics × samples (Lin et al. 2007,
/// doi:10.1109/TBME.2006.889197).
#[must_use]
pub fn sine_references(
    frequency_hz: f64,
    harmonics: usize,
    rate_hz: f64,
    samples: usize,
) -> Matrix {
    let mut references = Matrix::with_columns(samples);
    for harmonic in 1..=harmonics {
        let phase = |n: usize| 2.0 * PI * frequency_hz * harmonic as f64 * n as f64 / rate_hz;
        for wave in [libm::sin, libm::cos] {
            let row: Vec<f64> = (0..samples).map(|n| wave(phase(n))).collect();
            references.push_row(&row);
        }
    }
    references
}

/// Filter-bank canonical correlation: a score from the correlations in sub-bands, lowest first (Chen et al. 2015,
/// doi:10.1088/1741-2560/12/4/046008).
#[must_use]
pub fn filter_bank_score(correlations: &[f64]) -> f64 {
    let weight = |band: f64| libm::pow(band, -1.25) + 0.25;
    let bands = correlations.iter().enumerate();
    bands
        .map(|(k, correlation)| weight((k + 1) as f64) * correlation * correlation)
        .sum()
}

/// Reconvolution CCA: one spatial filter, and one response each to rises and falls of the brightness, fitted to labelled trials (Thielen et
/// al. 2015, doi:10.1371/journal.pone.0133797, and 2021, doi:10.1088/1741-2552/abecef).
#[derive(Debug, Clone, PartialEq)]
pub struct Reconvolution {
    pair: Canonical,
    lags: usize,
}

impl Reconvolution {
    /// Fits responses of this many samples.
    ///
    /// # Errors
    /// [`CvepError`] if there is no trial, or a trial's parts do not fit together.
    pub fn fit(trials: &[Trial], lags: usize, shrinkage: f64) -> Result<Self, CvepError> {
        let first = trials.first().ok_or(CvepError::TooFewTrials {
            found: 0,
            needed: 1,
        })?;
        let channels = first.look.eeg.columns();
        let samples = trials.iter().map(|trial| trial.look.samples()).sum();
        let mut eeg = Matrix::zeros(channels, samples);
        let mut evoked = Matrix::zeros(2 * lags, samples);
        let mut begin = 0;
        for (number, trial) in (1..).zip(trials) {
            trial.check(number, channels)?;
            let of_look = [
                (&mut eeg, by_channel(&trial.look)),
                (&mut evoked, of_tag(&trial.look, trial.target, lags)),
            ];
            for (all, own) in of_look {
                for (all, own) in all.iter_mut().zip(own.iter()) {
                    all[begin..begin + own.len()].copy_from_slice(own);
                }
            }
            begin += trial.look.samples();
        }
        Ok(Self {
            pair: canonical(&eeg, &evoked, shrinkage)?,
            lags,
        })
    }

    /// For each tag, the correlation of the filtered EEG with what its code would evoke, -1 to 1.
    ///
    /// # Panics
    /// If the look has another number of channels.
    #[must_use]
    pub fn scores(&self, look: &Look) -> Vec<f64> {
        let filtered = weighted(&by_channel(look), &self.pair.first);
        let score = |tag: usize| {
            let expected = weighted(&of_tag(look, tag, self.lags), &self.pair.second);
            correlation(&filtered, &expected)
        };
        (0..look.brightness.rows()).map(score).collect()
    }
}

/// Channels × samples, without the lead-in.
fn by_channel(look: &Look) -> Matrix {
    let mut eeg = Matrix::zeros(look.eeg.columns(), look.samples());
    for (at, sample) in look.eeg.iter().skip(look.lead_in).enumerate() {
        for (row, value) in eeg.iter_mut().zip(sample) {
            row[at] = *value;
        }
    }
    eeg
}

/// Each change of brightness at each lag: 2 · lags × samples.
fn of_tag(look: &Look, tag: usize, lags: usize) -> Matrix {
    let mut rows = Matrix::with_columns(look.samples());
    for row in edge_regressors(look.brightness.row(tag), lags).iter() {
        rows.push_row(&row[look.lead_in..]);
    }
    rows
}

fn weighted(rows: &Matrix, weights: &[f64]) -> Vec<f64> {
    assert_eq!(rows.rows(), weights.len(), "a weight for each row");
    let mut sum = vec![0.0; rows.columns()];
    for (weight, row) in weights.iter().zip(rows.iter()) {
        axpy(*weight, row, &mut sum);
    }
    sum
}

/// Pearson's correlation; zero if a signal is constant.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let less_mean = |x: &[f64]| -> Vec<f64> {
        let mean = x.iter().sum::<f64>() / x.len().max(1) as f64;
        x.iter().map(|value| value - mean).collect()
    };
    let (a, b) = (less_mean(a), less_mean(b));
    let energy = dot(&a, &a) * dot(&b, &b);
    if energy > 0.0 {
        dot(&a, &b) / libm::sqrt(energy)
    } else {
        0.0
    }
}

fn centred(signals: &Matrix) -> Matrix {
    let mut centred = signals.clone();
    for row in centred.iter_mut() {
        let mean = row.iter().sum::<f64>() / row.len().max(1) as f64;
        row.iter_mut().for_each(|value| *value -= mean);
    }
    centred
}

/// Products of all signals of one set with all of the other.
fn products(first: &Matrix, second: &Matrix) -> Matrix {
    let mut products = Matrix::zeros(first.rows(), second.rows());
    for (row, out) in first.iter().zip(products.iter_mut()) {
        for (other, value) in second.iter().zip(out) {
            *value = dot(row, other);
        }
    }
    products
}

/// Directions with less than this share of the variance are left out.
const LEAST_SHARE: f64 = 1e-12;

fn inverse_root(signals: &Matrix, shrinkage: f64) -> Result<Matrix, NotFinite> {
    let mut covariance = SymmetricMatrix::zeros(signals.rows());
    covariance.fill_upper(|row, tail| {
        for (value, other) in tail.iter_mut().zip(signals.iter().skip(row)) {
            *value = dot(signals.row(row), other);
        }
    });
    let mean = covariance.trace() / covariance.order().max(1) as f64;
    covariance.map_values(|value| (1.0 - shrinkage) * value);
    covariance.add_to_diagonal(shrinkage * mean);
    let mut eigen = SymmetricEigen::new(covariance.order());
    eigen.decompose(&covariance)?;
    let least = LEAST_SHARE * covariance.trace();
    let mut root = SymmetricMatrix::zeros(covariance.order());
    let inverse = |value: f64| {
        if value > least {
            1.0 / libm::sqrt(value)
        } else {
            0.0
        }
    };
    eigen.map_into(inverse, &mut root);
    Ok(root.into())
}
