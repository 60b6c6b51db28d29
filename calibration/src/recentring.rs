//! Moves the reference to the running mean of the stream, so that a decoder works on a new day, with a new cap or for a new person
//! (Zanini et al. 2018, IEEE TBME 65(5); on the stream: Kumar et al. 2019, J. Neural Eng. 16).

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::spd::{self, congruence};
use crate::tangent_space::TangentSpace;

/// Log-Euclidean running mean of the covariances of each band. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct Recentring {
    bands: Vec<RunningMean>,
    /// Most covariances that the mean remembers.
    memory: f64,
}

#[derive(Debug, Clone)]
struct RunningMean {
    projection: Matrix,
    mean_log: SymmetricMatrix,
    count: f64,
    product: Matrix,
    work: SymmetricMatrix,
    eigen: SymmetricEigen,
}

impl Recentring {
    /// Starts without a mean, in the components of a space. `memory`: number of covariances after which old ones fade.
    #[must_use]
    pub fn new(space: &TangentSpace, memory: f64) -> Self {
        let band = |projection: &Matrix| {
            let order = projection.rows();
            RunningMean {
                projection: projection.clone(),
                mean_log: SymmetricMatrix::zeros(order),
                count: 0.0,
                product: Matrix::zeros(order, projection.columns()),
                work: SymmetricMatrix::zeros(order),
                eigen: SymmetricEigen::new(order),
            }
        };
        Self {
            bands: space.projections.iter().map(band).collect(),
            memory: memory.max(1.0),
        }
    }

    /// Starts from the references of the space, with the weight of `worth` covariances.
    ///
    /// # Errors
    /// [`NotFinite`] if a reference contains a NaN or an infinity.
    pub fn from_references(
        space: &TangentSpace,
        memory: f64,
        worth: f64,
    ) -> Result<Self, NotFinite> {
        let mut recentring = Self::new(space, memory);
        for (band, reference) in recentring.bands.iter_mut().zip(&space.references) {
            band.eigen.decompose(reference)?;
            band.eigen.map_into(spd::log_floored, &mut band.mean_log);
            band.count = worth;
        }
        Ok(recentring)
    }

    /// Number of bands.
    #[must_use]
    pub fn band_count(&self) -> usize {
        self.bands.len()
    }

    /// Number of covariances in the mean of a band.
    #[must_use]
    pub fn count(&self, band: usize) -> f64 {
        self.bands.get(band).map_or(0.0, |band| band.count)
    }

    /// Adds one covariance of one band (channels × channels, µV²).
    ///
    /// # Errors
    /// [`NotFinite`] if it contains a NaN or an infinity; the mean is then unchanged.
    pub fn push(&mut self, band: usize, covariance: &SymmetricMatrix) -> Result<(), NotFinite> {
        let Some(band) = self.bands.get_mut(band) else {
            return Ok(());
        };
        congruence(
            &band.projection,
            covariance,
            &mut band.product,
            &mut band.work,
        );
        band.eigen.decompose(&band.work)?;
        band.eigen.map_into(spd::log_floored, &mut band.work);
        band.count = (band.count + 1.0).min(self.memory);
        let share = 1.0 / band.count;
        let means = band.mean_log.values_mut().iter_mut();
        for (mean, new) in means.zip(band.work.values()) {
            *mean += share * (new - *mean);
        }
        Ok(())
    }

    /// Distance of the mean from the references of a space: affine-invariant, root mean square over the bands with at least one covariance.
    /// Allocates.
    ///
    /// # Errors
    /// [`NotFinite`] if a mean or a reference is not finite.
    pub fn drift(&self, from: &TangentSpace) -> Result<f64, NotFinite> {
        let (mut squares, mut bands) = (0.0, 0.0);
        let moved = self.bands.iter().zip(&from.references);
        for (mean, reference) in moved.filter(|(mean, _)| mean.count > 0.0) {
            let distance = spd::distance(reference, &spd::exp(&mean.mean_log)?)?;
            squares += distance * distance;
            bands += 1.0;
        }
        Ok((squares / f64::max(bands, 1.0)).sqrt())
    }

    /// The logarithm of the mean of a band.
    #[must_use]
    pub fn mean_log(&self, band: usize) -> Option<&SymmetricMatrix> {
        self.bands.get(band).map(|band| &band.mean_log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;
    use crate::feature_map::FeatureMap;

    fn symmetric(values: Vec<f64>) -> SymmetricMatrix {
        SymmetricMatrix::from_values(values).unwrap()
    }

    fn epochs() -> Vec<Epoch> {
        (1..12)
            .map(|k| {
                let (a, b) = (f64::from(k), f64::from((k * 5) % 7 + 1));
                Epoch {
                    class: 0,
                    trial: 0,
                    covariances: vec![symmetric(vec![a, 0.3, 0.3, b])],
                }
            })
            .collect()
    }

    fn follow(recentring: &mut Recentring, space: &TangentSpace, epochs: &[Epoch]) -> Vec<f64> {
        let mut applier = space.applier().unwrap();
        for epoch in epochs {
            recentring.push(0, &epoch.covariances[0]).unwrap();
        }
        applier
            .recentre(0, recentring.mean_log(0).unwrap())
            .unwrap();
        let mut row = vec![0.0; 3];
        applier
            .apply(&epochs[3].covariances, &mut row, &|_| true)
            .unwrap();
        row
    }

    #[test]
    fn the_running_mean_is_the_mean() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all[..2]]).unwrap();
        let row = follow(&mut Recentring::new(&space, 1e9), &space, &epochs);
        let expected = space.recentred(&[&all]).unwrap().rows(&all).unwrap();
        for (a, b) in row.iter().zip(expected.row(3)) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn a_short_memory_forgets_what_it_started_from() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let far = TangentSpace {
            projections: vec![Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]).unwrap()],
            references: vec![symmetric(vec![1e6, 0.0, 0.0, 1e6])],
            scales: vec![1.0],
        };
        let mut recentring = Recentring::from_references(&far, 20.0, 20.0).unwrap();
        let many: Vec<Epoch> = epochs.iter().cycle().take(600).cloned().collect();
        let row = follow(&mut recentring, &far, &many);
        let expected = far.recentred(&[&all]).unwrap().rows(&all).unwrap();
        for (a, b) in row.iter().zip(expected.row(3)) {
            assert!((a - b).abs() < 0.3, "{a} {b}");
        }
    }

    #[test]
    fn drift_is_the_distance_moved() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all]).unwrap();
        let still = Recentring::from_references(&space, 20.0, 20.0).unwrap();
        assert!(still.drift(&space).unwrap() < 1e-6);
        // All powers e-fold: each of two eigenvalues moves by 1.
        let mut louder = epochs[2].covariances[0].clone();
        louder.map_values(|value| value * 1f64.exp());
        let only = TangentSpace::fit(&[&[&epochs[2]]]).unwrap();
        let mut recentring = Recentring::new(&only, 20.0);
        recentring.push(0, &louder).unwrap();
        assert!((recentring.drift(&only).unwrap() - 2f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_nan_changes_nothing() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all]).unwrap();
        let mut recentring = Recentring::new(&space, 10.0);
        recentring.push(0, &epochs[0].covariances[0]).unwrap();
        let before = recentring.clone().bands[0].mean_log.clone();
        assert!(recentring.push(0, &symmetric(vec![f64::NAN; 4])).is_err());
        assert_eq!(
            (before, 1.0),
            (recentring.bands[0].mean_log.clone(), recentring.count(0))
        );
    }
}
