//! Errors that prevent a run from starting or continuing.

use super::tags::TagError;
use crate::pipeline::PipelineError;
use crate::pointer::PointerError;
use crate::source::SourceError;

/// An error that prevents a run from starting or continuing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Stream, decoder and mode do not fit together.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The pointer failed.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// Tags cannot be shown.
    #[error("tags to look at cannot be shown: {0}")]
    Tags(TagError),
    /// The session's file cannot be created.
    #[error("{0}")]
    Recording(Box<dyn std::error::Error + Send + Sync>),
    /// The decoder cannot be stored in the session's file.
    #[error(transparent)]
    DecoderFile(#[from] bci_cursor_calibration::DecoderError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
    /// A thread panicked, which is a bug in this program. All buttons were released.
    #[error("the {0} thread failed; all buttons were released. Please report this with the log")]
    Panicked(&'static str),
}
