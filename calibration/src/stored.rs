//! A model in its file: plain lists, whose shapes are checked when the matrices are made.

use crate::damage::Damage;
use crate::linear::Linear;
use crate::matrix::Matrix;
use crate::model::Model;
use crate::rest::RestDetector;
use crate::spatial_map::StoredMap;
use crate::velocity::{VelocityFigures, VelocityRegressor};
use serde::{Deserialize, Serialize};

/// See [`Model`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredModel {
    spatial_map: StoredMap,
    linear: StoredLinear,
    log_odds_gain: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<StoredRest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    velocity: Option<StoredVelocity>,
}

/// See [`Linear`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLinear {
    weights: Vec<Vec<f64>>,
    biases: Vec<f64>,
}

/// See [`RestDetector`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRest {
    linear: StoredLinear,
    log_odds_gain: f64,
}

/// See [`VelocityRegressor`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredVelocity {
    linear: StoredLinear,
    figures: VelocityFigures,
}

impl StoredModel {
    /// The model for this many channels and bands.
    ///
    /// # Errors
    /// [`Damage`] for the first part of another shape.
    pub(crate) fn into_model(self, channels: usize, bands: usize) -> Result<Model, Damage> {
        let spatial_map = self.spatial_map.into_map(channels, bands)?;
        spatial_map.as_map().check(bands)?;
        let features = spatial_map.as_map().feature_count();
        let linear = self.linear.into_linear(features)?;
        let rest = self.rest.map(|rest| -> Result<_, Damage> {
            Ok(RestDetector {
                linear: rest.linear.into_linear(features)?,
                log_odds_gain: rest.log_odds_gain,
            })
        });
        let velocity = self.velocity.map(|velocity| -> Result<_, Damage> {
            Ok(VelocityRegressor {
                linear: velocity.linear.into_linear(features)?,
                figures: velocity.figures,
            })
        });
        Ok(Model {
            spatial_map,
            linear,
            log_odds_gain: self.log_odds_gain,
            rest: rest.transpose()?,
            velocity: velocity.transpose()?,
        })
    }
}

impl StoredLinear {
    fn into_linear(self, features: usize) -> Result<Linear, Damage> {
        if let Some(row) = self.weights.iter().find(|row| row.len() != features) {
            let weights = row.len();
            return Err(Damage::Features { features, weights });
        }
        let mut weights = Matrix::with_columns(features);
        self.weights.iter().for_each(|row| weights.push_row(row));
        Ok(Linear {
            weights,
            biases: self.biases,
        })
    }
}

impl From<&Model> for StoredModel {
    fn from(model: &Model) -> Self {
        Self {
            spatial_map: StoredMap::from(&model.spatial_map),
            linear: StoredLinear::from(&model.linear),
            log_odds_gain: model.log_odds_gain,
            rest: model.rest.as_ref().map(|rest| StoredRest {
                linear: StoredLinear::from(&rest.linear),
                log_odds_gain: rest.log_odds_gain,
            }),
            velocity: model.velocity.as_ref().map(|velocity| StoredVelocity {
                linear: StoredLinear::from(&velocity.linear),
                figures: velocity.figures,
            }),
        }
    }
}

impl From<&Linear> for StoredLinear {
    fn from(linear: &Linear) -> Self {
        Self {
            weights: linear.weights.iter().map(<[f64]>::to_vec).collect(),
            biases: linear.biases.clone(),
        }
    }
}
