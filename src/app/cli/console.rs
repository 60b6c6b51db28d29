use super::look::LookArgs;
use crate::app::gui;
use crate::app::snapshot::{About, RunSnapshot};
use anyhow::Context;
use clap::Args;
use crossbeam_channel::{Sender, bounded};
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

/// The window of a run, told on standard input what to show. 'run --window' opens it.
#[derive(Debug, Args)]
pub(super) struct ConsoleArgs {
    #[command(flatten)]
    look: LookArgs,
}

/// Looks that wait to be drawn.
const LOOKS: usize = 4;

pub(super) fn console(args: &ConsoleArgs) -> anyhow::Result<ExitCode> {
    let input = std::io::stdin();
    anyhow::ensure!(
        !input.is_terminal(),
        "this is the window of a run, which opens it: see 'bci-cursor run --window'"
    );
    // Before there are threads: those that draw inherit it.
    gui::step_back();
    let mut first = String::new();
    input.lock().read_line(&mut first)?;
    let about: About = serde_json::from_str(&first).context("what is run was not understood")?;
    let (looks, looks_rx) = bounded(LOOKS);
    std::thread::spawn(move || read(&looks));
    let wish = |wish: String| {
        // Where the run is over, so is the window soon.
        let _ = writeln!(std::io::stdout(), "{wish}");
    };
    gui::console(&about, looks_rx, wish, args.look.text(), args.look.look())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads until the run is over. A look that is not drawn yet keeps the next ones waiting, and the run gives fewer then.
fn read(looks: &Sender<RunSnapshot>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let snapshot = match serde_json::from_str(&line) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                log::warn!("the window cannot show what the run says: {error}");
                return;
            }
        };
        if looks.send(snapshot).is_err() {
            return;
        }
    }
}
