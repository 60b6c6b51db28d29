//! What a running driver replies to a request.

use crate::printable::printable;
use std::fmt::Display;

/// Maximum length of a request or reply, bytes.
pub(super) const LONGEST: usize = 65_536;

/// A driver's reply: what it did, or why it did not.
pub type Reply = Result<String, Refusal>;

/// Why a driver did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many clients ask at once. It certainly did nothing.
    #[error("too many ask this driver at once: ask again")]
    Busy,
    /// The request is too long.
    #[error("a request has at most {LONGEST} bytes")]
    TooLong,
    /// It does not know the request: a client of another version.
    #[error("'{}' is not a known request. Is this another version?", printable(.0))]
    Unknown(String),
    /// It cannot do it, in its own words. These are all that a client gets to see.
    #[error("{0}")]
    Told(String),
    /// It does not answer, and what the system says about that.
    #[error("it does not answer: {0}")]
    Silent(String),
    /// It is of a version that answers in another way.
    #[error("it gave no answer that this version understands")]
    Unreadable,
}

impl Refusal {
    /// A refusal for a reason that has a type of its own.
    pub fn because(why: impl Display) -> Self {
        Self::Told(why.to_string())
    }
}
