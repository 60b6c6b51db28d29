//! The spatial maps that a decoder can have, and their form in its file.

use crate::csp::Csp;
use crate::damage::Damage;
use crate::feature_map::FeatureMap;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::tangent_space::TangentSpace;
use serde::{Deserialize, Serialize};

/// Covariances to features.
#[derive(Debug, Clone, PartialEq)]
pub enum SpatialMap {
    /// See [`TangentSpace`].
    TangentSpace(TangentSpace),
    /// See [`Csp`]. Log band power is CSP whose filters are the channels themselves.
    Csp(Csp),
}

impl SpatialMap {
    /// What all maps have in common.
    #[must_use]
    pub fn as_map(&self) -> &dyn FeatureMap {
        match self {
            Self::TangentSpace(space) => space,
            Self::Csp(csp) => csp,
        }
    }

    /// The same, mutable.
    pub fn as_map_mut(&mut self) -> &mut dyn FeatureMap {
        match self {
            Self::TangentSpace(space) => space,
            Self::Csp(csp) => csp,
        }
    }
}

/// A map as a decoder file has it: a matrix is a list of its numbers, row by row. How many channels a row has is stated elsewhere in the
/// file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum StoredMap {
    TangentSpace(StoredTangentSpace),
    Csp { filters: Vec<Vec<f64>> },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredTangentSpace {
    projections: Vec<Vec<f64>>,
    references: Vec<Vec<f64>>,
    scales: Vec<f64>,
}

impl StoredMap {
    /// The map for this many channels and bands.
    ///
    /// # Errors
    /// [`Damage`] for the first part of another shape.
    pub(crate) fn into_map(self, channels: usize, bands: usize) -> Result<SpatialMap, Damage> {
        match self {
            Self::TangentSpace(stored) => {
                let projections = by_channel(stored.projections, channels, bands)?;
                let references = stored.references.into_iter();
                let references = references.map(SymmetricMatrix::from_values);
                let references: Result<_, _> = references.collect();
                Ok(SpatialMap::TangentSpace(TangentSpace {
                    projections,
                    references: references.map_err(|_| Damage::References)?,
                    scales: stored.scales,
                }))
            }
            Self::Csp { filters } => Ok(SpatialMap::Csp(Csp {
                filters: by_channel(filters, channels, bands)?,
            })),
        }
    }
}

/// One matrix per band, with one column per channel.
fn by_channel(
    matrices: Vec<Vec<f64>>,
    channels: usize,
    bands: usize,
) -> Result<Vec<Matrix>, Damage> {
    if matrices.len() != bands || matrices.iter().any(Vec::is_empty) {
        return Err(Damage::SpatialMap);
    }
    let matrices = matrices.into_iter();
    let matrices = matrices.map(|values| Matrix::from_values(channels, values));
    let matrices: Result<_, _> = matrices.collect();
    matrices.map_err(|_| Damage::SpatialMap)
}

impl From<&SpatialMap> for StoredMap {
    fn from(map: &SpatialMap) -> Self {
        let lists = |matrices: &[Matrix]| -> Vec<Vec<f64>> {
            let values = matrices.iter().map(Matrix::values);
            values.map(<[f64]>::to_vec).collect()
        };
        match map {
            SpatialMap::TangentSpace(space) => {
                let references = space.references.iter().map(|own| own.values().to_vec());
                Self::TangentSpace(StoredTangentSpace {
                    projections: lists(&space.projections),
                    references: references.collect(),
                    scales: space.scales.clone(),
                })
            }
            SpatialMap::Csp(csp) => Self::Csp {
                filters: lists(&csp.filters),
            },
        }
    }
}
