//! The run's end of its window. The window is a separate process, because Xlib ends processes whose display is lost:
//! the pointer must survive that, and must not wait for a window that hangs. The window reads what to show from its
//! standard input, and writes requests to its standard output, one per line.

use super::gui::snapshot::{About, RunSnapshot};
use super::gui::step_back;
use super::gui::text::Message;
use super::running::{Shared, locked};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Time between two updates, nanoseconds.
const UPDATE_NS: i64 = 50_000_000;
/// How long a window may take to close, nanoseconds.
const CLOSING_NS: i64 = 2_000_000_000;
/// Number of snapshots that can wait for a slow window, and of requests that can wait for the run.
const SNAPSHOTS: usize = 4;
const REQUESTS: usize = 16;

/// Shows a run until the window closes or the run ends. Returns the window's exit status if it ended first.
///
/// # Errors
/// The system's error, if the window's process cannot be started.
pub(super) fn show(running: &Shared, args: &[String]) -> io::Result<Option<ExitStatus>> {
    let about = About::of(&locked(running));
    let mut window = Command::new(std::env::current_exe()?);
    window.arg("console").args(args).args(verbosity());
    window.stdin(Stdio::piped()).stdout(Stdio::piped());
    // Ctrl-C is for the run, which then closes its window.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut window, 0);
    let mut window = window.spawn()?;
    let shown = talk(running, about, &mut window);
    if !matches!(shown, Ok(Some(_))) {
        close(&mut window)?;
    }
    shown
}

/// The window logs as much as the run does.
fn verbosity() -> Option<&'static str> {
    match log::max_level() {
        log::LevelFilter::Info => Some("-v"),
        log::LevelFilter::Debug | log::LevelFilter::Trace => Some("-vv"),
        _ => None,
    }
}

fn talk(running: &Shared, about: About, window: &mut Child) -> io::Result<Option<ExitStatus>> {
    let (looks, looks_rx) = bounded(SNAPSHOTS);
    let (requests_tx, requests) = bounded(REQUESTS);
    if let (Some(input), Some(output)) = (window.stdin.take(), window.stdout.take()) {
        spawn("window-in", move || {
            write_snapshots(&about, &looks_rx, input)
        })?;
        spawn("window-out", move || read_requests(output, &requests_tx))?;
    }
    let (mut refused, mut is_slow) = (None, false);
    loop {
        clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS));
        if let Some(status) = window.try_wait()? {
            return Ok(Some(status));
        }
        let mut running = locked(running);
        for request in requests.try_iter() {
            let request: String = request;
            refused = running.execute(&request).err().map(Message::from);
        }
        if running.finished() {
            return Ok(None);
        }
        if std::mem::replace(&mut is_slow, looks.is_full()) != is_slow {
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
            // If nobody reads any more, the window has ended, which the next update finds.
            let _ = looks.try_send(snapshot);
        }
    }
}

/// Waits until a window without input has closed, and ends it if it does not.
fn close(window: &mut Child) -> io::Result<()> {
    let end = HostNanos(clock::now().0 + CLOSING_NS);
    while window.try_wait()?.is_none() {
        if clock::now() >= end {
            window.kill()?;
            window.wait()?;
            return Ok(());
        }
        clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS / 5));
    }
    Ok(())
}

/// Writes snapshots until nobody reads them. It may have to wait for the window, so it has its own thread.
fn write_snapshots(about: &About, looks: &Receiver<RunSnapshot>, mut to: impl Write) {
    step_back();
    let mut line = |text: serde_json::Result<String>| writeln!(to, "{}", text?);
    let result = line(serde_json::to_string(about)).and_then(|()| {
        looks
            .iter()
            .try_for_each(|snapshot| line(serde_json::to_string(&snapshot)))
    });
    if let Err(error) = result {
        log::debug!("the window no longer reads: {error}");
    }
}

/// Reads requests until the window ends.
fn read_requests(from: impl io::Read, requests: &Sender<String>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        if requests.send(line).is_err() {
            return;
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.into()).spawn(body)?;
    Ok(())
}
