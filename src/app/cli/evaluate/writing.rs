//! Measures how fast people write with the on-screen keyboard.

use super::{PeopleArgs, seconds_since};
use crate::app::cli::progress::ProgressDisplay;
use crate::app::out::say;
use crate::evaluate::closed_loop::looking::both::PairSpec;
use crate::evaluate::closed_loop::looking::writing::{
    WritingFigures, WritingSpec, Written, by_imagery, by_looking,
};
use crate::evaluate::closed_loop::{Field, LoopSpec};
use crate::fit::FitRequest;
use crate::printable::printable;
use crate::source::channels::ReadAs;
use crate::starters::people;
use crate::system::clock;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

const WRITING_HELP: &str = "\
DIR is as for 'evaluate looking'. A simulated user writes sentences of daily life with the keyboard
of the patient's panel, looks at the offered word if it is the right one and at the next letter
otherwise, and corrects whatever was pressed by mistake: finished sentences have no errors. The
response to codes is fitted to three quarters of the looks, and the others are played.

With --imagery, people write by imagined movement instead (control.assist.mode=choose): each class
stands for one side of a line, and half a second on a key presses it. That folder is as for
'evaluate closed-loop'; each person is decoded by a starter fitted on all the others. One person
writes for each person of DIR.

Everything is measured twice: with the language's prior, which lets likely keys need less
evidence, and without it (control.keyboard.prior). The simulated user does not learn or tire.";

/// Count the letters that recorded people write with the keyboard of the patient's panel
#[derive(Debug, Args)]
#[command(after_help = WRITING_HELP)]
pub(super) struct WritingArgs {
    #[command(flatten)]
    people: PeopleArgs,
    /// Folder with one folder per person who imagines movement
    #[arg(long, value_name = "DIR")]
    imagery: Option<PathBuf>,
    /// With --imagery: number of the person who writes for the first one who looks
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000), requires = "imagery")]
    first: u64,
    /// How often a tag may be selected per minute while none is looked at, as decoding.false_looks_per_min. It concerns flicker
    #[arg(long, value_name = "COUNT", default_value_t = 0.6)]
    false_looks: f64,
    /// Length for each part of what a person looked at, minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0)]
    minutes: f64,
    /// Seed for the order of stretches of EEG
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn evaluate_writing(args: &WritingArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.minutes.is_finite() && args.minutes > 0.0,
        "--minutes is {}, expected more than 0",
        args.minutes
    );
    anyhow::ensure!(
        (0.1..=2.0).contains(&args.false_looks),
        "--false-looks is {}, expected 0.1 to 2",
        args.false_looks
    );
    let start = clock::now();
    let spec = LoopSpec {
        field: Field::Grid,
        minutes: args.minutes,
        decoys: 0,
        seed: args.seed,
    };
    let lookers = people::find_or_files(&args.people.folder)?;
    let read_as = match args.imagery {
        // The options about electrodes are then for those who imagine.
        Some(_) => ReadAs::default(),
        None => args.people.read_as(),
    };
    let writing = WritingSpec {
        spec: &spec,
        pairs: PairSpec {
            first: args.first as usize - 1,
            false_looks_per_min: args.false_looks,
            read_as: &read_as,
        },
    };
    let display = ProgressDisplay::new();
    let on_progress = |progress| display.show(progress);
    let written = match &args.imagery {
        None => by_looking(&lookers, writing, &on_progress)?,
        Some(folder) => {
            args.people.check_two_classes()?;
            let request = FitRequest {
                channels: args.people.montage(),
                read_as: args.people.read_as(),
                ..FitRequest::new(args.people.classes())
            };
            let imaginers = people::find(folder)?;
            by_imagery(&lookers, imaginers, &request, writing, &on_progress)?
        }
    };
    drop(display);
    let seconds = seconds_since(start);
    if args.people.json {
        let report = json!({"subjects": written, "minutes": spec.minutes, "seconds": seconds});
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&written)?;
    say!("slips: keys that were not meant, all of which were corrected. {seconds:.1} s")?;
    Ok(ExitCode::SUCCESS)
}

fn print(written: &[Written]) -> anyhow::Result<()> {
    say!(
        "{:<10} {:<8} {:>11} {:>9} {:>7} {:>9}",
        "subject",
        "prior",
        "letters/min",
        "keys/min",
        "slips",
        "sentences"
    )?;
    let row = |name: &str, prior: &str, one: &WritingFigures| {
        say!(
            "{name:<10} {prior:<8} {:>11.1} {:>9.1} {:>6.1}% {:>9}",
            one.letters_per_min(),
            one.keys as f64 / one.minutes,
            100.0 * one.slips as f64 / one.keys.max(1) as f64,
            one.sentences
        )
    };
    for one in written {
        let name = format!("{}", printable(&one.subject));
        row(&name, "with", &one.with_prior)?;
        row("", "without", &one.without_prior)?;
    }
    Ok(())
}
