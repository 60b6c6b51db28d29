//! Replies of a running driver to requests.

use crate::printable::printable;
use std::fmt::Display;

/// Maximum length of a request or reply, bytes.
pub(super) const LONGEST: usize = 65_536;

/// A driver's reply: what it did, or why it did not.
pub type Reply = Result<String, Refusal>;

/// Why a driver did not carry out a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many clients send requests at the same time. The driver did nothing.
    #[error("too many ask this driver at once: ask again")]
    Busy,
    /// The request is too long.
    #[error("a request has at most {LONGEST} bytes")]
    TooLong,
    /// An unknown request, such as from a client of another version.
    #[error("'{}' is not a known request. Is this another version?", printable(.0))]
    Unknown(String),
    /// The driver's own explanation; a client receives only this text.
    #[error("{0}")]
    Explained(String),
    /// The driver does not answer; the system's error.
    #[error("it does not answer: {0}")]
    Silent(String),
    /// An answer that this version does not understand.
    #[error("it gave no answer that this version understands")]
    Unreadable,
}

impl Refusal {
    /// A refusal with the text of `why`.
    pub fn because(why: impl Display) -> Self {
        Self::Explained(why.to_string())
    }
}
