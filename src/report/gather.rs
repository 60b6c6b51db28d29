//! Collects the data of a report.

use super::names;
use crate::evaluate::quality::{Inspection, QualityError, inspect};
use crate::fit::diagnostics::patterns_of;
use crate::fit::hash_of;
use crate::fit::trial_windows::TrialTiming;
use crate::fit::{FitError, load_decoder};
use crate::guided::calibrate::learnt_to_s;
use crate::looking::LookingModel;
use crate::patient::looking;
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
    /// There is no such patient, or no data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A session cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The quality of a session cannot be analysed.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// A model cannot be read.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// A model in the patient's folder.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its file.
    pub file: String,
    /// The decoder.
    pub decoder: Decoder,
}

/// Changes of band power during each class, as shown on the calibration's last page.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// Electrodes.
    pub channels: Vec<String>,
    /// For each class, the change of power at each electrode, dB: below 14 Hz, and above.
    pub by_class_db: Vec<[Vec<f64>; 2]>,
}

/// One recorded session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLine {
    /// Its file.
    pub file: String,
    /// Its purpose, for the user.
    pub purpose: String,
    /// Duration, seconds; `None` if it cannot be read.
    pub length_s: Option<f64>,
    /// Number of markers.
    pub markers: u64,
    /// Number of missing samples.
    pub missing: u64,
    /// Why it cannot be read.
    pub trouble: Option<String>,
}

/// A practice task that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Practised {
    /// The session's file.
    pub file: String,
    /// The task.
    pub task: String,
    /// The decoder's name.
    pub decoder: String,
    /// Its figures.
    pub figures: PracticeFigures,
}

/// The signal quality of a session.
#[derive(Debug, Clone)]
pub struct SignalOf {
    /// The session's file.
    pub file: String,
    /// The analysis of the recording.
    pub inspection: Inspection,
}

/// A setting that differs from its default.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedSetting {
    /// Its name.
    pub path: &'static str,
    /// Its description, with the unit.
    pub meaning: String,
    /// Its value.
    pub value: String,
    /// Its default.
    pub default: String,
}

/// All data of a report.
#[derive(Debug, Clone)]
pub struct PatientReport {
    /// The name of the patient or session.
    pub name: String,
    /// When the report was made, ISO 8601.
    pub date_time: String,
    /// Models in order of their names, which are dates.
    pub models: Vec<Kept>,
    /// The file of the model in use.
    pub in_force: Option<String>,
    /// Maps of the model in use; `None` if its recordings are no longer there.
    pub maps: Option<Maps>,
    /// The response to codes that are looked at, or why it cannot be read; `None` if there is none.
    pub looking: Option<Result<LookingModel, String>>,
    /// Settings that differ from their defaults.
    pub changed: Vec<ChangedSetting>,
    /// Sessions in order of their names.
    pub sessions: Vec<SessionLine>,
    /// Practice tasks in order of time.
    pub practice: Vec<Practised>,
    /// Signal quality of the newest session that can be read.
    pub signal: Option<SignalOf>,
}

/// Number of sessions that are analysed: the newest ones.
const MOST_SESSIONS: usize = 50;

/// Collects the data of a patient.
///
/// # Errors
/// [`ReportError`] if there is no such patient. Files that cannot be read are listed in the report.
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
            // Face switches are stored next to decoders.
            Err(error) => log::info!("{error}"),
        }
    }
    let mut sessions = store::files(&folder.join("sessions"), "xdf");
    let first = sessions.len().saturating_sub(MOST_SESSIONS);
    let (mut lines, mut signal, mut practice) = (Vec::new(), None, Vec::new());
    for path in sessions.drain(first..) {
        match looked_at(&path) {
            Ok(inspection) => {
                let events = stored_events(&path)?;
                lines.push(line(&path, &inspection, &events));
                practice.extend(practised(&path, events));
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
        looking: looking::load(name)
            .map(|found| found.map(|(_, model)| model))
            .map_err(|error| error.to_string())
            .transpose(),
        changed: changed(&profile.settings()),
        models,
        sessions: lines,
        practice,
        signal,
    })
}

/// Collects the data of one session file.
///
/// # Errors
/// [`ReportError`] if it cannot be read.
pub fn of_session(path: &Path, date_time: &str) -> Result<PatientReport, ReportError> {
    let (inspection, events) = (looked_at(path)?, stored_events(path)?);
    Ok(PatientReport {
        name: file_name(path),
        date_time: date_time.to_owned(),
        models: Vec::new(),
        in_force: None,
        maps: None,
        looking: None,
        changed: Vec::new(),
        sessions: vec![line(path, &inspection, &events)],
        practice: practised(path, events),
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

/// The events stored in a session; none for other recordings.
fn stored_events(path: &Path) -> Result<Vec<SessionEvent>, SourceError> {
    if path.extension().is_none_or(|extension| extension != "xdf") {
        return Ok(Vec::new());
    }
    events(path)
}

/// Maps of a decoder, computed from the recordings that it was fitted to. `None` if one of them is missing or has
/// changed.
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

/// Duration of the cues of a calibration, seconds, if it is stored.
fn imagery_s(recording: &str) -> Option<f64> {
    let events = stored_events(Path::new(recording)).ok()?;
    events.into_iter().find_map(|event| match event {
        SessionEvent::Calibration { timing, .. } => Some(timing?.imagery_s),
        _ => None,
    })
}

fn line(path: &Path, inspection: &Inspection, events: &[SessionEvent]) -> SessionLine {
    SessionLine {
        file: file_name(path),
        purpose: names::purpose(events),
        length_s: Some(inspection.length_s),
        markers: inspection.events.values().sum(),
        missing: inspection.missing_samples,
        trouble: None,
    }
}

fn practised(path: &Path, events: Vec<SessionEvent>) -> Vec<Practised> {
    let events = events.into_iter().filter_map(|event| match event {
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
    events.collect()
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
