//! Products of a look's EEG with what each of its tags would evoke.

use super::Label;
use super::evidence::Sums;
use crate::looking::cvep::Look;
use crate::looking::cvep::basis::LAGS;
use crate::looking::cvep::edges::{Edge, edges, regressors};
use crate::looking::cvep::latency::{self, LONGEST};
use crate::looking::cvep::whitened::WhitenedEeg;
use crate::matrix::Matrix;
use crate::vectors::{axpy, dot};

/// What the tags of one look would evoke.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// For each tag, products of regressors with each other: regressors × regressors.
    energies: Vec<Matrix>,
}

impl Codes {
    pub(super) fn new(look: &Look, basis: &Matrix) -> Self {
        let energy = |code: &[f64]| {
            let regressors = regressors(basis, code);
            let mut energy = Matrix::zeros(regressors.rows(), regressors.rows());
            for (row, out) in regressors.iter().zip(energy.iter_mut()) {
                for (other, value) in regressors.iter().zip(out) {
                    *value = dot(&row[look.lead_in..], &other[look.lead_in..]);
                }
            }
            energy
        };
        Self {
            energies: look.brightness.iter().map(energy).collect(),
        }
    }
}

/// Of one look, for each tag.
#[derive(Debug)]
pub(super) struct Products<'a> {
    codes: &'a Codes,
    /// Tag-major, then latencies: channels × regressors.
    products: Vec<Matrix>,
}

impl<'a> Products<'a> {
    pub(super) fn new(look: &Look, eeg: &WhitenedEeg, codes: &'a Codes, basis: &Matrix) -> Self {
        let samples = by_sample(&eeg.weighted);
        let of = |code: &[f64]| {
            let after = after_edges(look, &samples, code);
            latency::all().map(move |latency| on_basis(&after, basis, latency))
        };
        Self {
            codes,
            products: look.brightness.iter().flat_map(of).collect(),
        }
    }

    pub(super) fn tags(&self) -> usize {
        self.codes.energies.len()
    }

    /// Adds this look to the sums, as a look at this tag.
    pub(super) fn add_to(&self, sums: &mut Sums, (tag, latency): Label) {
        let product = tag * latency::COUNT + (latency + LONGEST).unsigned_abs() as usize;
        axpy(1.0, self.codes.energies[tag].values(), &mut sums.energy);
        axpy(1.0, self.products[product].values(), &mut sums.product);
    }
}

fn by_sample(rows: &Matrix) -> Matrix {
    let mut samples = Matrix::zeros(rows.columns(), rows.rows());
    for (channel, row) in rows.iter().enumerate() {
        for (sample, value) in samples.iter_mut().zip(row) {
            sample[channel] = *value;
        }
    }
    samples
}

/// For rises and for falls, the sum of the EEG at each time after them, from the earliest latency to the end of the latest response: times ×
/// channels.
fn after_edges(look: &Look, samples: &Matrix, code: &[f64]) -> [Matrix; 2] {
    let times = LAGS + latency::COUNT - 1;
    let mut sums = Edge::ALL.map(|_| Matrix::zeros(times, samples.columns()));
    for (at, edge, size) in edges(code) {
        let begin = at as i64 - look.lead_in as i64 - i64::from(LONGEST);
        for (sample, sum) in (begin..).zip(sums[edge as usize].iter_mut()) {
            let sample = usize::try_from(sample).ok();
            if let Some(sample) = sample.filter(|sample| *sample < samples.rows()) {
                axpy(size, samples.row(sample), sum);
            }
        }
    }
    sums
}

/// Channels × regressors: the sums after edges, weighted by each shape of the basis.
fn on_basis(after: &[Matrix; 2], basis: &Matrix, latency: i32) -> Matrix {
    let first = (latency + LONGEST).unsigned_abs() as usize;
    let channels = after[0].columns();
    let mut product = Matrix::zeros(channels, 2 * basis.rows());
    let mut column = vec![0.0; channels];
    for (regressor, (after, shape)) in after
        .iter()
        .flat_map(|after| basis.iter().map(move |shape| (after, shape)))
        .enumerate()
    {
        column.fill(0.0);
        for (weight, sum) in shape.iter().zip(after.iter().skip(first)) {
            axpy(*weight, sum, &mut column);
        }
        for (value, row) in column.iter().zip(product.iter_mut()) {
            row[regressor] = *value;
        }
    }
    product
}
