//! Something happened at a sample: a button of the headset, its trigger input.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// The longest text, bytes.
pub const MAX_BYTES: usize = 64;

/// Headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Number of the sample at which it happened, as [`samples::Repr::counter`](super::samples::Repr::counter) counts.
    pub counter: u32,
    /// What happened, 1 to 64 bytes.
    pub label: &'a str,
}

impl<'a> Repr<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short, too long, or no UTF-8.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let counter = fields.u32()?;
        let found = fields.rest();
        let label = core::str::from_utf8(found)
            .ok()
            .filter(|text| (1..=MAX_BYTES).contains(&text.len()));
        let label = label.ok_or(Malformed::Field {
            name: "the text of a marker (its length is told)",
            found: u32::try_from(found.len()).unwrap_or(u32::MAX),
        })?;
        Ok(Self { counter, label })
    }

    /// Bytes of it.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        4 + self.label.len()
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.counter.to_le_bytes())?;
        put.put(self.label.as_bytes())?;
        Ok(put.at)
    }
}
