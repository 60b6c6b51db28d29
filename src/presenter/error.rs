//! Why tags cannot be shown.

use crate::printable::printable;
#[cfg(feature = "lsl")]
use crate::source::SourceError;
use crate::stimulus::protocol::MOST_CODES;

/// The presenter cannot start, or cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum PresenterError {
    /// There is no display, it refused a request, or it was lost.
    #[error("tags cannot be shown: {}", printable(cause))]
    Display {
        /// The system's message.
        cause: String,
    },
    /// It is no X server.
    #[error("tags can only be shown on X servers so far, and this desktop is Wayland")]
    Wayland,
    /// It cannot show pictures at given frames.
    #[error(
        "tags cannot be shown: this display has no Present extension, which tells when a frame was shown"
    )]
    NoPresent,
    /// It does not say when frames are shown.
    #[error(
        "the display has shown no frame for {} s: it may be switched off, or another user's desktop may be in front",
        super::STALLED_NS / 1_000_000_000
    )]
    NoFrames,
    /// A rate at which nothing can be shown.
    #[error("the display says that it shows {found_hz:.1} frames a second, expected 20 to 1000")]
    Refresh {
        /// The measured rate, Hz.
        found_hz: f64,
    },
    /// Its stamps cannot be compared with those of EEG.
    #[error(
        "the display's time differs from this computer's by {difference_s:.1} s: tags must be shown on a display of the computer that reads EEG"
    )]
    OtherClock {
        /// The difference, seconds.
        difference_s: f64,
    },
    /// The driver sent something else.
    #[error("a line of the driver was not understood: {}", printable(cause))]
    Request {
        /// What is wrong with it.
        cause: String,
    },
    /// There are no codes, or too many.
    #[error("there are {found} codes, expected 1 to {MOST_CODES}")]
    Codes {
        /// Their number.
        found: usize,
    },
    /// The pipe to or from the driver fails.
    #[error("the driver cannot be reached: {0}")]
    Driver(std::io::Error),
    /// The driver does not read the frames that were shown.
    #[error("the driver does not read which frames were shown")]
    NotRead,
    /// What was shown cannot be published.
    #[cfg(feature = "lsl")]
    #[error(transparent)]
    Publish(#[from] SourceError),
}
