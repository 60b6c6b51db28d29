//! A display of our own to move a pointer on.

use crate::app::out::note;
use crate::runtime::StopFlag;
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

/// An Xvfb of our own; ends with this value.
#[derive(Debug)]
pub(super) struct OwnDisplay {
    child: Child,
    /// Such as ":1".
    pub(super) name: String,
}

impl OwnDisplay {
    /// Starts Xvfb on a display number that it chooses itself, and waits until it answers.
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
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match started {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!(
                    "there is no display and no Xvfb to make one. Install it (apt install xvfb), or set DISPLAY"
                )
            }
            other => other.context("Xvfb could not be started")?,
        };
        // Xvfb writes the number once it accepts connections; a failed one closes the pipe.
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .context("Xvfb did not answer")?;
        }
        let Ok(number) = line.trim().parse::<u32>() else {
            // It has closed its output, so it is at its end already.
            let status = child.wait().context("Xvfb did not end")?;
            bail!("Xvfb ended at once ({status}). Try 'Xvfb :9' by hand to see why");
        };
        Ok(Self {
            child,
            name: format!(":{number}"),
        })
    }
}

impl Drop for OwnDisplay {
    fn drop(&mut self) {
        // Where it is gone already, nothing is left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs this program with its own arguments again, on a display of our own: environment variables cannot be set safely in a running
/// program. `why` is told, and `mark` names the variable that tells the second one, beside DISPLAY.
pub(super) fn again(why: &str, stop: &StopFlag, mark: &str) -> anyhow::Result<ExitCode> {
    let display = OwnDisplay::start()?;
    note!(
        "{why}: a virtual one (Xvfb, 1280x800) was started as {}.",
        display.name
    );
    let mut child = Command::new(std::env::current_exe().context("own program not found")?)
        .args(std::env::args_os().skip(1))
        .env("DISPLAY", &display.name)
        .env(mark, "1")
        .spawn()
        .context("it could not be run on it")?;
    // Ctrl-C at a terminal reaches the child by itself; its end is waited for, so that it releases first.
    let status = child.wait().context("what ran on it was lost")?;
    if stop.stopped() || status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
