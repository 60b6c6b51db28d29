//! Closed-loop evaluation with recorded EEG.

mod both;

use super::{PeopleArgs, ShardArgs, parts, seconds_since};
use crate::app::cli::progress::ProgressDisplay;
use crate::app::out::say;
use crate::evaluate::closed_loop::looking::{self, LookingFigures};
use crate::evaluate::closed_loop::report::{self, LoopReport};
use crate::evaluate::closed_loop::{self, Desktop, Field, LoopSpec, Person, SubjectLoop, middle};
use crate::evaluate::shard::Shard;
use crate::fit::{FitRequest, load_decoder};
use crate::printable::{printable, printable_path};
use crate::starters::people;
use crate::system::clock;
use crate::time::HostNanos;
use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

const CLOSED_LOOP_HELP: &str = "\
DIR is as for 'evaluate decoding'. Each person is decoded by a starter fitted on all the others;
or, with --model, one person by their own decoder: DIR then contains recordings that it was not
fitted on.

A simulated user sees target and pointer and decides, with a delay of 0.3 s, what to imagine. The
pipeline receives EEG that the person recorded while imagining it, one stretch after another.

Modes with two classes: 'axis' and 'steer', without help ('off') and with
control.assist.mode=gentle and strong; and 'bisection', which is control.assist.mode=choose: a
line divides the targets, each class stands for one side, and the pointer moves to the likeliest
target while an intent is detected.
Modes with four classes: 'cartesian', and 'continuous' if the model has a regressor.

Tasks: 'centre-out', eight targets (two on one axis) 300 pixels from the centre, with a radius of
50; 'grid', 5 by 5 targets that fill 1000 by 1000 pixels; 'desktop', the targets of a page in
Chromium (or those of --desktop). A target is hit when the pointer stays on it for 0.5 s, and
given up after 60 s. In 'grid' and 'desktop' the pointer continues from where it is. The
simulated user does not learn or tire.

With --by looking, DIR is as for 'evaluate looking', and a target is hit when it is clicked after
a look. The response to codes is fitted to three quarters of the looks, and the others are played.

With --by both, the user looks and imagines at the same time (control.look.imagery). DIR is as for
'evaluate looking', and --imagery names the people who imagine, as for --by imagery. Each person
who looks is paired with one who imagines: the EEG of both is real, but nobody did both at once.
The figures stand beside those of each alone, with the same people and targets: looking, where a
look that chooses also clicks; and imagery (control.assist.mode=choose), where 0.5 s on a target
clicks.";

#[derive(Debug, Args)]
#[command(after_help = CLOSED_LOOP_HELP)]
pub(super) struct ClosedLoopArgs {
    #[command(flatten)]
    people: PeopleArgs,
    /// How the user chooses
    #[arg(long, value_enum, default_value_t = By::Imagery)]
    by: By,
    /// With --by both: folder with one folder per person who imagines
    #[arg(long, value_name = "DIR")]
    imagery: Option<PathBuf>,
    /// With --by both: number of the person who imagines for the first one who looks; the next one does for the second, and so on
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    first: u64,
    /// With --by looking or both: how often a tag may be selected per minute while none is looked at, as decoding.false_looks_per_min. It concerns
    /// flicker; codes have a threshold of their own
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 0.6,
        allow_negative_numbers = true
    )]
    false_looks: f64,
    /// One person's own decoder
    #[arg(long, value_name = "FILE", conflicts_with_all = ["channels", "shard"])]
    model: Option<PathBuf>,
    /// The targets
    #[arg(long, value_enum, default_value_t = TaskName::CentreOut)]
    task: TaskName,
    /// Another desktop, as 'bci-cursor targets --json' printed it; implies --task desktop
    #[arg(long, value_name = "FILE", conflicts_with = "task")]
    desktop: Option<PathBuf>,
    /// Length of each mode for each person, minutes
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 10.0,
        allow_negative_numbers = true
    )]
    minutes: f64,
    /// Number of other targets around the wanted one
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=200))]
    decoys: u64,
    /// Seed for the order of targets and stretches of EEG
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    part: ShardArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// By imagined movement
    Imagery,
    /// By looking at flickering tags
    Looking,
    /// By both at once
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TaskName {
    CentreOut,
    Grid,
    Desktop,
}

impl ClosedLoopArgs {
    fn field(&self) -> anyhow::Result<Field> {
        if let Some(path) = &self.desktop {
            let name = || format!("{}", printable_path(path));
            let text = std::fs::read_to_string(path).with_context(name)?;
            return Ok(Field::Desktop(
                Desktop::from_json(&text).with_context(name)?,
            ));
        }
        Ok(match self.task {
            TaskName::CentreOut => Field::CentreOut,
            TaskName::Grid => Field::Grid,
            TaskName::Desktop => Field::Desktop(Desktop::recorded()?),
        })
    }

    /// Checks the options of those who look.
    fn check_for_looking(&self) -> anyhow::Result<()> {
        let is_for_imagery = self.model.is_some() || self.part.shard.is_some() || self.decoys > 0;
        anyhow::ensure!(
            !is_for_imagery,
            "--model, --shard and --decoys go only with --by imagery"
        );
        let range = 0.1..=2.0;
        anyhow::ensure!(
            range.contains(&self.false_looks),
            "--false-looks is {}, expected 0.1 to 2",
            self.false_looks
        );
        Ok(())
    }

    /// What starters are fitted on.
    fn request(&self) -> anyhow::Result<FitRequest> {
        self.people.check_two_classes()?;
        Ok(FitRequest {
            channels: self.people.montage(),
            read_as: self.people.read_as(),
            ..FitRequest::new(self.people.classes())
        })
    }

    fn play(&self, spec: &LoopSpec) -> anyhow::Result<Vec<SubjectLoop>> {
        let classes = &self.people.classes();
        let Some(model) = &self.model else {
            let request = self.request()?;
            let people = people::find(&self.people.folder)?;
            let part = self.part.shard.unwrap_or(Shard::ALL);
            let display = ProgressDisplay::new();
            let on_progress = |progress| display.show(progress);
            return Ok(closed_loop::evaluate(
                people,
                &request,
                spec,
                part,
                &on_progress,
            )?);
        };
        let decoder = load_decoder(model)?;
        let recordings = people::recordings(&self.people.folder)?;
        let name = self.people.folder.file_name().unwrap_or_default();
        let person = Person {
            name: &name.to_string_lossy(),
            recordings: &recordings,
            decoder: &decoder,
            read_as: &self.people.read_as(),
        };
        Ok(vec![closed_loop::evaluate_one(&person, classes, spec)?])
    }
}

pub(super) fn evaluate_closed_loop(args: &ClosedLoopArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.minutes.is_finite() && args.minutes > 0.0,
        "--minutes is {}, expected more than 0",
        args.minutes
    );
    let start = clock::now();
    let spec = LoopSpec {
        field: args.field()?,
        minutes: args.minutes,
        decoys: args.decoys as usize,
        seed: args.seed,
    };
    match args.by {
        By::Imagery => {}
        By::Looking => return by_looking(args, &spec, start),
        By::Both => return both::by_both(args, &spec, start),
    }
    let played = args.play(&spec)?;
    let report = LoopReport {
        task: spec.field.name().into(),
        minutes: spec.minutes,
        decoys: spec.decoys,
        seed: spec.seed,
        montage: args.people.montage(),
        seconds: Some(seconds_since(start)),
    };
    if args.part.shard.is_some() {
        let evaluation = parts::evaluation("closed-loop", &report)?;
        for one in &played {
            parts::write_line(&evaluation, &one.subject, one)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    print_played(&played, &report, args.people.json)?;
    Ok(ExitCode::SUCCESS)
}

fn by_looking(
    args: &ClosedLoopArgs,
    spec: &LoopSpec,
    start: HostNanos,
) -> anyhow::Result<ExitCode> {
    args.check_for_looking()?;
    let people = people::find_or_files(&args.people.folder)?;
    let display = ProgressDisplay::new();
    let read_as = args.people.read_as();
    let played = looking::evaluate(&people, spec, args.false_looks, &read_as, &|progress| {
        display.show(progress);
    })?;
    drop(display);
    let median = |figure: &dyn Fn(&LookingFigures) -> Option<f64>| {
        middle(
            &played.values().filter_map(figure).collect::<Vec<f64>>(),
            spec.seed,
        )
        .map(|found| found.median)
    };
    let hits = median(&|one| Some(one.hits_per_min));
    let wrong = median(&|one| Some(one.false_clicks_per_min));
    let rest = median(&|one| one.rest_clicks_per_min);
    let seconds = seconds_since(start);
    if args.people.json {
        let report = json!({
            "subjects": played,
            "median": {"hits_per_min": hits, "false_clicks_per_min": wrong, "rest_clicks_per_min": rest},
            "task": spec.field.name(),
            "minutes": spec.minutes,
            "seconds": seconds,
        });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "{:<10} {:>8} {:>9} {:>9} {:>9}   ({}, {} targets)",
        "subject",
        "hits/min",
        "time, s",
        "false/min",
        "rest/min",
        spec.field.name(),
        played.values().next().map_or(0, |one| one.targets),
    )?;
    let row = |name: &str, [hits, time, wrong, rest]: [Option<f64>; 4]| {
        let text = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
        say!(
            "{name:<10} {:>8} {:>9} {:>9} {:>9}",
            text(hits),
            text(time),
            text(wrong),
            text(rest)
        )
    };
    for (name, one) in &played {
        let figures = [
            Some(one.hits_per_min),
            one.time_to_target_s,
            Some(one.false_clicks_per_min),
            one.rest_clicks_per_min,
        ];
        row(&format!("{}", printable(name)), figures)?;
    }
    row(
        "median",
        [hits, median(&|one| one.time_to_target_s), wrong, rest],
    )?;
    say!("rest/min: clicks while nothing is looked at. {seconds:.1} s")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints people's results.
pub(super) fn print_played(
    played: &[SubjectLoop],
    report: &LoopReport,
    json: bool,
) -> anyhow::Result<()> {
    if json {
        let report = report.to_json(played)?;
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    say!(
        "{:<10} {:<10} {:<7} {:>8} {:>8} {:>9} {:>9} {:>9} {:>6} {:>7} {:>9}",
        "subject",
        "mode",
        "help",
        "hits/min",
        "limit",
        "time, s",
        "touch, s",
        "dial-in",
        "path",
        "bit/s",
        "false/min"
    )?;
    let or_dash = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    for one in played {
        for (scheme, help, figures) in report::reached(one) {
            say!(
                "{:<10} {:<10} {:<7} {:>8.2} {:>8.2} {:>9} {:>9} {:>9} {:>6} {:>7.3} {:>9.2}",
                one.subject,
                scheme.name(),
                help.name(),
                figures.hits_per_min,
                report::limit(one, figures),
                or_dash(figures.time_to_target_s),
                or_dash(figures.first_touch_s),
                or_dash(figures.dial_in_s),
                or_dash(figures.path_efficiency),
                figures.bits_per_s,
                figures.false_clicks_per_min
            )?;
        }
    }
    for (scheme, help) in report::modes(played) {
        let hits = |one: &SubjectLoop| one.schemes[&scheme][&help].hits_per_min;
        let hits: Vec<f64> = played.iter().map(hits).collect();
        if let Some(found) = middle(&hits, report.seed) {
            let [low, high] = found.interval;
            say!(
                "median     {:<10} {:<7} {:>8.2} hits/min, 95 % interval {low:.2} to {high:.2}",
                scheme.name(),
                help.name(),
                found.median
            )?;
        }
    }
    let took = report.seconds.map(|seconds| format!(" {seconds:.1} s"));
    let took = took.unwrap_or_default();
    say!("limit: targets per minute that the information in the evidence would allow.{took}")?;
    Ok(())
}
