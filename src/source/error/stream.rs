//! Why an LSL stream cannot be used.

use crate::printable::{counted, printable};
use crate::source::MOST_CHANNELS;
use crate::units::Hertz;

/// What LSL says about a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LslFault {
    /// It refuses an argument.
    #[error("LSL does not accept a value in it")]
    BadArgument,
    /// Nobody answered.
    #[error("no answer in time")]
    NoAnswer,
    /// The stream is gone.
    #[error("the stream has ended")]
    Ended,
    /// No socket, thread or memory is left.
    #[error("this computer has no room for another connection")]
    NoRoom,
    /// It does not say what.
    #[error("LSL failed")]
    Failed,
    /// The call itself does not come back.
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
    /// Streams cannot be looked for.
    #[error("looking for streams failed: {0}. Is the network up?")]
    Look(LslFault),
    /// Streams that fit are announced and cannot be reached.
    #[error(
        "{}. Start the headset's program again; where it runs on another computer, look at the firewalls between",
        if *count == 1 {
            format!("a stream {} is announced, but does not answer", printable(wanted))
        } else {
            format!("{count} streams {} are announced, but none answers", printable(wanted))
        }
    )]
    Silent {
        /// What was looked for.
        wanted: String,
        /// How many are announced.
        count: usize,
    },
    /// It does not answer, and LSL says why.
    #[error("does not answer ({0}). Is its program still running?")]
    NoAnswer(LslFault),
    /// It does not answer.
    #[error("does not answer. Is its program still running?")]
    Mute,
    /// It is not there any more.
    #[error("is gone. Is its program still running?")]
    Gone,
    /// It ended while it was read.
    #[error("is lost ({0})")]
    Lost(LslFault),
    /// It cannot be announced.
    #[error("cannot be published ({0})")]
    Publish(LslFault),
    /// A sample cannot be sent.
    #[error("cannot be sent ({0})")]
    Send(LslFault),
    /// Its header is no XML, or lacks what every header has.
    #[error("has a header that cannot be read: {}", printable(said))]
    Header {
        /// What LSL said.
        said: String,
    },
    /// A sampling rate is needed, and it has none.
    #[error("has no regular sampling rate: choose the headset's EEG stream, not its markers")]
    NoRate,
    /// Text instead of numbers.
    #[error("carries text, not samples: choose the headset's EEG stream")]
    Text,
    /// A size that no headset has.
    #[error(
        "says that it has {} at {rate_hz} Hz; expected 1 to {MOST_CHANNELS} channels at up to {} Hz. \
         Look at the program that sends it",
        counted(channels, "channel"),
        Hertz::HIGHEST
    )]
    Size {
        /// Number of channels that it states.
        channels: i32,
        /// Sampling rate that it states, Hz.
        rate_hz: f64,
    },
    /// Its time stamps contradict its rate.
    #[error(
        "declares {declared}, but its time stamps say {stamped_hz:.1} Hz. Correct the rate in the program that publishes it"
    )]
    Rate {
        /// What it states.
        declared: Hertz,
        /// What its stamps say, Hz.
        stamped_hz: f64,
    },
    /// It is no sensor of the kind that is looked for.
    #[error(transparent)]
    Sensor(#[from] SensorError),
    /// The system gives no thread to read it with.
    #[error("cannot be read: no thread could be started")]
    NoThread,
    /// Too many connections wait for liblsl.
    #[error(
        "cannot be opened: too many connections hang already. Stop this program and start it again"
    )]
    TooManyConnections,
    /// The thread that opens or reads it ended by a defect of this program.
    #[error("its reading thread failed. Please report this with the log")]
    ThreadFailed,
}

/// Why a stream is no sensor of the kind that is looked for.
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
    /// Rotation in another unit.
    #[error("gives rotation in '{}'; expected deg/s or rad/s", printable(unit))]
    RotationUnit {
        /// Which.
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
    /// Gaze in the picture of a camera.
    #[error(
        "tells where the eyes look in the picture of a scene camera (coordinate_system 'world'), not on the screen: let the \
         tracker map it to the screen first"
    )]
    SceneCamera,
    /// Gaze in another unit.
    #[error("gives gaze in '{}'; expected pixels or normalized", printable(unit))]
    GazeUnit {
        /// Which.
        unit: String,
    },
}
