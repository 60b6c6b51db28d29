//! A person who looked at lights of some frequencies. A longer look is put together from several, and the phase jumps where they meet.

use super::super::bank::{Bank, Cut, Playing};
use super::super::{LoopError, LoopSpec};
use super::room::{Eyes, RecordedLooks};
use crate::block::{Block, Layout};
use crate::fit::classes::ClassMarker;
use crate::looking::channels::labels_over_visual_cortex;
use crate::looking::cue::frequency_hz;
use crate::looking::{Looking, LookingSettings, threshold_for};
use crate::source;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::starters::people::Subject;

/// A recorded look begins this long after its cue, seconds: the person first finds the light.
const CUT: Cut = Cut {
    from_s: 2.0,
    rest_from_s: 1.0,
};

impl Eyes for Playing<'_> {
    fn layout(&self) -> &Layout {
        self.bank().layout()
    }

    fn look(&mut self, code: Option<usize>, block: &mut Block, samples: usize, _: &mut Looking) {
        self.imagine(code);
        self.fill(block, samples);
    }
}

/// Plays a person who has no response of their own.
pub(super) fn play(
    person: &Subject,
    spec: &LoopSpec,
    false_looks_per_min: f64,
    read_as: &ReadAs,
    play: &mut dyn FnMut(&RecordedLooks<'_>) -> Result<(), LoopError>,
) -> Result<(), LoopError> {
    let subject = || person.name.clone();
    let failed = |error| LoopError::Source {
        subject: subject(),
        error,
    };
    let (labels, frequencies_hz) = looks_of(person, read_as).map_err(failed)?;
    if frequencies_hz.is_empty() {
        return Err(LoopError::NoLook { subject: subject() });
    }
    let class = |hz: &f64| {
        let marker = format!("ssvep_{hz}hz");
        ClassMarker::new(marker.clone(), marker)
    };
    let classes: Vec<ClassMarker> = frequencies_hz.iter().map(class).collect();
    let channels = labels_over_visual_cortex(&labels);
    let bank = Bank::read(&person.imagery, &classes, &channels, read_as, CUT).map_err(failed)?;
    let settings =
        LookingSettings::with_flicker(frequencies_hz, threshold_for(false_looks_per_min));
    for (class, count) in classes.iter().zip(bank.counts()) {
        if count == 0 {
            return Err(LoopError::Class {
                subject: subject(),
                class: class.class.clone(),
            });
        }
    }
    play(&RecordedLooks {
        subject: &person.name,
        eyes: &|| Box::new(bank.play(spec.seed)),
        settings: &settings,
        spec,
        has_rest: bank.counts().last().is_some_and(|count| *count > 0),
    })
}

/// The electrodes of the first recording, and the frequencies that were looked at, in order.
fn looks_of(
    person: &Subject,
    read_as: &ReadAs,
) -> Result<(Vec<String>, Vec<f64>), source::SourceError> {
    let (mut labels, mut found) = (None, Vec::new());
    for path in &person.imagery {
        let mut source = source::open_to_decode(&path.to_string_lossy(), read_as)?;
        labels.get_or_insert_with(|| source.layout().labels.clone());
        let mut walk = Walk::new(&mut *source);
        while let Some(passed) = walk.advance()? {
            if let Passed::Marker(marker) = passed {
                found.extend(frequency_hz(&marker.label));
            }
        }
    }
    found.sort_by(f64::total_cmp);
    found.dedup();
    Ok((labels.unwrap_or_default(), found))
}
