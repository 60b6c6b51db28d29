//! The run's end of its console. The console is a separate process, because Xlib ends processes whose display is lost: the pointer must survive
//! that, and must not wait for a window that hangs.

use super::gui::snapshot::{About, RunSnapshot};
use super::gui::text::Message;
use super::running::{Shared, locked};
use super::window_process::WindowProcess;
use crate::system::clock;
use crate::time::HostNanos;
use std::io;
use std::process::ExitStatus;

/// Time between two updates, nanoseconds.
const UPDATE_NS: i64 = 50_000_000;

/// Shows a run until the window closes or the run ends. Returns the window's exit status if it ended first.
///
/// # Errors
/// The system's error, if the window's process cannot be started.
pub(super) fn show(running: &Shared, args: &[String]) -> io::Result<Option<ExitStatus>> {
    let about = About::of(&locked(running));
    let command = ["console".to_owned()];
    let mut window = WindowProcess::start(&[&command, args].concat())?;
    window.send(&about)?;
    let (mut refused, mut is_slow) = (None, false);
    loop {
        clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS));
        if let Some(status) = window.ended()? {
            return Ok(Some(status));
        }
        let mut running = locked(running);
        for request in window.answers() {
            refused = running.execute(&request).err().map(Message::from);
        }
        if running.finished() {
            return Ok(None);
        }
        if std::mem::replace(&mut is_slow, window.is_slow()) != is_slow {
            log::debug!(
                "window   {}",
                if is_slow {
                    "does not keep up"
                } else {
                    "keeps up"
                }
            );
        }
        if !is_slow {
            let snapshot = RunSnapshot::of(&running, refused.clone());
            drop(running);
            window.send(&snapshot)?;
        }
    }
}
