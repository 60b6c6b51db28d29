//! Writes recordings: XDF for sessions, EDF+ for programs that read nothing else.

pub mod convert;
pub mod edf;
pub mod session;
pub mod xdf;

#[cfg(test)]
mod tests;
