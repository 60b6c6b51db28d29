//! An interrupted calibration: what was planned, and what of it is recorded.

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
        let newest_first = store::sessions(patient).into_iter().rev();
        let mut found: Option<Self> = None;
        let mut continues: Option<String> = None;
        for path in newest_first {
            let name = path.file_name().map(|name| name.to_string_lossy());
            if continues.is_some() && name.as_deref() != continues.as_deref() {
                continue;
            }
            let Ok(Some(part)) = Part::read(&path) else {
                continue;
            };
            continues = part.continues;
            match &mut found {
                None => {
                    found = Some(Self {
                        recordings: vec![path],
                        protocol: part.protocol,
                        done: part.done,
                        layout: part.layout,
                    });
                }
                Some(found) => {
                    found.recordings.insert(0, path);
                    let sums = found.done.iter_mut().zip(part.done);
                    sums.for_each(|(sum, more)| *sum += more);
                }
            }
            if continues.is_none() {
                break;
            }
        }
        found.filter(|found| found.missing() > 0)
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
        let name = self.recordings.last()?.file_name()?;
        Some(name.to_string_lossy().into_owned())
    }
}

/// One recording of a calibration.
struct Part {
    protocol: Protocol,
    done: Vec<usize>,
    layout: Layout,
    continues: Option<String>,
}

impl Part {
    /// Reads a part; `None` if the file is not a calibration.
    fn read(path: &Path) -> Result<Option<Self>, SourceError> {
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
        let markers: Vec<(u64, &str)> = events
            .iter()
            .filter_map(|event| match event {
                SessionEvent::Marker { sample, label } => Some((*sample, label.as_str())),
                _ => None,
            })
            .collect();
        let mut done = vec![0; classes.len()];
        for pair in markers.windows(2) {
            let [(from, label), (to, next)] = [pair[0], pair[1]];
            let is_whole = next == REST_MARKERS[1] && to.saturating_sub(from) as i64 >= least;
            let class = classes.iter().position(|class| class == label);
            if let Some(count) = class.filter(|_| is_whole).and_then(|c| done.get_mut(c)) {
                *count += 1;
            }
        }
        Ok(Some(Self {
            protocol,
            done,
            layout,
            continues,
        }))
    }
}
