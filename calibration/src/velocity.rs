//! A two-dimensional velocity from features: a ridge regression to the intended direction of each trial, with rest as no motion. It also
//! predicts directions between those that were trained.

use crate::linear::Linear;
use serde::{Deserialize, Serialize};

/// Features to a velocity.
#[derive(Debug, Clone, PartialEq)]
pub struct VelocityRegressor {
    /// Two outputs: to the right, and down.
    pub linear: Linear,
    /// How well its direction fits.
    pub figures: VelocityFigures,
}

/// How well the direction of a regressor fits, on trials that it was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VelocityFigures {
    /// Trials that were predicted.
    pub trials: usize,
    /// Trials whose predicted direction is less than 90 degrees from the intended one. By chance, half of them are.
    pub towards: usize,
    /// 95 % interval of that share (Wilson).
    pub interval: [f64; 2],
    /// Mean cosine of the angle between the predicted and the intended direction: 1 is always right, 0 is chance.
    pub cosine: f64,
}

impl VelocityRegressor {
    /// The velocity of a feature vector.
    #[must_use]
    pub fn velocity(&self, features: &[f64]) -> [f64; 2] {
        let mut out = [0.0; 2];
        self.linear.apply(features, &mut out);
        out
    }
}
