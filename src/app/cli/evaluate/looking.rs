//! Measures how well the flicker that people look at is recognised.

use super::seconds_since;
use crate::app::cli::percent;
use crate::app::cli::progress::ProgressDisplay;
use crate::app::cli::reading::{RateArgs, ReadArgs};
use crate::app::out::say;
use crate::evaluate::looking::{Labels, LookingScore, LookingScores, evaluate};
use crate::printable::printable;
use crate::starters::people;
use crate::system::clock;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

const LOOKING_HELP: &str = "\
PATH holds a folder per person with recordings in it. Without such folders, each recording in
it is a person of its own, and PATH may also be one recording.

Flicker: markers such as ssvep_13hz announce the light to look at, and 'rest' a time without
looking. Any frequencies may be used. Nothing is fitted to the person, but for the last two
columns: if a person has several recordings, each is decoded again with the response fitted
to the others. Windows of 1 to 3 s begin 2 s after each marker. With dynamic stopping, a look ends when the error is expected to
be below 5 %. A third evaluation does not know when looks begin: a selection counts from 1 to
5 s after its marker, and selections during rest are false.

Codes: an XDF recording has a stream of type Stimulus with the brightness of each target in
each frame, and markers 'trial target=K' and 'end'. K is the number at the end of a channel's
label, or the label. Each look is decoded with the response to the person's other looks. With
dynamic stopping, it ends when one target has a probability of 90 %, after half a second at
the earliest. Recordings without rest give no figures about rest.";

/// Printed for a figure that the recordings cannot tell.
const UNKNOWN: &str = "-";

/// Recognise the flickering light or the code that recorded people look at.
#[derive(Debug, Args)]
#[command(after_help = LOOKING_HELP)]
pub(super) struct LookingArgs {
    /// Folder with one folder per person, folder of recordings, or one recording
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Decode codes without knowing any target: each look from itself and those before it. Accuracies are of the second half of looks
    #[arg(long)]
    without_labels: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn evaluate_looking(args: &LookingArgs) -> anyhow::Result<ExitCode> {
    let start = clock::now();
    let display = ProgressDisplay::new();
    let people = people::find_or_files(&args.path)?;
    let labels = if args.without_labels {
        Labels::Unknown
    } else {
        Labels::Known
    };
    let read_as = args.read.at(&args.rate);
    let scores = evaluate(&people, &read_as, labels, &|progress| {
        display.show(progress)
    })?;
    drop(display);
    let seconds = seconds_since(start);
    if args.json {
        let report = json!({"subjects": scores.subjects, "mean": scores.mean, "seconds": seconds});
        say!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&scores, seconds)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(scores: &LookingScores, seconds: f64) -> anyhow::Result<()> {
    say!(
        "{:<10} {:>20} {:>18} {:>26} {:>8} {:>13}",
        "",
        "recognised after",
        "dynamic stopping",
        "any time: right within",
        "rest",
        "fitted, after"
    )?;
    say!(
        "{:<10} {:>6} {:>6} {:>6} {:>7} {:>10} {:>12} {:>13} {:>8} {:>6} {:>6}",
        "subject",
        "1 s",
        "2 s",
        "3 s",
        "right",
        "bits/min",
        "4 s",
        "false/min",
        "AUC",
        "1 s",
        "2 s"
    )?;
    for (subject, score) in &scores.subjects {
        print_line(printable(subject).as_ref(), score)?;
    }
    print_line("mean", &scores.mean)?;
    say!("\n{seconds:.1} s")?;
    Ok(())
}

fn print_line(name: &str, score: &LookingScore) -> anyhow::Result<()> {
    let share = |share: Option<f64>| share.map_or_else(|| UNKNOWN.into(), percent);
    let number = |number: Option<f64>, digits: usize| match number {
        Some(number) => format!("{number:.digits$}"),
        None => UNKNOWN.into(),
    };
    say!(
        "{name:<10} {:>6} {:>6} {:>6} {:>7} {:>10} {:>12} {:>13} {:>8} {:>6} {:>6}",
        share(score.accuracy_1s),
        share(score.accuracy_2s),
        share(score.accuracy_3s),
        share(score.accuracy_dynamic),
        number(score.bits_per_min, 1),
        share(score.selected_4s),
        number(score.false_per_min, 2),
        number(score.rest_auc, 3),
        share(score.fitted_accuracy_1s),
        share(score.fitted_accuracy_2s)
    )?;
    Ok(())
}
