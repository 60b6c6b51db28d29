//! Front ends.

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;
pub mod running;
