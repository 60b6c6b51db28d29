//! Compares the clocks of host and headset, as in NTP: from the times at which the request and the reply were sent and
//! received.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// Message from host to headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When the request is sent, on the host's clock, microseconds. The reply repeats it.
    pub host_micros: u64,
}

impl Request {
    /// Size, bytes.
    pub const BYTES: usize = 8;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let host_micros = Fields::new(payload).take().map(u64::from_le_bytes)?;
        Ok(Self { host_micros })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.host_micros.to_le_bytes())?;
        Ok(put.at)
    }
}

/// Message from headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// Time from the request.
    pub host_micros: u64,
    /// When the request was received, on the headset's clock, microseconds, wrapping at 2³²,
    pub received_micros: u32,
    /// and when this reply was sent.
    pub sent_micros: u32,
}

impl Reply {
    /// Size, bytes.
    pub const BYTES: usize = 16;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        Ok(Self {
            host_micros: fields.take().map(u64::from_le_bytes)?,
            received_micros: fields.u32()?,
            sent_micros: fields.u32()?,
        })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.host_micros.to_le_bytes())?;
        put.put(&self.received_micros.to_le_bytes())?;
        put.put(&self.sent_micros.to_le_bytes())?;
        Ok(put.at)
    }

    /// Round-trip time, without the headset's own delay, microseconds. The reply was received at `now_micros` on the
    /// host's clock.
    #[must_use]
    pub fn round_trip_micros(&self, now_micros: u64) -> u64 {
        let away = now_micros.saturating_sub(self.host_micros);
        away.saturating_sub(self.sent_micros.wrapping_sub(self.received_micros).into())
    }
}
