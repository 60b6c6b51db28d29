//! A fitted response, and its stored form.

use super::basis::LAGS;
use super::innovations::ORDER;
use super::{CvepError, RANK};
use crate::matrix::Matrix;
use serde::{Deserialize, Serialize};

/// Version of the stored form.
const VERSION: u32 = 1;

/// A person's response to codes. [`CvepDecoder`](super::CvepDecoder) applies it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CvepModel(Parts);

/// What a model consists of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    /// Channels × (([`ORDER`] + 1) · channels): from a sample and those before it, oldest first, to white noise of unit variance.
    pub(super) whitener: Matrix,
    /// [`RANK`] × channels.
    pub(super) directions: Matrix,
    /// [`RANK`] × [`LAGS`]: responses to a rise and to a fall.
    pub(super) rise: Matrix,
    pub(super) fall: Matrix,
    /// Deviation of latencies, samples.
    pub(super) latency_deviation: f64,
    /// Variance of the scores of tags that are not looked at, at least one.
    pub(super) null_variance: f64,
}

impl From<Parts> for CvepModel {
    fn from(parts: Parts) -> Self {
        Self(parts)
    }
}

impl CvepModel {
    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Number of channels of the EEG.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.0.whitener.rows()
    }

    /// Channels × lags at [`GRID_HZ`](super::GRID_HZ): whitened responses to a rise and to a fall, in standard deviations of the noise.
    #[must_use]
    pub fn responses(&self) -> [Matrix; 2] {
        let of = |kernel: &Matrix| {
            let mut response = Matrix::zeros(self.channels(), LAGS);
            for (channel, row) in response.iter_mut().enumerate() {
                for (direction, kernel) in self.0.directions.iter().zip(kernel.iter()) {
                    crate::vectors::axpy(direction[channel], kernel, row);
                }
            }
            response
        };
        [of(&self.0.rise), of(&self.0.fall)]
    }

    /// Standard deviation of the latency from look to look, seconds.
    #[must_use]
    pub fn latency_deviation_s(&self) -> f64 {
        self.0.latency_deviation / super::GRID_HZ
    }

    /// Variance of the scores of tags that are not looked at, relative to white noise; at least one.
    #[must_use]
    pub fn null_variance(&self) -> f64 {
        self.0.null_variance
    }
}

/// Plain lists, row by row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    channels: usize,
    whitener: Vec<f64>,
    directions: Vec<f64>,
    rise: Vec<f64>,
    fall: Vec<f64>,
    latency_deviation: f64,
    null_variance: f64,
}

impl From<CvepModel> for Stored {
    fn from(CvepModel(parts): CvepModel) -> Self {
        let values = |matrix: Matrix| matrix.values().to_vec();
        Self {
            version: VERSION,
            channels: parts.whitener.rows(),
            whitener: values(parts.whitener),
            directions: values(parts.directions),
            rise: values(parts.rise),
            fall: values(parts.fall),
            latency_deviation: parts.latency_deviation,
            null_variance: parts.null_variance,
        }
    }
}

impl TryFrom<Stored> for CvepModel {
    type Error = CvepError;

    fn try_from(stored: Stored) -> Result<Self, CvepError> {
        if stored.version != VERSION {
            return Err(CvepError::Version {
                found: stored.version,
                expected: VERSION,
            });
        }
        let channels = stored.channels;
        let matrix = |part, rows: usize, columns: usize, values: Vec<f64>| {
            let (found, expected) = (values.len(), rows.saturating_mul(columns));
            let wrong = CvepError::Stored {
                part,
                found,
                expected,
            };
            if found != expected || expected == 0 {
                return Err(wrong);
            }
            if values.iter().any(|value| !value.is_finite()) {
                return Err(CvepError::NotFinite);
            }
            Matrix::from_values(columns, values).map_err(|_| wrong)
        };
        let window = channels.saturating_mul(ORDER + 1);
        let scales = [stored.latency_deviation, stored.null_variance];
        if !scales.iter().all(|scale| scale.is_finite() && *scale > 0.0) {
            return Err(CvepError::NotFinite);
        }
        Ok(Self(Parts {
            whitener: matrix("whitener", channels, window, stored.whitener)?,
            directions: matrix("directions", RANK, channels, stored.directions)?,
            rise: matrix("response to a rise", RANK, LAGS, stored.rise)?,
            fall: matrix("response to a fall", RANK, LAGS, stored.fall)?,
            latency_deviation: stored.latency_deviation,
            null_variance: stored.null_variance,
        }))
    }
}
