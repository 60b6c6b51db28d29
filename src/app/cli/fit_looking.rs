//! Fits a person's response to the codes of tags.

use super::patient::PatientArgs;
use super::reading::{RateArgs, ReadArgs};
use super::{NO_GO, percent};
use crate::app::out::{OutputError, note, say};
use crate::fit::looking::{FittedLooking, fit_looking};
use crate::guided::calibrate::{CalibrateError, Doubt};
use crate::guided::looking::keep_looking;
use crate::looking::figures::{LookingFigures, LookingVerdict};
use crate::patient::profile::Profile;
use crate::patient::store::DEFAULT_PATIENT;
use crate::printable::{counted, printable_list, printable_path};
use crate::settings::Settings;
use crate::system::clock;
use clap::Args;
use std::path::Path;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
A recording is an XDF file with EEG, a stream of type Stimulus with the brightness of each target
in each frame, and markers 'trial target=K' and 'end'. K is the number at the end of a channel's
label, or the label. 20 looks of 3 s are enough.

Of the electrodes, those over the visual cortex are used (if their names tell where they are).
Each look is decoded with the response to the others, which gives the figures and the verdict.

A response that cannot be used, or is worse than the one in use, is not kept without --force.
Exit status 3: it cannot be used.";

/// Fit a person's response to tags that follow codes, so that each of many tags can have a code of its own.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FitLookingArgs {
    /// Recordings of looks at known targets (XDF)
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<String>,
    /// The patient who looked, and whose response it becomes
    #[arg(long, value_name = "PATIENT", default_value = DEFAULT_PATIENT)]
    patient: String,
    /// Create this patient if there is none of this name
    #[arg(long, requires = "patient")]
    new_patient: bool,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Time from the display's stamp of a frame to its light in the samples [default: the patient's decoding.display_delay_ms]
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = delay_ms)]
    display_delay: Option<f64>,
    /// Use the response even if it is bad, or worse than the one in use
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A delay that the setting allows.
fn delay_ms(text: &str) -> Result<f64, String> {
    let assigned = format!("decoding.display_delay_ms={text}");
    let settings = Settings::default().with(&[assigned]);
    let settings = settings.map_err(|error| error.to_string())?;
    let delay_ms = settings.decoding.display_delay_ms;
    delay_ms.ok_or_else(|| "leave the option out for that".to_owned())
}

pub(super) fn fit(args: &FitLookingArgs) -> anyhow::Result<ExitCode> {
    let whose = PatientArgs {
        patient: args.patient.clone(),
        new_patient: args.new_patient,
    };
    let patient = whose.name()?;
    let measured = Profile::open(patient)?.settings().decoding.display_delay_ms;
    let delay_ms = args.display_delay.or(measured);
    let fitted = fit_looking(&args.recordings, &args.read.at(&args.rate), delay_ms)?;
    let (path, doubt) = match keep_looking(patient, &clock::date_time(), &fitted, args.force) {
        Ok(path) => (Some(path), None),
        Err(CalibrateError::Unconfirmed(doubt)) => (None, Some(doubt)),
        Err(error) => return Err(error.into()),
    };
    if args.json {
        let report = serde_json::json!({
            "channels": fitted.channels,
            "display_delay_ms": fitted.display_delay_ms,
            "figures": fitted.figures,
            "verdict": fitted.figures.verdict(),
            "choices_per_min": fitted.figures.choices_per_min(),
            "model": path.as_ref().map(|path| path.to_string_lossy()),
            "is_written": path.is_some(),
        });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&fitted, path.as_deref())?;
    }
    match doubt {
        Some(Doubt::NoGo) => note!("not kept: it cannot be used. --force uses it all the same"),
        Some(Doubt::Worse) => note!(
            "not kept: the response that '{patient}' uses is better. --force replaces it all the same"
        ),
        None => {}
    }
    Ok(match fitted.figures.verdict() {
        LookingVerdict::NoGo => ExitCode::from(NO_GO),
        LookingVerdict::Weak | LookingVerdict::Good => ExitCode::SUCCESS,
    })
}

/// Prints what was fitted and how good it is.
pub(super) fn print(fitted: &FittedLooking, path: Option<&Path>) -> Result<(), OutputError> {
    let figures = &fitted.figures;
    say!(
        "response    {}: {}",
        counted(fitted.channels.len(), "channel"),
        printable_list(&fitted.channels)
    )?;
    say!(
        "looks       {} at {}; each decoded with the response to the others",
        figures.looks,
        counted(figures.tags, "tag")
    )?;
    if let Some(delay_ms) = fitted.display_delay_ms {
        say!("display     light comes {delay_ms:.1} ms after the display's stamp of a frame")?;
    }
    for (k, after) in figures.after.iter().enumerate() {
        let name = if k == 0 { "recognised" } else { "" };
        let [low, high] = after.interval();
        say!(
            "{name:<11} after {:.0} s: {} of {} ({}, 95 % interval {} to {})",
            after.seconds,
            after.right,
            after.looks,
            percent(after.share()),
            percent(low),
            percent(high)
        )?;
    }
    say!(
        "choices     {:.0} a minute where each look ends as soon as it is clear ({:.1} s on average), {} right: {:.0} bits a minute",
        figures.choices_per_min(),
        figures.dynamic.mean_s,
        percent(figures.right_share()),
        figures.dynamic.bits_per_min
    )?;
    if let Some(elsewhere) = &figures.elsewhere {
        let [low, high] = elsewhere.interval_per_hour();
        say!(
            "by itself   {:.0} an hour while no tag is looked at (95 % interval {low:.0} to {high:.0}): {} in {:.0} minutes of codes that were not shown",
            elsewhere.per_hour(),
            elsewhere.selections,
            elsewhere.minutes
        )?;
    }
    say!("verdict     {}", verdict(figures))?;
    if let Some(path) = path {
        say!("written to  {}", printable_path(path))?;
    }
    Ok(())
}

/// The verdict in plain words, and what to do.
fn verdict(figures: &LookingFigures) -> String {
    let choices = format!(
        "about {:.0} choices a minute, {} of them right",
        figures.choices_per_min(),
        percent(figures.right_share())
    );
    match figures.verdict() {
        LookingVerdict::Good => format!("good: looking can be used. Expect {choices}"),
        LookingVerdict::Weak => {
            format!("weak: looking works, but slowly or with errors: {choices}.\n{ADVICE}")
        }
        LookingVerdict::NoGo => format!(
            "NO-GO: do not use this response, because too few looks are recognised.\n{ADVICE}"
        ),
    }
}

const ADVICE: &str = "            \
What helps: good contact of several electrodes over the visual cortex (Oz, O1, O2, POz), looking at
            the middle of a tag without moving the eyes, larger tags (control.look.size_px), more looks. Without
            a response, tags flicker at three frequencies, for which nothing has to be fitted.";
