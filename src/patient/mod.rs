//! What is kept of a patient: files that only their owner can read, where they are, and the profile.

pub mod files;
pub mod profile;
pub mod store;
