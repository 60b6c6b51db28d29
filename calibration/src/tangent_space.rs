//! Tangent space of SPD matrices at a reference (Barachant et al. 2012, IEEE TBME 59(4)).

use crate::covariance_means::{arithmetic_means, mean_logs};
use crate::damage::Damage;
use crate::dataset::Epoch;
use crate::eigen::NotFinite;
use crate::feature_map::{Apply, FeatureMap};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::spd;
use crate::tangent_applier::TangentApplier;
use crate::vectors::dot;

/// Maps covariances to vectors: `upper(log(R^(-1/2) P C Pᵀ R^(-1/2)))`, band after band, where `P` keeps the principal
/// components and `R` is the reference in them. Off-diagonal entries are multiplied by √2, so that the Euclidean length of a vector
/// is the Riemannian distance of its covariance from the reference.
///
/// Recentring (Zanini et al. 2018, IEEE TBME 65(5)) replaces `R`: if the reference is each person's own mean, the vectors of
/// different people, days and caps lie in one common space, and one linear classifier serves all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct TangentSpace {
    /// Per band: components × channels, orthonormal rows.
    pub projections: Vec<Matrix>,
    /// Per band: the reference mean, components × components, µV².
    pub references: Vec<SymmetricMatrix>,
    /// Per band: the factor of its part of a vector. The covariances of a narrow band scatter more; without the factor they would
    /// dominate a ridge, which depends on lengths.
    pub scales: Vec<f64>,
}

/// Most principal components that are kept: a window of a few seconds has fewer degrees of freedom than 64 channels, and the smaller
/// components are mostly the shrinkage of the covariance itself. Figures: `calibration/README.md`.
pub const MAX_COMPONENTS: usize = 48;

/// Most channels whose covariances are used whole. With more channels, they are first projected on the principal components of their
/// arithmetic mean. Figures for up to 64 channels do not depend on this.
pub const MAX_LOG_ORDER: usize = 64;

impl TangentSpace {
    /// Keeps the principal components of the mean covariance of several sets (people, sessions). That mean is the reference. Means are
    /// log-Euclidean, and each set has the same weight.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn fit(sets: &[&[&Epoch]]) -> Result<Self, NotFinite> {
        let channels = sets.iter().copied().flatten().next();
        let channels = channels.and_then(|epoch| epoch.covariances.first());
        if channels.map_or(0, SymmetricMatrix::order) > MAX_LOG_ORDER {
            return Self::fit_narrowed(sets);
        }
        let logs = sets.iter().map(|set| mean_logs(set));
        Self::at_mean_of(&logs.collect::<Result<Vec<_>, _>>()?)
    }

    /// The same for very many channels, within the [`MAX_LOG_ORDER`] principal components of the arithmetic mean covariance: the cost of a
    /// logarithm grows with the cube of the number of channels, for each window.
    fn fit_narrowed(sets: &[&[&Epoch]]) -> Result<Self, NotFinite> {
        let means = arithmetic_means(sets);
        let narrow = means
            .iter()
            .map(|mean| spd::principal_components(mean, MAX_LOG_ORDER));
        let narrow: Vec<Matrix> = narrow.collect::<Result<_, _>>()?;
        let sets: Vec<Vec<Epoch>> = sets.iter().map(|set| narrowed(set, &narrow)).collect();
        let sets: Vec<Vec<&Epoch>> = sets.iter().map(|set| set.iter().collect()).collect();
        let sets: Vec<&[&Epoch]> = sets.iter().map(Vec::as_slice).collect();
        let mut space = Self::fit(&sets)?;
        for (projection, narrow) in space.projections.iter_mut().zip(&narrow) {
            *projection = projection.times(narrow);
        }
        Ok(space)
    }

    /// The same from the [`mean_logs`] of the sets. A set without epochs counts as the identity, whose logarithm is zero.
    ///
    /// # Errors
    /// [`NotFinite`] if one of them contains a NaN or an infinity.
    pub fn at_mean_of<L: AsRef<[SymmetricMatrix]>>(sets: &[L]) -> Result<Self, NotFinite> {
        let mut all = sets.iter().map(|logs| logs.as_ref());
        let first = all.find(|logs| !logs.is_empty()).unwrap_or_default();
        let (mut projections, mut references) = (Vec::new(), Vec::new());
        for (band, first) in first.iter().enumerate() {
            let mut log = SymmetricMatrix::zeros(first.order());
            for own in sets.iter().filter_map(|logs| logs.as_ref().get(band)) {
                log.add(1.0 / sets.len() as f64, own);
            }
            let mean = spd::exp(&log)?;
            let components = mean.order().min(MAX_COMPONENTS);
            let projection = spd::principal_components(&mean, components)?;
            references.push(spd::projected(&projection, &mean));
            projections.push(projection);
        }
        Ok(Self {
            scales: vec![1.0; projections.len()],
            projections,
            references,
        })
    }

    /// Sets the scales so that each band's part of these vectors, which are not scaled yet, has a mean squared length of 1. The vectors
    /// are scaled, too.
    pub fn balance(&mut self, rows: &mut Matrix) {
        let mut start = 0;
        for (projection, scale) in self.projections.iter().zip(&mut self.scales) {
            let end = start + features_of(projection);
            let squares: f64 = rows
                .iter()
                .map(|row| dot(&row[start..end], &row[start..end]))
                .sum();
            *scale = 1.0
                / (squares / rows.rows().max(1) as f64)
                    .max(spd::EIGENVALUE_FLOOR)
                    .sqrt();
            let parts = rows.iter_mut().flat_map(|row| &mut row[start..end]);
            parts.for_each(|value| *value *= *scale);
            start = end;
        }
    }

    /// The same space at the log-Euclidean mean of several sets of epochs. Each set has the same weight.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn recentred(&self, sets: &[&[&Epoch]]) -> Result<Self, NotFinite> {
        let bands = self.projections.iter().enumerate();
        let references = bands.map(|(band, projection)| {
            let mut log = SymmetricMatrix::zeros(projection.rows());
            for set in sets {
                let mean = spd::mean_log(&in_band(set, band, projection))?;
                log.add(1.0 / sets.len() as f64, &mean);
            }
            spd::exp(&log)
        });
        Ok(Self {
            references: references.collect::<Result<_, _>>()?,
            ..self.clone()
        })
    }

    /// The same space at the affine-invariant mean of some epochs. This mean stays in the middle under congruence (another mixture of the
    /// same sources), but it takes an iteration and cannot follow a stream.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn recentred_affine(&self, epochs: &[&Epoch]) -> Result<Self, NotFinite> {
        let bands = self.projections.iter().enumerate();
        let references = bands.map(|(band, projection)| {
            let projected = in_band(epochs, band, projection);
            spd::affine_invariant_mean(&projected.iter().collect::<Vec<_>>())
        });
        Ok(Self {
            references: references.collect::<Result<_, _>>()?,
            ..self.clone()
        })
    }
}

impl FeatureMap for TangentSpace {
    fn description(&self) -> &'static str {
        "tangent space + logistic regression"
    }

    /// For each band, components (components + 1) / 2.
    fn feature_count(&self) -> usize {
        self.projections.iter().map(features_of).sum()
    }

    fn matrices(&self) -> &[Matrix] {
        &self.projections
    }

    fn matrices_mut(&mut self) -> &mut [Matrix] {
        &mut self.projections
    }

    fn check(&self, bands: usize) -> Result<(), Damage> {
        let orders = self.references.iter().map(SymmetricMatrix::order);
        if !orders.eq(self.projections.iter().map(Matrix::rows)) {
            return Err(Damage::References);
        }
        if self.scales.len() != bands {
            let scales = self.scales.len();
            return Err(Damage::Scales { bands, scales });
        }
        let references = self.references.iter().flat_map(|own| own.values());
        let mut numbers = references.chain(&self.scales);
        if !numbers.all(|number| number.is_finite()) {
            return Err(Damage::ReferenceNotFinite);
        }
        Ok(())
    }

    fn round(&mut self, round: &dyn Fn(f64) -> f64) {
        for reference in &mut self.references {
            // Values far below the largest one are rounding errors.
            let values = reference.values().iter();
            let largest = values.fold(0.0f64, |most, value| most.max(value.abs()));
            reference.map_values(|value| {
                let is_negligible = value.abs() < 1e-12 * largest;
                round(if is_negligible { 0.0 } else { value })
            });
        }
        let projections = self.projections.iter_mut().flat_map(Matrix::values_mut);
        let numbers = projections.chain(&mut self.scales);
        numbers.for_each(|number| *number = round(*number));
    }

    fn applier(&self) -> Result<Box<dyn Apply>, NotFinite> {
        let applier = TangentApplier::new(&self.projections, &self.references, &self.scales)?;
        Ok(Box::new(applier))
    }
}

/// Components (components + 1) / 2.
fn features_of(projection: &Matrix) -> usize {
    projection.rows() * (projection.rows() + 1) / 2
}

/// The epochs, with the covariance of each band projected.
fn narrowed(set: &[&Epoch], projections: &[Matrix]) -> Vec<Epoch> {
    let of = |epoch: &&Epoch| {
        let bands = projections.iter().zip(&epoch.covariances);
        Epoch {
            class: epoch.class,
            trial: epoch.trial,
            covariances: bands
                .map(|(projection, covariance)| spd::projected(projection, covariance))
                .collect(),
        }
    };
    set.iter().map(of).collect()
}

/// The covariances of one band, projected.
fn in_band(set: &[&Epoch], band: usize, projection: &Matrix) -> Vec<SymmetricMatrix> {
    let of = |epoch: &&Epoch| spd::projected(projection, &epoch.covariances[band]);
    set.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::axpy;

    fn symmetric(values: Vec<f64>) -> SymmetricMatrix {
        SymmetricMatrix::from_values(values).unwrap()
    }

    fn epoch(covariance: Vec<f64>) -> Epoch {
        Epoch {
            class: 0,
            trial: 0,
            covariances: vec![symmetric(covariance)],
        }
    }

    fn rows(space: &TangentSpace, epochs: &[Epoch]) -> Matrix {
        space.rows(&epochs.iter().collect::<Vec<_>>()).unwrap()
    }

    fn assert_close(a: &[f64], b: &[f64]) {
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    /// Covariances of sources that many channels see, and of noise that each channel has alone.
    fn many_channels(channels: usize, count: usize) -> Vec<Epoch> {
        let mut seed = 7u64;
        let mut number = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mixing: Vec<Vec<f64>> = (0..8)
            .map(|_| (0..channels).map(|_| number()).collect())
            .collect();
        let make = |_| {
            let mut covariance = vec![0.0; channels * channels];
            for (source, weights) in mixing.iter().enumerate() {
                let power = 40.0 / (source + 1) as f64 * (1.0 + number());
                for (weight, row) in weights.iter().zip(covariance.chunks_exact_mut(channels)) {
                    axpy(power * weight, weights, row);
                }
            }
            (0..channels).for_each(|k| covariance[k * channels + k] += 0.2);
            epoch(covariance)
        };
        (0..count).map(make).collect()
    }

    /// Where what varies fits into the components, leaving the rest out first changes no distance.
    #[test]
    fn very_many_channels_keep_their_distances() {
        let channels = MAX_LOG_ORDER + 32;
        let epochs = many_channels(channels, 12);
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all]).unwrap();
        assert_eq!(space.projections[0].rows(), MAX_COMPONENTS);
        let projection = &space.projections[0];
        for (k, row) in projection.iter().enumerate() {
            for (j, other) in projection.iter().enumerate() {
                let expected = if k == j { 1.0 } else { 0.0 };
                assert!((dot(row, other) - expected).abs() < 1e-9, "{k} {j}");
            }
        }
        let whole = TangentSpace::at_mean_of(&[mean_logs(&all).unwrap()]).unwrap();
        let lengths = |space: &TangentSpace| -> Vec<f64> {
            let rows = rows(space, &epochs);
            rows.iter().map(|row| dot(row, row).sqrt()).collect()
        };
        for (a, b) in lengths(&space).iter().zip(lengths(&whole)) {
            assert!((a - b).abs() < 0.01 * b, "{a} {b}");
        }
    }

    #[test]
    fn the_reference_is_the_origin() {
        let epochs = [epoch(vec![2.0, 0.5, 0.5, 1.0])];
        let space = TangentSpace::fit(&[&[&epochs[0]]]).unwrap();
        assert_close(rows(&space, &epochs).row(0), &[0.0; 3]);
    }

    #[test]
    fn length_is_the_riemannian_distance() {
        let (a, b) = (vec![2.0, 0.5, 0.5, 1.0], vec![1.0, -0.2, -0.2, 3.0]);
        let distance = spd::distance(&symmetric(a.clone()), &symmetric(b.clone())).unwrap();
        let reference = epoch(a);
        let space = TangentSpace::fit(&[&[&reference]]).unwrap();
        let rows = rows(&space, &[epoch(b)]);
        let row = rows.row(0);
        assert!((dot(row, row).sqrt() - distance).abs() < 1e-9);
    }

    /// What recentring is for: another amplifier gain, or a person whose head conducts differently by a factor, changes
    /// nothing once the reference is that person's own.
    #[test]
    fn recentred_features_do_not_change_with_scale() {
        let epochs = [
            epoch(vec![2.0, 0.5, 0.5, 1.0]),
            epoch(vec![1.0, -0.2, -0.2, 3.0]),
        ];
        let scaled = [0, 1].map(|k: usize| {
            epoch(
                epochs[k].covariances[0]
                    .values()
                    .iter()
                    .map(|value| value * 49.0)
                    .collect(),
            )
        });
        let space = TangentSpace::fit(&[&[&epochs[0], &epochs[1]]]).unwrap();
        let own = space.recentred(&[&[&scaled[0], &scaled[1]]]).unwrap();
        assert_close(rows(&space, &epochs).values(), rows(&own, &scaled).values());
    }

    /// At the affine-invariant mean, vectors keep their lengths and angles whatever linear mixture the electrodes see.
    #[test]
    fn affine_recentring_does_not_depend_on_the_mixture() {
        let mixture = Matrix::from_rows([[1.0, 0.4], [-0.3, 2.0]]).unwrap();
        let epochs: Vec<Epoch> = [(1.0, 3.0, 0.2), (2.0, 0.5, -0.4), (0.7, 1.1, 0.5)]
            .map(|(a, b, c)| epoch(vec![a, c, c, b]))
            .into();
        let mixed: Vec<Epoch> = epochs
            .iter()
            .map(|e| Epoch {
                covariances: vec![spd::projected(&mixture, &e.covariances[0])],
                ..*e
            })
            .collect();
        let gram = |epochs: &[Epoch]| {
            let all: Vec<&Epoch> = epochs.iter().collect();
            let space = TangentSpace {
                projections: vec![Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]).unwrap()],
                references: vec![SymmetricMatrix::identity(2)],
                scales: vec![1.0],
            };
            let rows = space.recentred_affine(&all).unwrap().rows(&all).unwrap();
            crate::linear::gram(&rows)
        };
        for (a, b) in gram(&epochs).values().iter().zip(gram(&mixed).values()) {
            assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
    }

    #[test]
    fn balanced_bands_have_the_same_length() {
        let pairs = [(1.0, 100.0), (4.0, 0.01), (9.0, 7.0)];
        let epochs = pairs.map(|(a, b)| Epoch {
            class: 0,
            trial: 0,
            covariances: vec![symmetric(vec![a]), symmetric(vec![b])],
        });
        let all: Vec<&Epoch> = epochs.iter().collect();
        let mut space = TangentSpace::fit(&[&all]).unwrap();
        let mut rows = space.rows(&all).unwrap();
        space.balance(&mut rows);
        for band in 0..2 {
            let squares: f64 = rows.iter().map(|row| row[band] * row[band]).sum();
            assert!((squares - 3.0).abs() < 1e-9);
        }
        assert_close(rows.values(), space.rows(&all).unwrap().values());
    }

    #[test]
    fn each_set_has_the_same_weight() {
        let (a, b) = (epoch(vec![4.0]), epoch(vec![1.0]));
        let space = TangentSpace::fit(&[&[&a, &a, &a], &[&b]]).unwrap();
        assert_close(space.references[0].values(), &[2.0]);
        // A set without epochs counts as the identity.
        let space = TangentSpace::fit(&[&[], &[&a, &a, &a]]).unwrap();
        assert_close(space.references[0].values(), &[2.0]);
    }

    #[test]
    fn of_many_channels_the_largest_components_are_kept() {
        let n = MAX_COMPONENTS + 8;
        let mut covariance = vec![0.0; n * n];
        for k in 0..n {
            covariance[k * n + k] = 1.0 + k as f64;
        }
        let many = epoch(covariance);
        let space = TangentSpace::fit(&[&[&many]]).unwrap();
        assert_eq!(
            space.feature_count(),
            MAX_COMPONENTS * (MAX_COMPONENTS + 1) / 2
        );
        // The eight channels of least power have no weight.
        assert!(
            space.projections[0]
                .iter()
                .all(|row| row[..8].iter().all(|w| w.abs() < 1e-12))
        );
    }
}
