//! Runs recordings through the live pipeline again: to play, to trace, or to verify them against the live session.

pub mod play;
pub mod trace;
pub mod verify;
