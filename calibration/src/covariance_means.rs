//! Means of the covariances of labelled epochs, band by band.

use crate::dataset::Epoch;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::SymmetricMatrix;
use crate::spd;

/// For each band, the mean logarithm of the covariances of a set (channels × channels, ln µV²). Empty if the set has no epochs.
///
/// # Errors
/// [`NotFinite`] if a covariance contains a NaN or an infinity.
pub fn mean_logs(set: &[&Epoch]) -> Result<Vec<SymmetricMatrix>, NotFinite> {
    let mut means = zeros_like(set);
    let order = means.first().map_or(0, SymmetricMatrix::order);
    let mut eigen = SymmetricEigen::new(order);
    let mut log = SymmetricMatrix::zeros(order);
    for epoch in set {
        for (mean, covariance) in means.iter_mut().zip(&epoch.covariances) {
            eigen.decompose(covariance)?;
            eigen.map_into(spd::log_floored, &mut log);
            mean.add(1.0 / set.len() as f64, &log);
        }
    }
    Ok(means)
}

/// For each band, the arithmetic mean of the covariances. Each set has the same weight.
#[must_use]
pub fn arithmetic_means(sets: &[&[&Epoch]]) -> Vec<SymmetricMatrix> {
    let first = sets.iter().copied().find(|set| !set.is_empty());
    let mut means = zeros_like(first.unwrap_or_default());
    for set in sets {
        let share = 1.0 / (sets.len() * set.len().max(1)) as f64;
        for epoch in *set {
            let bands = means.iter_mut().zip(&epoch.covariances);
            bands.for_each(|(mean, covariance)| mean.add(share, covariance));
        }
    }
    means
}

/// A matrix of zeros for each band of the epochs.
fn zeros_like(set: &[&Epoch]) -> Vec<SymmetricMatrix> {
    let bands = set.first().map(|epoch| epoch.covariances.iter());
    let zeros = |covariance: &SymmetricMatrix| SymmetricMatrix::zeros(covariance.order());
    bands.into_iter().flatten().map(zeros).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(power: f64) -> Epoch {
        Epoch {
            class: 0,
            trial: 0,
            covariances: vec![SymmetricMatrix::from_values(vec![power]).unwrap()],
        }
    }

    #[test]
    fn each_set_has_the_same_weight() {
        let (a, b) = (epoch(4.0), epoch(1.0));
        let means = arithmetic_means(&[&[&a, &a, &a], &[&b], &[]]);
        // The empty set counts, too.
        assert!((means[0].values()[0] - 5.0 / 3.0).abs() < 1e-12);
        let logs = mean_logs(&[&a, &b]).unwrap();
        assert!((logs[0].values()[0] - 2f64.ln()).abs() < 1e-12);
        assert!(mean_logs(&[]).unwrap().is_empty());
    }
}
