//! What a recording holds and how good its signal is.

use crate::block::Block;
use crate::conditioning::Fault;
use crate::conditioning::amplitude::{Amplitude, doubt_unit};
use crate::preprocessing::{Conditioned, Conditioner, LayoutError};
use crate::printable::{is_unprintable, storable};
use crate::source::recording::{About, Recorded};
use crate::source::{SourceError, SourceEvent};
use crate::time::SampleIndex;
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::{ConditioningSpec, Reference};
use serde::Serialize;
use std::collections::BTreeMap;

/// A recording that cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its rate is too low for a filter.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// How good a channel's signal is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChannelQuality {
    /// Electrode.
    pub label: String,
    /// Root mean square between 1 and 40 Hz, µV; none where the rate is too low.
    pub rms_microvolts: Option<f64>,
    /// Values that are no numbers.
    pub no_numbers: u64,
    /// Share of the time in which each fault was seen.
    pub faults: BTreeMap<&'static str, f64>,
}

/// What is in a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// What the file says.
    #[serde(flatten)]
    pub about: About,
    /// Sampling rate of the EEG.
    pub rate_hz: Hertz,
    /// Samples of each EEG channel, and those that are missing between them.
    pub samples: u64,
    /// See `samples`.
    pub missing_samples: u64,
    /// Length with what is missing, seconds.
    pub length_s: f64,
    /// The first sample after each gap, and how many are missing.
    pub gaps: Vec<(SampleIndex, u64)>,
    /// Times that the clock went backwards.
    pub clock_resets: u64,
    /// How often each marker comes.
    pub events: BTreeMap<String, u64>,
    /// Why the channels cannot be in the unit that is stated, in words; none where they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_doubt: Option<String>,
    /// Signal of each EEG channel.
    pub quality: Vec<ChannelQuality>,
}

fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Flat => "flat",
        Fault::Railed => "railed",
        Fault::LineNoise => "line_noise",
        Fault::Noisy => "noisy",
        Fault::Unlike => "unlike",
    }
}

/// A label as the file spells it, where that holds characters that were replaced in the channel's name.
fn own_label(about: &About, label: &str) -> String {
    let streams = about.streams.iter().filter(|stream| stream.is_read);
    let read = streams.flat_map(|stream| stream.channels.iter().filter(|channel| channel.is_read));
    let mut own = read.filter(|channel| {
        channel.label.contains(is_unprintable) && storable(channel.label.trim()) == label
    });
    match (own.next(), own.next()) {
        (Some(channel), None) => channel.label.clone(),
        _ => label.to_owned(),
    }
}

/// Reads a recording to its end, and says what is in it.
///
/// # Errors
/// [`QualityError`] where it cannot be read.
pub fn inspect(source: &mut dyn Recorded) -> Result<Inspection, QualityError> {
    let layout = source.layout().clone();
    let channels = layout.channel_count();
    let mut amplitude = Amplitude::new(layout.rate, channels);
    let conditioning = ConditioningSpec {
        reference: Reference::None,
        mains_hz: None,
    };
    // Duplicate labels would be taken for one channel.
    let unique = layout
        .labels
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
        == channels;
    let mut conditioner = Conditioner::new(
        &layout,
        &layout.labels,
        &conditioning,
        layout.rate.samples_in_ms(1000),
    )
    .ok()
    .filter(|_| unique);
    let mut out = Inspection {
        about: source.about().clone(),
        rate_hz: layout.rate,
        samples: 0,
        missing_samples: 0,
        length_s: 0.0,
        gaps: Vec::new(),
        clock_resets: 0,
        events: BTreeMap::new(),
        unit_doubt: None,
        quality: layout
            .labels
            .iter()
            .map(|label| ChannelQuality {
                label: own_label(source.about(), label),
                ..ChannelQuality::default()
            })
            .collect(),
    };
    let mut block = Block::with_capacity(channels, 256);
    let mut bad = vec![BTreeMap::<&'static str, u64>::new(); channels];
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                for frame in block.iter() {
                    for (value, quality) in frame.iter().zip(&mut out.quality) {
                        quality.no_numbers += u64::from(!value.is_finite());
                    }
                    amplitude.push(frame);
                }
                if let Some(conditioner) = &mut conditioner {
                    conditioner.process(&block, |conditioned| {
                        if let Conditioned::Samples { block, faults, .. } = conditioned {
                            for (seen, fault) in bad.iter_mut().zip(faults) {
                                if let Some(fault) = fault {
                                    *seen.entry(name(*fault)).or_default() += block.frames() as u64;
                                }
                            }
                        }
                    });
                }
                out.samples += block.frames() as u64;
            }
            SourceEvent::Marker(marker) => *out.events.entry(marker.label).or_default() += 1,
            SourceEvent::Gap { missing } => {
                out.missing_samples += missing;
                out.gaps.push((block.first.after(missing), missing));
            }
            SourceEvent::ClockReset => out.clock_resets += 1,
            SourceEvent::Idle => {}
            SourceEvent::End => break,
        }
    }
    out.length_s = layout.rate.secs_of(out.samples + out.missing_samples);
    let samples = out.samples.max(1) as f64;
    let rms = amplitude.rms_microvolts();
    let unit = out.about.unit.unwrap_or(VoltageUnit::Microvolt);
    out.unit_doubt = rms.as_ref().and_then(|rms| doubt_unit(rms, unit));
    for (k, (quality, seen)) in out.quality.iter_mut().zip(bad).enumerate() {
        quality.rms_microvolts = rms.as_ref().and_then(|rms| rms.get(k).copied());
        quality.faults = seen
            .into_iter()
            .map(|(name, frames)| (name, frames as f64 / samples))
            .collect();
    }
    Ok(out)
}
