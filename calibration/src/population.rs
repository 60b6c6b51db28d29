//! A starter decoder from many people, which serves somebody who has given no label yet (Zanini et al. 2018; recentred
//! tangent vectors of other people, one classifier).

use crate::dataset::Part;
use crate::error::DatasetError;
use crate::linear::Linear;
use crate::logistic::Problem;
use crate::model::{Model, SpatialMap};
use crate::personal::trial_weights;
use crate::rest::{self, RestDetector};
use crate::tangent_space::{self, TangentSpace};

/// Ridge of the fit, as a share of the rows' mean squared length.
const RIDGE: f64 = 0.4;

/// Windows of one person and one condition, such as imagery or execution: they share one mean.
#[derive(Debug, Clone)]
pub struct Set<'a> {
    part: Part<'a>,
    mean_logs: Vec<Vec<f64>>,
}

impl<'a> Set<'a> {
    /// The costly part of a fit, done once however many fits the set takes part in.
    ///
    /// # Errors
    /// [`DatasetError::NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn new(part: Part<'a>, channels: usize, bands: usize) -> Result<Self, DatasetError> {
        let mean_logs = tangent_space::mean_logs(&part.epochs, channels, bands)?;
        Ok(Self { part, mean_logs })
    }
}

impl AsRef<[Vec<f64>]> for Set<'_> {
    fn as_ref(&self) -> &[Vec<f64>] {
        &self.mean_logs
    }
}

/// Fits to sets, each recentred to its own mean; trials count the same whosever they are.
///
/// # Errors
/// [`DatasetError`] where there is nothing to learn from.
pub fn fit(sets: &[&Set<'_>], classes: usize, channels: usize) -> Result<Model, DatasetError> {
    let mut space = TangentSpace::at_mean_of(sets, channels)?;
    let (mut rows, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for Set { part, .. } in sets {
        let own = space.recentred(&part.sets(), channels)?;
        rows.extend(own.rows(&part.epochs, channels)?);
        labels.extend(part.epochs.iter().map(|epoch| epoch.class));
        let trials: Vec<usize> = part.epochs.iter().map(|epoch| epoch.trial).collect();
        weights.extend(trial_weights(&trials));
    }
    space.balance(&mut rows, channels);
    let linear = Problem::new(&rows, &labels, &weights, classes)?.fit(RIDGE, None)?;
    let rest = rest_detector(sets, &space, &rows, channels)?;
    Ok(Model {
        spatial_map: SpatialMap::TangentSpace(space),
        linear,
        log_odds_gain: 1.0,
        rest,
        velocity: None,
    })
}

/// Everybody's rest against everybody's trials, of which `rows` are the features; `None` where nobody rested.
fn rest_detector(
    sets: &[&Set<'_>],
    space: &TangentSpace,
    rows: &[Vec<f64>],
    channels: usize,
) -> Result<Option<RestDetector>, DatasetError> {
    let mut examples = Vec::new();
    let mut rows = rows;
    for Set { part, .. } in sets {
        let (own, others) = rows.split_at(part.epochs.len());
        rows = others;
        let at_own_mean = space.recentred(&part.sets(), channels)?;
        let rest_rows = at_own_mean.rows(&part.rest, channels)?;
        if !part.rest.is_empty() {
            examples.extend(rest::examples(&part.epochs, own, &part.rest, &rest_rows));
        }
    }
    if examples.is_empty() {
        return Ok(None);
    }
    let labels: Vec<usize> = examples.iter().map(|example| example.class).collect();
    let rows: Vec<Vec<f64>> = examples.into_iter().map(|example| example.row).collect();
    let weights = vec![1.0; rows.len()];
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

    /// A person whose rhythms have another size on each electrode, seen through another mixture.
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
                    covariances: vec![covariance],
                }
            })
            .collect()
    }

    #[test]
    fn somebody_unseen_is_decoded_without_a_label() {
        let people = [
            person([3.0, 1.0], 0.1, 12),
            person([1.0, 20.0], 0.2, 12),
            person([5.0, 5.0], 0.0, 12),
        ];
        let sets = people
            .each_ref()
            .map(|person| Set::new(part(person), 2, 1).unwrap());
        let starter = fit(&sets.each_ref(), 2, 2).unwrap();
        let unseen = person([0.1, 40.0], 0.15, 20);
        let epochs: Vec<&Epoch> = unseen.iter().collect();
        let mut scorer = starter.recentred(&[&epochs], 2).unwrap().scorer(2).unwrap();
        for epoch in epochs {
            let scores = scorer.score(&epoch.covariances).unwrap();
            assert_eq!(scores[1] > scores[0], epoch.class == 1);
        }
    }
}
