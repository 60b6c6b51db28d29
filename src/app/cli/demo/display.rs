//! A display to move a pointer on, where there is none.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

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
