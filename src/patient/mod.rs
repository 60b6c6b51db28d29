//! A patient's data: private files, where they are kept, and the profile.

pub mod files;
pub mod looking;
pub mod profile;
pub mod store;
