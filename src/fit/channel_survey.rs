//! A look at recordings before they are fitted to: channels that must be left out, and a unit that cannot be right.

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

/// Frames that are read from a recording at a time.
const READ_FRAMES: usize = 256;
/// Share of the time above which a bad channel that nothing can stand in for is left out: it would cost more windows than it is worth.
const COSTS_TOO_MUCH: f64 = 0.1;
/// Share of the time above which a channel is bad throughout.
const THROUGHOUT: f64 = 0.5;

/// What a channel was like.
#[derive(Debug, Clone, Default, PartialEq)]
struct ChannelCondition {
    /// Frames in which it was bad, and its last fault.
    bad: u64,
    fault: Option<Fault>,
}

/// The channels that can be fitted to, in their order. What is left out is told, and why; so is a unit that cannot be right.
///
/// A bad channel is usually made from its neighbours. That is not possible where its position is not known, nor where more than a fifth
/// of the channels are bad: such a channel is left out, so that its bad stretches do not cost every window.
///
/// # Errors
/// [`FitError`] where a recording cannot be read or lacks a channel.
pub(super) fn usable_channels(
    recordings: &[String],
    channels: &[String],
    read_as: &ReadAs,
) -> Result<Vec<String>, FitError> {
    let looked = parallel::map(recordings, |recording| look(recording, channels, read_as));
    let (mut seen, mut frames) = (vec![ChannelCondition::default(); channels.len()], 0);
    for looked in looked {
        let (own, count) = looked?;
        frames += count;
        for (seen, own) in seen.iter_mut().zip(own) {
            seen.bad += own.bad;
            seen.fault = seen.fault.or(own.fault);
        }
    }
    let share = |seen: &ChannelCondition| seen.bad as f64 / f64::max(frames as f64, 1.0);
    let throughout = seen.iter().filter(|seen| share(seen) > THROUGHOUT).count();
    let too_many = too_many_bad(throughout, channels.len());
    let mut usable = Vec::with_capacity(channels.len());
    for (label, seen) in channels.iter().zip(&seen) {
        let has_position = montage::position(label).is_some();
        let why = if !has_position && share(seen) > COSTS_TOO_MUCH {
            "its position on the head is not known, so its neighbours cannot stand in for it"
        } else if too_many && share(seen) > THROUGHOUT {
            "too many channels are bad for the others to stand in for them"
        } else {
            usable.push(label.clone());
            continue;
        };
        let fault = seen.fault.map_or(String::new(), |fault| fault.to_string());
        log::warn!(
            "channel {label} is bad in {:.0} % of {} ({fault}) and is left out: {why}",
            100.0 * share(seen),
            recordings.join(", ")
        );
    }
    // Where nothing is left, the fit says what it lacks.
    Ok(if usable.is_empty() {
        channels.to_vec()
    } else {
        usable
    })
}

/// How often each channel is bad, and of how many frames.
fn look(
    recording: &str,
    channels: &[String],
    read_as: &ReadAs,
) -> Result<(Vec<ChannelCondition>, u64), FitError> {
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
    let (mut seen, mut frames) = (vec![ChannelCondition::default(); channels.len()], 0);
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                block.iter().for_each(|frame| amplitude.push(frame));
                conditioner.process(&block, |conditioned| {
                    if let Conditioned::Samples { block, faults, .. } = conditioned {
                        let count = block.frames() as u64;
                        frames += count;
                        for (seen, fault) in seen.iter_mut().zip(faults) {
                            if fault.is_some() {
                                seen.bad += count;
                                seen.fault = *fault;
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
        log::warn!("{recording}: {doubt}");
    }
    Ok((seen, frames))
}
