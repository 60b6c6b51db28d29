//! Services of the operating system: the time, signals, a folder that only the user can access, and thread priorities.

pub mod clock;
pub mod priority;
#[cfg(unix)]
pub mod private_folder;

use signal_hook::consts;

/// Signals that end a program unless it catches them, and that do not indicate a bug.
#[cfg(unix)]
pub const ENDING_SIGNALS: &[i32] = &[
    consts::SIGHUP,
    consts::SIGINT,
    consts::SIGQUIT,
    consts::SIGTERM,
    consts::SIGALRM,
    consts::SIGUSR1,
    consts::SIGUSR2,
    consts::SIGVTALRM,
    consts::SIGPROF,
    // A thread with real-time priority ran for too long: see `priority`.
    consts::SIGXCPU,
    // A file would exceed its size limit. With a handler, writing fails instead.
    consts::SIGXFSZ,
];
/// Signals that end a program unless it catches them, and that do not indicate a bug.
#[cfg(not(unix))]
pub const ENDING_SIGNALS: &[i32] = &[consts::SIGINT, consts::SIGTERM];
