//! Threads for calls into liblsl, which nobody joins.
//!
//! liblsl 1.13 may never return from opening, asking or closing an inlet (sccn/liblsl#201): it joins a thread of its own that waits for
//! a peer that never speaks. So each such call has a thread of its own. Who is done with it gives it up: a thread that liblsl holds
//! back is left behind, and ends when its peer goes away or the process does.

use crossbeam_channel::bounded;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU8, Ordering};
use std::time::Duration;

const RUNNING: u8 = 0;
const GIVEN_UP: u8 = 1;
const ENDED: u8 = 2;

/// Threads that were given up and have not ended.
static LEFT_BEHIND: AtomicIsize = AtomicIsize::new(0);
/// Maximum number of threads: each holds about ten file descriptors.
const MOST_LEFT_BEHIND: isize = 48;
/// liblsl needs little, and there may be many.
const STACK_BYTES: usize = 512 * 1024;

/// A thread that may hang in liblsl. Dropping this gives it up.
#[derive(Debug)]
pub(super) struct Apart(Arc<AtomicU8>);

/// What such a thread is told.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Arc<AtomicU8>);

impl Wanted {
    /// Whether somebody still waits for what the thread does.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed) == RUNNING
    }
}

impl Apart {
    /// Starts a thread, which must look now and then whether it is still wanted. `None` where too many hang already, or the system
    /// has no more threads.
    pub(super) fn start(
        name: &'static str,
        body: impl FnOnce(&Wanted) + Send + 'static,
    ) -> Option<Self> {
        if LEFT_BEHIND.load(Ordering::SeqCst) >= MOST_LEFT_BEHIND {
            log::debug!("{name}: not started, as {MOST_LEFT_BEHIND} threads hang in liblsl");
            return None;
        }
        let state = Arc::new(AtomicU8::new(RUNNING));
        let wanted = Wanted(state.clone());
        let thread = std::thread::Builder::new()
            .name(name.into())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                body(&wanted);
                if wanted.0.swap(ENDED, Ordering::SeqCst) == GIVEN_UP {
                    LEFT_BEHIND.fetch_sub(1, Ordering::SeqCst);
                }
            });
        thread
            .inspect_err(|error| log::warn!("{name}: no thread could be started: {error}"))
            .ok()
            .map(|_| Self(state))
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if self.0.swap(GIVEN_UP, Ordering::SeqCst) == RUNNING {
            LEFT_BEHIND.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// What a call returns, where it does within the limit.
pub(super) fn within<T: Send + 'static>(
    name: &'static str,
    limit: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done_tx, done) = bounded(1);
    let _apart = Apart::start(name, move |_| drop(done_tx.send(call())))?;
    done.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_never_returns_is_left_behind_until_it_does() {
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
