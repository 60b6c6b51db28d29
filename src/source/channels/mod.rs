//! What a channel of a source is: EEG at an electrode, with a factor to microvolts, or something else, and why.
//!
//! Every reader asks here (XDF, EDF, BDF, GDF, BrainVision, LSL), so that a channel is the same whatever it comes in. One channel that
//! is not EEG never refuses the others; what is left out is said once, with the reason.

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

use crate::montage::canonical_label;
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;

/// A channel as its source describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Described {
    pub(crate) label: String,
    /// Empty where nothing is said.
    pub(crate) unit: String,
    /// EEG, EOG, AUX, ...; empty where nothing is said.
    pub(crate) kind: String,
    /// Samples a second.
    pub(crate) rate_hz: f64,
    /// Why its samples cannot be read at all; none where they can.
    pub(crate) unusable: Option<String>,
}

/// What an empty unit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoUnit {
    /// Microvolts, unless other channels state a voltage: LSL and XDF streams often leave it out.
    Microvolts,
    /// No voltage: the format has a field for it.
    NotEeg,
}

/// A channel that is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    /// Its place among the described.
    pub(crate) place: usize,
    /// In standard spelling; different from all others.
    pub(crate) label: String,
    /// Microvolts in one of its unit.
    pub(crate) to_microvolts: f64,
}

/// The channels that are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) taken: Vec<Taken>,
    /// What a user should know: what is left out and why.
    pub(crate) warnings: Vec<String>,
    /// How they are read, with the stated unit also where it is right.
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
/// In words, where one is named twice.
pub(crate) fn standard_electrodes(names: &[String]) -> Result<Vec<String>, String> {
    let standard: Vec<String> = names.iter().map(|name| canonical_label(name)).collect();
    let twice = (1..standard.len()).find(|&k| standard[..k].contains(&standard[k]));
    match twice {
        Some(twice) => Err(format!("--electrodes names {} twice", standard[twice])),
        None => Ok(standard),
    }
}

#[cfg(test)]
mod tests;
