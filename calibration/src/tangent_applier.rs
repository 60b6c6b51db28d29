//! Covariances to tangent vectors on the live path, and moving the reference there.

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::feature_map::Apply;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::spd::{self, congruence};
use crate::vectors::axpy;

/// A tangent space on the live path. It allocates nothing.
#[derive(Debug, Clone)]
pub struct TangentApplier {
    bands: Vec<BandApplier>,
}

#[derive(Debug, Clone)]
struct BandApplier {
    scale: f64,
    projection: Matrix,
    /// `R^(-1/2) P`: components × channels.
    whitener: Matrix,
    product: Matrix,
    whitened: SymmetricMatrix,
    log: SymmetricMatrix,
    eigen: SymmetricEigen,
}

impl BandApplier {
    /// `inverse_root` of `matrix` is `R^(-1/2)`.
    fn recentre(
        &mut self,
        matrix: &SymmetricMatrix,
        inverse_root: impl Fn(f64) -> f64,
    ) -> Result<(), NotFinite> {
        self.eigen.decompose(matrix)?;
        self.eigen.map_into(inverse_root, &mut self.log);
        self.whitener.values_mut().fill(0.0);
        for (row, weights) in self.whitener.iter_mut().zip(self.log.iter()) {
            for (weight, component) in weights.iter().zip(self.projection.iter()) {
                axpy(*weight, component, row);
            }
        }
        Ok(())
    }
}

impl TangentApplier {
    /// For the projections, references and scales of a tangent space (one of each per band), with its own working memory.
    ///
    /// # Errors
    /// [`NotFinite`] if a reference contains a NaN or an infinity.
    pub(crate) fn new(
        projections: &[Matrix],
        references: &[SymmetricMatrix],
        scales: &[f64],
    ) -> Result<Self, NotFinite> {
        let references = references.iter().zip(scales);
        let bands = projections.iter().zip(references);
        let bands = bands.map(|(projection, (reference, scale))| {
            let (order, channels) = (projection.rows(), projection.columns());
            let mut band = BandApplier {
                scale: *scale,
                projection: projection.clone(),
                whitener: Matrix::zeros(order, channels),
                product: Matrix::zeros(order, channels),
                whitened: SymmetricMatrix::zeros(order),
                log: SymmetricMatrix::zeros(order),
                eigen: SymmetricEigen::new(order),
            };
            let inverse_root = |value: f64| 1.0 / value.max(spd::EIGENVALUE_FLOOR).sqrt();
            band.recentre(reference, inverse_root)?;
            Ok(band)
        });
        Ok(Self {
            bands: bands.collect::<Result<_, _>>()?,
        })
    }
}

impl Apply for TangentApplier {
    fn recentre(&mut self, band: usize, log_reference: &SymmetricMatrix) -> Result<(), NotFinite> {
        let inverse_root = |value: f64| libm::exp(-0.5 * value);
        match self.bands.get_mut(band) {
            Some(band) => band.recentre(log_reference, inverse_root),
            None => Ok(()),
        }
    }

    fn apply(
        &mut self,
        covariances: &[SymmetricMatrix],
        features: &mut [f64],
        is_due: &dyn Fn(usize) -> bool,
    ) -> Result<(), NotFinite> {
        let mut rest = features;
        for (place, (band, covariance)) in self.bands.iter_mut().zip(covariances).enumerate() {
            let n = band.eigen.order();
            if !is_due(place) {
                rest = rest.split_at_mut(n * (n + 1) / 2).1;
                continue;
            }
            congruence(
                &band.whitener,
                covariance,
                &mut band.product,
                &mut band.whitened,
            );
            band.eigen.decompose(&band.whitened)?;
            band.eigen.map_into(spd::log_floored, &mut band.log);
            for (i, log_row) in band.log.iter().enumerate() {
                let (row, after) = rest.split_at_mut(n - i);
                for (value, log) in row.iter_mut().zip(&log_row[i..]) {
                    *value = std::f64::consts::SQRT_2 * band.scale * log;
                }
                row[0] /= std::f64::consts::SQRT_2;
                rest = after;
            }
        }
        Ok(())
    }
}
