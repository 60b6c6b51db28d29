//! Errors of LSL streams.

use crate::printable::{counted, printable};
use crate::source::MOST_CHANNELS;
use crate::units::Hertz;

/// Why a call to LSL failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LslFault {
    /// LSL rejected an argument.
    #[error("LSL does not accept a value in it")]
    BadArgument,
    /// There was no answer.
    #[error("no answer in time")]
    NoAnswer,
    /// The stream has ended.
    #[error("the stream has ended")]
    Ended,
    /// No socket, thread or memory is left.
    #[error("this computer has no room for another connection")]
    NoRoom,
    /// LSL gave no reason.
    #[error("LSL failed")]
    Failed,
    /// The call does not return.
    #[error("liblsl does not return")]
    NoReturn,
}

#[cfg(feature = "lsl")]
impl From<lsl::Error> for LslFault {
    fn from(error: lsl::Error) -> Self {
        match error {
            lsl::Error::BadArgument => Self::BadArgument,
            lsl::Error::Timeout => Self::NoAnswer,
            lsl::Error::StreamLost => Self::Ended,
            lsl::Error::ResourceCreation => Self::NoRoom,
            lsl::Error::Internal | lsl::Error::Unknown => Self::Failed,
        }
    }
}

/// Why an LSL stream cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StreamError {
    /// The search for streams failed.
    #[error("looking for streams failed: {0}. Is the network up?")]
    Look(LslFault),
    /// Matching streams are announced but do not answer.
    #[error(
        "{}. Start the headset's program again; where it runs on another computer, look at the firewalls between",
        if *count == 1 {
            format!("a stream {} is announced, but does not answer", printable(wanted))
        } else {
            format!("{count} streams {} are announced, but none answers", printable(wanted))
        }
    )]
    Silent {
        /// Description of the requested stream.
        wanted: String,
        /// Number of announced streams.
        count: usize,
    },
    /// The stream does not answer, with LSL's reason.
    #[error("does not answer ({0}). Is its program still running?")]
    NoAnswer(LslFault),
    /// The stream does not answer.
    #[error("does not answer. Is its program still running?")]
    Unresponsive,
    /// The stream has disappeared.
    #[error("is gone. Is its program still running?")]
    Gone,
    /// The stream ended while it was read.
    #[error("is lost ({0})")]
    Lost(LslFault),
    /// The stream cannot be published.
    #[error("cannot be published ({0})")]
    Publish(LslFault),
    /// A sample cannot be sent.
    #[error("cannot be sent ({0})")]
    Send(LslFault),
    /// The header is not XML, or lacks a required element.
    #[error("has a header that cannot be read: {}", printable(message))]
    Header {
        /// LSL's message.
        message: String,
    },
    /// The stream has no regular sampling rate.
    #[error("has no regular sampling rate: choose the headset's EEG stream, not its markers")]
    NoRate,
    /// The stream contains text instead of numbers.
    #[error("carries text, not samples: choose the headset's EEG stream")]
    Text,
    /// The number of channels or the rate is impossible.
    #[error(
        "says that it has {} at {rate_hz} Hz; expected 1 to {MOST_CHANNELS} channels at up to {} Hz. \
         Look at the program that sends it",
        counted(channels, "channel"),
        Hertz::HIGHEST
    )]
    Size {
        /// Declared number of channels.
        channels: i32,
        /// Declared sampling rate, Hz.
        rate_hz: f64,
    },
    /// The time stamps contradict the declared rate.
    #[error(
        "declares {declared}, but its time stamps say {stamped_hz:.1} Hz. Correct the rate in the program that publishes it"
    )]
    Rate {
        /// The declared rate.
        declared: Hertz,
        /// The rate of the time stamps, Hz.
        stamped_hz: f64,
    },
    /// The stream is not a sensor of the requested kind.
    #[error(transparent)]
    Sensor(#[from] SensorError),
    /// The system cannot start another thread.
    #[error("cannot be read: no thread could be started")]
    NoThread,
    /// Too many connections hang in liblsl.
    #[error(
        "cannot be opened: too many connections hang already. Stop this program and start it again"
    )]
    TooManyConnections,
    /// The thread that reads the stream failed because of a defect in this program.
    #[error("its reading thread failed. Please report this with the log")]
    ThreadFailed,
}

/// Why a stream is not a sensor of the requested kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SensorError {
    /// It has no rotation.
    #[error(
        "is no head sensor: it has {}; expected three channels of type Gyroscope, in deg/s or rad/s",
        printable(found)
    )]
    NoGyroscope {
        /// Its channels.
        found: String,
    },
    /// Its rotation is in an unsupported unit.
    #[error("gives rotation in '{}'; expected deg/s or rad/s", printable(unit))]
    RotationUnit {
        /// The unit.
        unit: String,
    },
    /// It has no gaze.
    #[error(
        "is no eye tracker: it has {}; expected channels of the types ScreenX and ScreenY, in pixels or normalized",
        printable(found)
    )]
    NoGaze {
        /// Its channels.
        found: String,
    },
    /// Its gaze refers to the picture of a scene camera.
    #[error(
        "tells where the eyes look in the picture of a scene camera (coordinate_system 'world'), not on the screen: let the \
         tracker map it to the screen first"
    )]
    SceneCamera,
    /// Its gaze is in an unsupported unit.
    #[error("gives gaze in '{}'; expected pixels or normalized", printable(unit))]
    GazeUnit {
        /// The unit.
        unit: String,
    },
}
