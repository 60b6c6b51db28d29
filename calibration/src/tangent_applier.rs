//! Covariances to tangent vectors on the live path, and moving the reference there.

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::spd::{self, congruence};
use crate::vectors::axpy;

/// A tangent space ready to run; allocates nothing.
#[derive(Debug, Clone)]
pub struct TangentApplier {
    channels: usize,
    bands: Vec<BandApplier>,
}

#[derive(Debug, Clone)]
struct BandApplier {
    scale: f64,
    projection: Vec<f64>,
    /// `R^(-1/2) P`: components × channels.
    whitener: Vec<f64>,
    product: Vec<f64>,
    whitened: Vec<f64>,
    log: Vec<f64>,
    eigen: SymmetricEigen,
}

impl BandApplier {
    /// `inverse_root` of `matrix` is `R^(-1/2)`.
    fn recentre(
        &mut self,
        matrix: &[f64],
        inverse_root: impl Fn(f64) -> f64,
        channels: usize,
    ) -> Result<(), NotFinite> {
        self.eigen.decompose(matrix)?;
        self.eigen.map_into(inverse_root, &mut self.log);
        self.whitener.fill(0.0);
        let order = self.eigen.order();
        for (row, weights) in self
            .whitener
            .chunks_exact_mut(channels)
            .zip(self.log.chunks_exact(order))
        {
            for (weight, component) in weights.iter().zip(self.projection.chunks_exact(channels)) {
                axpy(*weight, component, row);
            }
        }
        Ok(())
    }
}

impl TangentApplier {
    /// Readies the projections, references and scales of a tangent space (one of each per band), with storage of its own.
    ///
    /// # Errors
    /// [`NotFinite`] where a reference holds a NaN or an infinity.
    pub(crate) fn new(
        projections: &[Vec<f64>],
        references: &[Vec<f64>],
        scales: &[f64],
        channels: usize,
    ) -> Result<Self, NotFinite> {
        let references = references.iter().zip(scales);
        let bands = projections.iter().zip(references);
        let bands = bands.map(|(projection, (reference, scale))| {
            let order = projection.len() / channels;
            let mut band = BandApplier {
                scale: *scale,
                projection: projection.clone(),
                whitener: vec![0.0; order * channels],
                product: vec![0.0; order * channels],
                whitened: vec![0.0; order * order],
                log: vec![0.0; order * order],
                eigen: SymmetricEigen::new(order),
            };
            let inverse_root = |value: f64| 1.0 / value.max(spd::EIGENVALUE_FLOOR).sqrt();
            band.recentre(reference, inverse_root, channels)?;
            Ok(band)
        });
        Ok(Self {
            channels,
            bands: bands.collect::<Result<_, _>>()?,
        })
    }

    /// Makes the exponential of a matrix (components × components, of ln µV²) the reference of a band: a log-Euclidean
    /// mean is at hand as its logarithm.
    ///
    /// # Errors
    /// [`NotFinite`] where it holds a NaN or an infinity; the reference is then as before.
    pub fn recentre(&mut self, band: usize, log_reference: &[f64]) -> Result<(), NotFinite> {
        let inverse_root = |value: f64| libm::exp(-0.5 * value);
        match self.bands.get_mut(band) {
            Some(band) => band.recentre(log_reference, inverse_root, self.channels),
            None => Ok(()),
        }
    }

    /// Writes the tangent vector of one covariance per band into `features`.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn apply(
        &mut self,
        covariances: &[Vec<f64>],
        features: &mut [f64],
    ) -> Result<(), NotFinite> {
        self.apply_some(covariances, features, |_| true)
    }

    /// As [`apply`](Self::apply), for the bands that are due; the parts of the others stay as they are.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance of a band that is due holds a NaN or an infinity.
    pub fn apply_some(
        &mut self,
        covariances: &[Vec<f64>],
        features: &mut [f64],
        is_due: impl Fn(usize) -> bool,
    ) -> Result<(), NotFinite> {
        let mut rest = features;
        for (place, (band, covariance)) in self.bands.iter_mut().zip(covariances).enumerate() {
            if !is_due(place) {
                let order = band.eigen.order();
                rest = rest.split_at_mut(order * (order + 1) / 2).1;
                continue;
            }
            congruence(
                &band.whitener,
                covariance,
                self.channels,
                &mut band.product,
                &mut band.whitened,
            );
            band.eigen.decompose(&band.whitened)?;
            band.eigen.map_into(spd::log_floored, &mut band.log);
            let n = band.eigen.order();
            for i in 0..n {
                let (row, after) = rest.split_at_mut(n - i);
                for (value, log) in row.iter_mut().zip(&band.log[i * n + i..(i + 1) * n]) {
                    *value = std::f64::consts::SQRT_2 * band.scale * log;
                }
                row[0] /= std::f64::consts::SQRT_2;
                rest = after;
            }
        }
        Ok(())
    }
}
