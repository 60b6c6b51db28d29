use super::look::LookArgs;
use crate::app::gui;
use crate::app::gui::snapshot::{About, RunSnapshot};
use anyhow::Context;
use clap::Args;
use crossbeam_channel::{Sender, bounded};
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

/// The window of a run, which reads what to show from standard input. 'run --window' opens it.
#[derive(Debug, Args)]
pub(super) struct ConsoleArgs {
    #[command(flatten)]
    look: LookArgs,
}

/// Snapshots that can wait to be drawn.
const LOOKS: usize = 4;

pub(super) fn console(args: &ConsoleArgs) -> anyhow::Result<ExitCode> {
    let input = std::io::stdin();
    anyhow::ensure!(
        !input.is_terminal(),
        "this window is opened by a run: use 'bci-cursor run --window'"
    );
    // Called before any thread starts, so that the drawing threads inherit it.
    gui::step_back();
    let mut first = String::new();
    input.lock().read_line(&mut first)?;
    let about: About =
        serde_json::from_str(&first).context("the run's description was not understood")?;
    let (looks, looks_rx) = bounded(LOOKS);
    std::thread::spawn(move || read(&looks));
    let send = |request: String| {
        // If the run is over, the window closes soon.
        let _ = writeln!(std::io::stdout(), "{request}");
    };
    gui::console(&about, looks_rx, send, args.look.text(), args.look.look())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads snapshots until the run ends. A snapshot that is not drawn yet delays the next ones, and the run then sends
/// fewer.
fn read(looks: &Sender<RunSnapshot>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let snapshot = match serde_json::from_str(&line) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                log::warn!("the window cannot read the run's data: {error}");
                return;
            }
        };
        if looks.send(snapshot).is_err() {
            return;
        }
    }
}
