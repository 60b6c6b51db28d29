//! Channels of trigger codes: BioSemi's "Status", and what other amplifiers call "TRIG" or "TRIGGER".

use super::input::Input;
use crate::source::SourceError;
use crate::source::recording::track::Track;

/// The bits of a trigger channel that carry codes; BioSemi tells its amplifier's state in the others.
pub(super) const CODE_BITS: i64 = 0xFFFF;
/// How much of a channel is looked at before it is believed to carry codes.
const LOOK_RECORDS: usize = 32;
const LOOK_BYTES: u64 = 1 << 18;
/// Codes are whole numbers, to within half a step of their scaling and this.
pub(super) const WHOLE: f64 = 0.02;
/// A channel whose value changes more often than once in this many samples carries a signal.
pub(super) const SAMPLES_PER_CHANGE: usize = 4;

/// A trigger channel, and how many samples of it a record has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trigger {
    pub(super) track: Track,
    pub(super) samples_per_record: u64,
}

/// What is told of a channel that is called a trigger channel and is none.
pub(super) fn without_codes(label: &str) -> String {
    format!(
        "'{label}' is called a trigger channel, but does not carry codes (whole numbers that stay for a while): left out"
    )
}

impl Trigger {
    /// The code of a stored number; zero means none.
    pub(super) fn code(&self, number: f64) -> u32 {
        let value = (number * self.track.gain + self.track.offset).round();
        // Saturates; what is no number is zero.
        ((value.max(0.0) as i64) & CODE_BITS) as u32
    }

    /// Whether the first samples are codes: whole numbers that stay for a while. `records` are the places where records
    /// begin.
    pub(super) fn has_codes(
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
        let tolerance = WHOLE + 0.5 * gain.abs();
        let bytes_per_record = (self.samples_per_record * stride as u64).clamp(1, LOOK_BYTES);
        let count = (bytes_per_record / stride.max(1) as u64) as usize;
        let (mut last, mut changes, mut samples, mut is_whole) = (None, 0usize, 0usize, true);
        for begin in records.take(LOOK_RECORDS) {
            input.go_to(begin + byte)?;
            let bytes = input.read_up_to(bytes_per_record)?;
            format.each(&bytes, stride, count, |_, number| {
                let value = number * gain + offset;
                is_whole &= (value - value.round()).abs() <= tolerance;
                changes += usize::from(last.is_some_and(|last| last != value.round()));
                last = Some(value.round());
                samples += 1;
            });
        }
        Ok(is_whole && changes * SAMPLES_PER_CHANGE <= samples)
    }
}
