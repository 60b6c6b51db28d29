//! Sums over the windows of labelled looks: mean coefficients, with their phase, and their products.

use crate::matrix::SymmetricMatrix;
use crate::statistics::argmax;
use crate::vectors::dot;
use std::f64::consts::PI;

/// Steps of the phase between two recordings.
const TURNS: usize = 72;

/// A whitened coefficient of each tag and harmonic in a window.
pub(super) struct Coefficients<'a> {
    pub(super) target: Option<usize>,
    /// The middle of the window, seconds from the start.
    pub(super) middle_s: f64,
    /// Tag-major, then harmonics: real parts of all channels, then imaginary ones.
    pub(super) z: &'a [f64],
}

/// `sum += z · exp(i · phase)`.
pub(super) fn add_turned(sum: &mut [f64], z: &[f64], phase: f64) {
    let (sin, cos) = libm::sincos(phase);
    let channels = z.len() / 2;
    for c in 0..channels {
        sum[c] += cos * z[c] - sin * z[c + channels];
        sum[c + channels] += sin * z[c] + cos * z[c + channels];
    }
}

/// Sums of coefficients and of their products.
pub(super) struct Moments {
    harmonics: usize,
    channels: usize,
    /// For each tag and harmonic the sum of coefficients while it was looked at.
    pub(super) mean: Vec<Vec<f64>>,
    /// For each tag and harmonic the sums of products while it was looked at, and while it was not.
    products: [Vec<SymmetricMatrix>; 2],
    /// Windows of each kind, for each tag.
    pub(super) attended: Vec<f64>,
    unattended: Vec<f64>,
}

impl Moments {
    pub(super) fn new(tags: usize, harmonics: usize, channels: usize) -> Self {
        let places = tags * harmonics;
        let zeros = || vec![SymmetricMatrix::zeros(channels); places];
        Self {
            harmonics,
            channels,
            mean: vec![vec![0.0; 2 * channels]; places],
            products: [zeros(), zeros()],
            attended: vec![0.0; tags],
            unattended: vec![0.0; tags],
        }
    }

    pub(super) fn add(&mut self, found: &Coefficients<'_>) {
        for (tag, count) in self.attended.iter_mut().enumerate() {
            let is_target = found.target == Some(tag);
            *if is_target {
                count
            } else {
                &mut self.unattended[tag]
            } += 1.0;
            for place in tag * self.harmonics..(tag + 1) * self.harmonics {
                let z = &found.z[place * 2 * self.channels..][..2 * self.channels];
                if is_target {
                    add_turned(&mut self.mean[place], z, 0.0);
                }
                let (real, imaginary) = z.split_at(self.channels);
                self.products[usize::from(!is_target)][place].fill_upper(|row, sums| {
                    for (column, sum) in (row..).zip(sums) {
                        *sum += real[row] * real[column] + imaginary[row] * imaginary[column];
                    }
                });
            }
        }
    }

    /// Takes in another recording, whose lights have other phases: those at which both means agree best.
    pub(super) fn join(&mut self, other: Self) {
        for tag in 0..self.attended.len() {
            let places = tag * self.harmonics..(tag + 1) * self.harmonics;
            let turned = |turn: usize| -> Vec<Vec<f64>> {
                let phase = 2.0 * PI * turn as f64 / TURNS as f64;
                let of_harmonic = |(harmonic, mean): (f64, &Vec<f64>)| {
                    let mut turned = vec![0.0; mean.len()];
                    add_turned(&mut turned, mean, phase * harmonic);
                    turned
                };
                let harmonics = (1..=self.harmonics).map(|harmonic| harmonic as f64);
                harmonics
                    .zip(&other.mean[places.clone()])
                    .map(of_harmonic)
                    .collect()
            };
            let agreement = |turned: &[Vec<f64>]| -> f64 {
                let own = &self.mean[places.clone()];
                own.iter().zip(turned).map(|(own, z)| dot(own, z)).sum()
            };
            let all: Vec<Vec<Vec<f64>>> = (0..TURNS).map(turned).collect();
            let scores: Vec<f64> = all.iter().map(|turned| agreement(turned)).collect();
            for (own, z) in self.mean[places].iter_mut().zip(&all[argmax(&scores)]) {
                add_turned(own, z, 0.0);
            }
            self.attended[tag] += other.attended[tag];
            self.unattended[tag] += other.unattended[tag];
        }
        for (own, other) in self.products.iter_mut().zip(&other.products) {
            own.iter_mut().zip(other).for_each(|(a, b)| a.add(1.0, b));
        }
    }

    /// For each harmonic, the mean over tags of the covariance with a look less that without.
    pub(super) fn covariance(&self) -> Option<Vec<SymmetricMatrix>> {
        let counts = self.attended.iter().chain(&self.unattended);
        if counts.into_iter().any(|count| *count == 0.0) {
            return None;
        }
        let tags = self.attended.len();
        let of_harmonic = |harmonic: usize| {
            let mut covariance = SymmetricMatrix::zeros(self.channels);
            for tag in 0..tags {
                let place = tag * self.harmonics + harmonic;
                let [attended, unattended] = [0, 1].map(|kind| &self.products[kind][place]);
                covariance.add(1.0 / (self.attended[tag] * tags as f64), attended);
                covariance.add(-1.0 / (self.unattended[tag] * tags as f64), unattended);
            }
            covariance
        };
        Some((0..self.harmonics).map(of_harmonic).collect())
    }
}
