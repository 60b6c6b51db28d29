//! The run's end of its window. The window is a process of its own, because a window system ends those whose display goes away:
//! the pointer must outlive it, and a window that hangs must not be waited for. It is told what to show on its standard input,
//! and says what is wished for on its standard output, a line each.

use super::gui::step_back;
use super::running::{Shared, locked};
use super::snapshot::{About, RunSnapshot};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Time between two looks, nanoseconds.
const LOOK_NS: i64 = 50_000_000;
/// How long a window may take to close, nanoseconds.
const CLOSING_NS: i64 = 2_000_000_000;
/// Looks that wait for a window that is slow, and wishes that wait for the run.
const LOOKS: usize = 4;
const WISHES: usize = 16;

/// Shows a run until its window is gone or the run has ended; how the window ended, where it did first.
///
/// # Errors
/// What the system said, where the window's process cannot be started.
pub(super) fn show(running: &Shared, args: &[String]) -> io::Result<Option<ExitStatus>> {
    let about = About::of(&locked(running));
    let mut window = Command::new(std::env::current_exe()?);
    window.arg("console").args(args).args(how_much_is_told());
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

/// It says as much as the run does.
fn how_much_is_told() -> Option<&'static str> {
    match log::max_level() {
        log::LevelFilter::Info => Some("-v"),
        log::LevelFilter::Debug | log::LevelFilter::Trace => Some("-vv"),
        _ => None,
    }
}

fn talk(running: &Shared, about: About, window: &mut Child) -> io::Result<Option<ExitStatus>> {
    let (looks, looks_rx) = bounded(LOOKS);
    let (wishes_tx, wishes) = bounded(WISHES);
    if let (Some(input), Some(output)) = (window.stdin.take(), window.stdout.take()) {
        spawn("window-in", move || {
            write_snapshots(&about, &looks_rx, input)
        })?;
        spawn("window-out", move || hear(output, &wishes_tx))?;
    }
    let (mut refused, mut is_slow) = (None, false);
    loop {
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
        if let Some(status) = window.try_wait()? {
            return Ok(Some(status));
        }
        let mut running = locked(running);
        for wish in wishes.try_iter() {
            let wish: String = wish;
            refused = running.obey(&wish).err();
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
            // Where nobody reads any more, the window is gone: seen at the next look.
            let _ = looks.try_send(snapshot);
        }
    }
}

/// Waits until a window that hears no more has closed; ends it where it does not.
fn close(window: &mut Child) -> io::Result<()> {
    let end = HostNanos(clock::now().0 + CLOSING_NS);
    while window.try_wait()?.is_none() {
        if clock::now() >= end {
            window.kill()?;
            window.wait()?;
            return Ok(());
        }
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS / 5));
    }
    Ok(())
}

/// Writes what is seen until nobody looks any more. It may have to wait for the window, which is why it has a thread.
fn write_snapshots(about: &About, looks: &Receiver<RunSnapshot>, mut to: impl Write) {
    step_back();
    let mut line = |text: serde_json::Result<String>| writeln!(to, "{}", text?);
    let told = line(serde_json::to_string(about)).and_then(|()| {
        looks
            .iter()
            .try_for_each(|snapshot| line(serde_json::to_string(&snapshot)))
    });
    if let Err(error) = told {
        log::debug!("the window hears no more: {error}");
    }
}

/// Reads what is wished for until the window is gone.
fn hear(from: impl io::Read, wishes: &Sender<String>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        if wishes.send(line).is_err() {
            return;
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.into()).spawn(body)?;
    Ok(())
}
