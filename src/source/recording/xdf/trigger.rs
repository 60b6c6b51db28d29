//! Channels of trigger codes among the channels of an EEG stream.

use super::super::samples::SampleFormat;
use super::choice::Eeg;
use super::stream::Stream;
use crate::source::channels::{Codes, is_trigger_channel, without_codes};

/// Codes that are kept before it is looked whether they are codes.
const LOOK: usize = 1000;

/// A channel that is called so, or whose type is.
#[derive(Debug)]
pub(super) struct TriggerChannel {
    label: String,
    byte: usize,
    format: SampleFormat,
    numbers: Codes,
    /// When a code that is not zero began, seconds, and which.
    codes: Vec<(f64, i64)>,
}

/// Those of a stream that are not read as EEG.
pub(super) fn trigger_channels(stream: &Stream, eeg: &Eeg) -> Vec<TriggerChannel> {
    let is_read = |place: usize| eeg.channels.iter().any(|&(own, _)| own == place);
    let channels = stream.channels.iter().enumerate();
    channels
        .filter(|(place, channel)| {
            !is_read(*place) && is_trigger_channel(&channel.label, &channel.kind)
        })
        .map(|(place, channel)| TriggerChannel {
            label: channel.label.clone(),
            byte: place * eeg.format.width(),
            format: eeg.format,
            numbers: Codes::new(0.0),
            codes: Vec::new(),
        })
        .collect()
}

impl TriggerChannel {
    /// Takes the bytes of a sample, and its time, seconds.
    pub(super) fn take(&mut self, sample: &[u8], time_s: f64) {
        let value = self.format.read(sample.get(self.byte..).unwrap_or(&[]));
        let begins = self.numbers.take(value);
        if let Some(code) = begins
            && (self.codes.len() < LOOK || self.numbers.are_codes())
        {
            self.codes.push((time_s, code));
        }
    }
}

/// The codes of the first channel that carries some; else what a user should know.
pub(super) fn codes_of(channels: Vec<TriggerChannel>) -> Result<Vec<(f64, i64)>, Vec<String>> {
    let mut notes = Vec::new();
    for channel in channels {
        if !channel.numbers.are_codes() {
            notes.push(without_codes(&channel.label));
        } else if !channel.codes.is_empty() {
            return Ok(channel.codes);
        }
    }
    Err(notes)
}
