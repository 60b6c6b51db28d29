//! Activation patterns of a decoder (Haufe et al. 2014, NeuroImage 87): what changes at an electrode when the score changes.
//!
//! A weight shows how an electrode is used; it may be large only because the electrode removes noise from another one. A pattern is the
//! covariance of power and score, divided by the standard deviation of the score.

use crate::dataset::Dataset;
use crate::eigen::NotFinite;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::model::Model;

/// For each class, the change of power (bands × channels, dB) if the score of the class is one standard deviation higher.
///
/// Scores are taken relative to their mean over the classes. All trials of the dataset are used.
///
/// # Errors
/// [`NotFinite`] if a covariance contains a NaN or an infinity.
pub fn patterns(dataset: &Dataset, model: &Model) -> Result<Vec<Matrix>, NotFinite> {
    let (classes, channels) = (dataset.classes.len(), dataset.channel_count);
    let windows = dataset.epochs.len();
    let mut scorer = model.scorer()?;
    let mut power_db = Matrix::zeros(windows, dataset.band_count * channels);
    let mut scores = Matrix::zeros(windows, classes);
    let rows = power_db.iter_mut().zip(scores.iter_mut());
    for (epoch, (power_db, scores)) in dataset.epochs.iter().zip(rows) {
        let powers = epoch.covariances.iter().flat_map(SymmetricMatrix::diagonal);
        for (db, power) in power_db.iter_mut().zip(powers) {
            *db = 10.0 * libm::log10(power.max(f64::MIN_POSITIVE));
        }
        let found = scorer.score(&epoch.covariances)?;
        let mean = found.iter().sum::<f64>() / classes.max(1) as f64;
        for (own, score) in scores.iter_mut().zip(found) {
            *own = score - mean;
        }
    }
    let power_mean = means(&power_db);
    let score_mean = means(&scores);
    let pattern = |class: usize| -> Matrix {
        let away = |row: &[f64]| row[class] - score_mean[class];
        let variance: f64 = scores.iter().map(|row| away(row) * away(row)).sum();
        let scale = 1.0 / (variance * windows as f64).sqrt().max(f64::MIN_POSITIVE);
        let mut pattern = Matrix::zeros(dataset.band_count, channels);
        for (feature, value) in pattern.values_mut().iter_mut().enumerate() {
            let pairs = power_db.iter().zip(scores.iter());
            let sum: f64 = pairs
                .map(|(power, row)| (power[feature] - power_mean[feature]) * away(row))
                .sum();
            *value = scale * sum;
        }
        pattern
    };
    Ok((0..classes).map(pattern).collect())
}

/// The mean row.
fn means(rows: &Matrix) -> Vec<f64> {
    let share = 1.0 / rows.rows().max(1) as f64;
    let mut mean = vec![0.0; rows.columns()];
    for row in rows.iter() {
        crate::vectors::axpy(share, row, &mut mean);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;
    use crate::estimators::BAND_POWER;

    /// Two channels: noise that both share, and at the first half as much power again in one of the classes.
    fn dataset() -> Dataset {
        let epoch = |k: usize| {
            let class = k % 2;
            let noise = libm::exp(0.8 * libm::sin(1.7 * k as f64));
            let own = if class == 0 { 1.5 } else { 1.0 };
            let covariance = vec![own * noise, 0.0, 0.0, noise];
            let covariance = SymmetricMatrix::from_values(covariance);
            Epoch {
                class,
                trial: k,
                covariances: vec![covariance.unwrap()],
            }
        };
        Dataset {
            classes: vec!["one".into(), "other".into()],
            channel_count: 2,
            band_count: 1,
            epochs: (0..80).map(epoch).collect(),
            rest: Vec::new(),
        }
    }

    #[test]
    fn a_channel_that_only_removes_noise_has_a_weight_but_no_pattern() {
        let dataset = dataset();
        let all = dataset.part(|_| true);
        let model = BAND_POWER.fit(&all, 2, None).unwrap();
        let weights = model.linear.weights.row(0);
        // The second channel is used as much as the first, the other way round.
        assert!(weights[1].abs() > 0.8 * weights[0].abs(), "{weights:?}");
        let found = patterns(&dataset, &model).unwrap();
        let [first, second] = [found[0][(0, 0)], found[0][(0, 1)]];
        // Half of 1.76 dB for a standard deviation.
        assert!((first - 0.88).abs() < 0.1, "{first}");
        assert!(second.abs() < 0.1 * first, "{second}");
        assert!(
            (found[1][(0, 0)] + first).abs() < 1e-9,
            "two classes mirror each other"
        );
    }
}
