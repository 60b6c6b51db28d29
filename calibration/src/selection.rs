//! Selects the channels, bands and estimator that decode a patient best: a bounded search by blocked cross-validation. It is nested in the
//! cross-validation whose figures are reported (Varma and Simon 2006, BMC Bioinformatics 7:91), so a choice is never judged on the trials
//! that it was made on.

use crate::dataset::{Dataset, Epoch, Part};
use crate::error::DatasetError;
use crate::estimators::Estimator;
use crate::matrix::Matrix;
use crate::model::Model;
use crate::statistics::{Scored, mean_log_loss};
use crate::validation::cross_validate;

/// Contiguous folds by which a candidate is judged.
const FOLDS: usize = 4;

/// One way to decode.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Spatial map and classifier.
    pub estimator: &'static dyn Estimator,
    /// Indices of the channels that are used, ascending.
    pub channels: Vec<usize>,
    /// Indices of the bands that are used, ascending.
    pub bands: Vec<usize>,
}

impl Candidate {
    /// All channels and bands.
    #[must_use]
    pub fn whole(estimator: &'static dyn Estimator, dataset: &Dataset) -> Self {
        Self {
            estimator,
            channels: (0..dataset.channel_count).collect(),
            bands: (0..dataset.band_count).collect(),
        }
    }

    fn is_whole(&self, dataset: &Dataset) -> bool {
        self.channels.len() == dataset.channel_count && self.bands.len() == dataset.band_count
    }

    /// A starter needs the channels and bands that it was fitted on.
    fn prior<'a>(&self, dataset: &Dataset, starter: Option<&'a Model>) -> Option<&'a Model> {
        starter.filter(|_| self.is_whole(dataset))
    }
}

/// Index of the candidate that predicts held-out trials best, by log-loss; the first of equals.
///
/// # Errors
/// [`DatasetError`] if the dataset is too small or degenerate.
pub fn choose(
    dataset: &Dataset,
    candidates: &[Candidate],
    starter: Option<&Model>,
) -> Result<usize, DatasetError> {
    let mut best = (0, f64::INFINITY);
    for (place, candidate) in candidates.iter().enumerate() {
        let narrowed = narrowed(dataset, candidate);
        let prior = candidate.prior(dataset, starter);
        let found = cross_validate(&narrowed, candidate.estimator, prior, FOLDS)?;
        let scored: Vec<Scored> = found
            .held_out
            .into_iter()
            .map(|trial| (trial.class, 1.0, trial.scores))
            .collect();
        let loss = mean_log_loss(&scored, found.log_odds_gain);
        if loss < best.1 {
            best = (place, loss);
        }
    }
    Ok(best.0)
}

/// Fits a candidate. The model expects covariances of all channels, but only of the candidate's bands.
///
/// # Errors
/// [`DatasetError`] if a covariance is not finite, or all epochs are alike.
pub fn fit(
    part: &Part<'_>,
    dataset: &Dataset,
    candidate: &Candidate,
    starter: Option<&Model>,
) -> Result<Model, DatasetError> {
    let (estimator, classes) = (candidate.estimator, dataset.classes.len());
    if candidate.is_whole(dataset) {
        return estimator.fit(part, classes, starter);
    }
    let owned = Dataset {
        epochs: part.epochs.iter().map(|epoch| (*epoch).clone()).collect(),
        rest: part.rest.iter().map(|epoch| (*epoch).clone()).collect(),
        ..dataset.like()
    };
    let narrowed = narrowed(&owned, candidate);
    let model = estimator.fit(&narrowed.part(|_| true), classes, None)?;
    Ok(widened(model, candidate, dataset.channel_count))
}

/// The same trials with one window each, the mean of its covariances: candidates are ranked in the same way, at an eighth of the cost.
/// Rest is left out.
#[must_use]
pub fn averaged(dataset: &Dataset) -> Dataset {
    let mut out = dataset.like();
    for trial in dataset.epochs.chunk_by(|a, b| a.trial == b.trial) {
        let mut mean = trial[0].clone();
        for (band, covariance) in mean.covariances.iter_mut().enumerate() {
            covariance.map_values(|_| 0.0);
            for epoch in trial {
                covariance.add(1.0 / trial.len() as f64, &epoch.covariances[band]);
            }
        }
        out.epochs.push(mean);
    }
    out
}

/// The dataset in the channels and bands of a candidate.
fn narrowed(dataset: &Dataset, candidate: &Candidate) -> Dataset {
    let channels = &candidate.channels;
    let narrow = |epoch: &Epoch| Epoch {
        covariances: candidate
            .bands
            .iter()
            .map(|&band| epoch.covariances[band].part(channels))
            .collect(),
        ..*epoch
    };
    Dataset {
        channel_count: channels.len(),
        band_count: candidate.bands.len(),
        epochs: dataset.epochs.iter().map(narrow).collect(),
        rest: dataset.rest.iter().map(narrow).collect(),
        classes: dataset.classes.clone(),
    }
}

/// The model for covariances of all channels. Channels that it does not use have a weight of zero.
fn widened(mut model: Model, candidate: &Candidate, channels: usize) -> Model {
    for matrix in model.spatial_map.as_map_mut().matrices_mut() {
        let mut wide = Matrix::zeros(matrix.rows(), channels);
        for (row, narrow) in wide.iter_mut().zip(matrix.iter()) {
            for (&place, weight) in candidate.channels.iter().zip(narrow) {
                row[place] = *weight;
            }
        }
        *matrix = wide;
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::TANGENT_SPACE;
    use crate::matrix::SymmetricMatrix;
    use crate::validation::{Figures, gather, judge_fold};

    /// Three channels and two bands. Only channels 0 and 2 depend on the class, in the second band.
    fn dataset(trials: usize) -> Dataset {
        let mut seed = 3u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut epochs = Vec::new();
        for trial in 0..trials {
            let class = trial % 2;
            for _ in 0..4 {
                let mut covariance = |shift: f64| {
                    let (a, b, c) = (noise(), 4.0 * noise(), noise());
                    let [x, y] = if class == 0 {
                        [shift, 0.0]
                    } else {
                        [0.0, shift]
                    };
                    let off = 0.1 * noise();
                    let diagonal = [(a + x).exp(), b.exp(), (c + y).exp()];
                    let values = (0..9).map(|k| if k % 4 == 0 { diagonal[k / 4] } else { off });
                    SymmetricMatrix::from_values(values.collect()).unwrap()
                };
                let covariances = vec![covariance(0.0), covariance(1.0)];
                epochs.push(Epoch {
                    class,
                    trial,
                    covariances,
                });
            }
        }
        Dataset {
            classes: vec!["left_hand".into(), "right_hand".into()],
            channel_count: 3,
            band_count: 2,
            epochs,
            rest: Vec::new(),
        }
    }

    fn candidate(channels: &[usize], bands: &[usize]) -> Candidate {
        Candidate {
            estimator: TANGENT_SPACE,
            channels: channels.to_vec(),
            bands: bands.to_vec(),
        }
    }

    fn judged(data: &Dataset, candidates: &[Candidate], chosen: &[usize]) -> Figures {
        let fold = |(fold, &candidate): (usize, &usize)| {
            let candidate = &candidates[candidate];
            let judged = judge_fold(data, fold, chosen.len(), |train| {
                let model = fit(train, data, candidate, None)?;
                Ok((model, candidate.bands.clone()))
            });
            judged.unwrap()
        };
        gather(chosen.iter().enumerate().map(fold).collect(), 2).figures
    }

    #[test]
    fn the_candidate_with_information_is_selected() {
        let candidates = [
            candidate(&[0, 1, 2], &[0]),
            candidate(&[1], &[1]),
            candidate(&[0, 2], &[1]),
        ];
        let data = dataset(30);
        assert_eq!(choose(&data, &candidates, None).unwrap(), 2);
        let figures = judged(&data, &candidates, &[2; 5]);
        assert!(figures.accuracy > 0.9, "{figures:?}");
    }

    #[test]
    fn a_widened_model_scores_as_the_narrow_one_does() {
        let data = dataset(20);
        let candidate = candidate(&[0, 2], &[1]);
        let wide = fit(&data.part(|_| true), &data, &candidate, None).unwrap();
        let small = narrowed(&data, &candidate);
        let narrow = TANGENT_SPACE.fit(&small.part(|_| true), 2, None).unwrap();
        let (mut wide, mut narrow) = (wide.scorer().unwrap(), narrow.scorer().unwrap());
        for (all, some) in data.epochs.iter().zip(&small.epochs) {
            let a = wide.score(&all.covariances[1..]).unwrap().to_vec();
            let b = narrow.score(&some.covariances).unwrap();
            assert!(
                a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9),
                "{a:?} {b:?}"
            );
        }
    }

    /// The best of many candidates on noise looks good on the trials it was chosen on, but is no better than guessing on others.
    #[test]
    fn noise_stays_at_chance_with_many_candidates() {
        let mut data = dataset(40);
        let mut seed = 9u64;
        for trial in 0..40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let class = (seed >> 40) as usize % 2;
            let own = data.epochs.iter_mut().filter(|epoch| epoch.trial == trial);
            own.for_each(|epoch| epoch.class = class);
        }
        let sets: [&[usize]; 5] = [&[0, 1, 2], &[0, 2], &[0, 1], &[1, 2], &[1]];
        let candidates: Vec<Candidate> = sets
            .iter()
            .flat_map(|channels| [&[0, 1][..], &[0], &[1]].map(|bands| candidate(channels, bands)))
            .collect();
        let chosen: Vec<usize> = (0..5)
            .map(|fold| choose(&data.without_fold(fold, 5), &candidates, None).unwrap())
            .collect();
        let figures = judged(&data, &candidates, &chosen);
        assert!(figures.p_value > 0.02, "{figures:?}");
    }
}
