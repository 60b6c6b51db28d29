//! Reads labelled trials from recordings of people.

use crate::features::SpanCovariance;
use crate::fit::classes::{ClassMarker, class_names, class_of};
use crate::preprocessing::{Conditioned, Conditioner, LayoutError};
use crate::printable::{printable, printable_path};
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::source::{SourceError, open_to_decode};
use crate::starters::people::{PeopleError, Subject};
use bci_cursor_calibration::{ConditioningSpec, Dataset, Epoch, FeatureSpec};
use std::path::{Path, PathBuf};

/// How trials are cut and processed.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSpec {
    /// Classes and their markers.
    pub classes: Vec<ClassMarker>,
    /// Electrodes to use; empty for all of each recording.
    pub channels: Vec<String>,
    /// How to read the recordings, if not as they declare themselves.
    pub read_as: ReadAs,
    /// Conditioning of the EEG.
    pub conditioning: ConditioningSpec,
    /// Bands; window and hop are not used.
    pub features: FeatureSpec,
    /// Trials begin this long after their cue, seconds.
    pub from_s: f64,
    /// Trials end this long after their cue, seconds.
    pub to_s: f64,
}

/// A folder that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The folder cannot be read.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording lacks electrodes.
    #[error("{}: {error}", printable_path(path))]
    Layout {
        /// The recording.
        path: PathBuf,
        /// What does not fit.
        error: LayoutError,
    },
    /// There is too little data to fit on.
    #[error("{}: {error}", printable(subject))]
    Dataset {
        /// The subject's name.
        subject: String,
        /// The cause.
        error: bci_cursor_calibration::DatasetError,
    },
    /// All tested trials are of one class.
    #[error(
        "{}: the tested trials are all of one class, which tells nothing of telling two apart",
        printable(subject)
    )]
    OneClass {
        /// The subject's name.
        subject: String,
    },
    /// There is no recording before the last one to fit on.
    #[error(
        "{} has one recording; 'chronological' fits on all but the last, so it needs two",
        printable(subject)
    )]
    OneRecording {
        /// The subject's name.
        subject: String,
    },
    /// The prior needs other people's data.
    #[error(
        "{} cannot be decoded without other people's data: there is no other subject",
        printable(subject)
    )]
    NoPopulation {
        /// The subject's name.
        subject: String,
    },
}

/// Labelled trials of one person.
#[derive(Debug, Clone)]
pub struct Trials {
    /// The person's name.
    pub name: String,
    /// Imagery trials in order of time.
    pub imagery: Dataset,
    /// For each imagery trial, the index of its recording.
    pub recording_of: Vec<usize>,
    /// Execution trials.
    pub execution: Dataset,
}

/// Reads all trials of all subjects, on all cores. Also returns the electrodes, in the order of every covariance.
///
/// # Errors
/// [`EvaluateError`] for the first recording that cannot be used.
pub fn load(
    subjects: &[Subject],
    spec: &TrialSpec,
    on_progress: OnProgress<'_>,
) -> Result<(Vec<Trials>, Vec<String>), EvaluateError> {
    let first = subjects.iter().flat_map(|subject| &subject.imagery).next();
    let Some(first) = first else {
        return Err(PeopleError::NoSubject {
            path: PathBuf::new(),
        }
        .into());
    };
    let channels = if spec.channels.is_empty() {
        let first = open_to_decode(&first.to_string_lossy(), &spec.read_as)?;
        first.layout().labels.clone()
    } else {
        spec.channels.clone()
    };
    let jobs: Vec<&PathBuf> = subjects
        .iter()
        .flat_map(|subject| subject.imagery.iter().chain(&subject.execution))
        .collect();
    let mut read = parallel::map_with_progress(&jobs, "recordings read", on_progress, |path| {
        read_trials(path, &channels, spec)
    })
    .into_iter();
    let mut out = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut trials = Trials {
            name: subject.name.clone(),
            imagery: empty(spec, channels.len()),
            recording_of: Vec::new(),
            execution: empty(spec, channels.len()),
        };
        for (number, epochs) in read.by_ref().take(subject.imagery.len()).enumerate() {
            append(&mut trials.imagery, epochs?);
            trials
                .recording_of
                .resize(trials.imagery.epochs.len(), number);
        }
        for epochs in read.by_ref().take(subject.execution.len()) {
            append(&mut trials.execution, epochs?);
        }
        out.push(trials);
    }
    Ok((out, channels))
}

fn empty(spec: &TrialSpec, channels: usize) -> Dataset {
    Dataset {
        classes: class_names(&spec.classes),
        channel_count: channels,
        band_count: spec.features.bands_hz.len(),
        epochs: Vec::new(),
        rest: Vec::new(),
    }
}

fn append(dataset: &mut Dataset, epochs: Vec<Epoch>) {
    for mut epoch in epochs {
        epoch.trial = dataset.epochs.len();
        dataset.epochs.push(epoch);
    }
}

fn read_trials(
    path: &Path,
    channels: &[String],
    spec: &TrialSpec,
) -> Result<Vec<Epoch>, EvaluateError> {
    let name = path.to_string_lossy();
    let mut source = open_to_decode(&name, &spec.read_as)?;
    let layout = source.layout().clone();
    let at_fault = |error| EvaluateError::Layout {
        path: path.to_owned(),
        error,
    };
    // Covariances do not depend on the rate, so people recorded at different rates can be compared.
    let samples = |secs: f64| u64::try_from(layout.rate.samples_in_secs(secs)).unwrap_or(0);
    let (from, to) = (samples(spec.from_s), samples(spec.to_s));
    let mut conditioner =
        Conditioner::new(&layout, channels, &spec.conditioning, to - from).map_err(at_fault)?;
    let mut covariance = SpanCovariance::new(&spec.features, layout.rate, channels.len())
        .map_err(|error| at_fault(error.into()))?;
    let (mut epochs, mut class) = (Vec::new(), 0);
    let mut walk = Walk::new(source.as_mut());
    while let Some(passed) = walk.advance()? {
        match passed {
            Passed::Samples(block) => conditioner.process(block, |conditioned| match conditioned {
                Conditioned::Restart => covariance.reset(),
                Conditioned::Samples { block, .. } => covariance.push(block, |covariances| {
                    epochs.push(Epoch {
                        class,
                        trial: 0,
                        covariances: covariances.to_vec(),
                    });
                }),
            }),
            Passed::Marker(marker) => {
                if let Some(found) = class_of(&spec.classes, &marker.label, &name) {
                    class = found;
                    covariance.begin(marker.at.after(from)..marker.at.after(to));
                }
            }
            Passed::Gap { .. } | Passed::ClockReset => {}
        }
    }
    Ok(epochs)
}
