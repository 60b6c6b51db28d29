use super::patient::PatientArgs;
use crate::app::out::say;
use crate::patient::words;
use clap::Args;
use std::process::ExitCode;

/// Erase the words that a patient has written with the panel's keyboard, which it offers again. With --set control.keyboard.learns=false,
/// a run keeps none.
#[derive(Debug, Args)]
pub(super) struct ForgetWordsArgs {
    #[command(flatten)]
    whose: PatientArgs,
}

pub(super) fn forget_words(args: &ForgetWordsArgs) -> anyhow::Result<ExitCode> {
    let patient = args.whose.name()?;
    if words::forget(&words::path(patient)?)? {
        say!(
            "The words of patient {patient} are erased. A run that is still open may keep them: end it first."
        )?;
    } else {
        say!("No words of patient {patient} are kept.")?;
    }
    Ok(ExitCode::SUCCESS)
}
