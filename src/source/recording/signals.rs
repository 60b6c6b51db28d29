//! Channels of files with several rates: chooses the EEG, and describes the others.

use super::about::{ChannelAbout, StreamAbout};
use super::input::Input;
use crate::note::Notes;
use crate::printable::printable_path;
use crate::source::SourceError;
use crate::source::channels::{self, NoUnit, ReadAs, Taken};
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;

/// A channel as its file describes it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) samples_per_record: u64,
    /// Why its samples cannot be read; `None` if they can.
    pub(super) unusable: Option<String>,
}

/// The channels that are read.
#[derive(Debug, Clone)]
pub(super) struct Eeg {
    pub(super) taken: Vec<Taken>,
    /// Samples per record of each of them.
    pub(super) samples_per_record: u64,
    /// How they are read, and in which unit.
    pub(super) reading: Reading,
    /// See `reading`.
    pub(super) unit: Option<VoltageUnit>,
}

impl Eeg {
    /// Labels, in order.
    pub(super) fn labels(&self) -> Vec<String> {
        self.taken.iter().map(|taken| taken.label.clone()).collect()
    }

    fn reads(&self, place: usize) -> bool {
        self.taken.iter().any(|taken| taken.place == place)
    }
}

/// Chooses the EEG among a file's channels. Adds a warning for channels that are left out.
///
/// # Errors
/// [`SourceError`] if no channel is EEG, or `read_as` does not fit.
pub(super) fn choose(
    input: &Input,
    channels: &[&Described],
    record_s: f64,
    read_as: &ReadAs,
    warnings: &mut Notes,
) -> Result<Eeg, SourceError> {
    let described: Vec<channels::Described> = channels
        .iter()
        .map(|channel| channels::Described {
            label: channel.label.clone(),
            unit: channel.unit.clone(),
            kind: String::new(),
            rate_hz: channel.samples_per_record as f64 / record_s,
            unusable: match channel.samples_per_record {
                0 => Some("no samples".into()),
                _ => channel.unusable.clone(),
            },
        })
        .collect();
    let what = printable_path(input.path()).to_string();
    let choice = channels::choose(&what, &described, NoUnit::NotEeg, read_as)?;
    warnings.extend(choice.warnings.iter().cloned());
    let first = choice
        .taken
        .first()
        .and_then(|taken| channels.get(taken.place));
    Ok(Eeg {
        samples_per_record: first.map_or(0, |channel| channel.samples_per_record),
        unit: choice.unit(),
        taken: choice.taken,
        reading: choice.reading,
    })
}

/// Groups channels of the same rate, for the summary.
pub(super) fn describe(
    channels: &[&Described],
    eeg: &Eeg,
    records: u64,
    record_s: f64,
) -> Vec<StreamAbout> {
    let mut streams: Vec<StreamAbout> = Vec::new();
    for (place, channel) in channels.iter().enumerate() {
        if channel.samples_per_record == 0 {
            continue;
        }
        let is_read = eeg.reads(place);
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
