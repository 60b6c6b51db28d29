//! Tangent space of SPD matrices at a reference (Barachant et al. 2012, IEEE TBME 59(4)).

use crate::dataset::Epoch;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::spd::{self, congruence};
use crate::tangent_applier::TangentApplier;
use crate::vectors::{axpy, dot};
use serde::{Deserialize, Serialize};

/// Maps covariances to vectors: `upper(log(R^(-1/2) P C Pᵀ R^(-1/2)))`, band after band, where `P` keeps the principal
/// components, `R` is the reference in them, and off-diagonal entries count √2, so that the Euclidean length of a vector
/// is the Riemannian distance of its covariance from the reference.
///
/// Recentring (Zanini et al. 2018, IEEE TBME 65(5)) is another `R`: with each person's own mean as reference, vectors of
/// different people, days and caps lie in one common space, and one linear classifier serves all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TangentSpace {
    /// Per band: components × channels, row-major, orthonormal rows.
    pub projections: Vec<Vec<f64>>,
    /// Per band: the reference mean, components × components, µV².
    pub references: Vec<Vec<f64>>,
    /// Per band: what its part of a vector is multiplied by. A narrow band's covariances scatter more and would drown the
    /// others in a ridge, which looks at lengths.
    pub scales: Vec<f64>,
}

/// Principal components kept of many channels: a window of some seconds has fewer degrees of freedom than 64 channels,
/// and what lies below is mostly the shrinkage of the covariance itself. Figures: `calibration/README.md`.
pub const MAX_COMPONENTS: usize = 48;

/// Channels of which whole covariances have their logarithm taken. Of more, the principal components of their arithmetic mean are taken
/// first; figures for 64 channels and fewer do not depend on this.
pub const MAX_LOG_ORDER: usize = 64;

impl TangentSpace {
    /// Principal components of the mean covariance of several sets (people, sessions), each of which counts the same;
    /// that mean is the reference. Means are log-Euclidean.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn fit(sets: &[&[&Epoch]], channels: usize, bands: usize) -> Result<Self, NotFinite> {
        if channels > MAX_LOG_ORDER {
            return Self::fit_narrowed(sets, channels, bands);
        }
        let logs = sets.iter().map(|set| mean_logs(set, channels, bands));
        Self::at_mean_of(&logs.collect::<Result<Vec<_>, _>>()?, channels)
    }

    /// The same of very many channels, whose logarithms would cost the cube of their number for every window: within the
    /// [`MAX_LOG_ORDER`] principal components of the arithmetic mean covariance.
    fn fit_narrowed(sets: &[&[&Epoch]], channels: usize, bands: usize) -> Result<Self, NotFinite> {
        let narrow = (0..bands).map(|band| {
            let mean = arithmetic_mean(sets, band, channels);
            spd::principal_components(&mean, channels, MAX_LOG_ORDER)
        });
        let narrow: Vec<Vec<f64>> = narrow.collect::<Result<_, _>>()?;
        let sets: Vec<Vec<Epoch>> = sets
            .iter()
            .map(|set| narrowed(set, &narrow, channels))
            .collect();
        let sets: Vec<Vec<&Epoch>> = sets.iter().map(|set| set.iter().collect()).collect();
        let sets: Vec<&[&Epoch]> = sets.iter().map(Vec::as_slice).collect();
        let mut space = Self::fit(&sets, MAX_LOG_ORDER, bands)?;
        for (projection, narrow) in space.projections.iter_mut().zip(&narrow) {
            *projection = product(projection, narrow, MAX_LOG_ORDER, channels);
        }
        Ok(space)
    }

    /// The same from the sets' [`mean_logs`].
    ///
    /// # Errors
    /// [`NotFinite`] where one holds a NaN or an infinity.
    pub fn at_mean_of<L: AsRef<[Vec<f64>]>>(
        sets: &[L],
        channels: usize,
    ) -> Result<Self, NotFinite> {
        let bands = sets.first().map_or(0, |logs| logs.as_ref().len());
        let (mut projections, mut references) = (Vec::new(), Vec::new());
        for band in 0..bands {
            let mut log = vec![0.0; channels * channels];
            for logs in sets {
                axpy(1.0 / sets.len() as f64, &logs.as_ref()[band], &mut log);
            }
            let mean = spd::exp(&log, channels)?;
            let components = channels.min(MAX_COMPONENTS);
            let projection = spd::principal_components(&mean, channels, components)?;
            references.push(project(&projection, &mean, channels));
            projections.push(projection);
        }
        Ok(Self {
            projections,
            references,
            scales: vec![1.0; bands],
        })
    }

    /// Sets the scales so that each band's part of these vectors, which have none yet, has a mean squared length of 1;
    /// scales the vectors too.
    pub fn balance(&mut self, rows: &mut [Vec<f64>], channels: usize) {
        let mut start = 0;
        for (projection, scale) in self.projections.iter().zip(&mut self.scales) {
            let end = start + features_of(projection, channels);
            let squares: f64 = rows
                .iter()
                .map(|row| dot(&row[start..end], &row[start..end]))
                .sum();
            *scale = 1.0
                / (squares / rows.len().max(1) as f64)
                    .max(spd::EIGENVALUE_FLOOR)
                    .sqrt();
            let parts = rows.iter_mut().flat_map(|row| &mut row[start..end]);
            parts.for_each(|value| *value *= *scale);
            start = end;
        }
    }

    /// The same space at the log-Euclidean mean of several sets of epochs, each of which counts the same.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn recentred(&self, sets: &[&[&Epoch]], channels: usize) -> Result<Self, NotFinite> {
        let references = self
            .projections
            .iter()
            .enumerate()
            .map(|(band, projection)| {
                let order = projection.len() / channels;
                let mut log = vec![0.0; order * order];
                for set in sets {
                    let projected: Vec<Vec<f64>> = set
                        .iter()
                        .map(|epoch| project(projection, &epoch.covariances[band], channels))
                        .collect();
                    let mean = spd::mean_log(projected.iter().map(Vec::as_slice), order)?;
                    axpy(1.0 / sets.len() as f64, &mean, &mut log);
                }
                spd::exp(&log, order)
            });
        Ok(Self {
            projections: self.projections.clone(),
            references: references.collect::<Result<_, _>>()?,
            scales: self.scales.clone(),
        })
    }

    /// The same space at the affine-invariant mean of some epochs, which is the one that congruence (another mixture of the
    /// same sources) leaves in the middle; it costs an iteration, and cannot follow a stream.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn recentred_affine(&self, epochs: &[&Epoch], channels: usize) -> Result<Self, NotFinite> {
        let bands = self.projections.iter().enumerate();
        let references = bands.map(|(band, projection)| {
            let projected: Vec<Vec<f64>> = epochs
                .iter()
                .map(|epoch| project(projection, &epoch.covariances[band], channels))
                .collect();
            let matrices: Vec<&[f64]> = projected.iter().map(Vec::as_slice).collect();
            spd::affine_invariant_mean(&matrices, projection.len() / channels)
        });
        Ok(Self {
            references: references.collect::<Result<_, _>>()?,
            ..self.clone()
        })
    }

    /// The vectors of all epochs, in order.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn rows(&self, epochs: &[&Epoch], channels: usize) -> Result<Vec<Vec<f64>>, NotFinite> {
        let mut applier = self.applier(channels)?;
        let mut row = vec![0.0; self.feature_count(channels)];
        epochs
            .iter()
            .map(|epoch| {
                applier.apply(&epoch.covariances, &mut row)?;
                Ok(row.clone())
            })
            .collect()
    }

    /// Features per epoch: for each band, components (components + 1) / 2.
    #[must_use]
    pub fn feature_count(&self, channels: usize) -> usize {
        self.projections
            .iter()
            .map(|projection| features_of(projection, channels))
            .sum()
    }

    /// Readies the map for use, with storage of its own.
    ///
    /// # Errors
    /// [`NotFinite`] where a reference holds a NaN or an infinity.
    pub fn applier(&self, channels: usize) -> Result<TangentApplier, NotFinite> {
        TangentApplier::new(&self.projections, &self.references, &self.scales, channels)
    }
}

/// Components (components + 1) / 2.
fn features_of(projection: &[f64], channels: usize) -> usize {
    let order = projection.len() / channels;
    order * (order + 1) / 2
}

/// For each band, the mean logarithm of a set's covariances: channels × channels.
///
/// # Errors
/// [`NotFinite`] where a covariance holds a NaN or an infinity.
pub fn mean_logs(
    set: &[&Epoch],
    channels: usize,
    bands: usize,
) -> Result<Vec<Vec<f64>>, NotFinite> {
    let mut eigen = SymmetricEigen::new(channels);
    let mut log = vec![0.0; channels * channels];
    let mut means = vec![vec![0.0; channels * channels]; bands];
    for epoch in set {
        for (mean, covariance) in means.iter_mut().zip(&epoch.covariances) {
            eigen.decompose(covariance)?;
            eigen.map_into(spd::log_floored, &mut log);
            axpy(1.0 / set.len() as f64, &log, mean);
        }
    }
    Ok(means)
}

/// The arithmetic mean of a band's covariances over sets that count the same: channels × channels.
fn arithmetic_mean(sets: &[&[&Epoch]], band: usize, channels: usize) -> Vec<f64> {
    let mut mean = vec![0.0; channels * channels];
    for set in sets {
        let share = 1.0 / (sets.len() * set.len().max(1)) as f64;
        set.iter()
            .for_each(|epoch| axpy(share, &epoch.covariances[band], &mut mean));
    }
    mean
}

/// The epochs as each band's projection sees them.
fn narrowed(set: &[&Epoch], projections: &[Vec<f64>], channels: usize) -> Vec<Epoch> {
    let of = |epoch: &&Epoch| {
        let bands = projections.iter().zip(&epoch.covariances);
        Epoch {
            class: epoch.class,
            trial: epoch.trial,
            covariances: bands
                .map(|(projection, covariance)| project(projection, covariance, channels))
                .collect(),
        }
    };
    set.iter().map(of).collect()
}

/// `A B` of row-major matrices: `A` has `inner` columns, `B` has `columns`.
fn product(a: &[f64], b: &[f64], inner: usize, columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; a.len() / inner * columns];
    for (row, weights) in out.chunks_exact_mut(columns).zip(a.chunks_exact(inner)) {
        for (weight, b_row) in weights.iter().zip(b.chunks_exact(columns)) {
            axpy(*weight, b_row, row);
        }
    }
    out
}

fn project(projection: &[f64], covariance: &[f64], channels: usize) -> Vec<f64> {
    let order = projection.len() / channels;
    let (mut scratch, mut out) = (vec![0.0; order * channels], vec![0.0; order * order]);
    congruence(projection, covariance, channels, &mut scratch, &mut out);
    out
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

    fn rows(space: &TangentSpace, epochs: &[Epoch], channels: usize) -> Vec<Vec<f64>> {
        space
            .rows(&epochs.iter().collect::<Vec<_>>(), channels)
            .unwrap()
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
        let space = TangentSpace::fit(&[&all], channels, 1).unwrap();
        assert_eq!(space.projections[0].len(), MAX_COMPONENTS * channels);
        let projection = &space.projections[0];
        for (k, row) in projection.chunks_exact(channels).enumerate() {
            for (j, other) in projection.chunks_exact(channels).enumerate() {
                let expected = if k == j { 1.0 } else { 0.0 };
                assert!((dot(row, other) - expected).abs() < 1e-9, "{k} {j}");
            }
        }
        let whole =
            TangentSpace::at_mean_of(&[mean_logs(&all, channels, 1).unwrap()], channels).unwrap();
        let lengths = |space: &TangentSpace| -> Vec<f64> {
            let rows = rows(space, &epochs, channels);
            rows.iter().map(|row| dot(row, row).sqrt()).collect()
        };
        for (a, b) in lengths(&space).iter().zip(lengths(&whole)) {
            assert!((a - b).abs() < 0.01 * b, "{a} {b}");
        }
    }

    #[test]
    fn the_reference_is_the_origin() {
        let epochs = [epoch(vec![2.0, 0.5, 0.5, 1.0])];
        let space = TangentSpace::fit(&[&[&epochs[0]]], 2, 1).unwrap();
        assert_close(&rows(&space, &epochs, 2)[0], &[0.0; 3]);
    }

    #[test]
    fn length_is_the_riemannian_distance() {
        let (a, b) = (vec![2.0, 0.5, 0.5, 1.0], vec![1.0, -0.2, -0.2, 3.0]);
        let distance = spd::distance(&a, &b, 2).unwrap();
        let reference = epoch(a);
        let space = TangentSpace::fit(&[&[&reference]], 2, 1).unwrap();
        let row = &rows(&space, &[epoch(b)], 2)[0];
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
                    .iter()
                    .map(|value| value * 49.0)
                    .collect(),
            )
        });
        let space = TangentSpace::fit(&[&[&epochs[0], &epochs[1]]], 2, 1).unwrap();
        let own = space.recentred(&[&[&scaled[0], &scaled[1]]], 2).unwrap();
        for (a, b) in rows(&space, &epochs, 2).iter().zip(rows(&own, &scaled, 2)) {
            assert_close(a, &b);
        }
    }

    /// At the affine-invariant mean, vectors keep their lengths and angles whatever linear mixture the electrodes see.
    #[test]
    fn affine_recentring_does_not_see_the_mixture() {
        let mixture = [1.0, 0.4, -0.3, 2.0];
        let epochs: Vec<Epoch> = [(1.0, 3.0, 0.2), (2.0, 0.5, -0.4), (0.7, 1.1, 0.5)]
            .map(|(a, b, c)| epoch(vec![a, c, c, b]))
            .into();
        let mixed: Vec<Epoch> = epochs
            .iter()
            .map(|e| {
                let (mut scratch, mut out) = (vec![0.0; 4], vec![0.0; 4]);
                congruence(&mixture, &e.covariances[0], 2, &mut scratch, &mut out);
                epoch(out)
            })
            .collect();
        let gram = |epochs: &[Epoch]| {
            let all: Vec<&Epoch> = epochs.iter().collect();
            let space = TangentSpace {
                projections: vec![vec![1.0, 0.0, 0.0, 1.0]],
                references: vec![vec![1.0, 0.0, 0.0, 1.0]],
                scales: vec![1.0],
            };
            let rows = space
                .recentred_affine(&all, 2)
                .unwrap()
                .rows(&all, 2)
                .unwrap();
            crate::linear::gram(&rows)
        };
        for (a, b) in gram(&epochs).iter().zip(gram(&mixed)) {
            assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
    }

    #[test]
    fn balanced_bands_have_the_same_length() {
        let pairs = [(1.0, 100.0), (4.0, 0.01), (9.0, 7.0)];
        let epochs = pairs.map(|(a, b)| Epoch {
            class: 0,
            trial: 0,
            covariances: vec![vec![a], vec![b]],
        });
        let all: Vec<&Epoch> = epochs.iter().collect();
        let mut space = TangentSpace::fit(&[&all], 1, 2).unwrap();
        let mut rows = space.rows(&all, 1).unwrap();
        space.balance(&mut rows, 1);
        for band in 0..2 {
            let squares: f64 = rows.iter().map(|row| row[band] * row[band]).sum();
            assert!((squares - 3.0).abs() < 1e-9);
        }
        for (a, b) in rows.iter().zip(space.rows(&all, 1).unwrap()) {
            assert_close(a, &b);
        }
    }

    #[test]
    fn each_set_counts_the_same_however_many_epochs_it_has() {
        let (a, b) = (epoch(vec![4.0]), epoch(vec![1.0]));
        let space = TangentSpace::fit(&[&[&a, &a, &a], &[&b]], 1, 1).unwrap();
        assert_close(&space.references[0], &[2.0]);
    }

    #[test]
    fn of_many_channels_the_largest_components_are_kept() {
        let n = MAX_COMPONENTS + 8;
        let mut covariance = vec![0.0; n * n];
        for k in 0..n {
            covariance[k * n + k] = 1.0 + k as f64;
        }
        let many = epoch(covariance);
        let space = TangentSpace::fit(&[&[&many]], n, 1).unwrap();
        assert_eq!(
            space.feature_count(n),
            MAX_COMPONENTS * (MAX_COMPONENTS + 1) / 2
        );
        // The eight channels of least power have no weight.
        assert!(
            space.projections[0]
                .chunks_exact(n)
                .all(|row| row[..8].iter().all(|w| w.abs() < 1e-12))
        );
    }
}
