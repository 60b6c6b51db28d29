//! Decoders in words, and the built-in one for given electrodes.

use super::percent;
use crate::app::out::note;
use crate::block::Layout;
use crate::control::PauseSettings;
use crate::printable::{counted, joined};
use crate::starters::{self, NoStarter};
use bci_cursor_calibration::{Decoder, Figures, Origin};

/// Describes the quality of a decoder, as far as it is known.
pub(super) fn describe_quality(decoder: &Decoder) -> String {
    match (&decoder.figures, &decoder.origin) {
        (Some(figures), _) => describe_accuracy(figures),
        (None, Origin::Starter { people, .. }) => {
            format!("a starter fitted on {people} other people, not on you")
        }
        (None, Origin::Personal { .. }) => "not validated".into(),
    }
}

pub(super) fn describe_accuracy(figures: &Figures) -> String {
    format!(
        "{} of {} held-out trials right ({}, 95 % interval {} to {}, chance {})",
        figures.correct,
        figures.trials,
        percent(figures.accuracy),
        percent(figures.interval[0]),
        percent(figures.interval[1]),
        percent(figures.chance)
    )
}

/// The built-in starter for these electrodes.
pub(super) fn starter_for(layout: &Layout) -> anyhow::Result<Decoder> {
    if let Some(starter) = starters::for_layout(layout)? {
        return Ok(starter);
    }
    Err(NoStarter {
        needed: starters::least_channels()?,
        found: layout.labels.clone(),
    }
    .into())
}

/// Reports the decoder, and whether EEG alone can resume with it.
pub(super) fn report_decoder(decoder: Option<&Decoder>, pause: &PauseSettings) {
    let Some(decoder) = decoder else {
        note!(
            "decoder  only looks at tags: no starter for imagined movement fits these electrodes"
        );
        note!("resume   EEG alone does not resume");
        return;
    };
    note!(
        "decoder  {}, {}, {}",
        joined(&decoder.classes, " / "),
        counted(decoder.channels.len(), "channel"),
        describe_quality(decoder)
    );
    note!("resume   {}", describe_resuming(decoder, pause));
}

/// Describes how EEG alone ends a pause, or why it does not.
fn describe_resuming(decoder: &Decoder, pause: &PauseSettings) -> String {
    if pause.resume_hold_ms == 0 {
        return "EEG alone does not resume (control.pause.resume_hold_ms is 0)".into();
    }
    let turns = pause.resume_holds;
    match (decoder.idle_gate, pause.resume_without_gate) {
        (Some(_), _) => format!(
            "two classes in turn, {turns} times at an even pace of three to eight seconds, resume as well"
        ),
        (None, true) => format!(
            "two classes in turn, {turns} times at an even pace, resume as well, although no idle gate was fitted to this person"
        ),
        (None, false) => "EEG alone does not resume, because this decoder has no idle gate fitted to this person: fit one with \
                          'bci-cursor fit --false-activations 60', or set control.pause.resume_without_gate=true"
            .into(),
    }
}
