//! Checks recordings before a fit: finds channels that must be left out, and units that are implausible.

use super::error::FitError;
use crate::block::Block;
use crate::conditioning::Fault;
use crate::conditioning::amplitude::{Amplitude, doubt_unit};
use crate::montage;
use crate::preprocessing::{Conditioned, Conditioner, LayoutError, too_many_bad};
use crate::runtime::parallel;
use crate::source::channels::ReadAs;
use crate::source::{SourceEvent, open_to_decode};
use crate::units::VoltageUnit;
use bci_cursor_calibration::{ConditioningSpec, Reference};

/// Frames read at a time.
const READ_FRAMES: usize = 256;
/// Fraction of bad time above which a channel that cannot be interpolated is left out, because it would cost more
/// windows than it is worth.
const COSTS_TOO_MUCH: f64 = 0.1;
/// Fraction of bad time above which a channel counts as always bad.
const THROUGHOUT: f64 = 0.5;

/// The condition of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ChannelCondition {
    /// Share of the time in which it was bad, and its last fault.
    pub(super) share: f64,
    pub(super) fault: Option<Fault>,
}

/// Number of frames in which a channel was bad, and its last fault.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct BadFrames {
    bad: u64,
    fault: Option<Fault>,
}

/// The condition of each channel in all recordings.
///
/// # Errors
/// [`FitError`] if a recording cannot be read or lacks a channel.
pub(super) fn conditions(
    recordings: &[String],
    channels: &[String],
    read_as: &ReadAs,
) -> Result<Vec<ChannelCondition>, FitError> {
    let surveyed = parallel::map(recordings, |recording| survey(recording, channels, read_as));
    let (mut found, mut frames) = (vec![BadFrames::default(); channels.len()], 0);
    for surveyed in surveyed {
        let (own, count) = surveyed?;
        frames += count;
        for (sum, own) in found.iter_mut().zip(own) {
            sum.bad += own.bad;
            sum.fault = sum.fault.or(own.fault);
        }
    }
    let condition = |found: BadFrames| ChannelCondition {
        share: found.bad as f64 / f64::max(frames as f64, 1.0),
        fault: found.fault,
    };
    Ok(found.into_iter().map(condition).collect())
}

/// Returns the channels that can be used, in their order. Warns about each channel that is left out, and about
/// implausible units.
///
/// A bad channel is normally interpolated from its neighbours. That is impossible if its position is unknown, or if
/// more than a fifth of the channels are bad. Such a channel is left out, so that its bad stretches do not cost every
/// window.
///
/// # Errors
/// [`FitError`] if a recording cannot be read or lacks a channel.
pub(super) fn usable_channels(
    recordings: &[String],
    channels: &[String],
    read_as: &ReadAs,
) -> Result<Vec<String>, FitError> {
    let conditions = conditions(recordings, channels, read_as)?;
    let share = |condition: &ChannelCondition| condition.share;
    let throughout = conditions
        .iter()
        .filter(|condition| share(condition) > THROUGHOUT)
        .count();
    let too_many = too_many_bad(throughout, channels.len());
    let mut usable = Vec::with_capacity(channels.len());
    for (label, condition) in channels.iter().zip(&conditions) {
        let has_position = montage::position(label).is_some();
        let why = if !has_position && share(condition) > COSTS_TOO_MUCH {
            "its position on the head is unknown, so its neighbours cannot stand in for it"
        } else if too_many && share(condition) > THROUGHOUT {
            "too many channels are bad to interpolate them"
        } else {
            usable.push(label.clone());
            continue;
        };
        let fault = condition
            .fault
            .map_or(String::new(), |fault| fault.to_string());
        log::warn!(
            "channel {label} is bad in {:.0} % of {} ({fault}) and is left out: {why}",
            100.0 * share(condition),
            recordings.join(", ")
        );
    }
    // If no channel is left, the fit reports what is missing.
    Ok(if usable.is_empty() {
        channels.to_vec()
    } else {
        usable
    })
}

/// Counts the bad frames of each channel, and all frames.
fn survey(
    recording: &str,
    channels: &[String],
    read_as: &ReadAs,
) -> Result<(Vec<BadFrames>, u64), FitError> {
    let mut source = open_to_decode(recording, read_as)?;
    let layout = source.layout().clone();
    let conditioning = ConditioningSpec {
        reference: Reference::None,
        mains_hz: None,
    };
    let window = layout.rate.samples_in_ms(1000);
    let at_fault = |error: LayoutError| FitError::Layout {
        recording: recording.to_owned(),
        error,
    };
    let mut conditioner =
        Conditioner::new(&layout, channels, &conditioning, window).map_err(at_fault)?;
    let mut amplitude = Amplitude::new(layout.rate, layout.channel_count());
    let mut block = Block::with_capacity(layout.channel_count(), READ_FRAMES);
    let (mut conditions, mut frames) = (vec![BadFrames::default(); channels.len()], 0);
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                block.iter().for_each(|frame| amplitude.push(frame));
                conditioner.process(&block, |conditioned| {
                    if let Conditioned::Samples { block, faults, .. } = conditioned {
                        let count = block.frames() as u64;
                        frames += count;
                        for (condition, fault) in conditions.iter_mut().zip(faults) {
                            if fault.is_some() {
                                condition.bad += count;
                                condition.fault = *fault;
                            }
                        }
                    }
                });
            }
            SourceEvent::End => break,
            _ => {}
        }
    }
    let unit = source.about().unit.unwrap_or(VoltageUnit::Microvolt);
    if let Some(doubt) = amplitude
        .rms_microvolts()
        .and_then(|rms| doubt_unit(&rms, unit))
    {
        doubt.warn(format_args!("{recording}: "));
    }
    Ok((conditions, frames))
}
