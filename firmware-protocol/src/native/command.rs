//! Commands from a host to a headset, and its acknowledgements.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// Selects all channels in a command.
pub const ALL_CHANNELS: u8 = 0xFF;

/// A command to a headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadsetCommand {
    /// Start sending samples.
    Start,
    /// Stop sending samples.
    Stop,
    /// Set the gain of one channel or all. The headset then sends its hello again.
    SetGain {
        /// Channel from 0, or [`ALL_CHANNELS`].
        channel: u8,
        /// The new gain.
        gain: u8,
    },
    /// Start or stop measuring the impedance of one channel or all.
    Impedance {
        /// Channel from 0, or [`ALL_CHANNELS`].
        channel: u8,
        /// Whether to start.
        on: bool,
    },
    /// Switch a square wave on every channel on or off.
    TestSignal {
        /// Whether to switch it on.
        on: bool,
    },
}

/// Message from host to headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Number that the acknowledgement repeats.
    pub sequence: u8,
    /// The command.
    pub command: HeadsetCommand,
}

impl Repr {
    /// Maximum size, bytes.
    pub const MAX_BYTES: usize = 4;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, or the command is unknown.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let (sequence, code) = (fields.u8()?, fields.u8()?);
        let command = match code {
            1 => HeadsetCommand::Start,
            2 => HeadsetCommand::Stop,
            3 => HeadsetCommand::SetGain {
                channel: fields.u8()?,
                gain: fields.u8()?,
            },
            4 => HeadsetCommand::Impedance {
                channel: fields.u8()?,
                on: fields.u8()? != 0,
            },
            5 => HeadsetCommand::TestSignal {
                on: fields.u8()? != 0,
            },
            _ => {
                return Err(Malformed::Field {
                    name: "the command",
                    found: code.into(),
                });
            }
        };
        Ok(Self { sequence, command })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&[self.sequence])?;
        match self.command {
            HeadsetCommand::Start => put.put(&[1])?,
            HeadsetCommand::Stop => put.put(&[2])?,
            HeadsetCommand::SetGain { channel, gain } => put.put(&[3, channel, gain])?,
            HeadsetCommand::Impedance { channel, on } => put.put(&[4, channel, on.into()])?,
            HeadsetCommand::TestSignal { on } => put.put(&[5, on.into()])?,
        }
        Ok(put.at)
    }
}

/// Result of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The command was executed.
    Done,
    /// The headset does not know the command.
    Unknown,
    /// The channel or a value does not exist.
    BadArgument,
    /// The headset cannot execute it at the moment.
    Busy,
}

/// Message from headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Number of the command.
    pub sequence: u8,
    /// Result of the command.
    pub outcome: Outcome,
}

impl Acknowledgement {
    /// Size, bytes.
    pub const BYTES: usize = 2;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, or the outcome is unknown.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let (sequence, code) = (fields.u8()?, fields.u8()?);
        let outcome = match code {
            0 => Outcome::Done,
            1 => Outcome::Unknown,
            2 => Outcome::BadArgument,
            3 => Outcome::Busy,
            _ => {
                return Err(Malformed::Field {
                    name: "the outcome",
                    found: code.into(),
                });
            }
        };
        Ok(Self { sequence, outcome })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let code = match self.outcome {
            Outcome::Done => 0,
            Outcome::Unknown => 1,
            Outcome::BadArgument => 2,
            Outcome::Busy => 3,
        };
        let mut put = Put::new(into);
        put.put(&[self.sequence, code])?;
        Ok(put.at)
    }
}
