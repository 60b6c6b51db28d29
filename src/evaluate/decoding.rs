//! Decoding accuracy of recorded people, by protocols that define what the decoder may know.

use super::subjects::{EvaluateError, Trials};
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use bci_cursor_calibration::folds::blocked_folds;
use bci_cursor_calibration::population::{self, Set};
use bci_cursor_calibration::recentring::Recentring;
use bci_cursor_calibration::statistics::argmax;
use bci_cursor_calibration::validation::{HeldOut, cross_validate, mean_fold_auc};
use bci_cursor_calibration::{Dataset, DatasetError, Epoch, Model, Part, SpatialMap, estimators};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the decoder may know about a trial's person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationProtocol {
    /// Trials in four of five contiguous blocks; figures are means over the five blocks.
    BlockedCv,
    /// All recordings but the last; figures are for the last.
    Chronological,
    /// No labels; the mean of all trials.
    Zero,
    /// No labels; the mean of the trials before (for the first three: of those three).
    StreamingZero,
}

/// Contiguous blocks of trials.
const FOLDS: usize = 5;
/// The first trials use the mean of this many trials.
const WARM_UP: usize = 3;

/// Figures of one subject, or their mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Fraction of trials that were classified correctly.
    pub accuracy: f64,
}

/// Figures of all subjects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Figures by subject name.
    pub subjects: BTreeMap<String, Score>,
    /// Their mean.
    pub mean: Score,
}

impl Scores {
    /// Scores of these people.
    #[must_use]
    pub fn new(subjects: BTreeMap<String, Score>) -> Self {
        let n = subjects.len().max(1) as f64;
        let mean = |figure: fn(&Score) -> f64| subjects.values().map(figure).sum::<f64>() / n;
        Self {
            mean: Score {
                auc: mean(|score| score.auc),
                accuracy: mean(|score| score.accuracy),
            },
            subjects,
        }
    }
}

/// People whose data a prior is fitted on, always without the tested person.
pub struct Population<'a> {
    sets: Vec<(&'a str, Set<'a>)>,
}

impl<'a> Population<'a> {
    /// Nobody: decoders use the person's own labels only.
    #[must_use]
    pub fn nobody() -> Self {
        Self { sets: Vec::new() }
    }

    /// The imagery and execution trials of these people.
    ///
    /// # Errors
    /// [`EvaluateError::Dataset`] if somebody's covariances are not finite.
    pub fn new(people: &'a [Trials]) -> Result<Self, EvaluateError> {
        let datasets: Vec<(&Trials, &Dataset)> = people
            .iter()
            .flat_map(|person| [(person, &person.imagery), (person, &person.execution)])
            .filter(|(_, dataset)| !dataset.epochs.is_empty())
            .collect();
        let prepared = parallel::map(&datasets, |(person, dataset)| {
            dataset.check().map_err(|error| at_fault(person, error))?;
            let all = dataset.part(|_| true);
            let set = Set::new(all);
            let set = set.map_err(|error| at_fault(person, error))?;
            Ok((person.name.as_str(), set))
        });
        Ok(Self {
            sets: prepared.into_iter().collect::<Result<_, EvaluateError>>()?,
        })
    }

    /// Fits a starter on everybody except this subject; `None` if there is nobody else.
    fn starter_for(&self, subject: &Trials) -> Result<Option<Model>, EvaluateError> {
        let others = self.sets.iter().filter(|(name, _)| *name != subject.name);
        let sets: Vec<&Set<'_>> = others.map(|(_, set)| set).collect();
        if sets.is_empty() {
            return Ok(None);
        }
        let own = &subject.imagery;
        let fitted = population::fit(&sets, own.classes.len());
        fitted.map(Some).map_err(|error| at_fault(subject, error))
    }
}

/// Evaluates every subject by a protocol, on all cores.
///
/// # Errors
/// [`EvaluateError`] if a subject has too few trials, or if a prior is needed and there are no other people.
pub fn evaluate(
    subjects: &[Trials],
    population: &Population<'_>,
    protocol: EvaluationProtocol,
    on_progress: OnProgress<'_>,
) -> Result<Scores, EvaluateError> {
    let scored = parallel::map_with_progress(subjects, "people decoded", on_progress, |subject| {
        check(subject)?;
        let starter = population.starter_for(subject)?;
        let score = score(subject, starter.as_ref(), protocol)?;
        Ok((subject.name.clone(), score))
    });
    let scored: Result<BTreeMap<_, _>, EvaluateError> = scored.into_iter().collect();
    Ok(Scores::new(scored?))
}

/// Checks that there are enough trials of each class for meaningful figures.
fn check(subject: &Trials) -> Result<(), EvaluateError> {
    subject
        .imagery
        .check()
        .map_err(|error| at_fault(subject, error))
}

fn at_fault(subject: &Trials, error: DatasetError) -> EvaluateError {
    EvaluateError::Dataset {
        subject: subject.name.clone(),
        error,
    }
}

fn score(
    subject: &Trials,
    starter: Option<&Model>,
    protocol: EvaluationProtocol,
) -> Result<Score, EvaluateError> {
    let needed = || {
        starter.ok_or_else(|| EvaluateError::NoPopulation {
            subject: subject.name.clone(),
        })
    };
    let dataset = &subject.imagery;
    let held_out = match protocol {
        EvaluationProtocol::BlockedCv => {
            cross_validate(dataset, estimators::TANGENT_SPACE, starter, FOLDS)
                .map(|validation| validation.held_out)
        }
        EvaluationProtocol::Chronological if subject.recording_of.last() == Some(&0) => {
            return Err(EvaluateError::OneRecording {
                subject: subject.name.clone(),
            });
        }
        EvaluationProtocol::Chronological => chronological(subject, starter),
        EvaluationProtocol::Zero => zero(dataset, needed()?),
        EvaluationProtocol::StreamingZero => streaming_zero(dataset, needed()?),
    };
    summary(
        subject,
        &held_out.map_err(|error| at_fault(subject, error))?,
    )
}

/// Mean over the folds of the area under the curve, and the fraction of correct predictions.
fn summary(subject: &Trials, held_out: &[HeldOut]) -> Result<Score, EvaluateError> {
    let right = held_out
        .iter()
        .filter(|trial| argmax(&trial.scores) == trial.class)
        .count();
    let auc = mean_fold_auc(held_out).ok_or_else(|| EvaluateError::OneClass {
        subject: subject.name.clone(),
    })?;
    Ok(Score {
        auc,
        accuracy: right as f64 / held_out.len().max(1) as f64,
    })
}

fn scored_by(model: &Model, epochs: &[&Epoch]) -> Result<Vec<HeldOut>, DatasetError> {
    let mut scorer = model.scorer()?;
    let score = |epoch: &&Epoch| {
        Ok(HeldOut {
            trial: epoch.trial,
            class: epoch.class,
            fold: 0,
            scores: scorer.score(&epoch.covariances)?.to_vec(),
        })
    };
    epochs.iter().map(score).collect()
}

fn chronological(subject: &Trials, starter: Option<&Model>) -> Result<Vec<HeldOut>, DatasetError> {
    let dataset = &subject.imagery;
    let last = subject.recording_of.last().copied().unwrap_or(0);
    let (test, train): (Vec<&Epoch>, Vec<&Epoch>) = dataset
        .epochs
        .iter()
        .partition(|epoch| subject.recording_of[epoch.trial] == last);
    let train = trials_only(train);
    let model = estimators::TANGENT_SPACE.fit(&train, dataset.classes.len(), starter)?;
    scored_by(&model, &test)
}

fn trials_only(epochs: Vec<&Epoch>) -> Part<'_> {
    Part {
        epochs,
        rest: Vec::new(),
    }
}

fn zero(dataset: &Dataset, starter: &Model) -> Result<Vec<HeldOut>, DatasetError> {
    let epochs: Vec<&Epoch> = dataset.epochs.iter().collect();
    let recentred = starter.recentred(&[&epochs])?;
    scored_by(&recentred, &epochs)
}

fn streaming_zero(dataset: &Dataset, starter: &Model) -> Result<Vec<HeldOut>, DatasetError> {
    let SpatialMap::TangentSpace(space) = &starter.spatial_map else {
        return zero(dataset, starter);
    };
    let mut recentring = Recentring::new(space, f64::INFINITY);
    let mut scorer = starter.scorer()?;
    let mut used = 0;
    let mut held_out = Vec::with_capacity(dataset.epochs.len());
    for (place, epoch) in dataset.epochs.iter().enumerate() {
        for earlier in &dataset.epochs[used..place.max(WARM_UP).min(dataset.epochs.len())] {
            for (band, covariance) in earlier.covariances.iter().enumerate() {
                recentring.push(band, covariance)?;
            }
            used += 1;
        }
        scorer.recentre(&recentring)?;
        held_out.push(HeldOut {
            trial: epoch.trial,
            class: epoch.class,
            fold: 0,
            scores: scorer.score(&epoch.covariances)?.to_vec(),
        });
    }
    Ok(held_out)
}

/// One point of a learning curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Number of own labelled trials that the decoder was fitted on, at most.
    pub trials: usize,
    /// Mean over subjects.
    pub mean: Score,
    /// Figures by subject name.
    pub subjects: BTreeMap<String, Score>,
}

/// The learning curve from starter to personal decoder: blocked cross-validation as in
/// [`EvaluationProtocol::BlockedCv`], with only the first training trials, up to each of the given numbers. With none,
/// the starter recentred on the training trials.
///
/// # Errors
/// As [`evaluate`].
pub fn learning_curve(
    subjects: &[Trials],
    population: &Population<'_>,
    trials: &[usize],
    on_progress: OnProgress<'_>,
) -> Result<Vec<CurvePoint>, EvaluateError> {
    let by_subject =
        parallel::map_with_progress(subjects, "people decoded", on_progress, |subject| {
            check(subject)?;
            let starter = population.starter_for(subject)?;
            let score = |&count: &usize| {
                let held_out = with_few_trials(&subject.imagery, starter.as_ref(), count);
                summary(
                    subject,
                    &held_out.map_err(|error| at_fault(subject, error))?,
                )
            };
            trials.iter().map(score).collect::<Result<Vec<Score>, _>>()
        });
    let by_subject = by_subject
        .into_iter()
        .collect::<Result<Vec<_>, EvaluateError>>()?;
    let point = |(place, &trials): (usize, &usize)| {
        let named = subjects.iter().zip(&by_subject);
        let scores = Scores::new(
            named
                .map(|(s, curve)| (s.name.clone(), curve[place]))
                .collect(),
        );
        CurvePoint {
            trials,
            mean: scores.mean,
            subjects: scores.subjects,
        }
    };
    Ok(trials.iter().enumerate().map(point).collect())
}

fn with_few_trials(
    dataset: &Dataset,
    starter: Option<&Model>,
    count: usize,
) -> Result<Vec<HeldOut>, DatasetError> {
    let classes = dataset.classes.len();
    let fold_of = blocked_folds(dataset.epochs.len(), FOLDS);
    let mut held_out = Vec::new();
    for fold in 0..FOLDS {
        let (test, train): (Vec<&Epoch>, Vec<&Epoch>) = dataset
            .epochs
            .iter()
            .partition(|epoch| fold_of[epoch.trial] == fold);
        let few = &train[..count.min(train.len())];
        let every_class = (0..classes).all(|c| few.iter().any(|epoch| epoch.class == c));
        // Labels are few, but unlabelled EEG is not: the mean is that of all training trials.
        let recentred = starter.map(|starter| starter.recentred(&[&train]));
        let model = match recentred.transpose()? {
            Some(starter) if every_class => starter.refined(&trials_only(few.to_vec()), classes)?,
            Some(starter) => starter,
            None if every_class => {
                estimators::TANGENT_SPACE.fit(&trials_only(few.to_vec()), classes, None)?
            }
            None => continue,
        };
        held_out.extend(
            scored_by(&model, &test)?
                .into_iter()
                .map(|trial| HeldOut { fold, ..trial }),
        );
    }
    Ok(held_out)
}
