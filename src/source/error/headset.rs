//! Why a headset on a serial port cannot be used.

use super::ChannelsError;
use crate::printable::{counted, printable};
use bci_cursor_firmware_protocol::BufferTooSmall;
use std::io;

/// Why a headset on a serial port cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadsetError {
    /// The system does not list its ports.
    #[error("{0}")]
    List(serialport::Error),
    /// The port cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(serialport::Error),
    /// The port does not take what is sent.
    #[error("cannot be written to: {0}")]
    Write(io::Error),
    /// The port is gone.
    #[error("was lost: {0}")]
    Lost(io::Error),
    /// No known headset is there.
    #[error(
        "nothing answers that is known here (native protocol, OpenBCI Cyton or Ganglion). Is the headset switched on, and is this its port?"
    )]
    NothingKnown,
    /// A headset of another protocol than the one that is asked for.
    #[error("'{}' is there, which is not what was asked for", printable(found))]
    OtherProtocol {
        /// The headset that is there.
        found: String,
    },
    /// A message to the headset does not fit into a packet.
    #[error("{0}")]
    Message(#[from] BufferTooSmall),
    /// The headset speaks other versions of the native protocol.
    #[error(
        "the headset speaks no version of the protocol from {oldest} to {newest}. Update its firmware, or bci-cursor"
    )]
    Version {
        /// The oldest version of this program.
        oldest: u8,
        /// The newest.
        newest: u8,
    },
    /// Something answers, and not as a board does: a dongle that does not reach its board.
    #[error(
        "the device there says: '{}'. If it is an OpenBCI dongle: switch the board off and on to PC, bring it near, and check that \
         both are on the same radio channel",
        printable(said)
    )]
    Complaint {
        /// Its own words.
        said: String,
    },
    /// The headset refuses to send.
    #[error("the headset does not start: {0}")]
    NotStarted(StartRefusal),
    /// The headset does not answer when it is told to send.
    #[error("the headset does not answer when it is told to start")]
    StartUnanswered,
    /// Something is stated that a headset states itself.
    #[error(
        "a headset on a serial port states its channels, their unit and its rate itself; only LSL streams and recordings can be read in \
         another way"
    )]
    StatesItself,
    /// Electrodes are named that cannot be.
    #[error(transparent)]
    Channels(#[from] ChannelsError),
    /// More electrodes than channels, or fewer.
    #[error(
        "{} named ({}), but the headset has {}",
        counted(named.len(), "electrode"),
        printable(&named.join(",")),
        counted(channels, "channel")
    )]
    ElectrodeCount {
        /// The electrodes.
        named: Vec<String>,
        /// How many channels the headset has.
        channels: usize,
    },
    /// It announces a rate that no headset has.
    #[error("it says that its rate is {hz} Hz")]
    Rate {
        /// What it says, Hz.
        hz: f64,
    },
}

/// Why a headset refuses to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    /// It does not know the command.
    #[error("it does not know the command")]
    Unknown,
    /// It lacks something that the command names.
    #[error("it does not have a channel or a value of the command")]
    BadArgument,
    /// Not now.
    #[error("it is busy. Wait a moment and try again")]
    Busy,
}
