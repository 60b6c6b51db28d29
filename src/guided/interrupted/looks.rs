//! An interrupted calibration of looking: which looks of it are recorded.

use super::{ReadPart, WHOLE, markers, parts};
use crate::block::Layout;
use crate::guided::looks::{END, LookPlan, LookRun, field_of};
use crate::recording::session::SessionEvent;
use crate::replay::verify::events;
use crate::source::{SourceError, open_recording};
use std::path::{Path, PathBuf};

/// A calibration of looking that can be resumed.
#[derive(Debug, Clone, PartialEq)]
pub struct UnfinishedLooks {
    /// Its parts, oldest first.
    pub recordings: Vec<PathBuf>,
    /// What was planned.
    pub plan: LookPlan,
    /// The field of each whole look.
    pub done: Vec<usize>,
    /// Channels and rate of the recordings.
    pub layout: Layout,
}

impl UnfinishedLooks {
    /// The newest calibration of looking of a patient, if looks are missing. Files that cannot be read are skipped.
    #[must_use]
    pub fn of(patient: &str) -> Option<Self> {
        let parts = parts(patient, read);
        let (_, last) = parts.last()?;
        let unfinished = Self {
            plan: last.plan,
            layout: last.layout.clone(),
            done: parts
                .iter()
                .flat_map(|(_, part)| part.done.iter().copied())
                .collect(),
            recordings: parts.into_iter().map(|(path, _)| path).collect(),
        };
        (unfinished.done.len() < unfinished.plan.looks).then_some(unfinished)
    }

    /// The file name of its last part.
    #[must_use]
    pub fn last_part(&self) -> Option<String> {
        super::last_part(&self.recordings)
    }

    /// The looks that are missing.
    #[must_use]
    pub fn resume(&self) -> LookRun {
        LookRun::after(self.plan, &self.done)
    }
}

/// One recording of a calibration.
struct Part {
    plan: LookPlan,
    done: Vec<usize>,
    layout: Layout,
}

/// Reads a part, and the name of the one that it continues; `None` if the file is not a calibration of looking.
fn read(path: &Path) -> Result<ReadPart<Part>, SourceError> {
    let events = events(path)?;
    let begin = events.iter().find_map(|event| match event {
        SessionEvent::LooksBegin {
            looks, continues, ..
        } => Some((*looks, continues.clone())),
        _ => None,
    });
    let Some((looks, continues)) = begin else {
        return Ok(None);
    };
    let layout = open_recording(&path.to_string_lossy())?.layout().clone();
    let plan = LookPlan {
        looks,
        ..LookPlan::default()
    };
    let least = layout.rate.samples_in_secs(WHOLE * plan.look_s);
    let markers = markers(&events);
    let done = markers.windows(2).filter_map(|pair| {
        let [(from, label), (to, next)] = [pair[0], pair[1]];
        let is_whole = next == END && to.saturating_sub(from) as i64 >= least;
        field_of(label).filter(|_| is_whole)
    });
    let done: Vec<usize> = done.collect();
    // A part that ended before its first look has nothing to fit, and must not hide an earlier part.
    if done.is_empty() {
        return Ok(None);
    }
    Ok(Some((Part { plan, done, layout }, continues)))
}
