//! What is known of a patient.

use super::names;
use crate::evaluate::quality::{Inspection, QualityError, inspect};
use crate::fit::diagnostics::patterns_of;
use crate::fit::hash_of;
use crate::fit::trial_windows::TrialTiming;
use crate::fit::{FitError, load_decoder};
use crate::guided::calibrate::learnt_to_s;
use crate::patient::profile::{Profile, ProfileError};
use crate::patient::store::{self, StoreError};
use crate::practice::PracticeFigures;
use crate::recording::session::SessionEvent;
use crate::replay::verify::events;
use crate::settings::Settings;
use crate::source::{SourceError, open_recording};
use bci_cursor_calibration::Decoder;
use std::path::Path;

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such patient, or no place for them.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A session cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A session cannot be looked at.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// A model cannot be read.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// A model of the patient's folder.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its file.
    pub file: String,
    /// What it holds.
    pub decoder: Decoder,
}

/// What changes on the head while each class is meant, as the calibration's last page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// Electrodes.
    pub channels: Vec<String>,
    /// For each class, change of power at each electrode, dB: below 14 Hz, and above.
    pub by_class_db: Vec<[Vec<f64>; 2]>,
}

/// One recorded session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLine {
    /// Its file.
    pub file: String,
    /// What it was for, in words.
    pub purpose: String,
    /// How long it is, seconds; none where it cannot be read.
    pub length_s: Option<f64>,
    /// Markers in it.
    pub markers: u64,
    /// Samples that are missing.
    pub missing: u64,
    /// Why it cannot be read.
    pub trouble: Option<String>,
}

/// A task that was practised.
#[derive(Debug, Clone, PartialEq)]
pub struct Practised {
    /// The session's file.
    pub file: String,
    /// Which task.
    pub task: String,
    /// With which decoder.
    pub decoder: String,
    /// What it came to.
    pub figures: PracticeFigures,
}

/// How good the signal of a session was.
#[derive(Debug, Clone)]
pub struct SignalOf {
    /// The session's file.
    pub file: String,
    /// What is in it.
    pub inspection: Inspection,
}

/// A setting that differs from its default.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedSetting {
    /// Its name.
    pub path: &'static str,
    /// What it does, with the unit.
    pub meaning: String,
    /// Its value.
    pub value: String,
    /// Its default.
    pub default: String,
}

/// Everything that a page tells.
#[derive(Debug, Clone)]
pub struct PatientReport {
    /// Whose it is, or which session.
    pub name: String,
    /// When the report was made, ISO 8601.
    pub date_time: String,
    /// Models in order of their names, which are dates.
    pub models: Vec<Kept>,
    /// Which of them is in force.
    pub in_force: Option<String>,
    /// Of the model in force; none where its recordings are not there any more.
    pub maps: Option<Maps>,
    /// Settings that differ from their defaults.
    pub changed: Vec<ChangedSetting>,
    /// Sessions in order of their names.
    pub sessions: Vec<SessionLine>,
    /// What was practised, in order of time.
    pub practice: Vec<Practised>,
    /// Signal of the newest session that can be read.
    pub signal: Option<SignalOf>,
}

/// Sessions that are looked at: of longer histories the newest.
const MOST_SESSIONS: usize = 50;

/// Gathers what is known of a patient.
///
/// # Errors
/// [`ReportError`] where there is no such patient. What cannot be read of theirs is told in the report.
pub fn of_patient(name: &str, date_time: &str) -> Result<PatientReport, ReportError> {
    let folder = store::existing(name)?;
    let profile = Profile::open(name)?;
    let mut models = Vec::new();
    for path in store::files(&folder.join("models"), "json") {
        match load_decoder(&path) {
            Ok(decoder) => models.push(Kept {
                file: file_name(&path),
                decoder,
            }),
            // Switches of the face live beside decoders.
            Err(error) => log::info!("{error}"),
        }
    }
    let mut sessions = store::files(&folder.join("sessions"), "xdf");
    let first = sessions.len().saturating_sub(MOST_SESSIONS);
    let (mut lines, mut signal, mut practice) = (Vec::new(), None, Vec::new());
    for path in sessions.drain(first..) {
        match looked_at(&path) {
            Ok(inspection) => {
                let told = told(&path)?;
                lines.push(line(&path, &inspection, &told));
                practice.extend(practised(&path, told));
                signal = Some(SignalOf {
                    file: file_name(&path),
                    inspection,
                });
            }
            Err(error) => lines.push(SessionLine {
                file: file_name(&path),
                purpose: String::new(),
                length_s: None,
                markers: 0,
                missing: 0,
                trouble: Some(error.to_string()),
            }),
        }
    }
    let in_force = profile.model().map(|path| file_name(&path));
    let kept = models
        .iter()
        .find(|kept| Some(&kept.file) == in_force.as_ref());
    let maps = kept.and_then(|kept| maps(&kept.decoder, &folder.join("sessions")));
    Ok(PatientReport {
        name: name.to_owned(),
        date_time: date_time.to_owned(),
        in_force,
        maps,
        changed: changed(&profile.settings()),
        models,
        sessions: lines,
        practice,
        signal,
    })
}

/// The same of one session, which is a file.
///
/// # Errors
/// [`ReportError`] where it cannot be read.
pub fn of_session(path: &Path, date_time: &str) -> Result<PatientReport, ReportError> {
    let (inspection, told) = (looked_at(path)?, told(path)?);
    Ok(PatientReport {
        name: file_name(path),
        date_time: date_time.to_owned(),
        models: Vec::new(),
        in_force: None,
        maps: None,
        changed: Vec::new(),
        sessions: vec![line(path, &inspection, &told)],
        practice: practised(path, told),
        signal: Some(SignalOf {
            file: file_name(path),
            inspection,
        }),
    })
}

fn looked_at(path: &Path) -> Result<Inspection, ReportError> {
    let mut recording = open_recording(&path.to_string_lossy())?;
    Ok(inspect(recording.as_mut())?)
}

/// What a session tells of itself; other recordings tell nothing.
fn told(path: &Path) -> Result<Vec<SessionEvent>, SourceError> {
    if path.extension().is_none_or(|extension| extension != "xdf") {
        return Ok(Vec::new());
    }
    events(path)
}

/// Maps of a decoder, from the recordings that it was fitted to: where one of them is gone or is another file now, none.
fn maps(decoder: &Decoder, sessions: &Path) -> Option<Maps> {
    let place = |file: &str| {
        let is_name = Path::new(file).file_name().is_some_and(|name| name == file);
        match (file.starts_with("synthetic:"), is_name) {
            (true, _) => Some(file.to_owned()),
            (false, true) => Some(sessions.join(file).to_string_lossy().into_owned()),
            (false, false) => None,
        }
    };
    let found = decoder.recordings.iter().map(|recording| {
        let path = place(&recording.file)?;
        let is_same = hash_of(&path).is_ok_and(|hash| hash.sha256 == recording.sha256);
        is_same.then_some(path)
    });
    let recordings: Vec<String> = found.collect::<Option<_>>()?;
    let to_s = recordings.first().and_then(|first| imagery_s(first));
    let to_s = to_s.map(|imagery_s| learnt_to_s(imagery_s, TrialTiming::default().from_s));
    let by_class_db = patterns_of(decoder, &recordings, to_s)
        .inspect_err(|error| log::info!("no scalp maps: {error}"))
        .ok()?;
    Some(Maps {
        channels: decoder.channels.clone(),
        by_class_db,
    })
}

/// How long each cue of a calibration lasted, seconds, where it tells.
fn imagery_s(recording: &str) -> Option<f64> {
    let told = told(Path::new(recording)).ok()?;
    told.into_iter().find_map(|event| match event {
        SessionEvent::Calibration { timing, .. } => Some(timing?.imagery_s),
        _ => None,
    })
}

fn line(path: &Path, inspection: &Inspection, told: &[SessionEvent]) -> SessionLine {
    SessionLine {
        file: file_name(path),
        purpose: names::purpose(told),
        length_s: Some(inspection.length_s),
        markers: inspection.events.values().sum(),
        missing: inspection.missing_samples,
        trouble: None,
    }
}

fn practised(path: &Path, told: Vec<SessionEvent>) -> Vec<Practised> {
    let told = told.into_iter().filter_map(|event| match event {
        SessionEvent::Practice {
            task,
            decoder,
            figures,
        } => Some(Practised {
            file: file_name(path),
            task,
            decoder,
            figures: serde_json::from_value(figures).ok()?,
        }),
        _ => None,
    });
    told.collect()
}

fn changed(settings: &Settings) -> Vec<ChangedSetting> {
    let changes = settings.changes_since(&Settings::default()).into_iter();
    changes
        .map(|(setting, [default, value])| ChangedSetting {
            path: setting.path,
            meaning: setting.describe(),
            value,
            default,
        })
        .collect()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
