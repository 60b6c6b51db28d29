mod closed_loop;
#[cfg(all(unix, not(target_os = "macos")))]
mod latency;
mod looking;
mod merge;
mod parts;
mod writing;

use crate::app::cli::classes::{ClassList, class_list, together};
use crate::app::cli::progress::ProgressDisplay;
use crate::app::cli::reading::{RateArgs, ReadArgs};
use crate::app::out::say;
use crate::evaluate::decoding::{self, CurvePoint, EvaluationProtocol, Population, Score, Scores};
use crate::evaluate::rest::{self, Measured};
use crate::evaluate::shard::Shard;
use crate::evaluate::subjects::{self, TrialSpec};
use crate::fit::classes::{ClassMarker, class_names};
use crate::fit::{FitRequest, check_classes};
use crate::montage::canonical_label;
use crate::printable::printable;
use crate::source::channels::{ForDecoder, ReadAs};
use crate::starters::people;
use crate::system::clock;
use bci_cursor_calibration::{ConditioningSpec, Reference};
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure how well recorded people are decoded.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Decode recorded trials, with a protocol that defines what the decoder may know
    Decoding(DecodingArgs),
    /// Check whether rest is interrupted as often as the fit predicted
    Rest(RestArgs),
    Looking(looking::LookingArgs),
    /// Count the targets that a simulated user reaches with the EEG of recorded people
    ClosedLoop(closed_loop::ClosedLoopArgs),
    Writing(writing::WritingArgs),
    Merge(merge::MergeArgs),
    #[cfg(all(unix, not(target_os = "macos")))]
    Latency(latency::LatencyArgs),
    #[cfg(all(unix, not(target_os = "macos")))]
    #[command(hide = true)]
    LatencyOutlet(latency::OutletArgs),
}

/// Which people are evaluated, with which electrodes and classes.
#[derive(Debug, Args)]
struct PeopleArgs {
    /// Folder with one folder per person
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Classes and the annotations that announce them
    #[arg(long, value_name = "CLASS=MARKER,...", value_parser = class_list, default_value = "left_hand=T1,right_hand=T2")]
    classes: Vec<ClassList>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A part of an evaluation that is split over several machines.
#[derive(Debug, Clone, Copy, Args)]
struct ShardArgs {
    /// Evaluate only a part of the people, fitting on all of them, and print one line of JSON per person for 'evaluate
    /// merge'
    #[arg(long, value_name = "PART/PARTS")]
    shard: Option<Shard>,
}

impl PeopleArgs {
    fn classes(&self) -> Vec<ClassMarker> {
        together(&self.classes)
    }

    /// The electrodes to use, by the names under which they are decoded; empty for all of the first recording.
    fn montage(&self) -> Vec<String> {
        let labels = match self.read.electrodes.as_slice() {
            [] => &self.read.channels,
            electrodes => electrodes,
        };
        labels.iter().map(|label| canonical_label(label)).collect()
    }

    /// How to read the recordings. Without `--electrodes`: every EEG channel, and those of the montage whatever their
    /// type.
    fn read_as(&self) -> ReadAs {
        let given = self.read.at(&self.rate);
        if !given.electrodes.is_empty() {
            return given;
        }
        ReadAs {
            channels: Vec::new(),
            decoder: Some(ForDecoder {
                needs: self.montage(),
                ..ForDecoder::default()
            }),
            ..given
        }
    }

    /// Checks that there are two classes, which the figures need.
    fn check_two_classes(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            class_names(&self.classes()).len() == 2,
            "the number of classes in --classes is {}, expected two: these figures are defined for two classes",
            class_names(&self.classes()).len()
        );
        Ok(check_classes(&self.classes())?)
    }
}

const DECODING_HELP: &str = "\
DIR holds a folder per person with recordings in it. Files named as in EEGMMIDB (S001R04.edf)
are sorted by run: 4, 8, 12 imagined, 3, 7, 11 executed (for the prior only), 1, 2 at rest; all
others count as imagined.

Every protocol is causal: filters run from each recording's first sample. A trial is the stretch
from 0.5 s to 3.9 s after its cue.";

#[derive(Debug, Args)]
#[command(after_help = DECODING_HELP)]
struct DecodingArgs {
    #[command(flatten)]
    people: PeopleArgs,
    /// What the decoder may know about the tested person
    #[arg(long, value_enum)]
    protocol: ProtocolName,
    /// Other people's data for the prior; the tested person's data are left out [default: the others of DIR]
    #[arg(long, value_name = "DIR2")]
    population: Option<PathBuf>,
    /// Use only the tested person's labels, without a prior
    #[arg(long, conflicts_with = "population")]
    no_population: bool,
    #[command(flatten)]
    part: ShardArgs,
}

/// How trials were decoded.
#[derive(Debug, Serialize, Deserialize)]
struct Decoded {
    protocol: String,
    montage: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProtocolName {
    /// Five contiguous blocks of trials, each predicted from the other four; AUC is the mean of the five
    BlockedCv,
    /// Fitted on all recordings but the last, tested on the last
    Chronological,
    /// No label of this person; recentred on the mean of all trials
    Zero,
    /// No label of this person; recentred to the mean of the trials so far
    StreamingZero,
    /// Blocked, with 0, 5, 10, 20 and all training trials
    LearningCurve,
}

/// Numbers of own trials of a learning curve; the last is larger than any training set.
const CURVE_TRIALS: [usize; 5] = [0, 5, 10, 20, 45];

pub(super) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Decoding(args) => evaluate_decoding(args),
        What::Rest(args) => evaluate_rest(args),
        What::Looking(args) => looking::evaluate_looking(args),
        What::ClosedLoop(args) => closed_loop::evaluate_closed_loop(args),
        What::Writing(args) => writing::evaluate_writing(args),
        What::Merge(args) => merge::merge(args),
        #[cfg(all(unix, not(target_os = "macos")))]
        What::Latency(args) => latency::latency(args),
        #[cfg(all(unix, not(target_os = "macos")))]
        What::LatencyOutlet(args) => latency::outlet(args),
    }
}

fn evaluate_decoding(args: &DecodingArgs) -> anyhow::Result<ExitCode> {
    args.people.check_two_classes()?;
    let start = clock::now();
    let request = FitRequest::new(args.people.classes());
    let spec = TrialSpec {
        classes: request.classes,
        channels: args.people.montage(),
        read_as: args.people.read_as(),
        conditioning: ConditioningSpec {
            reference: Reference::CommonAverage,
            mains_hz: None,
        },
        features: request.features,
        from_s: request.timing.from_s,
        to_s: request.timing.to_s,
    };
    let display = ProgressDisplay::new();
    let on_progress = |progress| display.show(progress);
    let (people, channels) =
        subjects::load(&people::find(&args.people.folder)?, &spec, &on_progress)?;
    let others = match &args.population {
        Some(folder) => {
            let spec = TrialSpec { channels, ..spec };
            Some(subjects::load(&people::find(folder)?, &spec, &on_progress)?.0)
        }
        None => None,
    };
    let population = match (&others, args.no_population) {
        (Some(others), _) => Population::new(others)?,
        (None, false) => Population::new(&people)?,
        (None, true) => Population::nobody(),
    };
    let protocol = match args.protocol {
        ProtocolName::BlockedCv => EvaluationProtocol::BlockedCv,
        ProtocolName::Chronological => EvaluationProtocol::Chronological,
        ProtocolName::Zero => EvaluationProtocol::Zero,
        ProtocolName::StreamingZero => EvaluationProtocol::StreamingZero,
        ProtocolName::LearningCurve => {
            anyhow::ensure!(
                args.part.shard.is_none(),
                "a learning curve is a mean over people and cannot be evaluated in parts: leave out --shard"
            );
            let curve =
                decoding::learning_curve(&people, &population, &CURVE_TRIALS, &on_progress)?;
            drop(display);
            print_curve(&curve, seconds_since(start), args.people.json)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let decoded = Decoded {
        protocol: name_of(args.protocol),
        montage: args.people.montage(),
    };
    let part = args.part.shard.unwrap_or(Shard::ALL).range(people.len());
    let scores = decoding::evaluate(&people[part], &population, protocol, &on_progress)?;
    drop(display);
    if args.part.shard.is_some() {
        let evaluation = parts::evaluation("decoding", &decoded)?;
        for (subject, score) in &scores.subjects {
            parts::write_line(&evaluation, subject, score)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let seconds = Some(seconds_since(start));
    print_scores(&decoded, &scores, seconds, args.people.json)?;
    Ok(ExitCode::SUCCESS)
}

const REST_HELP: &str = "\
DIR is as for 'evaluate decoding'; files named as runs 1 and 2 of EEGMMIDB hold rest only.

For each person a decoder and its idle gate are fitted on all recordings of the task but the last,
from own trials only. The fit states how often rest will open the gate. The evaluation measures how
often it does so on the live path: between the trials of the last recording, and in recordings of rest.";

#[derive(Debug, Args)]
#[command(after_help = REST_HELP)]
struct RestArgs {
    #[command(flatten)]
    people: PeopleArgs,
    /// Accepted rate of false activations, per hour of rest
    #[arg(long, value_name = "PER_HOUR", default_value_t = 240.0)]
    false_activations: f64,
}

fn evaluate_rest(args: &RestArgs) -> anyhow::Result<ExitCode> {
    crate::app::cli::fit::check_rate(args.false_activations)?;
    let start = clock::now();
    let request = FitRequest {
        channels: args.people.montage(),
        read_as: args.people.read_as(),
        false_activations_per_hour: Some(args.false_activations),
        ..FitRequest::new(args.people.classes())
    };
    let display = ProgressDisplay::new();
    let scores = rest::evaluate(&people::find(&args.people.folder)?, &request, &|progress| {
        display.show(progress);
    })?;
    drop(display);
    let seconds = seconds_since(start);
    if args.people.json {
        let report = json!({"subjects": scores, "seconds": seconds});
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("false activations per hour of rest, with 95 % intervals\n")?;
    say!(
        "{:<10} {:>20} {:>20} {:>20} {:>13}",
        "subject",
        "stated by the fit",
        "between trials",
        "recordings of rest",
        "trials opened"
    )?;
    for score in &scores {
        say!(
            "{:<10} {:>20} {:>20} {:>20} {:>13}",
            printable(&score.subject),
            rate(
                score.stated.expected_per_hour,
                score.stated.interval_per_hour
            ),
            measured(score.between_trials.as_ref()),
            measured(score.at_rest.as_ref()),
            crate::app::cli::percent(score.opened_share)
        )?;
    }
    let all: Vec<&Measured> = scores
        .iter()
        .flat_map(|score| score.between_trials.iter().chain(&score.at_rest))
        .collect();
    let agree = all.iter().filter(|measured| measured.agrees).count();
    say!(
        "\nstated and measured agree in {agree} of {}; ! where not. {seconds:.1} s",
        all.len()
    )?;
    Ok(ExitCode::SUCCESS)
}

fn rate(per_hour: f64, [low, high]: [f64; 2]) -> String {
    format!("{per_hour:.0} ({low:.0} to {high:.0})")
}

fn measured(measured: Option<&Measured>) -> String {
    match measured {
        Some(measured) => {
            let mark = if measured.agrees { "" } else { "! " };
            format!(
                "{mark}{}",
                rate(measured.per_hour, measured.interval_per_hour)
            )
        }
        None => "none".into(),
    }
}

fn seconds_since(start: crate::time::HostNanos) -> f64 {
    clock::now().since(start) as f64 / 1e9
}

fn name_of(protocol: ProtocolName) -> String {
    let value = protocol.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn print_scores(
    decoded: &Decoded,
    scores: &Scores,
    seconds: Option<f64>,
    json: bool,
) -> anyhow::Result<()> {
    if json {
        let mut report: Value = serde_json::to_value(scores)?;
        report["protocol"] = json!(decoded.protocol);
        report["seconds"] = json!(seconds);
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    say!(
        "{:<12} {:>6} {:>9}   ({})",
        "subject",
        "AUC",
        "accuracy",
        decoded.protocol
    )?;
    let row = |name: &str, score: &Score| {
        say!(
            "{:<12} {:>6.3} {:>9.3}",
            printable(name),
            score.auc,
            score.accuracy
        )
    };
    scores
        .subjects
        .iter()
        .try_for_each(|(name, score)| row(name, score))?;
    row("mean", &scores.mean)?;
    if let Some(seconds) = seconds {
        say!("{seconds:.1} s")?;
    }
    Ok(())
}

fn print_curve(curve: &[CurvePoint], seconds: f64, json: bool) -> anyhow::Result<()> {
    if json {
        let report = json!({"protocol": "learning-curve", "curve": curve, "seconds": seconds});
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    say!(
        "{:<12} {:>6} {:>9}   (learning-curve, mean over subjects)",
        "own trials",
        "AUC",
        "accuracy"
    )?;
    for point in curve {
        say!(
            "{:<12} {:>6.3} {:>9.3}",
            point.trials,
            point.mean.auc,
            point.mean.accuracy
        )?;
    }
    say!("{seconds:.1} s")?;
    Ok(())
}
