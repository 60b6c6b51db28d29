//! Fits a [`VelocityRegressor`] to trials, and judges it on trials that it was not fitted on.

use crate::dataset::{Dataset, Part};
use crate::error::DatasetError;
use crate::linear::Linear;
use crate::matrix::Matrix;
use crate::model::Model;
use crate::rest;
use crate::ridge;
use crate::statistics::wilson_interval;
use crate::velocity::{VelocityFigures, VelocityRegressor};

/// Ridges to choose from.
const RIDGES: [f64; 6] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
/// Quantile of the held-out speeds that is full speed: one trial in ten is faster.
const FULL_SPEED_SHARE: f64 = 0.9;

/// The intended direction of a held-out trial, and its predicted velocity.
type Pointed = ([f64; 2], [f64; 2]);

/// Fits to a part of a dataset, in the features of a model. `directions`: the direction of each class, of length 1 (0 for rest).
///
/// # Errors
/// [`DatasetError`] if a covariance is not finite, or all epochs are alike.
pub fn fit(
    model: &Model,
    part: &Part<'_>,
    directions: &[[f64; 2]],
) -> Result<Linear, DatasetError> {
    let map = model.spatial_map.as_map();
    let (rows, rest_rows) = (map.rows(&part.epochs)?, map.rows(&part.rest)?);
    let mut examples = rest::examples(&part.epochs, &rows, &[], &Matrix::default());
    examples.extend(rest::examples(
        &[],
        &Matrix::default(),
        &part.rest,
        &rest_rows,
    ));
    let mut targets = Matrix::zeros(examples.len(), 2);
    let trials = part.epochs.chunk_by(|a, b| a.trial == b.trial);
    for (target, trial) in targets.iter_mut().zip(trials) {
        target.copy_from_slice(&directions[trial[0].class]);
    }
    let rows = rest::rows_of(&examples);
    let ridge = ridge::choose(&rows, &targets, &RIDGES)?;
    ridge::fit(&rows, &targets, ridge)
}

/// Predicts the trials of one fold by a regressor that was fitted to the others, in the features of the model from `fit_model`.
///
/// # Errors
/// [`DatasetError`] if a fit fails.
pub fn judge_fold(
    dataset: &Dataset,
    fold: usize,
    folds: usize,
    directions: &[[f64; 2]],
    fit_model: impl FnOnce(&Part<'_>) -> Result<Model, DatasetError>,
) -> Result<Vec<Pointed>, DatasetError> {
    let (train, test) = dataset.split(fold, folds);
    let model = fit_model(&train)?;
    let linear = fit(&model, &train, directions)?;
    let rows = model.spatial_map.as_map().rows(&test.epochs)?;
    let means = rest::examples(&test.epochs, &rows, &[], &Matrix::default());
    let meant = test.epochs.chunk_by(|a, b| a.trial == b.trial);
    let pointed = meant.zip(means).map(|(trial, mean)| {
        let mut velocity = [0.0; 2];
        linear.apply(&mean.row, &mut velocity);
        (directions[trial[0].class], velocity)
    });
    Ok(pointed.collect())
}

/// The regressor of all trials, with the figures of the folds. It is scaled so that one held-out trial in ten reaches full speed.
#[must_use]
pub fn gather(mut linear: Linear, folds: &[Vec<Pointed>]) -> VelocityRegressor {
    let length = |v: [f64; 2]| v[0].hypot(v[1]);
    // A class that stands for rest has no direction.
    let moving = folds
        .iter()
        .flatten()
        .filter(|(meant, _)| length(*meant) > 0.0);
    let (mut cosines, mut lengths) = (Vec::new(), Vec::new());
    for (meant, went) in moving {
        let along = meant[0] * went[0] + meant[1] * went[1];
        cosines.push(along / (length(*went) * length(*meant)).max(f64::MIN_POSITIVE));
        lengths.push(length(*went));
    }
    lengths.sort_by(f64::total_cmp);
    let place = (lengths.len() as f64 * FULL_SPEED_SHARE) as usize;
    let full = lengths
        .get(place)
        .or(lengths.last())
        .copied()
        .unwrap_or(1.0);
    linear.scale(1.0 / full.max(1e-9));
    let (trials, towards) = (
        cosines.len(),
        cosines.iter().filter(|cosine| **cosine > 0.0).count(),
    );
    VelocityRegressor {
        linear,
        figures: VelocityFigures {
            trials,
            towards,
            interval: wilson_interval(towards, trials),
            cosine: cosines.iter().sum::<f64>() / trials.max(1) as f64,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;
    use crate::estimators::BAND_POWER;
    use crate::matrix::SymmetricMatrix;

    /// Four classes, each of which raises the power of one of four channels. Rest raises none.
    fn dataset(separation: f64) -> Dataset {
        let mut seed = 5u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut epoch = |class: Option<usize>, trial: usize| {
            let diagonal: Vec<f64> = (0..4)
                .map(|k| (noise() + if class == Some(k) { separation } else { 0.0 }).exp())
                .collect();
            let covariance = (0..16).map(|k| {
                if k % 5 == 0 {
                    diagonal[k / 5]
                } else {
                    0.02 * noise()
                }
            });
            let covariance = SymmetricMatrix::from_values(covariance.collect());
            Epoch {
                class: class.unwrap_or(0),
                trial,
                covariances: vec![covariance.unwrap()],
            }
        };
        let epochs = (0..40)
            .flat_map(|trial| (0..4).map(move |_| trial))
            .map(|trial| epoch(Some(trial % 4), trial))
            .collect();
        let rest = (0..80).map(|k| epoch(None, k / 2)).collect();
        Dataset {
            classes: ["left", "right", "up", "down"].map(str::to_owned).to_vec(),
            channel_count: 4,
            band_count: 1,
            epochs,
            rest,
        }
    }

    const DIRECTIONS: [[f64; 2]; 4] = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];

    fn fitted(separation: f64) -> (Model, VelocityRegressor) {
        let dataset = dataset(separation);
        let model = |part: &Part<'_>| BAND_POWER.fit(part, 4, None);
        let folds: Vec<_> = (0..5)
            .map(|fold| judge_fold(&dataset, fold, 5, &DIRECTIONS, model).unwrap())
            .collect();
        let all = dataset.part(|_| true);
        let own = model(&all).unwrap();
        let linear = fit(&own, &all, &DIRECTIONS).unwrap();
        (own, gather(linear, &folds))
    }

    #[test]
    fn it_predicts_trained_directions_and_those_between() {
        let (model, regressor) = fitted(2.0);
        let figures = regressor.figures;
        assert!(
            figures.trials == 40 && figures.towards >= 38 && figures.cosine > 0.8,
            "{figures:?}"
        );
        let of = |raised: [f64; 4]| {
            let covariance = (0..16).map(|k| if k % 5 == 0 { raised[k / 5].exp() } else { 0.0 });
            let covariance = SymmetricMatrix::from_values(covariance.collect());
            let epoch = Epoch {
                class: 0,
                trial: 0,
                covariances: vec![covariance.unwrap()],
            };
            let rows = model.spatial_map.as_map().rows(&[&epoch]).unwrap();
            regressor.velocity(rows.row(0))
        };
        let [x, y] = of([0.0, 2.0, 0.0, 0.0]);
        assert!(x > 0.4 && y.abs() < 0.3, "{x} {y}");
        // A direction that was not trained: right and down.
        let [x, y] = of([0.0, 1.5, 0.0, 1.5]);
        assert!(x > 0.2 && y > 0.2, "{x} {y}");
        let [x, y] = of([0.0; 4]);
        assert!(x.hypot(y) < 0.3, "at rest: {x} {y}");
    }

    #[test]
    fn without_information_directions_are_random() {
        let figures = fitted(0.0).1.figures;
        assert!(
            figures.interval[0] < 0.5 && figures.cosine.abs() < 0.4,
            "{figures:?}"
        );
    }
}
