//! Trigger channels of an EEG stream.

use super::super::samples::SampleFormat;
use super::choice::Eeg;
use super::stream::Stream;
use crate::source::channels::{Codes, is_trigger_channel, without_codes};

/// Number of codes that are kept before it is decided whether they are codes.
const LOOK: usize = 1000;

/// A channel with the name or type of a trigger channel.
#[derive(Debug)]
pub(super) struct TriggerChannel {
    label: String,
    byte: usize,
    format: SampleFormat,
    numbers: Codes,
    /// When each code other than zero began, seconds, and the code.
    codes: Vec<(f64, i64)>,
}

/// The trigger channels of a stream that are not read as EEG.
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

/// The codes of the first channel that has any; otherwise messages for the user.
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
