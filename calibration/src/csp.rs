//! Common spatial patterns (Blankertz et al. 2008, IEEE Signal Processing Magazine 25(1)).

use crate::dataset::Epoch;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::spd;
use crate::vectors::{axpy, dot};
use serde::{Deserialize, Serialize};

/// Spatial filters whose output variance differs most between classes, band by band.
///
/// Two classes share one set of filters; with more, each class has a set against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Csp {
    /// Per band: filters × channels, row-major.
    pub filters: Vec<Vec<f64>>,
}

impl Csp {
    /// Takes the `pairs` largest and `pairs` smallest eigenvalues of each contrast `A v = λ (A + B) v`, where `A`
    /// and `B` are mean covariances of the two sides, each epoch divided by its trace.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn fit(
        epochs: &[&Epoch],
        classes: usize,
        channels: usize,
        bands: usize,
        pairs: usize,
    ) -> Result<Self, NotFinite> {
        let contrasts = if classes == 2 { 1 } else { classes };
        let mut filters = vec![Vec::new(); bands];
        for (band, filters) in filters.iter_mut().enumerate() {
            for class in 0..contrasts {
                let inside = mean_covariance(epochs, band, channels, |epoch| epoch.class == class);
                let outside = mean_covariance(epochs, band, channels, |epoch| epoch.class != class);
                filters.extend(contrast_filters(&inside, &outside, channels, pairs)?);
            }
        }
        Ok(Self { filters })
    }

    /// Every channel by itself: features are log band powers.
    #[must_use]
    pub fn band_power(channels: usize, bands: usize) -> Self {
        let identity =
            (0..channels * channels).map(|k| f64::from(u8::from(k % (channels + 1) == 0)));
        Self {
            filters: vec![identity.collect(); bands],
        }
    }

    /// Whether every filter is a channel as it is, as [`band_power`](Self::band_power) makes them. A fitted filter is scaled to unit
    /// variance, so it is not.
    #[must_use]
    pub fn is_band_power(&self, channels: usize) -> bool {
        let is_channel = |filter: &[f64]| {
            let mut weights = filter.iter().filter(|weight| **weight != 0.0);
            weights.next() == Some(&1.0) && weights.next().is_none()
        };
        let mut bands = self.filters.iter();
        bands.all(|band| band.chunks_exact(channels).all(is_channel))
    }

    /// The features of all epochs, in order.
    #[must_use]
    pub fn rows(&self, epochs: &[&Epoch], channels: usize) -> Vec<Vec<f64>> {
        let mut applier = self.applier(channels);
        let mut row = vec![0.0; self.feature_count(channels)];
        let features = |epoch: &&Epoch| {
            applier.apply(&epoch.covariances, &mut row);
            row.clone()
        };
        epochs.iter().map(features).collect()
    }

    /// Readies the filters for use, with storage of its own.
    #[must_use]
    pub fn applier(&self, channels: usize) -> CspApplier {
        CspApplier {
            channels,
            filters: self.filters.clone(),
            product: vec![0.0; channels],
        }
    }

    /// Features per epoch: one for each filter of each band.
    #[must_use]
    pub fn feature_count(&self, channels: usize) -> usize {
        self.filters.iter().map(|band| band.len() / channels).sum()
    }
}

/// [`Csp`] ready to run; allocates nothing.
#[derive(Debug, Clone)]
pub struct CspApplier {
    channels: usize,
    filters: Vec<Vec<f64>>,
    product: Vec<f64>,
}

impl CspApplier {
    /// Writes the log power of every filter's output, `ln(wᵀ C w)` (C in µV²), into `features`.
    pub fn apply(&mut self, covariances: &[Vec<f64>], features: &mut [f64]) {
        let filters = self
            .filters
            .iter()
            .zip(covariances)
            .flat_map(|(filters, covariance)| {
                filters
                    .chunks_exact(self.channels)
                    .map(move |filter| (filter, covariance))
            });
        for ((filter, covariance), feature) in filters.zip(features) {
            for (out, row) in self
                .product
                .iter_mut()
                .zip(covariance.chunks_exact(self.channels))
            {
                *out = dot(row, filter);
            }
            *feature = spd::log_floored(dot(filter, &self.product));
        }
    }
}

fn mean_covariance(
    epochs: &[&Epoch],
    band: usize,
    channels: usize,
    side: impl Fn(&Epoch) -> bool,
) -> Vec<f64> {
    let mut mean = vec![0.0; channels * channels];
    for epoch in epochs.iter().filter(|epoch| side(epoch)) {
        let covariance = &epoch.covariances[band];
        let trace: f64 = covariance.iter().step_by(channels + 1).sum();
        axpy(
            1.0 / trace.max(spd::EIGENVALUE_FLOOR),
            covariance,
            &mut mean,
        );
    }
    let trace: f64 = mean.iter().step_by(channels + 1).sum();
    mean.iter_mut()
        .for_each(|value| *value /= trace.max(spd::EIGENVALUE_FLOOR));
    mean
}

fn contrast_filters(a: &[f64], b: &[f64], n: usize, pairs: usize) -> Result<Vec<f64>, NotFinite> {
    let composite: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + b).collect();
    let whitener = spd::inverse_sqrt(&composite, n)?;
    let (mut scratch, mut whitened) = (vec![0.0; n * n], vec![0.0; n * n]);
    spd::congruence(&whitener, a, n, &mut scratch, &mut whitened);
    let mut eigen = SymmetricEigen::new(n);
    eigen.decompose(&whitened)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| eigen.values()[j].total_cmp(&eigen.values()[i]));
    let pairs = pairs.min(n / 2).max(1);
    let chosen = order
        .iter()
        .take(pairs)
        .chain(order.iter().skip(n.saturating_sub(pairs).max(pairs)));
    let mut filters = Vec::new();
    for &k in chosen {
        let vector = &eigen.vectors()[k * n..(k + 1) * n];
        filters.extend(whitener.chunks_exact(n).map(|row| dot(row, vector)));
    }
    Ok(filters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(class: usize, diagonal: [f64; 3]) -> Epoch {
        let mut covariance = vec![0.0; 9];
        for (k, value) in diagonal.into_iter().enumerate() {
            covariance[k * 4] = value;
        }
        Epoch {
            class,
            trial: class,
            covariances: vec![covariance],
        }
    }

    #[test]
    fn filters_pick_the_channels_whose_power_differs() {
        let epochs = [epoch(0, [9.0, 1.0, 4.0]), epoch(1, [1.0, 9.0, 4.0])];
        let refs: Vec<&Epoch> = epochs.iter().collect();
        let csp = Csp::fit(&refs, 2, 3, 1, 1).unwrap();
        assert!(!csp.is_band_power(3) && Csp::band_power(3, 2).is_band_power(3));
        let [first, second] = [&csp.filters[0][..3], &csp.filters[0][3..]];
        assert!(
            first[0].abs() > 0.1 && first[1].abs() < 1e-9 && first[2].abs() < 1e-9,
            "{first:?}"
        );
        assert!(
            second[1].abs() > 0.1 && second[0].abs() < 1e-9 && second[2].abs() < 1e-9,
            "{second:?}"
        );
    }

    #[test]
    fn features_are_log_powers() {
        let csp = Csp {
            filters: vec![vec![2.0, 0.0, 0.0, 0.0, 1.0, 1.0]],
        };
        let mut features = [0.0; 2];
        csp.applier(3)
            .apply(&epoch(0, [1.0, 2.0, 3.0]).covariances, &mut features);
        assert!((features[0] - 4f64.ln()).abs() < 1e-12 && (features[1] - 5f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn band_power_is_the_log_of_the_diagonal() {
        let epoch = epoch(0, [1.0, 2.0, 3.0]);
        let rows = Csp::band_power(3, 1).rows(&[&epoch], 3);
        for (value, power) in rows[0].iter().zip([1.0f64, 2.0, 3.0]) {
            assert!((value - power.ln()).abs() < 1e-12);
        }
    }

    #[test]
    fn more_than_two_classes_get_a_contrast_each() {
        let epochs = [
            epoch(0, [9., 1., 1.]),
            epoch(1, [1., 9., 1.]),
            epoch(2, [1., 1., 9.]),
        ];
        let refs: Vec<&Epoch> = epochs.iter().collect();
        assert_eq!(Csp::fit(&refs, 3, 3, 1, 1).unwrap().feature_count(3), 6);
    }
}
