use super::patient::PatientArgs;
use super::settings_page::help;
use crate::app::out::{note, say};
use crate::app::running::about_settings;
use crate::patient::profile::Profile;
use crate::patient::store::DEFAULT_PATIENT;
use crate::runtime::remote::ask;
use crate::runtime::{Refusal, Reply};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Send a request to a running driver.
#[derive(Debug, Args)]
pub(super) struct AskArgs {}

/// Show the state of a running driver.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Also show latency in the last minute, lost samples and clicks
    #[arg(long)]
    figures: bool,
    /// Print everything as JSON: a list with one entry per driver
    #[arg(long, conflicts_with = "figures")]
    json: bool,
}

/// Change settings while the driver runs, and keep them in the patient's profile.
#[derive(Debug, Args)]
#[command(after_long_help = help())]
pub(super) struct SetArgs {
    /// What to change, such as control.dwell.time_ms=900 [default: list all settings]
    #[arg(value_name = "PATH=VALUE")]
    settings: Vec<String>,
    /// Undo the last change
    #[arg(long, conflicts_with = "settings")]
    back: bool,
    /// Change this patient's profile; a driver that runs for them applies it within a second [default: the patients of all running
    /// drivers, or 'default' if none runs]
    #[arg(long, value_name = "PATIENT")]
    patient: Option<String>,
    /// Create this patient if there is none of this name
    #[arg(long, requires = "patient")]
    new_patient: bool,
}

pub(super) fn status(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    if args.json {
        return status_json();
    }
    ask_drivers(if args.figures { "figures" } else { "status" })
}

/// Prints every driver's status as JSON. If none is running, prints an empty list and fails.
fn status_json() -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::FAILURE;
    let mut all = Vec::new();
    for (process, answer) in drivers("json")? {
        let status =
            answer.and_then(|text| serde_json::from_str::<Value>(&text).map_err(Refusal::because));
        all.push(match status {
            Ok(mut status) => {
                status["process"] = json!(process);
                code = ExitCode::SUCCESS;
                status
            }
            Err(error) => json!({"process": process, "error": error.to_string()}),
        });
    }
    say!("{}", serde_json::to_string_pretty(&all)?)?;
    Ok(code)
}

/// Sends a request to every running driver; fails if there is none.
pub(super) fn ask_drivers(request: &str) -> anyhow::Result<ExitCode> {
    let answers = drivers(request)?;
    if answers.is_empty() {
        bail!("no bci-cursor is running: start one with 'bci-cursor run'");
    }
    report(answers)
}

fn drivers(request: &str) -> anyhow::Result<Vec<(u32, Reply)>> {
    ask(request).context("running drivers cannot be reached")
}

/// Prints each driver's reply, with its process number if there are several.
fn report(answers: Vec<(u32, Reply)>) -> anyhow::Result<ExitCode> {
    let (several, mut code) = (answers.len() > 1, ExitCode::SUCCESS);
    for (number, answer) in answers {
        let prefix = if several {
            format!("{number}: ")
        } else {
            String::new()
        };
        match answer {
            Ok(done) => say!("{prefix}{done}")?,
            Err(why) => {
                note!("error: {prefix}{why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

pub(super) fn set(args: &SetArgs) -> anyhow::Result<ExitCode> {
    let request = match args.settings.as_slice() {
        _ if args.back => "back".to_owned(),
        [] => "settings".to_owned(),
        settings => format!("set {}", settings.join(" ")),
    };
    if args.patient.is_none() {
        let answers = drivers(&request)?;
        if !answers.is_empty() {
            return report(answers);
        }
    }
    let patient = PatientArgs {
        patient: args
            .patient
            .clone()
            .unwrap_or_else(|| DEFAULT_PATIENT.into()),
        new_patient: args.new_patient,
    };
    let mut profile = Profile::open(patient.name()?)?;
    say!("{}", about_settings(&mut profile, &request)?)?;
    Ok(ExitCode::SUCCESS)
}
