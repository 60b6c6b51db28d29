//! Kalman filter of the wished velocity (Wu et al. 2006, Neural Computation 18(1); for a cursor: Gilja et al. 2012, Nature
//! Neuroscience 15).
//!
//! State `x`: velocity in the plane. `x_t = A x_{t-1} + w`, `w ~ N(0, W)`; an observation (features) `y_t = C x_t + q`,
//! `q ~ N(0, Q)`, with a diagonal `Q`. Means of the observations are taken off.

use crate::dataset::DatasetError;
use crate::linear::Linear;
use crate::ridge;
use serde::{Deserialize, Serialize};

type Matrix2 = [[f64; 2]; 2];

/// A fitted filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VelocityKalman {
    /// How velocity goes on from one step to the next, 2 × 2.
    pub dynamics: Matrix2,
    /// Covariance of what it does not follow, 2 × 2.
    pub dynamics_noise: Matrix2,
    /// Per observation: its mean, its slope with each axis of velocity, and the variance that is left.
    pub observations: Vec<Observation>,
}

/// How one feature depends on velocity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Mean at a standstill.
    pub mean: f64,
    /// Change per unit of velocity, right and down.
    pub slope: [f64; 2],
    /// Variance that velocity does not explain.
    pub variance: f64,
}

/// Least-squares fits here need hardly any ridge: two regressors.
const RIDGE: f64 = 1e-9;
/// A feature that velocity explains to the last digit would be trusted without limit.
const LEAST_VARIANCE: f64 = 1e-9;

impl VelocityKalman {
    /// Fits to one stretch of consecutive steps: velocities (any unit) and the features seen with them.
    ///
    /// # Errors
    /// [`DatasetError::Degenerate`] where velocity never changes, or a number is not finite.
    pub fn fit(velocities: &[[f64; 2]], features: &[Vec<f64>]) -> Result<Self, DatasetError> {
        let rows: Vec<Vec<f64>> = velocities.iter().map(|v| v.to_vec()).collect();
        let steps = rows.len().saturating_sub(1);
        let following = ridge::fit(&rows[..steps], &rows[rows.len() - steps..], RIDGE)?;
        let dynamics = [0, 1].map(|i| [following.weights[i][0], following.weights[i][1]]);
        let mut dynamics_noise = [[0.0; 2]; 2];
        for pair in velocities.windows(2) {
            let left = [0, 1].map(|i: usize| pair[1][i] - product(&dynamics, pair[0])[i]);
            for i in 0..2 {
                for j in 0..2 {
                    dynamics_noise[i][j] += left[i] * left[j] / steps as f64;
                }
            }
        }
        let seen = ridge::fit(&rows, features, RIDGE)?;
        let observations = (0..seen.biases.len()).map(|k| observation(&seen, k, &rows, features));
        Ok(Self {
            dynamics,
            dynamics_noise,
            observations: observations.collect(),
        })
    }

    /// Readies the filter for use, at a standstill.
    #[must_use]
    pub fn applier(&self) -> VelocityFilter {
        let mut information = [[0.0; 2]; 2];
        for observation in &self.observations {
            let [x, y] = observation.slope;
            let weight = 1.0 / observation.variance;
            information[0][0] += weight * x * x;
            information[0][1] += weight * x * y;
            information[1][0] += weight * x * y;
            information[1][1] += weight * y * y;
        }
        VelocityFilter {
            kalman: self.clone(),
            information,
            velocity: [0.0; 2],
            covariance: self.dynamics_noise,
        }
    }
}

fn observation(seen: &Linear, k: usize, rows: &[Vec<f64>], features: &[Vec<f64>]) -> Observation {
    let slope = [seen.weights[k][0], seen.weights[k][1]];
    let mean = seen.biases[k];
    let squares: f64 = rows
        .iter()
        .zip(features)
        .map(|(v, f)| {
            let left = f[k] - mean - slope[0] * v[0] - slope[1] * v[1];
            left * left
        })
        .sum();
    Observation {
        mean,
        slope,
        variance: (squares / rows.len() as f64).max(LEAST_VARIANCE),
    }
}

/// [`VelocityKalman`] at work; allocates nothing.
#[derive(Debug, Clone)]
pub struct VelocityFilter {
    kalman: VelocityKalman,
    /// `Cᵀ Q⁻¹ C`: what one observation tells.
    information: Matrix2,
    velocity: [f64; 2],
    covariance: Matrix2,
}

impl VelocityFilter {
    /// Takes one step's features; the velocity that they and the steps before amount to.
    pub fn step(&mut self, features: &[f64]) -> [f64; 2] {
        let a = &self.kalman.dynamics;
        let predicted = product(a, self.velocity);
        let prior = sum(&sandwich(a, &self.covariance), &self.kalman.dynamics_noise);
        // In information form the one inversion is of a 2 × 2 matrix, however many features there are.
        let Some(prior_information) = inverse(&prior) else {
            self.velocity = predicted;
            return predicted;
        };
        let posterior = sum(&prior_information, &self.information);
        let mut news = [0.0; 2];
        for (observation, feature) in self.kalman.observations.iter().zip(features) {
            let [x, y] = observation.slope;
            let surprise = feature - observation.mean - x * predicted[0] - y * predicted[1];
            news[0] += x * surprise / observation.variance;
            news[1] += y * surprise / observation.variance;
        }
        if let Some(covariance) = inverse(&posterior) {
            let correction = product(&covariance, news);
            self.velocity = [predicted[0] + correction[0], predicted[1] + correction[1]];
            self.covariance = covariance;
        }
        self.velocity
    }

    /// Covariance of the velocity after the last step.
    #[must_use]
    pub fn covariance(&self) -> Matrix2 {
        self.covariance
    }

    /// Back to a standstill.
    pub fn reset(&mut self) {
        self.velocity = [0.0; 2];
        self.covariance = self.kalman.dynamics_noise;
    }
}

fn product(m: &Matrix2, v: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|i: usize| m[i][0] * v[0] + m[i][1] * v[1])
}

fn sum(a: &Matrix2, b: &Matrix2) -> Matrix2 {
    [0, 1].map(|i: usize| [a[i][0] + b[i][0], a[i][1] + b[i][1]])
}

/// `A P Aᵀ`.
fn sandwich(a: &Matrix2, p: &Matrix2) -> Matrix2 {
    let mut out = [[0.0; 2]; 2];
    for (i, row) in out.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            for k in 0..2 {
                for l in 0..2 {
                    *value += a[i][k] * p[k][l] * a[j][l];
                }
            }
        }
    }
    out
}

fn inverse(m: &Matrix2) -> Option<Matrix2> {
    let determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    (determinant.is_finite() && determinant.abs() > 1e-300).then(|| {
        [
            [m[1][1] / determinant, -m[0][1] / determinant],
            [-m[1][0] / determinant, m[0][0] / determinant],
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wish that wanders, and three features that see it with noise.
    fn session(steps: usize, noise: f64, seed: u64) -> (Vec<[f64; 2]>, Vec<Vec<f64>>) {
        let mut state = seed;
        let mut random = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as f64 / (1u64 << 30) as f64 - 1.0
        };
        let mut wish = [0.0f64; 2];
        let velocities: Vec<[f64; 2]> = (0..steps)
            .map(|_| {
                wish = wish.map(|v| 0.97 * v + 0.4 * random());
                wish
            })
            .collect();
        let features = velocities
            .iter()
            .map(|[x, y]| {
                vec![
                    2.0 + x + noise * random(),
                    -1.0 - y + 0.5 * x + noise * random(),
                    y + noise * random(),
                ]
            })
            .collect();
        (velocities, features)
    }

    fn error(wished: &[[f64; 2]], found: &[[f64; 2]]) -> f64 {
        let squares = wished
            .iter()
            .zip(found)
            .map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
        (squares.sum::<f64>() / wished.len() as f64).sqrt()
    }

    #[test]
    fn it_follows_better_than_regression_alone() {
        let (velocities, features) = session(2000, 2.0, 1);
        let kalman = VelocityKalman::fit(&velocities, &features).unwrap();
        let targets: Vec<Vec<f64>> = velocities.iter().map(|v| v.to_vec()).collect();
        let regression = ridge::fit(&features, &targets, 1e-6).unwrap();
        let (wished, seen) = session(1000, 2.0, 99);
        let mut filter = kalman.applier();
        let filtered: Vec<[f64; 2]> = seen.iter().map(|f| filter.step(f)).collect();
        let regressed: Vec<[f64; 2]> = seen
            .iter()
            .map(|f| {
                let scores = regression.scores(f);
                [scores[0], scores[1]]
            })
            .collect();
        let (filtered, regressed) = (error(&wished, &filtered), error(&wished, &regressed));
        assert!(filtered < 0.7 * regressed, "{filtered} {regressed}");
    }

    #[test]
    fn without_noise_the_wish_is_found_exactly() {
        let (velocities, features) = session(500, 0.0, 1);
        let mut filter = VelocityKalman::fit(&velocities, &features)
            .unwrap()
            .applier();
        let found: Vec<[f64; 2]> = features.iter().map(|f| filter.step(f)).collect();
        assert!(error(&velocities[5..], &found[5..]) < 1e-3);
    }

    #[test]
    fn its_covariance_stays_symmetric_and_positive() {
        let (velocities, features) = session(500, 1.0, 3);
        let mut filter = VelocityKalman::fit(&velocities, &features)
            .unwrap()
            .applier();
        for feature in &features {
            filter.step(feature);
            let [[a, b], [c, d]] = filter.covariance();
            assert!((b - c).abs() < 1e-9 && a > 0.0 && a * d - b * c > 0.0);
        }
        filter.reset();
        assert_eq!(filter.covariance(), filter.kalman.dynamics_noise);
    }

    #[test]
    fn a_standstill_teaches_nothing() {
        let still = vec![[0.0; 2]; 10];
        assert_eq!(
            VelocityKalman::fit(&still, &vec![vec![1.0]; 10]),
            Err(DatasetError::Degenerate)
        );
    }
}
