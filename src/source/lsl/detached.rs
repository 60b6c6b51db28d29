//! Threads for calls into liblsl. Nobody joins these threads.
//!
//! liblsl 1.13 may never return from opening, querying or closing an inlet (sccn/liblsl#201), because it joins a thread
//! of its own that waits for a silent peer. Each such call therefore runs on a thread of its own. A caller that no
//! longer needs the result abandons the thread. If liblsl blocks that thread, it stays until its peer closes the
//! connection or the process ends.

use crossbeam_channel::bounded;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU8, Ordering};
use std::time::Duration;

const RUNNING: u8 = 0;
const ABANDONED_BY_CALLER: u8 = 1;
const ENDED: u8 = 2;

/// Number of abandoned threads that are still running.
static ABANDONED: AtomicIsize = AtomicIsize::new(0);
/// Maximum number of abandoned threads: each holds about ten file descriptors.
const MOST_ABANDONED: isize = 48;
/// A small stack, because liblsl needs little and there may be many threads.
const STACK_BYTES: usize = 512 * 1024;

/// A thread that may hang in liblsl. Dropping this value abandons the thread.
#[derive(Debug)]
pub(super) struct DetachedThread(Arc<AtomicU8>);

/// Tells such a thread whether its result is still needed.
#[derive(Debug, Clone)]
pub(super) struct StopFlag(Arc<AtomicU8>);

impl StopFlag {
    /// Whether the thread's result is still needed.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed) == RUNNING
    }
}

impl DetachedThread {
    /// Starts a thread. Its body must check from time to time whether it is still wanted. `None` if too many threads
    /// hang already, or the system cannot start another.
    pub(super) fn start(
        name: &'static str,
        body: impl FnOnce(&StopFlag) + Send + 'static,
    ) -> Option<Self> {
        if ABANDONED.load(Ordering::SeqCst) >= MOST_ABANDONED {
            log::debug!("{name}: not started, because {MOST_ABANDONED} threads hang in liblsl");
            return None;
        }
        let state = Arc::new(AtomicU8::new(RUNNING));
        let wanted = StopFlag(state.clone());
        let thread = std::thread::Builder::new()
            .name(name.into())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                body(&wanted);
                if wanted.0.swap(ENDED, Ordering::SeqCst) == ABANDONED_BY_CALLER {
                    ABANDONED.fetch_sub(1, Ordering::SeqCst);
                }
            });
        thread
            .inspect_err(|error| log::warn!("{name}: no thread could be started: {error}"))
            .ok()
            .map(|_| Self(state))
    }
}

impl Drop for DetachedThread {
    fn drop(&mut self) {
        if self.0.swap(ABANDONED_BY_CALLER, Ordering::SeqCst) == RUNNING {
            ABANDONED.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Runs a call on such a thread. `None` if it does not return within `limit`.
pub(super) fn within<T: Send + 'static>(
    name: &'static str,
    limit: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done_tx, done) = bounded(1);
    let _thread = DetachedThread::start(name, move |_| drop(done_tx.send(call())))?;
    done.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_return_is_abandoned() {
        assert_eq!(
            within("test", Duration::from_secs(5), || 7),
            Some(7),
            "a call that returns"
        );
        let (release_tx, release) = bounded::<()>(1);
        let (ended_tx, ended) = bounded(1);
        let hanging = within("test", Duration::from_millis(10), move || {
            let _ = release.recv();
            let _ = ended_tx.send(());
        });
        assert_eq!(hanging, None);
        release_tx.send(()).unwrap();
        assert!(ended.recv_timeout(Duration::from_secs(5)).is_ok());
    }
}
