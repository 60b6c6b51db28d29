//! Services of the operating system: the time, signals, a folder that only the user can access, and thread priorities.

pub mod clock;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub(crate) mod lines;
pub mod priority;
#[cfg(unix)]
pub mod private_folder;
#[cfg(windows)]
#[path = "private_folder_windows.rs"]
pub mod private_folder;
#[cfg(unix)]
pub mod signals;
#[cfg(windows)]
#[path = "signals_windows.rs"]
pub mod signals;
