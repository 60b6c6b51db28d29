//! Errors of a headset on a serial port.

use super::ChannelsError;
use crate::printable::{counted, printable};
use bci_cursor_firmware_protocol::BufferTooSmall;
use std::io;

/// Why a headset on a serial port cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadsetError {
    /// The system cannot list its ports.
    #[error("{0}")]
    List(serialport::Error),
    /// The port cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(serialport::Error),
    /// The port cannot be written to.
    #[error("cannot be written to: {0}")]
    Write(io::Error),
    /// The port has disappeared.
    #[error("was lost: {0}")]
    Lost(io::Error),
    /// No known headset answers.
    #[error(
        "nothing answers that is known here (native protocol, OpenBCI Cyton or Ganglion). Is the headset switched on, and is this its port?"
    )]
    NothingKnown,
    /// The headset uses another protocol than the requested one.
    #[error("'{}' is there, which is not what was asked for", printable(found))]
    OtherProtocol {
        /// Description of the headset.
        found: String,
    },
    /// A message to the headset does not fit into a frame.
    #[error("{0}")]
    Message(#[from] BufferTooSmall),
    /// The headset and this program have no protocol version in common.
    #[error(
        "the headset speaks no version of the protocol from {oldest} to {newest}. Update its firmware, or bci-cursor"
    )]
    Version {
        /// The oldest version that this program supports.
        oldest: u8,
        /// The newest version that this program supports.
        newest: u8,
    },
    /// The answer is not from a board: a dongle cannot reach its board.
    #[error(
        "the device there says: '{}'. If it is an OpenBCI dongle: switch the board off and on to PC, bring it near, and check that \
         both are on the same radio channel",
        printable(answer)
    )]
    Complaint {
        /// Text of the answer.
        answer: String,
    },
    /// The headset refuses to start.
    #[error("the headset does not start: {0}")]
    NotStarted(StartRefusal),
    /// The headset does not answer the command to start.
    #[error("the headset does not answer when it is told to start")]
    StartUnanswered,
    /// Something is stated that a headset declares itself.
    #[error(
        "a headset on a serial port states its channels, their unit and its rate itself; only LSL streams and recordings can be read in \
         another way"
    )]
    StatesItself,
    /// The named electrodes cannot be used.
    #[error(transparent)]
    Channels(#[from] ChannelsError),
    /// The number of electrodes is not the number of channels.
    #[error(
        "{} named ({}), but the headset has {}",
        counted(named.len(), "electrode"),
        printable(&named.join(",")),
        counted(channels, "channel")
    )]
    ElectrodeCount {
        /// The named electrodes.
        named: Vec<String>,
        /// Number of channels of the headset.
        channels: usize,
    },
    /// The headset declares an impossible rate.
    #[error("it says that its rate is {hz} Hz")]
    Rate {
        /// The declared rate, Hz.
        hz: f64,
    },
}

/// Why a headset refuses to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    /// The headset does not know the command.
    #[error("it does not know the command")]
    Unknown,
    /// A channel or value of the command does not exist.
    #[error("it does not have a channel or a value of the command")]
    BadArgument,
    /// The headset is busy.
    #[error("it is busy. Wait a moment and try again")]
    Busy,
}
