//! Decides for each channel of a source whether it is EEG, at which electrode and in which unit, or why it is not EEG.
//!
//! All readers use this module (XDF, EDF, BDF, GDF, BrainVision, LSL), so that a channel is treated the same in every
//! format. One channel that is not EEG never affects the others. Channels that are left out are reported once, with the
//! reason.

mod chooser;
mod codes;
mod for_decoder;
mod list;
mod names;
mod read_as;

pub(super) use codes::{Codes, code_of, without_codes};
pub(super) use names::{are_annotations, is_trigger_channel, is_trigger_name, names_of_nonzero};

pub(crate) use for_decoder::choose;
pub(crate) use list::{described_one_by_one, label_or_name};
pub(crate) use read_as::composed;
pub use read_as::{ForDecoder, ReadAs, corrections};

use super::ChannelsError;
use crate::montage::canonical_label;
use crate::note::Notes;
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;

/// A channel as its source describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Described {
    pub(crate) label: String,
    /// Empty if not declared.
    pub(crate) unit: String,
    /// EEG, EOG, AUX, ...; empty if not declared.
    pub(crate) kind: String,
    /// Sampling rate, Hz.
    pub(crate) rate_hz: f64,
    /// Why its samples cannot be read; `None` if they can.
    pub(crate) unusable: Option<String>,
}

/// Meaning of an empty unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoUnit {
    /// Microvolts, unless other channels declare a voltage: LSL and XDF streams often omit the unit.
    Microvolts,
    /// Not a voltage: the format has a field for the unit.
    NotEeg,
}

/// A channel that is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    /// Its place among the described channels.
    pub(crate) place: usize,
    /// In standard spelling, and unique.
    pub(crate) label: String,
    /// Microvolts per unit.
    pub(crate) to_microvolts: f64,
}

/// The channels that are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) taken: Vec<Taken>,
    /// Messages for the user: which channels are left out, and why.
    pub(crate) warnings: Notes,
    /// How they are read, including the declared unit even if it is right.
    pub(crate) reading: Reading,
}

impl Choice {
    /// Labels, in order.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.taken.iter().map(|taken| taken.label.clone()).collect()
    }

    /// The unit in which the samples are read.
    pub(crate) fn unit(&self) -> Option<VoltageUnit> {
        VoltageUnit::parse(&self.reading.unit.as_ref()?.read_as)
    }
}

/// Standard labels of the electrodes that a user names.
///
/// # Errors
/// [`ChannelsError::ElectrodeTwice`].
pub(crate) fn standard_electrodes(names: &[String]) -> Result<Vec<String>, ChannelsError> {
    let standard: Vec<String> = names.iter().map(|name| canonical_label(name)).collect();
    let twice = (1..standard.len()).find(|&k| standard[..k].contains(&standard[k]));
    match twice {
        Some(twice) => Err(ChannelsError::ElectrodeTwice(standard[twice].clone())),
        None => Ok(standard),
    }
}

#[cfg(test)]
mod tests;
