//! Events of the console that end a program unless it catches them.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Set at such an event. A program has one handler, and several parts of it may ask.
static FLAGS: Mutex<Vec<Arc<AtomicBool>>> = Mutex::new(Vec::new());

fn flags() -> MutexGuard<'static, Vec<Arc<AtomicBool>>> {
    FLAGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, Ctrl-C and Ctrl-Break set the flag and do not end the program. When its console is closed, or the user
/// logs out, Windows ends it nevertheless, soon after the flag was set.
///
/// # Errors
/// The system's error.
pub fn set_instead(flag: &Arc<AtomicBool>) -> io::Result<()> {
    let mut known = flags();
    if known.is_empty() {
        ctrlc::set_handler(|| {
            for flag in flags().iter() {
                flag.store(true, Ordering::SeqCst);
            }
        })
        .map_err(io::Error::other)?;
    }
    known.push(Arc::clone(flag));
    Ok(())
}
