//! A virtual display to move a pointer on.

use crate::app::out::note;
use crate::runtime::StopFlag;
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

/// An Xvfb that ends when this value is dropped.
#[derive(Debug)]
pub(super) struct OwnDisplay {
    child: Child,
    /// Such as ":1".
    pub(super) name: String,
}

impl OwnDisplay {
    /// Starts Xvfb on a display number that it chooses, and waits until it accepts connections.
    pub(super) fn start() -> anyhow::Result<Self> {
        let started = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
                // Otherwise it restarts when its last client leaves, and refuses those that come at this moment.
                "-noreset",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match started {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!(
                    "there is no display, and no Xvfb to create one. Install it (apt install xvfb), or set DISPLAY"
                )
            }
            other => other.context("Xvfb could not be started")?,
        };
        // Xvfb writes the number once it accepts connections; if it fails, it closes the pipe.
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .context("Xvfb did not answer")?;
        }
        let Ok(number) = line.trim().parse::<u32>() else {
            // It has closed its output, so it is already ending.
            let status = child.wait().context("Xvfb did not end")?;
            bail!("Xvfb ended immediately ({status}). Run 'Xvfb :9' by hand to see why");
        };
        Ok(Self {
            child,
            name: format!(":{number}"),
        })
    }
}

impl Drop for OwnDisplay {
    fn drop(&mut self) {
        // If it has already ended, there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs this program with the same arguments again, on a virtual display. Environment variables cannot be set safely in
/// a running program. `why` is shown to the user, and `mark` is the variable that marks the second program, in addition
/// to DISPLAY.
pub(super) fn again(why: &str, stop: &StopFlag, mark: &str) -> anyhow::Result<ExitCode> {
    let display = OwnDisplay::start()?;
    note!(
        "{why}: a virtual one (Xvfb, 1280x800) was started as {}.",
        display.name
    );
    let mut child = Command::new(std::env::current_exe().context("own program not found")?)
        .args(std::env::args_os().skip(1))
        .env("DISPLAY", &display.name)
        // It must not move the pointer of a Wayland session instead.
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XDG_SESSION_TYPE")
        .env(mark, "1")
        .spawn()
        .context("the program could not be started on it")?;
    // Ctrl-C at a terminal also reaches the child. We wait for its end, so that it releases its buttons first.
    let status = child.wait().context("the program on it was lost")?;
    if stop.stopped() || status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
