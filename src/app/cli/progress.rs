//! Shows the progress of long work on standard error: a bar on a terminal, otherwise a line every few seconds.

use crate::app::out::{self, note};
use crate::runtime::progress::Progress;
use crate::system::clock;
use crate::time::HostNanos;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time between two lines, nanoseconds.
const LINE_NS: u64 = 5_000_000_000;

/// Shows progress until it is dropped.
pub(super) struct ProgressDisplay {
    bar: Option<ProgressBar>,
    began: HostNanos,
    /// When the last line was written.
    last_line: Mutex<HostNanos>,
}

impl ProgressDisplay {
    pub(super) fn new() -> Self {
        let began = clock::now();
        Self {
            bar: std::io::stderr().is_terminal().then(new_bar),
            began,
            last_line: Mutex::new(began),
        }
    }

    /// Shows progress. Any thread may call it.
    pub(super) fn show(&self, progress: Progress) {
        let Progress { what, done, of } = progress;
        if let Some(bar) = &self.bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
            bar.set_message(what);
            return;
        }
        let now = clock::now();
        let mut last_line = self
            .last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if now.since(*last_line) >= LINE_NS {
            *last_line = now;
            let elapsed_s = now.since(self.began) as f64 / 1e9;
            note!("progress    {what}: {done} of {of} after {elapsed_s:.0} s");
        }
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            out::set_bar(false);
        }
    }
}

fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}: {pos} of {len}, {elapsed}");
    let bar =
        ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    out::set_bar(true);
    bar
}
