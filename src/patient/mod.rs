//! A patient's data: private files, where they are kept, the profile, and the words that were written.

pub mod files;
pub mod looking;
pub mod profile;
pub mod store;
#[cfg(feature = "cli")]
pub mod words;
