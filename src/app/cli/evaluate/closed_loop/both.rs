//! Closed-loop evaluation of users who look and imagine at the same time.

use super::{ClosedLoopArgs, LoopSpec, middle, seconds_since};
use crate::app::cli::progress::ProgressDisplay;
use crate::app::out::say;
use crate::evaluate::closed_loop::looking::LookingFigures;
use crate::evaluate::closed_loop::looking::both::{PairFigures, PairSpec, evaluate};
use crate::printable::printable;
use crate::source::channels::ReadAs;
use crate::starters::people;
use crate::time::HostNanos;
use anyhow::Context;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The means of choosing, as reports name them.
type MeansOf = (&'static str, fn(&PairFigures) -> &LookingFigures);
const MEANS: [MeansOf; 4] = [
    ("looking", |pair| &pair.looking),
    ("imagery", |pair| &pair.imagery),
    ("both", |pair| &pair.both),
    ("both_dwelling", |pair| &pair.both_dwelling),
];
type Figure = (&'static str, fn(&LookingFigures) -> Option<f64>);
const FIGURES: [Figure; 3] = [
    ("hits_per_min", |of| Some(of.hits_per_min)),
    ("false_clicks_per_min", |of| Some(of.false_clicks_per_min)),
    ("rest_clicks_per_min", |of| of.rest_clicks_per_min),
];

pub(super) fn by_both(
    args: &ClosedLoopArgs,
    spec: &LoopSpec,
    start: HostNanos,
) -> anyhow::Result<ExitCode> {
    args.check_for_looking()?;
    let folder = args.imagery.as_ref();
    let folder = folder.context("--by both needs the folder of people who imagine, --imagery")?;
    let (lookers, imaginers) = (
        people::find_or_files(&args.people.folder)?,
        people::find(folder)?,
    );
    let request = args.request()?;
    // The options about electrodes are for those who imagine.
    let read_as = ReadAs::default();
    let pairs = PairSpec {
        first: args.first as usize - 1,
        false_looks_per_min: args.false_looks,
        read_as: &read_as,
    };
    let display = ProgressDisplay::new();
    let on_progress = |progress| display.show(progress);
    let played = evaluate(&lookers, imaginers, &request, pairs, spec, &on_progress)?;
    drop(display);
    let seconds = seconds_since(start);
    if args.people.json {
        let report = json!({
            "pairs": played,
            "median": medians(&played, spec),
            "task": spec.field.name(),
            "minutes": spec.minutes,
            "seconds": seconds,
        });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&played, spec)?;
    say!(
        "false/min: clicks on others; rest/min: clicks while nothing is looked at and nothing imagined. {seconds:.1} s"
    )?;
    Ok(ExitCode::SUCCESS)
}

fn median(
    played: &[PairFigures],
    spec: &LoopSpec,
    of: fn(&PairFigures) -> &LookingFigures,
    figure: fn(&LookingFigures) -> Option<f64>,
) -> Option<f64> {
    let values: Vec<f64> = played.iter().filter_map(|pair| figure(of(pair))).collect();
    middle(&values, spec.seed).map(|found| found.median)
}

fn medians(played: &[PairFigures], spec: &LoopSpec) -> Value {
    let mut all = json!({});
    for (means, of) in MEANS {
        for (name, figure) in FIGURES {
            all[means][name] = json!(median(played, spec, of, figure));
        }
    }
    all
}

fn print(played: &[PairFigures], spec: &LoopSpec) -> anyhow::Result<()> {
    say!(
        "{:<8} {:<8} {:<14} {:>8} {:>9} {:>9} {:>9}   ({}, {} targets)",
        "looks",
        "imagines",
        "by",
        "hits/min",
        "time, s",
        "false/min",
        "rest/min",
        spec.field.name(),
        played.first().map_or(0, |pair| pair.looking.targets),
    )?;
    let text = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    for pair in played {
        for (means, of) in MEANS {
            let one = of(pair);
            say!(
                "{:<8} {:<8} {means:<14} {:>8.2} {:>9} {:>9.2} {:>9}",
                format!("{}", printable(&pair.looks)),
                format!("{}", printable(&pair.imagines)),
                one.hits_per_min,
                text(one.time_to_target_s),
                one.false_clicks_per_min,
                text(one.rest_clicks_per_min)
            )?;
        }
    }
    for (means, of) in MEANS {
        let [hits, wrong, rest] = FIGURES.map(|(_, figure)| median(played, spec, of, figure));
        let time = median(played, spec, of, |of| of.time_to_target_s);
        say!(
            "{:<8} {:<8} {means:<14} {:>8} {:>9} {:>9} {:>9}",
            "median",
            "",
            text(hits),
            text(time),
            text(wrong),
            text(rest)
        )?;
    }
    Ok(())
}
