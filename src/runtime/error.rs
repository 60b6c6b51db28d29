//! Why a run could not start, or could not continue.

use crate::pipeline::PipelineError;
use crate::pointer::PointerError;
use crate::source::SourceError;

/// A run that could not start, or could not continue.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Stream, decoder and mode do not fit together.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The session's file cannot be created.
    #[error("{0}")]
    Recording(Box<dyn std::error::Error + Send + Sync>),
    /// The decoder cannot be stored in the session's file.
    #[error(transparent)]
    DecoderFile(#[from] bci_cursor_calibration::DecoderError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
    /// A thread ended by a panic: a defect of this program. Buttons were released.
    #[error("the {0} thread failed; all buttons were released. Please report this with the log")]
    Panicked(&'static str),
}
