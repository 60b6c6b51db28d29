//! Channels of trigger codes among the channels of an EEG stream.

use super::super::samples::SampleFormat;
use super::super::trigger::{CODE_BITS, SAMPLES_PER_CHANGE, WHOLE, without_codes};
use super::choice::Eeg;
use super::stream::Stream;
use crate::source::channels::is_trigger_name;

/// Codes that are kept before it is looked whether they are codes.
const LOOK: usize = 1000;

/// A channel that is called so, or whose type is.
#[derive(Debug)]
pub(super) struct TriggerChannel {
    label: String,
    byte: usize,
    format: SampleFormat,
    last: Option<i64>,
    samples: usize,
    changes: usize,
    is_whole: bool,
    /// When a code that is not zero began, seconds, and which.
    codes: Vec<(f64, i64)>,
}

/// Those of a stream that are not read as EEG.
pub(super) fn trigger_channels(stream: &Stream, eeg: &Eeg) -> Vec<TriggerChannel> {
    let is_read = |place: usize| eeg.channels.iter().any(|&(own, _)| own == place);
    let channels = stream.channels.iter().enumerate();
    channels
        .filter(|(place, channel)| {
            !is_read(*place) && (is_trigger_name(&channel.label) || is_trigger_name(&channel.kind))
        })
        .map(|(place, channel)| TriggerChannel {
            label: channel.label.clone(),
            byte: place * eeg.format.width(),
            format: eeg.format,
            last: None,
            samples: 0,
            changes: 0,
            is_whole: true,
            codes: Vec::new(),
        })
        .collect()
}

impl TriggerChannel {
    /// Takes the bytes of a sample, and its time, seconds.
    pub(super) fn take(&mut self, sample: &[u8], time_s: f64) {
        let value = self.format.read(sample.get(self.byte..).unwrap_or(&[]));
        self.samples += 1;
        self.is_whole &= (value - value.round()).abs() <= WHOLE;
        // Saturates; what is no number is zero.
        let code = (value.round().max(0.0) as i64) & CODE_BITS;
        let is_new = self.last.replace(code) != Some(code);
        self.changes += usize::from(is_new);
        if is_new && code != 0 && (self.codes.len() < LOOK || self.has_codes()) {
            self.codes.push((time_s, code));
        }
    }

    /// Whether its numbers are whole and stay for a while.
    fn has_codes(&self) -> bool {
        self.is_whole && self.changes.saturating_sub(1) * SAMPLES_PER_CHANGE <= self.samples
    }
}

/// The codes of the first channel that carries some; else what a user should know.
pub(super) fn codes_of(channels: Vec<TriggerChannel>) -> Result<Vec<(f64, i64)>, Vec<String>> {
    let mut notes = Vec::new();
    for channel in channels {
        if !channel.has_codes() {
            notes.push(without_codes(&channel.label));
        } else if !channel.codes.is_empty() {
            return Ok(channel.codes);
        }
    }
    Err(notes)
}
