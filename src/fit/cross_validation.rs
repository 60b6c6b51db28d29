//! Fits a model with cross-validated figures: contiguous folds, and on request a bounded search for the channels, bands
//! and estimator that suit a patient best, repeated inside each fold.

use super::error::FitError;
use super::request::FitRequest;
use crate::decoding::intent::usual_direction;
use crate::montage;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use bci_cursor_calibration::selection::{self, Candidate};
use bci_cursor_calibration::validation::{Fold, HeldOut, folds_of, gather, judge_fold};
use bci_cursor_calibration::velocity::VelocityRegressor;
use bci_cursor_calibration::{
    Dataset, DatasetError, Estimator, Figures, Model, Part, estimators, velocity_fit,
};

/// Montages that are tried as smaller sets of channels, and the minimum number of their electrodes that must be
/// present.
const SMALLER_MONTAGES: [usize; 2] = [21, 9];
const LEAST_CHANNELS: usize = 5;
/// Upper limit of mu and lower limit of beta, Hz.
const MU_TO_HZ: f64 = 14.0;
const BETA_FROM_HZ: f64 = 13.0;

/// A model fitted on all trials, with figures from trials that neither the model nor the selection had used.
pub(super) struct ValidatedModel {
    /// The selected channels, bands and estimator.
    pub(super) candidate: Candidate,
    pub(super) model: Model,
    pub(super) figures: Figures,
    /// The prediction of each trial, in order of time.
    pub(super) held_out: Vec<HeldOut>,
}

/// Fits a model according to the request and cross-validates it, on all cores.
///
/// # Errors
/// [`FitError::Dataset`] if there is too little data.
pub(super) fn fit_validated(
    dataset: &Dataset,
    request: &FitRequest,
    channels: &[String],
    on_progress: OnProgress<'_>,
) -> Result<ValidatedModel, FitError> {
    dataset.check()?;
    let folds = folds_of(dataset, request.folds);
    // The last job fits on all trials.
    let jobs: Vec<Option<usize>> = (0..folds).map(Some).chain([None]).collect();
    let starter = request.starter.as_ref().map(|starter| &starter.model);
    let chosen = if request.select {
        let candidates = candidates(dataset, channels, &request.features.bands_hz);
        let averaged = selection::averaged(dataset);
        let choose = |fold: &Option<usize>| {
            let chosen = match fold {
                Some(fold) => {
                    let train = averaged.without_fold(*fold, folds);
                    selection::choose(&train, &candidates, starter)
                }
                None => selection::choose(&averaged, &candidates, starter),
            };
            chosen.map(|place| candidates[place].clone())
        };
        let chosen = parallel::map_with_progress(&jobs, "searches done", on_progress, choose);
        chosen.into_iter().collect::<Result<Vec<_>, _>>()?
    } else {
        vec![Candidate::whole(request.estimator, dataset); jobs.len()]
    };
    let todo: Vec<(Option<usize>, Candidate)> = jobs.into_iter().zip(chosen).collect();
    let done = parallel::map_with_progress(&todo, "fits done", on_progress, |(fold, candidate)| {
        let fit = |part: &Part<'_>| {
            let model = selection::fit(part, dataset, candidate, starter)?;
            Ok((model, candidate.bands.clone()))
        };
        match fold {
            Some(fold) => judge_fold(dataset, *fold, folds, fit).map(Done::Fold),
            None => fit(&dataset.part(|_| true))
                .map(|(model, _)| Done::Model(candidate, Box::new(model))),
        }
    });
    let (mut judged, mut last) = (Vec::with_capacity(folds), None);
    for done in done {
        match done? {
            Done::Fold(fold) => judged.push(fold),
            Done::Model(candidate, model) => last = Some((candidate.clone(), *model)),
        }
    }
    let validation = gather(judged, dataset.classes.len());
    let (candidate, mut model) = last.ok_or(DatasetError::Degenerate)?;
    validation.set_gains(&mut model);
    if request.continuous {
        model.velocity = Some(fit_velocity(dataset, request, &model, folds)?);
    }
    Ok(ValidatedModel {
        candidate,
        model,
        figures: validation.figures,
        held_out: validation.held_out,
    })
}

/// Fits a regressor on a model's features, with its own cross-validation.
fn fit_velocity(
    dataset: &Dataset,
    request: &FitRequest,
    model: &Model,
    folds: usize,
) -> Result<VelocityRegressor, FitError> {
    let directions = directions(&dataset.classes)?;
    let starter = request.starter.as_ref().map(|starter| &starter.model);
    let places: Vec<usize> = (0..folds).collect();
    let judged = parallel::map(&places, |fold| {
        velocity_fit::judge_fold(dataset, *fold, folds, &directions, |part| {
            let classes = dataset.classes.len();
            request.estimator.fit(part, classes, starter)
        })
    });
    let judged = judged.into_iter().collect::<Result<Vec<_>, _>>()?;
    let all = dataset.part(|_| true);
    let linear = velocity_fit::fit(model, &all, &directions)?;
    Ok(velocity_fit::gather(linear, &judged))
}

/// The direction of each class; together they must span the plane.
fn directions(classes: &[String]) -> Result<Vec<[f64; 2]>, FitError> {
    let of = |class: &String| match usual_direction(class) {
        Some(direction) => Some(direction),
        None => (class == "rest").then_some([0.0; 2]),
    };
    let found: Vec<[f64; 2]> = classes.iter().filter_map(of).collect();
    let spans = |axis: usize| found.iter().any(|direction| direction[axis] != 0.0);
    if found.len() < classes.len() || !spans(0) || !spans(1) {
        return Err(FitError::Directions {
            found: classes.to_vec(),
        });
    }
    Ok(found)
}

enum Done<'a> {
    Fold(Fold),
    Model(&'a Candidate, Box<Model>),
}

/// The candidates: the usual estimator with every set of channels and bands, each other one with every set of channels.
/// The default comes first: it can use a starter, and it wins ties.
fn candidates(dataset: &Dataset, labels: &[String], bands_hz: &[[f64; 2]]) -> Vec<Candidate> {
    let all_channels: Vec<usize> = (0..labels.len()).collect();
    let all_bands: Vec<usize> = (0..bands_hz.len()).collect();
    let smaller = SMALLER_MONTAGES.iter().filter_map(|&count| {
        let montage = montage::named(count)?;
        let of_montage = |place: &usize| montage.contains(&labels[*place]);
        let places: Vec<usize> = all_channels.iter().copied().filter(of_montage).collect();
        (places.len() >= LEAST_CHANNELS && places.len() < labels.len()).then_some(places)
    });
    let mut channel_sets = vec![all_channels.clone()];
    channel_sets.extend(smaller);
    channel_sets.dedup();
    let bands_where = |is_in: &dyn Fn(&[f64; 2]) -> bool| -> Vec<usize> {
        let chosen = all_bands.iter().copied();
        chosen.filter(|&band| is_in(&bands_hz[band])).collect()
    };
    let mut band_sets = vec![
        all_bands.clone(),
        bands_where(&|[_, high]| *high <= MU_TO_HZ),
        bands_where(&|[low, _]| *low >= BETA_FROM_HZ),
    ];
    band_sets.retain(|bands| !bands.is_empty());
    band_sets.dedup();
    let candidate =
        |estimator: &'static dyn Estimator, channels: &Vec<usize>, bands: &Vec<usize>| Candidate {
            estimator,
            channels: channels.clone(),
            bands: bands.clone(),
        };
    let [usual, others @ ..] = estimators::ALL;
    let mut out = vec![Candidate::whole(usual, dataset)];
    for channels in &channel_sets {
        for bands in &band_sets {
            out.push(candidate(usual, channels, bands));
        }
        for estimator in others {
            out.push(candidate(estimator, channels, &all_bands));
        }
    }
    out.remove(1); // The default is already in the list.
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::BANDS_HZ;

    #[test]
    fn the_search_is_bounded_and_the_default_comes_first() {
        let dataset = |channels: usize| Dataset {
            channel_count: channels,
            band_count: 5,
            ..Dataset::default()
        };
        // The usual estimator has three sets of bands, all others one.
        let per_montage = 3 + estimators::ALL.len() - 1;
        for (count, montages) in [(64, 3), (21, 2), (9, 1)] {
            let labels = montage::named(count).unwrap();
            let found = candidates(&dataset(count), &labels, &BANDS_HZ);
            assert_eq!(found.len(), montages * per_montage);
            assert_eq!(
                found[0],
                Candidate::whole(estimators::TANGENT_SPACE, &dataset(count))
            );
            let distinct = found.iter().enumerate();
            assert!(distinct.clone().all(|(k, c)| !found[..k].contains(c)));
        }
    }
}
