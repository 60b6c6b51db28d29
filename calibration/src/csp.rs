//! Common spatial patterns (Blankertz et al. 2008, IEEE Signal Processing Magazine 25(1)).

use crate::dataset::Epoch;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::feature_map::{Apply, FeatureMap};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::spd;
use crate::vectors::dot;

/// Spatial filters whose output variance differs most between classes, band by band.
///
/// Two classes share one set of filters. With more classes, each has a set of its own against all others.
#[derive(Debug, Clone, PartialEq)]
pub struct Csp {
    /// Per band: filters × channels.
    pub filters: Vec<Matrix>,
}

impl Csp {
    /// Uses the `pairs` largest and `pairs` smallest eigenvalues of each contrast `A v = λ (A + B) v`. `A` and `B` are the mean covariances
    /// of the two sides; each epoch is divided by its trace.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn fit(epochs: &[&Epoch], classes: usize, pairs: usize) -> Result<Self, NotFinite> {
        let contrasts = if classes == 2 { 1 } else { classes };
        let of_band = |(band, covariance): (usize, &SymmetricMatrix)| {
            let mut filters = Matrix::with_columns(covariance.order());
            for class in 0..contrasts {
                let inside = mean_covariance(epochs, band, |epoch| epoch.class == class);
                let outside = mean_covariance(epochs, band, |epoch| epoch.class != class);
                filters.extend_rows(&contrast_filters(&inside, &outside, pairs)?);
            }
            Ok(filters)
        };
        Ok(Self {
            filters: bands_of(epochs).map(of_band).collect::<Result<_, _>>()?,
        })
    }

    /// Each channel by itself: the features are log band powers. The number of channels and bands is that of the epochs.
    #[must_use]
    pub fn band_power(epochs: &[&Epoch]) -> Self {
        let identity = |(_, covariance): (usize, &SymmetricMatrix)| {
            Matrix::from(SymmetricMatrix::identity(covariance.order()))
        };
        Self {
            filters: bands_of(epochs).map(identity).collect(),
        }
    }

    /// Whether each filter is a channel as it is, as from [`band_power`](Self::band_power). A fitted filter is scaled to unit variance, so it
    /// is not.
    fn is_band_power(&self) -> bool {
        let is_channel = |filter: &[f64]| {
            let mut weights = filter.iter().filter(|weight| **weight != 0.0);
            weights.next() == Some(&1.0) && weights.next().is_none()
        };
        self.filters.iter().all(|band| band.iter().all(is_channel))
    }
}

/// The bands of the first epoch, with their covariances.
fn bands_of<'a>(epochs: &[&'a Epoch]) -> impl Iterator<Item = (usize, &'a SymmetricMatrix)> {
    let first = epochs.first().map(|epoch| epoch.covariances.iter());
    first.into_iter().flatten().enumerate()
}

impl FeatureMap for Csp {
    fn description(&self) -> &'static str {
        if self.is_band_power() {
            "log band power + shrinkage LDA"
        } else {
            "filter-bank CSP + shrinkage LDA"
        }
    }

    /// One feature for each filter of each band.
    fn feature_count(&self) -> usize {
        self.filters.iter().map(Matrix::rows).sum()
    }

    fn matrices(&self) -> &[Matrix] {
        &self.filters
    }

    fn matrices_mut(&mut self) -> &mut [Matrix] {
        &mut self.filters
    }

    fn applier(&self) -> Result<Box<dyn Apply>, NotFinite> {
        let channels = self.filters.first().map_or(0, Matrix::columns);
        Ok(Box::new(CspApplier {
            filters: self.filters.clone(),
            product: vec![0.0; channels],
        }))
    }
}

/// [`Csp`] on the live path. It allocates nothing.
#[derive(Debug, Clone)]
pub struct CspApplier {
    filters: Vec<Matrix>,
    product: Vec<f64>,
}

impl Apply for CspApplier {
    /// Writes the log power of the output of each filter, `ln(wᵀ C w)` (C in µV²). This costs little, so all bands are updated.
    fn apply(
        &mut self,
        covariances: &[SymmetricMatrix],
        features: &mut [f64],
        _is_due: &dyn Fn(usize) -> bool,
    ) -> Result<(), NotFinite> {
        let bands = self.filters.iter().zip(covariances);
        let filters = bands.flat_map(|(filters, covariance)| {
            filters.iter().map(move |filter| (filter, covariance))
        });
        for ((filter, covariance), feature) in filters.zip(features) {
            for (out, row) in self.product.iter_mut().zip(covariance.iter()) {
                *out = dot(row, filter);
            }
            *feature = spd::log_floored(dot(filter, &self.product));
        }
        Ok(())
    }
}

fn mean_covariance(
    epochs: &[&Epoch],
    band: usize,
    side: impl Fn(&Epoch) -> bool,
) -> SymmetricMatrix {
    let order = epochs
        .first()
        .map_or(0, |epoch| epoch.covariances[band].order());
    let mut mean = SymmetricMatrix::zeros(order);
    for epoch in epochs.iter().filter(|epoch| side(epoch)) {
        let covariance = &epoch.covariances[band];
        let trace = covariance.trace();
        mean.add(1.0 / trace.max(spd::EIGENVALUE_FLOOR), covariance);
    }
    let trace = mean.trace();
    mean.map_values(|value| value / trace.max(spd::EIGENVALUE_FLOOR));
    mean
}

fn contrast_filters(
    a: &SymmetricMatrix,
    b: &SymmetricMatrix,
    pairs: usize,
) -> Result<Matrix, NotFinite> {
    let n = a.order();
    let mut composite = a.clone();
    composite.add(1.0, b);
    let whitener = spd::inverse_sqrt(&composite)?;
    let whitened = spd::projected(&whitener, a);
    let mut eigen = SymmetricEigen::new(n);
    eigen.decompose(&whitened)?;
    let order = eigen.by_size();
    let pairs = pairs.min(n / 2).max(1);
    let chosen = order
        .iter()
        .take(pairs)
        .chain(order.iter().skip(n.saturating_sub(pairs).max(pairs)));
    let mut filters = Matrix::with_columns(n);
    for &k in chosen {
        let vector = eigen.vector(k);
        let filter: Vec<f64> = whitener.iter().map(|row| dot(row, vector)).collect();
        filters.push_row(&filter);
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
            covariances: vec![SymmetricMatrix::from_values(covariance).unwrap()],
        }
    }

    #[test]
    fn filters_pick_the_channels_whose_power_differs() {
        let epochs = [epoch(0, [9.0, 1.0, 4.0]), epoch(1, [1.0, 9.0, 4.0])];
        let refs: Vec<&Epoch> = epochs.iter().collect();
        let csp = Csp::fit(&refs, 2, 1).unwrap();
        assert!(!csp.is_band_power() && Csp::band_power(&refs).is_band_power());
        let [first, second] = [csp.filters[0].row(0), csp.filters[0].row(1)];
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
            filters: vec![Matrix::from_rows([[2.0, 0.0, 0.0], [0.0, 1.0, 1.0]]).unwrap()],
        };
        let rows = csp.rows(&[&epoch(0, [1.0, 2.0, 3.0])]).unwrap();
        let features = rows.row(0);
        assert!((features[0] - 4f64.ln()).abs() < 1e-12 && (features[1] - 5f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn band_power_is_the_log_of_the_diagonal() {
        let epoch = epoch(0, [1.0, 2.0, 3.0]);
        let rows = Csp::band_power(&[&epoch]).rows(&[&epoch]).unwrap();
        for (value, power) in rows.row(0).iter().zip([1.0f64, 2.0, 3.0]) {
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
        assert_eq!(Csp::fit(&refs, 3, 1).unwrap().feature_count(), 6);
    }
}
