//! Impedances of the electrodes.

use super::{MAX_CHANNELS, Put};
use crate::{BufferTooSmall, Malformed};

/// Value of an unknown impedance.
pub const UNKNOWN: u32 = u32::MAX;

/// A checked view of a payload: one impedance per channel, starting with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a>(&'a [[u8; 4]]);

impl<'a> Packet<'a> {
    /// Checks the number of channels.
    ///
    /// # Errors
    /// [`Malformed`] if there are none, too many, or an incomplete one.
    pub fn new_checked(payload: &'a [u8]) -> Result<Self, Malformed> {
        let (ohms, rest) = payload.as_chunks();
        if !rest.is_empty() || !(1..=MAX_CHANNELS).contains(&ohms.len()) {
            return Err(Malformed::Length {
                found: payload.len(),
                expected: 4 * ohms.len().clamp(1, MAX_CHANNELS),
            });
        }
        Ok(Self(ohms))
    }

    /// Impedance of each channel, ohms; `None` if unknown.
    pub fn ohms(&self) -> impl Iterator<Item = Option<u32>> + 'a {
        let known =
            |bytes: &[u8; 4]| Some(u32::from_le_bytes(*bytes)).filter(|&ohms| ohms != UNKNOWN);
        self.0.iter().map(known)
    }
}

/// Writes impedances, ohms, and returns their size in bytes.
///
/// # Errors
/// [`BufferTooSmall`] if they do not fit.
pub fn emit(ohms: &[Option<u32>], into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    let mut put = Put::new(into);
    for ohms in ohms {
        put.put(&ohms.unwrap_or(UNKNOWN).to_le_bytes())?;
    }
    Ok(put.at)
}
