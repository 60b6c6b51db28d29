//! What a host asks a headset to do, and its answer.

use super::{Fields, Put};
use crate::{BufferTooSmall, Malformed};

/// All channels, where a command names one.
pub const ALL_CHANNELS: u8 = 0xFF;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadsetCommand {
    /// Send samples.
    Start,
    /// Send none.
    Stop,
    /// Set the gain of a channel, or of all; the headset then says hello again.
    SetGain {
        /// Which, or [`ALL_CHANNELS`].
        channel: u8,
        /// To what.
        gain: u8,
    },
    /// Measure the impedance of a channel, or of all; or stop measuring.
    Impedance {
        /// Which, or [`ALL_CHANNELS`].
        channel: u8,
        /// Measure.
        on: bool,
    },
    /// Put a square wave on every channel; or take it away.
    TestSignal {
        /// Put it there.
        on: bool,
    },
}

/// Host to headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Comes back with the answer.
    pub sequence: u8,
    /// What is to be done.
    pub command: HeadsetCommand,
}

impl Repr {
    /// Bytes of it at most.
    pub const MAX_BYTES: usize = 4;

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short, or the command is not known here.
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

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
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

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The headset does not know it.
    Unknown,
    /// It names a channel or a value that there is not.
    BadArgument,
    /// Not now.
    Busy,
}

/// Headset to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// That of the command.
    pub sequence: u8,
    /// What became of it.
    pub outcome: Outcome,
}

impl Acknowledgement {
    /// Bytes of it.
    pub const BYTES: usize = 2;

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short, or the outcome is not known here.
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

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
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
