use clap::Args;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Show the tags that a driver at the other end of standard input asks for. 'run' starts it.
#[derive(Debug, Args)]
pub(super) struct TagsArgs {}

pub(super) fn tags(_: &TagsArgs) -> anyhow::Result<ExitCode> {
    let input = std::io::stdin();
    anyhow::ensure!(
        !input.is_terminal(),
        "this program is started by a run: use 'bci-cursor run'"
    );
    // An error was already told to the driver, which shows it.
    Ok(match crate::presenter::present(input, std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::debug!("{error}");
            ExitCode::FAILURE
        }
    })
}
