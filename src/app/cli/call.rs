use super::look::LookArgs;
use crate::app::gui;
use crate::app::gui::panel::WISHES;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::process::ExitCode;

/// Show that the patient calls, on the whole screen, with a sound that repeats. The panel of a run starts it.
#[derive(Debug, Args)]
pub(super) struct CallArgs {
    /// What the patient wishes
    #[arg(value_parser = PossibleValuesParser::new(WISHES))]
    wish: String,
    #[command(flatten)]
    look: LookArgs,
}

pub(super) fn call(args: &CallArgs) -> anyhow::Result<ExitCode> {
    let number = WISHES.iter().position(|wish| *wish == args.wish);
    let number = number.unwrap_or(0);
    gui::call::call(number, args.look.text(), args.look.look())?;
    Ok(ExitCode::SUCCESS)
}
