//! Fits the response to labelled trials.

use super::basis::response_basis;
use super::edges::{Kernels, regressors};
use super::innovations::{LABELLED, LaggedProducts};
use super::latency::{self, COUNT};
use super::model::{CvepModel, Parts};
use super::response::Response;
use super::whitened::WhitenedEeg;
use super::{CvepError, Trial};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::statistics::argmax;
use crate::vectors::{axpy, dot};

/// Alternations between the response and the latencies of trials.
const ROUNDS: usize = 3;
/// Tags of a trial, beside the target, whose scores are compared with what noise should give.
const NULL_TAGS: usize = 12;

/// Labelled trials to which responses are fitted.
#[derive(Debug, Clone)]
pub struct Training<'a> {
    trials: &'a [Trial],
    lagged: LaggedProducts,
}

impl<'a> Training<'a> {
    /// Trials of one person with the same channels. They may have different tags.
    ///
    /// # Errors
    /// [`CvepError`] if there is no trial, or one has parts that do not fit together, values that are not finite, or a target without a
    /// change of brightness.
    pub fn new(trials: &'a [Trial]) -> Result<Self, CvepError> {
        let first = trials.first().ok_or(CvepError::TooFewTrials {
            found: 0,
            needed: 1,
        })?;
        let channels = first.look.eeg.columns();
        let mut lagged = LaggedProducts::new(LABELLED, channels);
        for (number, trial) in (1..).zip(trials) {
            trial.check(number, channels)?;
            lagged.add(&trial.look);
        }
        Ok(Self { trials, lagged })
    }

    /// The response in all trials.
    ///
    /// # Errors
    /// [`CvepError`] if the EEG is flat.
    pub fn fit(&self) -> Result<CvepModel, CvepError> {
        fit(&self.lagged, self.trials.iter().collect())
    }

    /// The response in all trials but one, which can then be decoded as if it were new.
    ///
    /// # Errors
    /// [`CvepError`] if no other trial is left, or the EEG is flat.
    pub fn fit_without(&self, held_out: usize) -> Result<CvepModel, CvepError> {
        let others = self.trials.iter().enumerate();
        let others: Vec<&Trial> = others
            .filter_map(|(place, trial)| (place != held_out).then_some(trial))
            .collect();
        if others.is_empty() {
            return Err(CvepError::TooFewTrials {
                found: self.trials.len(),
                needed: 2,
            });
        }
        match self.trials.get(held_out) {
            Some(trial) => fit(&self.lagged.without(&trial.look), others),
            None => fit(&self.lagged, others),
        }
    }
}

fn fit(lagged: &LaggedProducts, trials: Vec<&Trial>) -> Result<CvepModel, CvepError> {
    let whitener = lagged.whitener()?;
    let basis = response_basis()?;
    let whitened: Vec<Whitened<'_>> = trials
        .into_iter()
        .map(|trial| Whitened::new(trial, &whitener))
        .collect();
    let Explained {
        response,
        latencies,
        deviation,
    } = explain(&whitened, &basis)?;
    let shapes = basis.rows();
    let kernel = |from: usize| {
        let mut weights = Matrix::with_columns(shapes);
        let rows = response.weights.iter();
        rows.for_each(|row| weights.push_row(&row[from..from + shapes]));
        weights.times(&basis)
    };
    let (rise, fall) = (kernel(0), kernel(shapes));
    let kernels = Kernels {
        rise: &rise,
        fall: &fall,
    };
    let scores: Vec<f64> = whitened
        .iter()
        .zip(latencies)
        .flat_map(|(trial, latency)| trial.null_scores(&response.directions, kernels, latency))
        .collect();
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    Ok(CvepModel::from(Parts {
        latency_deviation: deviation,
        null_variance: mean.max(1.0),
        whitener,
        directions: response.directions,
        rise,
        fall,
    }))
}

/// What explains the EEG of all trials.
struct Explained {
    response: Response,
    /// The most probable latency of each trial, and their deviation, samples.
    latencies: Vec<i32>,
    deviation: f64,
}

/// Alternates between the response, and the probability of each latency of each trial.
fn explain(trials: &[Whitened<'_>], basis: &Matrix) -> Result<Explained, CvepError> {
    let mut energy = SymmetricMatrix::zeros(2 * basis.rows());
    let mut products = Vec::with_capacity(trials.len());
    for trial in trials {
        let target = regressors(basis, trial.trial.target_code());
        trial.add_energy(&target, &mut energy);
        products.push(trial.products(&target));
    }
    let mut on_time = [0.0; COUNT];
    on_time[COUNT / 2] = 1.0;
    let mut probabilities = vec![on_time; trials.len()];
    let mut deviation = latency::FIRST_DEVIATION;
    let mut response = Response::fit(&energy, &averaged(&products, &probabilities))?;
    for _ in 0..ROUNDS {
        let expected = response.product();
        for (probability, products) in probabilities.iter_mut().zip(&products) {
            let mut log = latency::log_prior(deviation);
            for (log, product) in log.iter_mut().zip(products) {
                *log += dot(expected.values(), product.values());
            }
            *probability = latency::normalised(log);
        }
        deviation = latency::deviation(&probabilities);
        response = Response::fit(&energy, &averaged(&products, &probabilities))?;
    }
    let likely = |of: &[f64; COUNT]| latency::all().nth(argmax(of)).unwrap_or_default();
    Ok(Explained {
        response,
        latencies: probabilities.iter().map(likely).collect(),
        deviation,
    })
}

/// Sum over trials of the mean product over latencies.
fn averaged(products: &[Vec<Matrix>], probabilities: &[[f64; COUNT]]) -> Matrix {
    let shape = &products[0][0];
    let mut sum = Matrix::zeros(shape.rows(), shape.columns());
    for (products, probabilities) in products.iter().zip(probabilities) {
        for (product, probability) in products.iter().zip(probabilities) {
            axpy(*probability, product.values(), sum.values_mut());
        }
    }
    sum
}

/// A trial and its whitened EEG.
struct Whitened<'a> {
    trial: &'a Trial,
    eeg: WhitenedEeg,
}

impl<'a> Whitened<'a> {
    fn new(trial: &'a Trial, whitener: &Matrix) -> Self {
        Self {
            trial,
            eeg: WhitenedEeg::new(&trial.look, whitener, LABELLED.order),
        }
    }

    /// Adds the weighted products of all regressors with each other. `regressors` include the lead-in.
    fn add_energy(&self, regressors: &Matrix, energy: &mut SymmetricMatrix) {
        let lead_in = self.trial.look.lead_in;
        let mut own = SymmetricMatrix::zeros(energy.order());
        own.fill_upper(|i, tail| {
            let row = &regressors.row(i)[lead_in..];
            let weighted: Vec<f64> = row
                .iter()
                .zip(&self.eeg.weights)
                .map(|(x, w)| x * w)
                .collect();
            for (other, value) in regressors.iter().skip(i).zip(tail) {
                *value = dot(&weighted, &other[lead_in..]);
            }
        });
        energy.add(1.0, &own);
    }

    /// For each latency, channels × regressors: products of the weighted EEG with the regressors at that latency.
    fn products(&self, regressors: &Matrix) -> Vec<Matrix> {
        let samples = self.eeg.weights.len();
        let of = |latency: i32| {
            let mut product = Matrix::zeros(self.eeg.weighted.rows(), regressors.rows());
            // Where the regressor begins, relative to the look.
            let begin = self.trial.look.lead_in as i32 - latency;
            let (skipped, from) = if begin < 0 {
                (begin.unsigned_abs() as usize, 0)
            } else {
                (0, begin.unsigned_abs() as usize)
            };
            for (row, out) in self.eeg.weighted.iter().zip(product.iter_mut()) {
                let row = &row[skipped.min(samples)..];
                for (regressor, value) in regressors.iter().zip(out) {
                    let regressor = &regressor[from.min(regressor.len())..];
                    let length = row.len().min(regressor.len());
                    *value = dot(&row[..length], &regressor[..length]);
                }
            }
            product
        };
        latency::all().map(of).collect()
    }

    /// Squared scores of tags that are not looked at, in what the response to the target does not explain. Their mean is one if the
    /// whitened EEG is as white as the model says.
    fn null_scores(&self, directions: &Matrix, kernels: Kernels<'_>, latency: i32) -> Vec<f64> {
        let Trial { look, target } = self.trial;
        let lead_in = look.lead_in;
        let mut noise = directions.times(&self.eeg.weighted);
        let response = kernels.sum_over(self.trial.target_code());
        let begin = lead_in as i32 - latency;
        for (noise, response) in noise.iter_mut().zip(response.iter()) {
            for (at, (noise, weight)) in (begin..).zip(noise.iter_mut().zip(&self.eeg.weights)) {
                let expected = usize::try_from(at).ok().and_then(|at| response.get(at));
                *noise -= weight * expected.unwrap_or(&0.0);
            }
        }
        let score = |code: &[f64]| {
            let expected = kernels.sum_over(code);
            let (mut product, mut energy) = (0.0, 0.0);
            for (noise, expected) in noise.iter().zip(expected.iter()) {
                let expected = &expected[lead_in..];
                product += dot(noise, expected);
                let squares = expected.iter().zip(&self.eeg.weights);
                energy += squares.map(|(x, weight)| weight * x * x).sum::<f64>();
            }
            (energy > 0.0).then(|| product * product / energy)
        };
        let others = look
            .brightness
            .iter()
            .enumerate()
            .filter(|(tag, _)| tag != target);
        others
            .take(NULL_TAGS)
            .filter_map(|(_, code)| score(code))
            .collect()
    }
}
