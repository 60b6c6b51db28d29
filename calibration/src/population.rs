//! A starter: one classifier on the recentred tangent vectors of many people, for somebody without labelled trials (Zanini et al. 2018).

use crate::covariance_means;
use crate::dataset::Part;
use crate::error::DatasetError;
use crate::feature_map::FeatureMap;
use crate::linear::Linear;
use crate::logistic::Problem;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::model::Model;
use crate::personal::trial_weights;
use crate::rest::{self, RestDetector};
use crate::spatial_map::SpatialMap;
use crate::tangent_space::TangentSpace;

/// Ridge of the fit, as a share of the mean squared length of the rows.
const RIDGE: f64 = 0.4;

/// Windows of one person in one condition, such as imagery or execution. They have one common mean.
#[derive(Debug, Clone)]
pub struct Set<'a> {
    part: Part<'a>,
    mean_logs: Vec<SymmetricMatrix>,
}

impl<'a> Set<'a> {
    /// Computes the expensive part of a fit, which all fits with this set share.
    ///
    /// # Errors
    /// [`DatasetError::NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn new(part: Part<'a>) -> Result<Self, DatasetError> {
        let mean_logs = covariance_means::mean_logs(&part.epochs)?;
        Ok(Self { part, mean_logs })
    }
}

impl AsRef<[SymmetricMatrix]> for Set<'_> {
    fn as_ref(&self) -> &[SymmetricMatrix] {
        &self.mean_logs
    }
}

/// Fits to sets, each recentred to its own mean. All trials have the same weight.
///
/// # Errors
/// [`DatasetError`] if there is nothing to learn from.
pub fn fit(sets: &[&Set<'_>], classes: usize) -> Result<Model, DatasetError> {
    let mut space = TangentSpace::at_mean_of(sets)?;
    let mut rows = Matrix::with_columns(space.feature_count());
    let (mut labels, mut weights) = (Vec::new(), Vec::new());
    for Set { part, .. } in sets {
        let own = space.recentred(&part.sets())?;
        rows.extend_rows(&own.rows(&part.epochs)?);
        labels.extend(part.epochs.iter().map(|epoch| epoch.class));
        let trials: Vec<usize> = part.epochs.iter().map(|epoch| epoch.trial).collect();
        weights.extend(trial_weights(&trials));
    }
    space.balance(&mut rows);
    let linear = Problem::new(&rows, &labels, &weights, classes)?.fit(RIDGE, None)?;
    let rest = rest_detector(sets, &space, &rows)?;
    Ok(Model {
        spatial_map: SpatialMap::TangentSpace(space),
        linear,
        log_odds_gain: 1.0,
        rest,
        velocity: None,
    })
}

/// Rest against trials, of all people; `rows` are the features of the trials. `None` if nobody rested.
fn rest_detector(
    sets: &[&Set<'_>],
    space: &TangentSpace,
    rows: &Matrix,
) -> Result<Option<RestDetector>, DatasetError> {
    let mut examples = Vec::new();
    let mut rows = rows.iter();
    for Set { part, .. } in sets {
        let mut own = Matrix::with_columns(space.feature_count());
        let of_set = rows.by_ref().take(part.epochs.len());
        of_set.for_each(|row| own.push_row(row));
        let at_own_mean = space.recentred(&part.sets())?;
        let rest_rows = at_own_mean.rows(&part.rest)?;
        if !part.rest.is_empty() {
            examples.extend(rest::examples(&part.epochs, &own, &part.rest, &rest_rows));
        }
    }
    if examples.is_empty() {
        return Ok(None);
    }
    let labels: Vec<usize> = examples.iter().map(|example| example.class).collect();
    let rows = rest::rows_of(&examples);
    let weights = vec![1.0; rows.rows()];
    let linear: Linear = Problem::new(&rows, &labels, &weights, 2)?.fit(RIDGE, None)?;
    Ok(Some(RestDetector {
        linear,
        log_odds_gain: 1.0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;

    fn part(epochs: &[Epoch]) -> Part<'_> {
        Part {
            epochs: epochs.iter().collect(),
            rest: Vec::new(),
        }
    }

    /// A person with other amplitudes and another mixture at the electrodes.
    fn person(gain: [f64; 2], leak: f64, trials: usize) -> Vec<Epoch> {
        (0..trials)
            .map(|trial| {
                let class = trial % 2;
                let wobble = 1.0 + 0.05 * ((trial * 7) % 5) as f64;
                let [left, right] = if class == 0 { [1.0, 0.5] } else { [0.5, 1.0] };
                let (a, b) = (gain[0] * left * wobble, gain[1] * right);
                let cross = leak * (a + b);
                let covariance = vec![a + leak * leak * b, cross, cross, b + leak * leak * a];
                Epoch {
                    class,
                    trial,
                    covariances: vec![SymmetricMatrix::from_values(covariance).unwrap()],
                }
            })
            .collect()
    }

    #[test]
    fn a_new_person_is_decoded_without_labels() {
        let people = [
            person([3.0, 1.0], 0.1, 12),
            person([1.0, 20.0], 0.2, 12),
            person([5.0, 5.0], 0.0, 12),
        ];
        let sets = people
            .each_ref()
            .map(|person| Set::new(part(person)).unwrap());
        let starter = fit(&sets.each_ref(), 2).unwrap();
        let unseen = person([0.1, 40.0], 0.15, 20);
        let epochs: Vec<&Epoch> = unseen.iter().collect();
        let mut scorer = starter.recentred(&[&epochs]).unwrap().scorer().unwrap();
        for epoch in epochs {
            let scores = scorer.score(&epoch.covariances).unwrap();
            assert_eq!(scores[1] > scores[0], epoch.class == 1);
        }
    }
}
