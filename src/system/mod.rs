//! What is asked of the operating system: the time, signals, a folder that only the user can reach, and priority over other programs.

pub mod clock;
pub mod priority;
#[cfg(unix)]
pub mod private_folder;

use signal_hook::consts;

/// Signals that end a program which does not catch them, and mean no defect of it.
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
    // A thread with real-time priority did not rest: see `priority`.
    consts::SIGXCPU,
    // A file may not become as large: writing it then fails instead.
    consts::SIGXFSZ,
];
/// Signals that end a program which does not catch them, and mean no defect of it.
#[cfg(not(unix))]
pub const ENDING_SIGNALS: &[i32] = &[consts::SIGINT, consts::SIGTERM];
