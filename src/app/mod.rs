//! Front ends.

mod advice;
pub mod cli;
pub mod consent;
#[cfg(feature = "gui")]
pub mod gui;
mod out;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod panel;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod programs;
pub mod running;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod typist;
#[cfg(feature = "gui")]
mod window;
#[cfg(feature = "gui")]
mod window_process;
