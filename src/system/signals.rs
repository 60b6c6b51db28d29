//! Signals that end a program unless it catches them.

use signal_hook::consts;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Those that do not indicate a bug.
const ENDING: &[i32] = &[
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

/// From now on, such a signal sets the flag and does not end the program: Ctrl-C, SIGTERM, SIGHUP, SIGQUIT and others.
///
/// # Errors
/// The system's error.
pub fn set_instead(flag: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in ENDING {
        signal_hook::flag::register(*signal, Arc::clone(flag))?;
    }
    Ok(())
}
