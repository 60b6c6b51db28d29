//! Front ends.

mod advice;
pub mod cli;
pub mod consent;
#[cfg(feature = "gui")]
pub mod gui;
mod out;
pub mod running;
#[cfg(feature = "gui")]
mod window;
