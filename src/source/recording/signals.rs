//! Channels of files that hold several rates: which are the EEG, and what the others are.

use super::about::{ChannelAbout, StreamAbout};
use super::input::Input;
use crate::source::SourceError;
use std::collections::BTreeMap;

/// A channel as its file describes it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) label: String,
    pub(super) unit: String,
    /// Microvolts in one of its unit; none where that is no voltage.
    pub(super) to_microvolts: Option<f64>,
    pub(super) samples_per_record: u64,
}

impl Described {
    /// A voltage, at this rate.
    pub(super) fn is_eeg(&self, samples_per_record: u64) -> bool {
        self.to_microvolts.is_some() && self.samples_per_record == samples_per_record
    }

    fn named(&self, record_s: f64) -> String {
        let unit = if self.unit.is_empty() {
            "no unit"
        } else {
            &self.unit
        };
        let rate = self.samples_per_record as f64 / record_s;
        format!("'{}' ({unit}, {rate} Hz)", self.label)
    }
}

/// Samples per record of the EEG: what most voltages have, and of several the most. What is left out is told.
///
/// # Errors
/// [`SourceError::NoChannels`] where nothing is a voltage.
pub(super) fn eeg_rate(
    input: &Input,
    channels: &[&Described],
    record_s: f64,
    warnings: &mut Vec<String>,
) -> Result<u64, SourceError> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    let voltages = channels.iter().filter(|c| c.to_microvolts.is_some());
    for channel in voltages.filter(|c| c.samples_per_record > 0) {
        *counts.entry(channel.samples_per_record).or_default() += 1;
    }
    let most = counts
        .iter()
        .max_by_key(|&(samples, count)| (*count, *samples));
    let Some((&samples, _)) = most else {
        return Err(SourceError::NoChannels {
            what: input.path().display().to_string(),
            found: channels.iter().map(|c| c.named(record_s)).collect(),
        });
    };
    let left_out: Vec<String> = channels
        .iter()
        .filter(|channel| !channel.is_eeg(samples))
        .map(|channel| channel.named(record_s))
        .collect();
    if !left_out.is_empty() {
        let rate = samples as f64 / record_s;
        warnings.push(format!(
            "left out, no voltage at {rate} Hz: {}",
            left_out.join(", ")
        ));
    }
    Ok(samples)
}

/// Channels, together with those of the same rate.
pub(super) fn describe(
    channels: &[&Described],
    eeg_samples: u64,
    records: u64,
    record_s: f64,
) -> Vec<StreamAbout> {
    let mut streams: Vec<StreamAbout> = Vec::new();
    for channel in channels.iter().filter(|c| c.samples_per_record > 0) {
        let is_read = channel.is_eeg(eeg_samples);
        let samples = records.saturating_mul(channel.samples_per_record);
        let about = ChannelAbout {
            label: channel.label.clone(),
            unit: channel.unit.clone(),
            is_read,
        };
        let with_it =
            |stream: &&mut StreamAbout| stream.samples == samples && stream.is_read == is_read;
        match streams.iter_mut().find(with_it) {
            Some(stream) => stream.channels.push(about),
            None => streams.push(StreamAbout {
                kind: if is_read { "EEG" } else { "other" }.into(),
                rate_hz: Some(channel.samples_per_record as f64 / record_s),
                samples,
                is_read,
                channels: vec![about],
                ..StreamAbout::default()
            }),
        }
    }
    streams
}
