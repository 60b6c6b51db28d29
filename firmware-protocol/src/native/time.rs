//! Comparing clocks, as NTP does: the host notes when it asks and when the answer comes, the headset when it hears and when it
//! answers.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// Host to headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When the host asks, on its own clock, microseconds. Comes back with the answer.
    pub host_micros: u64,
}

impl Request {
    /// Bytes of it.
    pub const BYTES: usize = 8;

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let host_micros = Fields::new(payload).take().map(u64::from_le_bytes)?;
        Ok(Self { host_micros })
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.host_micros.to_le_bytes())?;
        Ok(put.at)
    }
}

/// Headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// That of the request.
    pub host_micros: u64,
    /// When the request came, on the headset's clock, microseconds, wrapping at 2³²,
    pub heard_micros: u32,
    /// and when this was sent.
    pub sent_micros: u32,
}

impl Reply {
    /// Bytes of it.
    pub const BYTES: usize = 16;

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        Ok(Self {
            host_micros: fields.take().map(u64::from_le_bytes)?,
            heard_micros: fields.u32()?,
            sent_micros: fields.u32()?,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.host_micros.to_le_bytes())?;
        put.put(&self.heard_micros.to_le_bytes())?;
        put.put(&self.sent_micros.to_le_bytes())?;
        Ok(put.at)
    }

    /// Time that the answer was on its way, there and back, microseconds, where it came at `now_micros` on the host's clock.
    #[must_use]
    pub fn round_trip_micros(&self, now_micros: u64) -> u64 {
        let away = now_micros.saturating_sub(self.host_micros);
        away.saturating_sub(self.sent_micros.wrapping_sub(self.heard_micros).into())
    }
}
