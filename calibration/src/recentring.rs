//! The reference mean follows what is seen, so that a decoder serves a new day, a new cap or a new person (Zanini et al.
//! 2018, IEEE TBME 65(5); on the stream: Kumar et al. 2019, J. Neural Eng. 16).

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::spd::{self, congruence};
use crate::tangent_applier::TangentApplier;
use crate::tangent_space::TangentSpace;

/// Log-Euclidean running mean of each band's covariances. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct Recentring {
    channels: usize,
    bands: Vec<RunningMean>,
    /// Covariances that the mean remembers at most.
    memory: f64,
}

#[derive(Debug, Clone)]
struct RunningMean {
    projection: Vec<f64>,
    mean_log: Vec<f64>,
    count: f64,
    product: Vec<f64>,
    work: Vec<f64>,
    eigen: SymmetricEigen,
}

impl Recentring {
    /// Starts from nothing, in the components of a space. `memory`: number of covariances after which old ones fade.
    #[must_use]
    pub fn new(space: &TangentSpace, channels: usize, memory: f64) -> Self {
        let band = |projection: &Vec<f64>| {
            let order = projection.len() / channels;
            RunningMean {
                projection: projection.clone(),
                mean_log: vec![0.0; order * order],
                count: 0.0,
                product: vec![0.0; order * channels],
                work: vec![0.0; order * order],
                eigen: SymmetricEigen::new(order),
            }
        };
        Self {
            channels,
            bands: space.projections.iter().map(band).collect(),
            memory: memory.max(1.0),
        }
    }

    /// Starts from the space's own references, which count as much as a given number of covariances.
    ///
    /// # Errors
    /// [`NotFinite`] where a reference holds a NaN or an infinity.
    pub fn from_references(
        space: &TangentSpace,
        channels: usize,
        memory: f64,
        worth: f64,
    ) -> Result<Self, NotFinite> {
        let mut recentring = Self::new(space, channels, memory);
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

    /// Covariances that a band's mean rests on.
    #[must_use]
    pub fn count(&self, band: usize) -> f64 {
        self.bands.get(band).map_or(0.0, |band| band.count)
    }

    /// Takes one covariance of one band (channels × channels, row-major, µV²).
    ///
    /// # Errors
    /// [`NotFinite`] where it holds a NaN or an infinity; the mean is then as before.
    pub fn push(&mut self, band: usize, covariance: &[f64]) -> Result<(), NotFinite> {
        let Some(band) = self.bands.get_mut(band) else {
            return Ok(());
        };
        congruence(
            &band.projection,
            covariance,
            self.channels,
            &mut band.product,
            &mut band.work,
        );
        band.eigen.decompose(&band.work)?;
        band.eigen.map_into(spd::log_floored, &mut band.work);
        band.count = (band.count + 1.0).min(self.memory);
        let share = 1.0 / band.count;
        for (mean, new) in band.mean_log.iter_mut().zip(&band.work) {
            *mean += share * (new - *mean);
        }
        Ok(())
    }

    /// How far the mean has moved from the references of a space: the affine-invariant distance, root mean square over the
    /// bands that have seen anything. Allocates.
    ///
    /// # Errors
    /// [`NotFinite`] where a mean or a reference is not finite.
    pub fn drift(&self, from: &TangentSpace) -> Result<f64, NotFinite> {
        let (mut squares, mut bands) = (0.0, 0.0);
        let moved = self.bands.iter().zip(&from.references);
        for (mean, reference) in moved.filter(|(mean, _)| mean.count > 0.0) {
            let order = mean.eigen.order();
            let distance = spd::distance(reference, &spd::exp(&mean.mean_log, order)?, order)?;
            squares += distance * distance;
            bands += 1.0;
        }
        Ok((squares / f64::max(bands, 1.0)).sqrt())
    }

    /// Makes a band's mean the reference of an applier of the same space.
    ///
    /// # Errors
    /// [`NotFinite`] where the mean is not finite; the reference is then as before.
    pub fn recentre(&self, band: usize, applier: &mut TangentApplier) -> Result<(), NotFinite> {
        match self.bands.get(band) {
            Some(mean) => applier.recentre(band, &mean.mean_log),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;

    fn epochs() -> Vec<Epoch> {
        (1..12)
            .map(|k| {
                let (a, b) = (f64::from(k), f64::from((k * 5) % 7 + 1));
                Epoch {
                    class: 0,
                    trial: 0,
                    covariances: vec![vec![a, 0.3, 0.3, b]],
                }
            })
            .collect()
    }

    fn follow(recentring: &mut Recentring, space: &TangentSpace, epochs: &[Epoch]) -> Vec<f64> {
        let mut applier = space.applier(2).unwrap();
        for epoch in epochs {
            recentring.push(0, &epoch.covariances[0]).unwrap();
        }
        recentring.recentre(0, &mut applier).unwrap();
        let mut row = vec![0.0; 3];
        applier.apply(&epochs[3].covariances, &mut row).unwrap();
        row
    }

    #[test]
    fn the_running_mean_is_the_mean() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all[..2]], 2, 1).unwrap();
        let row = follow(&mut Recentring::new(&space, 2, 1e9), &space, &epochs);
        let expected = &space.recentred(&[&all], 2).unwrap().rows(&all, 2).unwrap()[3];
        for (a, b) in row.iter().zip(expected) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn a_short_memory_forgets_what_it_started_from() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let far = TangentSpace {
            projections: vec![vec![1.0, 0.0, 0.0, 1.0]],
            references: vec![vec![1e6, 0.0, 0.0, 1e6]],
            scales: vec![1.0],
        };
        let mut recentring = Recentring::from_references(&far, 2, 20.0, 20.0).unwrap();
        let many: Vec<Epoch> = epochs.iter().cycle().take(600).cloned().collect();
        let row = follow(&mut recentring, &far, &many);
        let expected = &far.recentred(&[&all], 2).unwrap().rows(&all, 2).unwrap()[3];
        for (a, b) in row.iter().zip(expected) {
            assert!((a - b).abs() < 0.3, "{a} {b}");
        }
    }

    #[test]
    fn drift_is_the_distance_moved() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all], 2, 1).unwrap();
        let still = Recentring::from_references(&space, 2, 20.0, 20.0).unwrap();
        assert!(still.drift(&space).unwrap() < 1e-6);
        // All powers e-fold: each of two eigenvalues moves by 1.
        let louder: Vec<f64> = epochs[2].covariances[0]
            .iter()
            .map(|v| v * 1f64.exp())
            .collect();
        let only = TangentSpace::fit(&[&[&epochs[2]]], 2, 1).unwrap();
        let mut recentring = Recentring::new(&only, 2, 20.0);
        recentring.push(0, &louder).unwrap();
        assert!((recentring.drift(&only).unwrap() - 2f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_nan_changes_nothing() {
        let epochs = epochs();
        let all: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&all], 2, 1).unwrap();
        let mut recentring = Recentring::new(&space, 2, 10.0);
        recentring.push(0, &epochs[0].covariances[0]).unwrap();
        let before = recentring.clone().bands[0].mean_log.clone();
        assert!(recentring.push(0, &[f64::NAN; 4]).is_err());
        assert_eq!(
            (before, 1.0),
            (recentring.bands[0].mean_log.clone(), recentring.count(0))
        );
    }
}
