//! Folders of recorded people to labelled trials.

use crate::block::Block;
use crate::features::SpanCovariance;
use crate::frontend::{Conditioned, Conditioner, LayoutError};
use crate::runtime::parallel;
use crate::session::epochs::ClassMarker;
use crate::source::{self, SourceError, SourceEvent};
use crate::units::Hertz;
use bci_cursor_calibration::{ConditioningSpec, Dataset, Epoch, FeatureSpec};
use std::path::{Path, PathBuf};

/// Which recordings of a person are of the task itself, and which of the movement carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Name of the folder.
    pub name: String,
    /// Recordings of imagined movement, in order of time.
    pub imagery: Vec<PathBuf>,
    /// Recordings of executed movement.
    pub execution: Vec<PathBuf>,
}

/// How trials are cut and described.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSpec {
    /// Classes and their markers.
    pub classes: Vec<ClassMarker>,
    /// Electrodes to use; all of each recording where empty.
    pub channels: Vec<String>,
    /// What is done to the EEG.
    pub conditioning: ConditioningSpec,
    /// Bands; window and hop are not used.
    pub features: FeatureSpec,
    /// Trials begin this long after their cue, seconds,
    pub from_s: f64,
    /// and end this long after it.
    pub to_s: f64,
}

/// A folder that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The folder cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No folder with recordings in it.
    #[error(
        "{} holds no subject: expected one folder per person with EDF recordings in it, such as S001/S001R04.edf",
        path.display()
    )]
    NoSubject {
        /// The folder.
        path: PathBuf,
    },
    /// A recording.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording lacks electrodes.
    #[error("{}: {error}", path.display())]
    Layout {
        /// The recording.
        path: PathBuf,
        /// What does not fit.
        error: LayoutError,
    },
    /// A recording's rate differs from the first one's.
    #[error(
        "{}: {found}, but the first recording has {expected}",
        path.display()
    )]
    Mixed {
        /// The recording.
        path: PathBuf,
        /// Its rate.
        found: String,
        /// That of the first.
        expected: String,
    },
    /// Too little to learn from.
    #[error("{subject}: {error}")]
    Dataset {
        /// Who.
        subject: String,
        /// Why.
        error: bci_cursor_calibration::DatasetError,
    },
    /// The prior needs other people.
    #[error(
        "{subject} cannot be decoded without other people's data: there is no other subject. Name a folder of them with --population"
    )]
    NoPopulation {
        /// Who.
        subject: String,
    },
}

/// The subjects of a folder, in order of name: each folder in it that holds EDF recordings.
///
/// Recordings called as EEGMMIDB does (`S001R04.edf`) are sorted by their run: 4, 8, 12 are left and right imagined, 3, 7,
/// 11 executed, and the others of another task. All other recordings count as imagined.
///
/// # Errors
/// [`EvaluateError`] where the folder cannot be read or holds none.
pub fn find(folder: &Path) -> Result<Vec<Subject>, EvaluateError> {
    let mut subjects = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut subject = Subject {
            name,
            imagery: Vec::new(),
            execution: Vec::new(),
        };
        for file in entries(&path)? {
            if !file
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("edf"))
            {
                continue;
            }
            match eegmmidb_run(&file) {
                None | Some(4 | 8 | 12) => subject.imagery.push(file),
                Some(3 | 7 | 11) => subject.execution.push(file),
                Some(_) => {}
            }
        }
        if !subject.imagery.is_empty() {
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        return Err(EvaluateError::NoSubject {
            path: folder.to_owned(),
        });
    }
    Ok(subjects)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    let io = |cause| EvaluateError::Io {
        path: folder.to_owned(),
        cause,
    };
    let listed = std::fs::read_dir(folder).map_err(io)?;
    let mut paths = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(io)?;
    paths.sort();
    Ok(paths)
}

/// Run of an EEGMMIDB file name (`S001R04.edf`).
fn eegmmidb_run(file: &Path) -> Option<u32> {
    let stem = file.file_stem()?.to_str()?;
    let (subject, run) = stem.strip_prefix('S')?.split_once('R')?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(subject, 3) && digits(run, 2)).then(|| run.parse().ok())?
}

/// Labelled trials of one person.
#[derive(Debug, Clone)]
pub struct Trials {
    /// Who.
    pub name: String,
    /// Imagined trials in order of time.
    pub imagery: Dataset,
    /// For each imagined trial, the number of its recording.
    pub recording_of: Vec<usize>,
    /// Executed trials.
    pub execution: Dataset,
}

/// Electrodes and rate that all recordings share.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// Electrode labels, in the order of every covariance.
    pub channels: Vec<String>,
    /// Sampling rate.
    pub rate: Hertz,
}

/// Reads all trials of all subjects, on all cores.
///
/// # Errors
/// [`EvaluateError`] for the first recording that cannot be used.
pub fn load(
    subjects: &[Subject],
    spec: &TrialSpec,
) -> Result<(Vec<Trials>, Common), EvaluateError> {
    let first = subjects.iter().flat_map(|subject| &subject.imagery).next();
    let layout = match first {
        Some(path) => source::open_recording(&path.to_string_lossy())?
            .layout()
            .clone(),
        None => {
            return Err(EvaluateError::NoSubject {
                path: PathBuf::new(),
            });
        }
    };
    let channels = if spec.channels.is_empty() {
        layout.labels
    } else {
        spec.channels.clone()
    };
    let common = Common {
        channels,
        rate: layout.rate,
    };
    let jobs: Vec<&PathBuf> = subjects
        .iter()
        .flat_map(|subject| subject.imagery.iter().chain(&subject.execution))
        .collect();
    let mut read = parallel::map(&jobs, |path| read_trials(path, &common, spec)).into_iter();
    let mut out = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut trials = Trials {
            name: subject.name.clone(),
            imagery: empty(spec, &common),
            recording_of: Vec::new(),
            execution: empty(spec, &common),
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
    Ok((out, common))
}

fn empty(spec: &TrialSpec, common: &Common) -> Dataset {
    Dataset {
        classes: spec
            .classes
            .iter()
            .map(|class| class.class.clone())
            .collect(),
        channel_count: common.channels.len(),
        band_count: spec.features.bands_hz.len(),
        epochs: Vec::new(),
    }
}

fn append(dataset: &mut Dataset, epochs: Vec<Epoch>) {
    for mut epoch in epochs {
        epoch.trial = dataset.epochs.len();
        dataset.epochs.push(epoch);
    }
}

/// Frames that are read from a recording at a time.
const READ_FRAMES: usize = 256;

fn read_trials(
    path: &Path,
    common: &Common,
    spec: &TrialSpec,
) -> Result<Vec<Epoch>, EvaluateError> {
    let mut source = source::open_recording(&path.to_string_lossy())?;
    let layout = source.layout().clone();
    let at_fault = |error| EvaluateError::Layout {
        path: path.to_owned(),
        error,
    };
    if layout.rate != common.rate {
        return Err(EvaluateError::Mixed {
            path: path.to_owned(),
            found: format!("a rate of {}", layout.rate),
            expected: format!("a rate of {}", common.rate),
        });
    }
    let samples = |secs: f64| u64::try_from(common.rate.samples_in_secs(secs)).unwrap_or(0);
    let (from, to) = (samples(spec.from_s), samples(spec.to_s));
    let mut conditioner =
        Conditioner::new(&layout, &common.channels, &spec.conditioning, to - from)
            .map_err(at_fault)?;
    let mut covariance = SpanCovariance::new(&spec.features, common.rate, common.channels.len())
        .map_err(|error| at_fault(error.into()))?;
    let mut block = Block::with_capacity(layout.channel_count(), READ_FRAMES);
    let (mut epochs, mut class) = (Vec::new(), 0);
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => conditioner.process(&block, |conditioned| match conditioned {
                Conditioned::Restart => covariance.reset(),
                Conditioned::Samples { block, .. } => covariance.push(block, |covariances| {
                    epochs.push(Epoch {
                        class,
                        trial: 0,
                        covariances: covariances.to_vec(),
                    });
                }),
            }),
            SourceEvent::Marker(marker) => {
                if let Some(found) = spec.classes.iter().position(|c| c.marker == marker.label) {
                    class = found;
                    covariance.begin(marker.at.after(from)..marker.at.after(to));
                }
            }
            SourceEvent::End => return Ok(epochs),
            SourceEvent::Gap { .. } | SourceEvent::ClockReset | SourceEvent::Idle => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_by_name() {
        assert_eq!(eegmmidb_run(Path::new("x/S001R04.edf")), Some(4));
        assert_eq!(eegmmidb_run(Path::new("S001R04b.edf")), None);
        assert_eq!(eegmmidb_run(Path::new("session_R04.edf")), None);
    }

    #[test]
    fn subjects_are_folders_with_recordings_of_the_task() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "S002/S002R04.edf",
            "S002/S002R03.edf",
            "S002/S002R06.edf",
            "anna/day1.EDF",
            "empty/notes.txt",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        let shape: Vec<_> = found
            .iter()
            .map(|s| (s.name.as_str(), s.imagery.len(), s.execution.len()))
            .collect();
        assert_eq!(shape, [("S002", 1, 1), ("anna", 1, 0)]);
        let error = find(&folder.path().join("empty")).unwrap_err().to_string();
        assert!(error.contains("holds no subject"), "{error}");
    }
}
