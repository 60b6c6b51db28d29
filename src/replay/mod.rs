//! A recording through the live pipeline again: played, traced, or compared with what happened live.

pub mod play;
pub mod trace;
pub mod verify;
