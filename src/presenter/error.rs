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
    /// A Wayland compositor without surfaces above all windows.
    #[error(
        "tags cannot be shown: this Wayland desktop lets no program show anything above all windows (wlr-layer-shell). Use sway on a monitor, or \
         an X session"
    )]
    NoLayers,
    /// It does not tell when a frame was shown.
    #[error(
        "tags cannot be shown: this display does not tell when a frame was shown (Present under X, presentation-time under Wayland). Use an X \
         session on this computer, or sway on a monitor: its screens without a monitor (headless) do not tell, and neither does KWin 5.27"
    )]
    NoStamps,
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
