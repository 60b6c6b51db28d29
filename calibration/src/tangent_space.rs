//! Tangent space of SPD matrices at a reference (Barachant et al. 2012, IEEE TBME 59(4)).

use crate::dataset::Epoch;
use crate::spd::{self, NotFinite, SymmetricEigen};
use serde::{Deserialize, Serialize};

/// Maps covariances to vectors: `upper(log(W C Wᵀ))`, where `W` whitens the reference mean, and off-diagonal entries
/// count √2, so that the Euclidean length of a vector is the Riemannian distance of its covariance from the reference.
///
/// `W` keeps the principal components of the reference (a rotation of `R^(-1/2)`, which shrinkage LDA does not see). With
/// many channels only the largest [`MAX_COMPONENTS`] are kept: a window of a second or two has fewer degrees of freedom
/// than 64 channels have, and what lies below is mostly the shrinkage of the covariance itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TangentSpace {
    /// Whitening matrix of each band: components × channels, row-major, 1/µV.
    pub whiteners: Vec<Vec<f64>>,
}

/// Principal components kept of many channels.
pub const MAX_COMPONENTS: usize = 32;

impl TangentSpace {
    /// Takes the log-Euclidean mean of the epochs, band by band, as reference.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn fit(epochs: &[&Epoch], channels: usize, bands: usize) -> Result<Self, NotFinite> {
        let whiteners = (0..bands)
            .map(|band| {
                let covariances = epochs
                    .iter()
                    .map(|epoch| epoch.covariances[band].as_slice());
                let reference = spd::log_euclidean_mean(covariances, channels)?;
                spd::principal_whitener(&reference, channels, channels.min(MAX_COMPONENTS))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { whiteners })
    }

    /// Features per epoch: for each band, components (components + 1) / 2.
    #[must_use]
    pub fn feature_count(&self, channels: usize) -> usize {
        self.whiteners
            .iter()
            .map(|whitener| triangle(whitener.len() / channels))
            .sum()
    }

    /// Readies the map for use, with storage of its own.
    #[must_use]
    pub fn applier(&self, channels: usize) -> TangentApplier {
        let bands = self.whiteners.iter().map(|whitener| {
            let components = whitener.len() / channels;
            BandApplier {
                whitener: whitener.clone(),
                product: vec![0.0; components * channels],
                whitened: vec![0.0; components * components],
                log: vec![0.0; components * components],
                eigen: SymmetricEigen::new(components),
            }
        });
        TangentApplier {
            channels,
            bands: bands.collect(),
        }
    }
}

fn triangle(order: usize) -> usize {
    order * (order + 1) / 2
}

/// [`TangentSpace`] ready to run; allocates nothing.
#[derive(Debug, Clone)]
pub struct TangentApplier {
    channels: usize,
    bands: Vec<BandApplier>,
}

#[derive(Debug, Clone)]
struct BandApplier {
    whitener: Vec<f64>,
    product: Vec<f64>,
    whitened: Vec<f64>,
    log: Vec<f64>,
    eigen: SymmetricEigen,
}

impl TangentApplier {
    /// Writes the tangent vector of one covariance per band into `features`.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn apply(
        &mut self,
        covariances: &[Vec<f64>],
        features: &mut [f64],
    ) -> Result<(), NotFinite> {
        let mut rest = features;
        for (band, covariance) in self.bands.iter_mut().zip(covariances) {
            let BandApplier {
                whitener,
                product,
                whitened,
                log,
                eigen,
            } = band;
            spd::congruence(whitener, covariance, self.channels, product, whitened);
            eigen.decompose(whitened)?;
            eigen.map_into(spd::log_floored, log);
            let n = eigen.order();
            for i in 0..n {
                let (row, after) = rest.split_at_mut(n - i);
                row.copy_from_slice(&log[i * n + i..(i + 1) * n]);
                row[1..]
                    .iter_mut()
                    .for_each(|value| *value *= std::f64::consts::SQRT_2);
                rest = after;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(covariance: Vec<f64>) -> Epoch {
        Epoch {
            class: 0,
            trial: 0,
            covariances: vec![covariance],
        }
    }

    #[test]
    fn the_reference_itself_lies_at_the_origin() {
        let reference = epoch(vec![2.0, 0.5, 0.5, 1.0]);
        let space = TangentSpace::fit(&[&reference], 2, 1).unwrap();
        let mut features = [f64::NAN; 3];
        space
            .applier(2)
            .apply(&reference.covariances, &mut features)
            .unwrap();
        assert!(
            features.iter().all(|value| value.abs() < 1e-12),
            "{features:?}"
        );
    }

    #[test]
    fn features_do_not_change_when_all_channels_are_scaled() {
        let epochs = [
            epoch(vec![2.0, 0.5, 0.5, 1.0]),
            epoch(vec![1.0, -0.2, -0.2, 3.0]),
        ];
        let scaled: Vec<Epoch> = epochs
            .iter()
            .map(|e| epoch(e.covariances[0].iter().map(|value| value * 49.0).collect()))
            .collect();
        let vector = |epochs: &[Epoch]| {
            let refs: Vec<&Epoch> = epochs.iter().collect();
            let mut out = vec![0.0; 3];
            let space = TangentSpace::fit(&refs, 2, 1).unwrap();
            space
                .applier(2)
                .apply(&epochs[0].covariances, &mut out)
                .unwrap();
            out
        };
        for (a, b) in vector(&epochs).iter().zip(vector(&scaled)) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn length_is_the_riemannian_distance() {
        // d(I, diag(e, e^-2))² = 1² + 2²
        let space = TangentSpace {
            whiteners: vec![vec![1.0, 0.0, 0.0, 1.0]],
        };
        let covariance = vec![vec![1f64.exp(), 0.0, 0.0, (-2f64).exp()]];
        let mut features = [0.0; 3];
        space.applier(2).apply(&covariance, &mut features).unwrap();
        assert!((spd::dot(&features, &features) - 5.0).abs() < 1e-12);
    }

    #[test]
    fn of_many_channels_the_largest_components_are_kept() {
        let n = MAX_COMPONENTS + 8;
        let mut covariance = vec![0.0; n * n];
        for k in 0..n {
            covariance[k * n + k] = 1.0 + k as f64;
        }
        let space = TangentSpace::fit(&[&epoch(covariance)], n, 1).unwrap();
        assert_eq!(
            space.feature_count(n),
            MAX_COMPONENTS * (MAX_COMPONENTS + 1) / 2
        );
        // The eight channels of least power have no weight.
        assert!(
            space.whiteners[0]
                .chunks_exact(n)
                .all(|row| row[..8].iter().all(|w| w.abs() < 1e-12))
        );
    }
}
