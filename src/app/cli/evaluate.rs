use crate::evaluate::closed_loop::{
    self, LoopFigures, LoopSpec, SCHEMES, Scheme, SubjectLoop, middle,
};
use crate::evaluate::decoding::{self, CurvePoint, Population, Protocol, Score, Scores};
use crate::evaluate::rest::{self, Measured};
use crate::evaluate::subjects::{self, TrialSpec};
use crate::montage::canonical_label;
use crate::runtime::clock;
use crate::session::epochs::ClassMarker;
use crate::session::fit::{FitRequest, check_classes};
use crate::session::people;
use bci_cursor_calibration::{ConditioningSpec, Reference};
use clap::{Args, Subcommand, ValueEnum};
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
    /// Decoding of recorded trials, by a protocol that says what the decoder may know
    Decoding(DecodingArgs),
    /// Whether rest is interrupted as often as a fit says that it will be
    Rest(RestArgs),
    /// Targets reached by a simulated user with the EEG of recorded people
    ClosedLoop(ClosedLoopArgs),
}

const DECODING_HELP: &str = "\
DIR holds a folder per person with recordings in it. Those called as in EEGMMIDB (S001R04.edf)
are sorted by run: 4, 8, 12 imagined, 3, 7, 11 executed (for the prior only), 1, 2 at rest; all
others count as imagined.

Every protocol is causal: filters run from each recording's first sample. A trial is the stretch
from 0.5 s to 3.9 s after its cue.";

#[derive(Debug, Args)]
#[command(after_help = DECODING_HELP)]
struct DecodingArgs {
    /// Folder with one folder per person
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What the decoder may know of the tested person
    #[arg(long, value_enum)]
    protocol: ProtocolName,
    /// Other people, whose data the prior is fitted on; the tested person's are left out [default: the others of DIR]
    #[arg(long, value_name = "DIR2")]
    population: Option<PathBuf>,
    /// Own labels only, no prior
    #[arg(long, conflicts_with = "population")]
    no_population: bool,
    /// Electrodes to use [default: all of the first recording]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    montage: Vec<String>,
    /// Two classes and the annotations that announce them
    #[arg(long, value_delimiter = ',', value_name = "CLASS=MARKER,...", value_parser = super::fit::class_marker, default_value = "left_hand=T1,right_hand=T2")]
    classes: Vec<ClassMarker>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProtocolName {
    /// Five contiguous blocks of trials, each predicted from the other four; AUC is the mean of the five
    BlockedCv,
    /// Fitted on all recordings but the last, tested on the last
    Chronological,
    /// No label of this person; recentred to the mean of all trials
    Zero,
    /// No label of this person; recentred to the mean of the trials so far
    StreamingZero,
    /// Blocked, with 0, 5, 10, 20 and all training trials
    LearningCurve,
}

/// Own trials of a learning curve; the last is more than a training set has.
const CURVE_TRIALS: [usize; 5] = [0, 5, 10, 20, 45];

pub(super) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Decoding(args) => evaluate_decoding(args),
        What::Rest(args) => evaluate_rest(args),
        What::ClosedLoop(args) => evaluate_closed_loop(args),
    }
}

fn evaluate_decoding(args: &DecodingArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.classes.len() == 2,
        "--classes names {} classes, expected two: the figures are of two-class decoding",
        args.classes.len()
    );
    check_classes(&args.classes)?;
    let start = clock::now();
    let request = FitRequest::new(args.classes.clone());
    let spec = TrialSpec {
        classes: request.classes,
        channels: args
            .montage
            .iter()
            .map(|label| canonical_label(label))
            .collect(),
        conditioning: ConditioningSpec {
            reference: Reference::CommonAverage,
            mains_hz: None,
        },
        features: request.features,
        from_s: request.timing.from_s,
        to_s: request.timing.to_s,
    };
    let (people, channels) = subjects::load(&people::find(&args.folder)?, &spec)?;
    let others = match &args.population {
        Some(folder) => {
            let spec = TrialSpec { channels, ..spec };
            Some(subjects::load(&people::find(folder)?, &spec)?.0)
        }
        None => None,
    };
    let population = match (&others, args.no_population) {
        (Some(others), _) => Population::new(others)?,
        (None, false) => Population::new(&people)?,
        (None, true) => Population::nobody(),
    };
    let protocol = match args.protocol {
        ProtocolName::BlockedCv => Protocol::BlockedCv,
        ProtocolName::Chronological => Protocol::Chronological,
        ProtocolName::Zero => Protocol::Zero,
        ProtocolName::StreamingZero => Protocol::StreamingZero,
        ProtocolName::LearningCurve => {
            let curve = decoding::learning_curve(&people, &population, &CURVE_TRIALS)?;
            print_curve(&curve, seconds_since(start), args.json)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let scores = decoding::evaluate(&people, &population, protocol)?;
    print_scores(args.protocol, &scores, seconds_since(start), args.json)?;
    Ok(ExitCode::SUCCESS)
}

const REST_HELP: &str = "\
DIR is as for 'evaluate decoding'; recordings called as runs 1 and 2 of EEGMMIDB hold rest only.

For each person a decoder and its idle gate are fitted on all recordings of the task but the last,
from own trials only. The fit states how often rest will open the gate. Measured is how often it
does, through the live path: between the trials of the last recording, and in those of rest.";

#[derive(Debug, Args)]
#[command(after_help = REST_HELP)]
struct RestArgs {
    /// Folder with one folder per person
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How often rest may be taken for a wish, per hour of rest
    #[arg(long, value_name = "PER_HOUR", default_value_t = 240.0)]
    false_activations: f64,
    /// Electrodes to use [default: all of the first recording]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    montage: Vec<String>,
    /// Classes and the annotations that announce them
    #[arg(long, value_delimiter = ',', value_name = "CLASS=MARKER,...", value_parser = super::fit::class_marker, default_value = "left_hand=T1,right_hand=T2")]
    classes: Vec<ClassMarker>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn evaluate_rest(args: &RestArgs) -> anyhow::Result<ExitCode> {
    super::fit::check_rate(args.false_activations)?;
    let start = clock::now();
    let request = FitRequest {
        channels: args.montage.clone(),
        false_activations_per_hour: Some(args.false_activations),
        ..FitRequest::new(args.classes.clone())
    };
    let scores = rest::evaluate(&people::find(&args.folder)?, &request)?;
    let seconds = seconds_since(start);
    if args.json {
        let report = json!({"subjects": scores, "seconds": seconds});
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("false activations per hour of rest, with 95 % intervals\n");
    println!(
        "{:<10} {:>20} {:>20} {:>20} {:>13}",
        "subject", "stated by the fit", "between trials", "recordings of rest", "trials opened"
    );
    for score in &scores {
        println!(
            "{:<10} {:>20} {:>20} {:>20} {:>13}",
            score.subject,
            rate(
                score.stated.expected_per_hour,
                score.stated.interval_per_hour
            ),
            measured(score.between_trials.as_ref()),
            measured(score.at_rest.as_ref()),
            super::percent(score.opened_share)
        );
    }
    let all: Vec<&Measured> = scores
        .iter()
        .flat_map(|score| score.between_trials.iter().chain(&score.at_rest))
        .collect();
    let agree = all.iter().filter(|measured| measured.agrees).count();
    println!(
        "\nstated and measured agree in {agree} of {}; ! where not. {seconds:.1} s",
        all.len()
    );
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

const CLOSED_LOOP_HELP: &str = "\
DIR is as for 'evaluate decoding'. Each person is decoded by a starter fitted on all the others.

A simulated user sees target and pointer and decides, 0.3 s late, what to imagine; the EEG that
reaches the pipeline is what that person recorded while they imagined it, stretch after stretch.
Modes: 'axis' and 'steer' as a run has them, and 'bisection', which knows the targets: a line parts
them, and the classes mean one side or the other; the pointer goes to what is believed.
Eight targets (two on one axis) lie 300 pixels from the middle, with a radius of 50; one is hit
when it is held for 0.5 s, and given up after 60 s. Nobody learns or tires here.";

#[derive(Debug, Args)]
#[command(after_help = CLOSED_LOOP_HELP)]
struct ClosedLoopArgs {
    /// Folder with one folder per person
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Length of each mode for each person, minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0)]
    minutes: f64,
    /// Targets and stretches of EEG follow from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Electrodes to use [default: all of the first recording]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    montage: Vec<String>,
    /// Two classes and the annotations that announce them: left or turning, right or forward
    #[arg(long, value_delimiter = ',', value_name = "CLASS=MARKER,...", value_parser = super::fit::class_marker, default_value = "left_hand=T1,right_hand=T2")]
    classes: Vec<ClassMarker>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn evaluate_closed_loop(args: &ClosedLoopArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.minutes.is_finite() && args.minutes > 0.0,
        "--minutes is {}, expected more than 0",
        args.minutes
    );
    anyhow::ensure!(
        args.classes.len() == 2,
        "--classes names {} classes, expected two",
        args.classes.len()
    );
    check_classes(&args.classes)?;
    let start = clock::now();
    let montage = args.montage.iter().map(|label| canonical_label(label));
    let spec = LoopSpec {
        request: FitRequest {
            channels: montage.collect(),
            ..FitRequest::new(args.classes.clone())
        },
        minutes: args.minutes,
        seed: args.seed,
    };
    let played = closed_loop::evaluate(people::find(&args.folder)?, &spec)?;
    let seconds = seconds_since(start);
    if args.json {
        let report = closed_loop_json(&played, args.seed, seconds)?;
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{:<10} {:<10} {:>8} {:>8} {:>9} {:>9} {:>9} {:>6} {:>7} {:>9}",
        "subject",
        "mode",
        "hits/min",
        "limit",
        "time, s",
        "touch, s",
        "dial-in",
        "path",
        "bit/s",
        "false/min"
    );
    let or_dash = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    for one in &played {
        for (scheme, figures) in &one.schemes {
            println!(
                "{:<10} {:<10} {:>8.2} {:>8.2} {:>9} {:>9} {:>9} {:>6} {:>7.3} {:>9.2}",
                one.subject,
                scheme.name(),
                figures.hits_per_min,
                limit(one, *scheme),
                or_dash(figures.time_to_target_s),
                or_dash(figures.first_touch_s),
                or_dash(figures.dial_in_s),
                or_dash(figures.path_efficiency),
                figures.bits_per_s,
                figures.false_clicks_per_min
            );
        }
    }
    for scheme in SCHEMES {
        let of_each = |value: &dyn Fn(&SubjectLoop) -> f64| played.iter().map(value).collect();
        let reached: Vec<f64> = of_each(&|one| one.schemes[&scheme].hits_per_min);
        if let Some(found) = middle(&reached, args.seed) {
            let [low, high] = found.interval;
            println!(
                "median     {:<10} {:>8.2} hits/min, 95 % interval {low:.2} to {high:.2}",
                scheme.name(),
                found.median
            );
        }
    }
    println!("limit: what the decoder's evidence tells in a minute, in targets. {seconds:.1} s");
    Ok(ExitCode::SUCCESS)
}

/// Targets a minute that the evidence would allow.
fn limit(one: &SubjectLoop, scheme: Scheme) -> f64 {
    one.information.bits_per_min / (scheme.targets() as f64).log2()
}

/// By subject and mode, `off` where the targets are not known to the driver, `on` where they are; and the medians.
fn closed_loop_json(played: &[SubjectLoop], seed: u64, seconds: f64) -> serde_json::Result<Value> {
    let known = |scheme: Scheme| match scheme {
        Scheme::Axis | Scheme::Steer => "off",
        Scheme::Bisection => "on",
    };
    let mut subjects = serde_json::Map::new();
    for one in played {
        let mut own = json!({"information": one.information});
        for (scheme, figures) in &one.schemes {
            let mut figures = serde_json::to_value(figures)?;
            figures["limit_hits_per_min"] = json!(limit(one, *scheme));
            own[scheme.name()] = json!({known(*scheme): figures});
        }
        subjects.insert(one.subject.clone(), own);
    }
    type Figure = fn(&LoopFigures) -> Option<f64>;
    let figures: [(&str, Figure); 6] = [
        ("hits_per_min", |f| Some(f.hits_per_min)),
        ("time_to_target_s", |f| f.time_to_target_s),
        ("dial_in_s", |f| f.dial_in_s),
        ("path_efficiency", |f| f.path_efficiency),
        ("bits_per_s", |f| Some(f.bits_per_s)),
        ("false_clicks_per_min", |f| Some(f.false_clicks_per_min)),
    ];
    let mut medians = json!({});
    for scheme in SCHEMES {
        let mut own = json!({});
        for (name, figure) in figures {
            let reached = played
                .iter()
                .filter_map(|one| figure(&one.schemes[&scheme]));
            let found = middle(&reached.collect::<Vec<f64>>(), seed);
            own[name] = json!(found.map(|found| found.median));
            own[format!("{name}_interval")] = json!(found.map(|found| found.interval));
        }
        medians[scheme.name()] = json!({known(scheme): own});
    }
    Ok(json!({"subjects": subjects, "median": medians, "seconds": seconds}))
}

fn seconds_since(start: crate::time::HostNanos) -> f64 {
    clock::now().since(start) as f64 / 1e9
}

fn name_of(protocol: ProtocolName) -> String {
    let value = protocol.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn print_scores(
    protocol: ProtocolName,
    scores: &Scores,
    seconds: f64,
    json: bool,
) -> anyhow::Result<()> {
    if json {
        let mut report: Value = serde_json::to_value(scores)?;
        report["protocol"] = json!(name_of(protocol));
        report["seconds"] = json!(seconds);
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "{:<12} {:>6} {:>9}   ({})",
        "subject",
        "AUC",
        "accuracy",
        name_of(protocol)
    );
    let row = |name: &str, score: &Score| {
        println!("{name:<12} {:>6.3} {:>9.3}", score.auc, score.accuracy);
    };
    scores
        .subjects
        .iter()
        .for_each(|(name, score)| row(name, score));
    row("mean", &scores.mean);
    println!("{seconds:.1} s");
    Ok(())
}

fn print_curve(curve: &[CurvePoint], seconds: f64, json: bool) -> anyhow::Result<()> {
    if json {
        let report = json!({"protocol": "learning-curve", "curve": curve, "seconds": seconds});
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "{:<12} {:>6} {:>9}   (learning-curve, mean over subjects)",
        "own trials", "AUC", "accuracy"
    );
    for point in curve {
        println!(
            "{:<12} {:>6.3} {:>9.3}",
            point.trials, point.mean.auc, point.mean.accuracy
        );
    }
    println!("{seconds:.1} s");
    Ok(())
}
