//! The content of a recording and the quality of its signal.

use crate::block::Block;
use crate::conditioning::Fault;
use crate::conditioning::amplitude::{Amplitude, doubt_unit};
use crate::note::Note;
use crate::preprocessing::{Conditioned, Conditioner, LayoutError};
use crate::printable::{is_unprintable, storable};
use crate::source::recording::{About, Recorded};
use crate::source::{SourceError, SourceEvent};
use crate::time::SampleIndex;
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::{ConditioningSpec, Reference};
use serde::Serialize;
use std::collections::BTreeMap;

/// A recording that cannot be analysed.
#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its rate is too low for the filters.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// Signal quality of a channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChannelQuality {
    /// Electrode label.
    pub label: String,
    /// Root mean square between 1 and 40 Hz, µV; `None` if the rate is too low.
    pub rms_microvolts: Option<f64>,
    /// Number of values that are NaN or infinite.
    pub no_numbers: u64,
    /// Fraction of the time with each fault.
    pub faults: BTreeMap<&'static str, f64>,
}

/// The content of a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The file's own description.
    #[serde(flatten)]
    pub about: About,
    /// Sampling rate of the EEG.
    pub rate_hz: Hertz,
    /// Number of samples per EEG channel.
    pub samples: u64,
    /// Number of samples missing in gaps.
    pub missing_samples: u64,
    /// Duration including gaps, seconds.
    pub length_s: f64,
    /// The first sample after each gap, and the number of missing samples.
    pub gaps: Vec<(SampleIndex, u64)>,
    /// Number of times that the clock went backwards.
    pub clock_resets: u64,
    /// Number of markers with each label.
    pub events: BTreeMap<String, u64>,
    /// Why the stated unit of the channels is implausible; `None` if it is plausible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_doubt: Option<Note>,
    /// Signal quality of each EEG channel.
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

/// The label as the file spells it, if the channel's name had characters replaced.
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

/// Reads a recording to its end, and analyses it.
///
/// # Errors
/// [`QualityError`] if it cannot be read.
pub fn inspect(source: &mut dyn Recorded) -> Result<Inspection, QualityError> {
    let layout = source.layout().clone();
    let channels = layout.channel_count();
    let mut amplitude = Amplitude::new(layout.rate, channels);
    let conditioning = ConditioningSpec {
        reference: Reference::None,
        mains_hz: None,
    };
    // Channels with the same label would be treated as one.
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
                            for (counts, fault) in bad.iter_mut().zip(faults) {
                                if let Some(fault) = fault {
                                    *counts.entry(name(*fault)).or_default() +=
                                        block.frames() as u64;
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
    for (k, (quality, counts)) in out.quality.iter_mut().zip(bad).enumerate() {
        quality.rms_microvolts = rms.as_ref().and_then(|rms| rms.get(k).copied());
        quality.faults = counts
            .into_iter()
            .map(|(name, frames)| (name, frames as f64 / samples))
            .collect();
    }
    Ok(out)
}
