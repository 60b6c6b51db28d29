//! Linear discriminant analysis with a shrunk covariance (Blankertz et al. 2011, NeuroImage 56(2)).

use crate::error::DatasetError;
use crate::linear::{Linear, gram};
use crate::matrix::Matrix;
use crate::vectors::{axpy, dot};
use nalgebra::{DMatrix, DVector};

/// How the shrinkage of the features' covariance is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shrinkage {
    /// Ledoit and Wolf 2004, J. Multivariate Analysis 88(2): no assumption on the distribution.
    LedoitWolf,
    /// Oracle approximating shrinkage (Chen et al. 2010, IEEE Trans. Signal Processing 58(10)): for Gaussian features.
    Oas,
}

/// With less shrinkage, the covariance of fewer rows than features is singular in practice.
const MIN_SHRINKAGE: f64 = 1e-4;

/// Fits to `rows` (a feature vector per example) of the given classes, which have equal priors.
///
/// The covariance `Σ = (1 - γ) XᵀX/n + γ μ I` is never formed: with more features than rows, its inverse is
/// applied through the n × n Gram matrix (Woodbury), and `γ` follows from the same matrix.
///
/// # Errors
/// [`DatasetError::Degenerate`] if all rows are the same.
pub fn fit(
    rows: &Matrix,
    labels: &[usize],
    classes: usize,
    shrinkage: Shrinkage,
) -> Result<Linear, DatasetError> {
    let features = rows.columns();
    let means = class_means(rows, labels, classes);
    let centred = centred(rows, labels, &means);
    let gram = DMatrix::from_row_slice(rows.rows(), rows.rows(), gram(&centred).values());
    let n = rows.rows() as f64;
    let mean_variance = gram.trace() / n / features as f64;
    if mean_variance <= 0.0 || !mean_variance.is_finite() {
        return Err(DatasetError::Degenerate);
    }
    let shrinkage = match shrinkage {
        Shrinkage::LedoitWolf => ledoit_wolf(&gram, features),
        Shrinkage::Oas => oas(&gram, features),
    };
    let shrinkage = shrinkage.clamp(MIN_SHRINKAGE, 1.0);
    let sphere = shrinkage * mean_variance;

    let mut grand_mean = vec![0.0; features];
    means
        .iter()
        .for_each(|mean| axpy(1.0 / classes as f64, mean, &mut grand_mean));
    let ridge = if shrinkage < 1.0 {
        sphere * n / (1.0 - shrinkage)
    } else {
        f64::INFINITY
    };
    let cholesky = if ridge.is_finite() {
        let ridged = &gram + DMatrix::identity(gram.nrows(), gram.nrows()) * ridge;
        Some(ridged.cholesky().ok_or(DatasetError::Degenerate)?)
    } else {
        None
    };

    let mut lda = Linear {
        weights: Matrix::with_columns(features),
        biases: Vec::new(),
    };
    for mean in means.iter() {
        let offset: Vec<f64> = mean.iter().zip(&grand_mean).map(|(m, g)| m - g).collect();
        let mut weight = offset.clone();
        if let Some(cholesky) = &cholesky {
            let projected =
                DVector::from_iterator(rows.rows(), centred.iter().map(|row| dot(row, &offset)));
            let solved = cholesky.solve(&projected);
            centred
                .iter()
                .zip(solved.iter())
                .for_each(|(row, s)| axpy(-s, row, &mut weight));
        }
        weight.iter_mut().for_each(|value| *value /= sphere);
        let middle = 0.5 * (dot(&weight, mean) + dot(&weight, &grand_mean));
        lda.weights.push_row(&weight);
        lda.biases.push(-middle);
    }
    Ok(lda)
}

/// Each row minus the mean of its class.
fn centred(rows: &Matrix, labels: &[usize], means: &Matrix) -> Matrix {
    let mut centred = rows.clone();
    for (row, &label) in centred.iter_mut().zip(labels) {
        let mean = means.row(label);
        row.iter_mut().zip(mean).for_each(|(x, m)| *x -= m);
    }
    centred
}

fn class_means(rows: &Matrix, labels: &[usize], classes: usize) -> Matrix {
    let mut means = Matrix::zeros(classes, rows.columns());
    for (class, mean) in means.iter_mut().enumerate() {
        let members = rows
            .iter()
            .zip(labels)
            .filter(|(_, label)| **label == class);
        let mut count = 0.0;
        for (row, _) in members {
            axpy(1.0, row, mean);
            count += 1.0;
        }
        mean.iter_mut()
            .for_each(|value| *value /= f64::max(count, 1.0));
    }
    means
}

/// Optimal shrinkage of the covariance of centred rows towards a sphere, from their Gram matrix.
fn ledoit_wolf(gram: &DMatrix<f64>, features: usize) -> f64 {
    let (n, p) = (gram.nrows() as f64, features as f64);
    let trace = gram.trace() / n;
    let squared_norm = gram.iter().map(|value| value * value).sum::<f64>() / (n * n);
    let distance = (squared_norm - trace * trace / p) / p;
    let fourth = gram
        .diagonal()
        .iter()
        .map(|value| value * value)
        .sum::<f64>()
        / n;
    let noise = (fourth - squared_norm) / (n * p);
    if distance <= 0.0 {
        1.0
    } else {
        (noise / distance).clamp(0.0, 1.0)
    }
}

/// The same by equation 23 of Chen et al.
fn oas(gram: &DMatrix<f64>, features: usize) -> f64 {
    let (n, p) = (gram.nrows() as f64, features as f64);
    let trace = gram.trace() / n;
    let squared_norm = gram.iter().map(|value| value * value).sum::<f64>() / (n * n);
    let squared_trace = trace * trace;
    let top = (1.0 - 2.0 / p) * squared_norm + squared_trace;
    let bottom = (n + 1.0 - 2.0 / p) * (squared_norm - squared_trace / p);
    if bottom <= 0.0 {
        1.0
    } else {
        (top / bottom).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same estimator as in a textbook: forms the covariance and inverts it.
    fn by_inversion(rows: &Matrix, labels: &[usize], shrinkage: f64) -> Vec<Vec<f64>> {
        let p = rows.columns();
        let means = class_means(rows, labels, 2);
        let mut s = DMatrix::zeros(p, p);
        for (row, &label) in rows.iter().zip(labels) {
            let x = DVector::from_iterator(p, row.iter().zip(means.row(label)).map(|(x, m)| x - m));
            s += &x * x.transpose() / rows.rows() as f64;
        }
        let sphere = s.trace() / p as f64;
        let sigma = s * (1.0 - shrinkage) + DMatrix::identity(p, p) * (shrinkage * sphere);
        let inverse = sigma.try_inverse().unwrap();
        let middle: Vec<f64> = means
            .row(0)
            .iter()
            .zip(means.row(1))
            .map(|(a, b)| 0.5 * (a + b))
            .collect();
        let offset =
            |m: &[f64]| DVector::from_iterator(p, m.iter().zip(&middle).map(|(m, g)| m - g));
        means
            .iter()
            .map(|m| (&inverse * offset(m)).iter().copied().collect())
            .collect()
    }

    fn chosen(rows: &Matrix, labels: &[usize], by: fn(&DMatrix<f64>, usize) -> f64) -> f64 {
        let means = class_means(rows, labels, 2);
        let centred = centred(rows, labels, &means);
        let gram = DMatrix::from_row_slice(rows.rows(), rows.rows(), gram(&centred).values());
        by(&gram, rows.columns()).clamp(MIN_SHRINKAGE, 1.0)
    }

    /// scikit-learn 1.9.1's `ledoit_wolf_shrinkage`, and Chen's equation 23 by NumPy from the covariance itself.
    #[test]
    fn shrinkages_agree_with_other_implementations() {
        let level = |k: usize, m: usize, n: usize| ((k * m) % n) as f64;
        let row = |k: usize| {
            let x = level(k, 7, 11) / 5.0 - 1.0;
            [
                x,
                level(k, 5, 13) / 6.0 - 1.0 + 0.5 * x,
                level(k, 3, 17) / 8.0 - 1.0,
            ]
        };
        let rows = Matrix::from_rows((0..24).map(row)).unwrap();
        let labels: Vec<usize> = (0..24).map(|k| k % 2).collect();
        assert!((chosen(&rows, &labels, ledoit_wolf) - 0.283_373_780_105_963_1).abs() < 1e-12);
        assert!((chosen(&rows, &labels, oas) - 0.364_820_763_841_741_56).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_gram_route_agrees_with_inversion(
            rows in proptest::collection::vec(proptest::collection::vec(-3.0..3.0f64, 5), 6..14)
        ) {
            let labels: Vec<usize> = (0..rows.len()).map(|i| i % 2).collect();
            let rows = Matrix::from_rows(rows).unwrap();
            let lda = fit(&rows, &labels, 2, Shrinkage::LedoitWolf).unwrap();
            let expected = by_inversion(&rows, &labels, chosen(&rows, &labels, ledoit_wolf));
            for (a, b) in lda.weights.values().iter().zip(expected.iter().flatten()) {
                prop_assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{a} {b}");
            }
        }
    }

    #[test]
    fn scores_are_symmetric_about_the_middle_of_two_classes() {
        let rows = [[1.0, 0.3], [1.2, -0.3], [-1.0, 0.2], [-1.2, -0.2]];
        let rows = Matrix::from_rows(rows).unwrap();
        let lda = fit(&rows, &[0, 0, 1, 1], 2, Shrinkage::Oas).unwrap();
        let mut scores = [0.0; 2];
        lda.apply(&[0.0, 0.0], &mut scores);
        assert!((scores[0] - scores[1]).abs() < 1e-12);
        lda.apply(&[1.0, 0.0], &mut scores);
        assert!(scores[0] > scores[1]);
    }

    #[test]
    fn identical_rows_are_an_error() {
        let rows = Matrix::from_rows([[1.0, 2.0]; 6]).unwrap();
        assert_eq!(
            fit(&rows, &[0, 1, 0, 1, 0, 1], 2, Shrinkage::LedoitWolf),
            Err(DatasetError::Degenerate)
        );
    }
}
