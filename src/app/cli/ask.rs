use crate::app::running::about_settings;
use crate::runtime::remote::{Answer, ask};
use crate::session::profile::Profile;
use anyhow::{Context, bail};
use clap::Args;
use std::process::ExitCode;

/// Ask a running driver.
#[derive(Debug, Args)]
pub(super) struct AskArgs {}

/// What a running driver is doing.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Also its latency in the last minute, what was lost, and clicks
    #[arg(long)]
    figures: bool,
}

/// Change settings while the driver runs, and keep them in the patient's profile.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// What to change, such as control.dwell.time_ms=900 [default: list all settings]
    #[arg(value_name = "PATH=VALUE")]
    settings: Vec<String>,
    /// Go back by one change
    #[arg(long, conflicts_with = "settings")]
    back: bool,
    /// Whose profile, where no driver runs
    #[arg(long, value_name = "PATIENT", default_value = "default")]
    patient: String,
}

pub(super) fn status(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    ask_drivers(if args.figures { "figures" } else { "status" })
}

/// Asks every driver that runs; an error where there is none.
pub(super) fn ask_drivers(question: &str) -> anyhow::Result<ExitCode> {
    let answers = drivers(question)?;
    if answers.is_empty() {
        bail!("no bci-cursor is running here: start one with 'bci-cursor run'");
    }
    report(answers)
}

fn drivers(question: &str) -> anyhow::Result<Vec<(u32, Answer)>> {
    ask(question).context("running drivers cannot be asked")
}

/// Prints what each driver did; where there are several, with its process number.
fn report(answers: Vec<(u32, Answer)>) -> anyhow::Result<ExitCode> {
    let (several, mut code) = (answers.len() > 1, ExitCode::SUCCESS);
    for (number, answer) in answers {
        let who = if several {
            format!("{number}: ")
        } else {
            String::new()
        };
        match answer {
            Ok(done) => println!("{who}{done}"),
            Err(why) => {
                eprintln!("error: {who}{why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

pub(super) fn set(args: &SetArgs) -> anyhow::Result<ExitCode> {
    let question = match args.settings.as_slice() {
        _ if args.back => "back".to_owned(),
        [] => "settings".to_owned(),
        settings => format!("set {}", settings.join(" ")),
    };
    let answers = drivers(&question)?;
    if !answers.is_empty() {
        return report(answers);
    }
    let mut profile = Profile::open(&args.patient)?;
    println!("{}", about_settings(&mut profile, &question)?);
    Ok(ExitCode::SUCCESS)
}
