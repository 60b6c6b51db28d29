//! A two-dimensional velocity from features: ridge regression of the way that was meant, trial by trial, with rest as no
//! motion at all. It points between the directions that were trained, too.

use crate::linear::Linear;
use serde::{Deserialize, Serialize};

/// Features to a velocity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VelocityRegressor {
    /// Two outputs: to the right, and down.
    pub linear: Linear,
    /// How well it points.
    pub figures: VelocityFigures,
}

/// How well a regressor points, on trials that it was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VelocityFigures {
    /// Trials that were predicted.
    pub trials: usize,
    /// Trials that went towards where they were meant to, less than 90 degrees off; by chance half of them do.
    pub towards: usize,
    /// 95 % interval of that share (Wilson).
    pub interval: [f64; 2],
    /// Mean cosine of the angle between where it went and where it was meant to: 1 is always right, 0 is chance.
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
