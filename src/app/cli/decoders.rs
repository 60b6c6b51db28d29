//! Decoders in words, and the built-in one for given electrodes.

use super::percent;
use crate::block::Layout;
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
