//! What a decoder reads, seen on the head: activation patterns (Haufe et al. 2014, NeuroImage 87), not weights.
//!
//! A weight says how an electrode is used, and may be large where it only takes noise away from another. A pattern says what
//! changes at the electrode when the decoder's score does: the covariance of power and score, over the deviation of the score.

use crate::dataset::Dataset;
use crate::eigen::NotFinite;
use crate::model::Model;

/// For each class, for each band, for each channel: change of power, dB, while the class's score is one standard deviation higher.
///
/// Scores are taken against their mean over the classes; windows are all of the dataset's trials.
///
/// # Errors
/// [`NotFinite`] where a covariance holds a NaN or an infinity.
pub fn patterns(dataset: &Dataset, model: &Model) -> Result<Vec<Vec<Vec<f64>>>, NotFinite> {
    let (classes, channels) = (dataset.classes.len(), dataset.channel_count);
    let features = dataset.band_count * channels;
    let mut scorer = model.scorer(channels)?;
    let (mut power_db, mut scores) = (Vec::new(), Vec::new());
    for epoch in &dataset.epochs {
        let of_band = |covariance: &Vec<f64>| -> Vec<f64> {
            let diagonal = covariance.iter().step_by(channels + 1);
            diagonal
                .map(|power| 10.0 * libm::log10(power.max(f64::MIN_POSITIVE)))
                .collect()
        };
        power_db.push(
            epoch
                .covariances
                .iter()
                .flat_map(of_band)
                .collect::<Vec<_>>(),
        );
        let found = scorer.score(&epoch.covariances)?;
        let mean = found.iter().sum::<f64>() / classes.max(1) as f64;
        scores.push(found.iter().map(|score| score - mean).collect::<Vec<_>>());
    }
    let power_mean = means(&power_db, features);
    let score_mean = means(&scores, classes);
    let pattern = |class: usize| -> Vec<Vec<f64>> {
        let away = |row: &Vec<f64>| row[class] - score_mean[class];
        let variance: f64 = scores.iter().map(|row| away(row) * away(row)).sum();
        let scale = 1.0
            / (variance * scores.len() as f64)
                .sqrt()
                .max(f64::MIN_POSITIVE);
        let along = |feature: usize| {
            let pairs = power_db.iter().zip(&scores);
            let sum: f64 = pairs
                .map(|(power, row)| (power[feature] - power_mean[feature]) * away(row))
                .sum();
            scale * sum
        };
        (0..dataset.band_count)
            .map(|band| (0..channels).map(|c| along(band * channels + c)).collect())
            .collect()
    };
    Ok((0..classes).map(pattern).collect())
}

fn means(rows: &[Vec<f64>], length: usize) -> Vec<f64> {
    let share = 1.0 / rows.len().max(1) as f64;
    let mut mean = vec![0.0; length];
    for row in rows {
        crate::vectors::axpy(share, row, &mut mean);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;
    use crate::model::Estimator;

    /// Two channels: noise that both share, and at the first half as much power again in one of the classes.
    fn dataset() -> Dataset {
        let epoch = |k: usize| {
            let class = k % 2;
            let noise = libm::exp(0.8 * libm::sin(1.7 * k as f64));
            let own = if class == 0 { 1.5 } else { 1.0 };
            Epoch {
                class,
                trial: k,
                covariances: vec![vec![own * noise, 0.0, 0.0, noise]],
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
    fn a_channel_that_only_takes_noise_away_has_a_weight_and_no_pattern() {
        let dataset = dataset();
        let all = dataset.part(|_| true);
        let model = Model::fit(&all, &dataset, Estimator::BandPower, None).unwrap();
        let weights = &model.linear.weights[0];
        // The second channel is used as much as the first, the other way round.
        assert!(weights[1].abs() > 0.8 * weights[0].abs(), "{weights:?}");
        let found = patterns(&dataset, &model).unwrap();
        let [first, second] = [found[0][0][0], found[0][0][1]];
        // Half of 1.76 dB for a standard deviation.
        assert!((first - 0.88).abs() < 0.1, "{first}");
        assert!(second.abs() < 0.1 * first, "{second}");
        assert!(
            (found[1][0][0] + first).abs() < 1e-9,
            "two classes mirror each other"
        );
    }
}
