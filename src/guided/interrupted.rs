//! An interrupted calibration: what was planned, and what of it is recorded.

mod looks;

pub use looks::UnfinishedLooks;

use crate::block::Layout;
use crate::fit::classes::REST_MARKERS;
use crate::guided::protocol::Protocol;
use crate::patient::store;
use crate::recording::session::SessionEvent;
use crate::replay::verify::events;
use crate::source::{SourceError, open_recording};
use std::path::{Path, PathBuf};

/// A trial that lasted less than this fraction of its time was interrupted.
const WHOLE: f64 = 0.97;

/// A calibration that can be resumed.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Its parts, oldest first.
    pub recordings: Vec<PathBuf>,
    /// What was planned.
    pub protocol: Protocol,
    /// Complete trials of each class.
    pub done: Vec<usize>,
    /// Channels and rate of the recordings.
    pub layout: Layout,
}

impl Unfinished {
    /// The newest calibration of a patient, if trials are missing. Files that cannot be read are skipped.
    #[must_use]
    pub fn of(patient: &str) -> Option<Self> {
        let parts = parts(patient, Part::read);
        let (_, last) = parts.last()?;
        let mut done = vec![0; last.done.len()];
        for (_, part) in &parts {
            let sums = done.iter_mut().zip(&part.done);
            sums.for_each(|(sum, more)| *sum += more);
        }
        let found = Self {
            protocol: last.protocol.clone(),
            layout: last.layout.clone(),
            done,
            recordings: parts.into_iter().map(|(path, _)| path).collect(),
        };
        (found.missing() > 0).then_some(found)
    }

    /// The number of missing trials.
    #[must_use]
    pub fn missing(&self) -> usize {
        let planned = self.protocol.trials;
        self.done
            .iter()
            .map(|done| planned.saturating_sub(*done))
            .sum()
    }

    /// The file name of its last part.
    #[must_use]
    pub fn last_part(&self) -> Option<String> {
        last_part(&self.recordings)
    }
}

/// The file name of the last recording.
fn last_part(recordings: &[PathBuf]) -> Option<String> {
    let name = recordings.last()?.file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// A part, and the name of the file that it continues; none if the file is no such calibration.
type ReadPart<T> = Option<(T, Option<String>)>;

/// The newest calibration of a patient: its parts, oldest first. `read` reads a part and the name of the file that it continues, or
/// nothing if the file is no such calibration. Files that cannot be read are skipped.
fn parts<T>(
    patient: &str,
    read: fn(&Path) -> Result<ReadPart<T>, SourceError>,
) -> Vec<(PathBuf, T)> {
    let mut found = Vec::new();
    let mut continues: Option<String> = None;
    for path in store::sessions(patient).into_iter().rev() {
        let name = path.file_name().map(|name| name.to_string_lossy());
        if continues.is_some() && name.as_deref() != continues.as_deref() {
            continue;
        }
        let Ok(Some((part, before))) = read(&path) else {
            continue;
        };
        found.insert(0, (path, part));
        continues = before;
        if continues.is_none() {
            break;
        }
    }
    found
}

/// The markers of a session, each with its sample.
fn markers(events: &[SessionEvent]) -> Vec<(u64, &str)> {
    let markers = events.iter().filter_map(|event| match event {
        SessionEvent::Marker { sample, label } => Some((*sample, label.as_str())),
        _ => None,
    });
    markers.collect()
}

/// One recording of a calibration.
struct Part {
    protocol: Protocol,
    done: Vec<usize>,
    layout: Layout,
}

impl Part {
    /// Reads a part, and the name of the one that it continues; `None` if the file is not a calibration.
    fn read(path: &Path) -> Result<ReadPart<Self>, SourceError> {
        let events = events(path)?;
        let Some((classes, trials, timing, continues)) =
            events.iter().find_map(|event| match event {
                SessionEvent::Calibration {
                    classes,
                    trials,
                    timing,
                    continues,
                    ..
                } => Some((classes.clone(), *trials, *timing, continues.clone())),
                _ => None,
            })
        else {
            return Ok(None);
        };
        let layout = open_recording(&path.to_string_lossy())?.layout().clone();
        let mut protocol = Protocol::of(&classes, trials);
        protocol.timing = timing.unwrap_or(protocol.timing);
        let least = layout
            .rate
            .samples_in_secs(WHOLE * protocol.timing.imagery_s);
        let markers = markers(&events);
        let mut done = vec![0; classes.len()];
        for pair in markers.windows(2) {
            let [(from, label), (to, next)] = [pair[0], pair[1]];
            let is_whole = next == REST_MARKERS[1] && to.saturating_sub(from) as i64 >= least;
            let class = classes.iter().position(|class| class == label);
            if let Some(count) = class.filter(|_| is_whole).and_then(|c| done.get_mut(c)) {
                *count += 1;
            }
        }
        let part = Self {
            protocol,
            done,
            layout,
        };
        Ok(Some((part, continues)))
    }
}
