//! Front ends.

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;
mod out;
pub mod running;
#[cfg(feature = "gui")]
pub mod seen;
#[cfg(feature = "gui")]
mod window;
