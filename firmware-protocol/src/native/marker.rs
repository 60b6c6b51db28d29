//! An event at a sample, from a button of the headset or its trigger input.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// Maximum length of the text, bytes.
pub const MAX_BYTES: usize = 64;

/// Message from headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Number of the sample at which it happened, counted like
    /// [`samples::Repr::counter`](super::samples::Repr::counter).
    pub counter: u32,
    /// Text of the event, 1 to 64 bytes.
    pub label: &'a str,
}

impl<'a> Repr<'a> {
    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, too long, or not UTF-8.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let counter = fields.u32()?;
        let found = fields.rest();
        let label = core::str::from_utf8(found)
            .ok()
            .filter(|text| (1..=MAX_BYTES).contains(&text.len()));
        let label = label.ok_or(Malformed::Field {
            name: "the length of a marker's text",
            found: u32::try_from(found.len()).unwrap_or(u32::MAX),
        })?;
        Ok(Self { counter, label })
    }

    /// Size of the payload, bytes.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        4 + self.label.len()
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.counter.to_le_bytes())?;
        put.put(self.label.as_bytes())?;
        Ok(put.at)
    }
}
