use super::calibrate::{WindowArgs, open};
use super::patient::PatientArgs;
use clap::Args;
use std::process::ExitCode;

/// Check the signal and practise in a window: move a pointer, or copy targets by looking at them.
#[derive(Debug, Args)]
pub(super) struct PracticeArgs {
    #[command(flatten)]
    whose: PatientArgs,
    /// Begin with copying targets by looking at them
    #[arg(long)]
    looking: bool,
    #[command(flatten)]
    window: WindowArgs,
}

pub(super) fn practise(args: &PracticeArgs) -> anyhow::Result<ExitCode> {
    open(&args.whose, &args.window, |options| {
        options.practises = true;
        options.looks = args.looking;
    })
}
