//! The protocol of bci-cursor's own headsets and mouse boards, version 1.
//!
//! [`frame`] finds frames in a stream of bytes. Each frame carries one message. Unknown kinds are ignored, so that
//! later versions can add messages.

pub mod command;
pub mod frame;
pub mod hello;
pub mod impedance;
pub mod marker;
pub mod samples;
pub mod time;

/// The newest protocol version that this crate supports, and the oldest.
pub const VERSION: u8 = 1;
/// See [`VERSION`].
pub const OLDEST_VERSION: u8 = 1;
/// Maximum number of channels of a headset.
pub const MAX_CHANNELS: usize = 64;

/// The kind of message in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// From the host: request for the headset's description. [`hello::Request`].
    HelloRequest = 0x01,
    /// From the headset: its description. [`hello::Repr`].
    Hello = 0x02,
    /// From the headset: the electrode of a channel. [`hello::Label`].
    Label = 0x03,
    /// From the headset: samples. [`samples::Packet`].
    Samples = 0x10,
    /// From the headset: impedances. [`impedance::Packet`].
    Impedance = 0x11,
    /// From the headset: an event at a sample. [`marker::Repr`].
    Marker = 0x12,
    /// From the host: a command. [`command::Repr`].
    Command = 0x20,
    /// From the headset: the result of a command. [`command::Acknowledgement`].
    Acknowledgement = 0x21,
    /// From the host: request for the headset's time. [`time::Request`].
    TimeRequest = 0x30,
    /// From the headset: its time. [`time::Reply`].
    TimeReply = 0x31,
    /// From the host to a mouse board: [`crate::pointer::Report`].
    Pointer = 0x40,
    /// From the host to a mouse board: the host is still running.
    KeepAlive = 0x41,
}

impl Kind {
    /// The kind with this number, or `None` if it is unknown.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Some(match number {
            0x01 => Self::HelloRequest,
            0x02 => Self::Hello,
            0x03 => Self::Label,
            0x10 => Self::Samples,
            0x11 => Self::Impedance,
            0x12 => Self::Marker,
            0x20 => Self::Command,
            0x21 => Self::Acknowledgement,
            0x30 => Self::TimeRequest,
            0x31 => Self::TimeReply,
            0x40 => Self::Pointer,
            0x41 => Self::KeepAlive,
            _ => return None,
        })
    }
}

/// Reads fields in order. Too few bytes are an error; further bytes are reserved for later versions.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], crate::Malformed> {
        let field = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk());
        let field = *field.ok_or(crate::Malformed::Length {
            found: self.bytes.len(),
            expected: self.at + N,
        })?;
        self.at += N;
        Ok(field)
    }

    fn u8(&mut self) -> Result<u8, crate::Malformed> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, crate::Malformed> {
        self.take().map(u32::from_le_bytes)
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }
}

/// Writes fields in order.
struct Put<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl<'a> Put<'a> {
    fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn put(&mut self, field: &[u8]) -> Result<(), crate::BufferTooSmall> {
        let into = self.bytes.get_mut(self.at..self.at + field.len());
        into.ok_or(crate::BufferTooSmall)?.copy_from_slice(field);
        self.at += field.len();
        Ok(())
    }
}
