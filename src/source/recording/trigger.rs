//! Trigger channels: BioSemi's "Status", and channels that other amplifiers call "TRIG" or "TRIGGER".

use super::input::Input;
use crate::note::Notes;
use crate::source::SourceError;
use crate::source::channels::{Codes, code_of, without_codes};
use crate::source::recording::track::Track;

/// How much of a channel is read to decide whether it contains codes.
const LOOK_RECORDS: usize = 32;
const LOOK_BYTES: u64 = 1 << 18;

/// A trigger channel, and its number of samples per record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trigger {
    pub(super) track: Track,
    pub(super) samples_per_record: u64,
}

impl Trigger {
    /// The code of a stored number; zero means none.
    pub(super) fn code(&self, number: f64) -> i64 {
        code_of(number * self.track.gain + self.track.offset)
    }

    /// Whether the first samples are codes. `records` are the places where records begin.
    fn has_codes(
        &self,
        input: &mut Input,
        records: impl Iterator<Item = u64>,
    ) -> Result<bool, SourceError> {
        let Track {
            byte,
            stride,
            format,
            gain,
            offset,
            ..
        } = self.track;
        let bytes_per_record = (self.samples_per_record * stride as u64).clamp(1, LOOK_BYTES);
        let count = (bytes_per_record / stride.max(1) as u64) as usize;
        let mut codes = Codes::new(gain);
        for begin in records.take(LOOK_RECORDS) {
            input.go_to(begin + byte)?;
            let bytes = input.read_up_to(bytes_per_record)?;
            format.each(&bytes, stride, count, |_, number| {
                codes.take(number * gain + offset);
            });
        }
        Ok(codes.are_codes())
    }
}

/// A channel with the name of a trigger channel.
pub(super) struct Candidate<'a> {
    pub(super) label: &'a str,
    pub(super) trigger: Trigger,
    /// Whether it counts as a trigger channel without a check of its first samples.
    pub(super) is_certain: bool,
}

/// The first candidate with codes. Adds a note about each candidate before it. `records` are the places where records begin.
pub(super) fn find<'a>(
    input: &mut Input,
    candidates: impl Iterator<Item = Candidate<'a>>,
    records: impl Iterator<Item = u64> + Clone,
    warnings: &mut Notes,
) -> Result<Option<Trigger>, SourceError> {
    for candidate in candidates {
        if candidate.is_certain || candidate.trigger.has_codes(input, records.clone())? {
            return Ok(Some(candidate.trigger));
        }
        warnings.push(without_codes(candidate.label));
    }
    Ok(None)
}
