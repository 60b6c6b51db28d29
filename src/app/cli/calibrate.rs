use super::look::LookArgs;
use super::patient::PatientArgs;
use super::reading::{RateArgs, ReadArgs};
use crate::app::gui::calibrate as open_window;
use crate::app::gui::wizard::{Finder, Found, Wizard, WizardOptions};
use crate::guided::interrupted::{Unfinished, UnfinishedLooks};
use crate::runtime::StopFlag;
use crate::source::open_to_decode;
use crate::source::synthetic::Spec;
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Check the signal, calibrate a patient and practise, in a window.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    whose: PatientArgs,
    /// Resume an interrupted calibration
    #[arg(long, conflicts_with = "trials")]
    resume: bool,
    /// Calibrate looking at flickering fields, instead of imagined movement
    #[arg(long, conflicts_with = "trials")]
    looking: bool,
    /// Trials of each class [default: 15]
    #[arg(long, value_name = "6..40", value_parser = clap::value_parser!(u8).range(6..=40))]
    trials: Option<u8>,
    #[command(flatten)]
    window: WindowArgs,
}

/// Where EEG comes from, and what the window looks like.
#[derive(Debug, Args)]
pub(super) struct WindowArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    #[command(flatten)]
    look: LookArgs,
    /// The LSL stream to use [default: the first one that is found]
    #[arg(long, value_name = "NAME", conflicts_with = "recording")]
    stream: Option<String>,
    /// A recording instead of a headset, played in real time
    #[arg(long, value_name = "FILE")]
    recording: Option<String>,
    /// The synthetic patient's properties, such as seed=7,channels=64
    #[arg(long, value_name = "KEY=VALUE,...", default_value = "channels=21")]
    synthetic: String,
}

pub(super) fn calibrate(args: &CalibrateArgs) -> anyhow::Result<ExitCode> {
    let patient = args.whose.name()?;
    let looks = args.looking || (args.resume && were_looks_interrupted(patient));
    let is_there = || match looks {
        true => UnfinishedLooks::of(patient).is_some(),
        false => Unfinished::of(patient).is_some(),
    };
    if args.resume && !is_there() {
        let (what, option) = if looks {
            (" of looking", " --looking")
        } else {
            ("", "")
        };
        anyhow::bail!(
            "there is no interrupted calibration{what} of '{patient}': use 'bci-cursor calibrate{option}' without --resume to start one"
        );
    }
    open(&args.whose, &args.window, |options| {
        (options.resumes, options.looks) = (args.resume, looks);
        options.trials = args.trials.map(usize::from);
    })
}

/// Opens the window. `change` sets what it begins with.
pub(super) fn open(
    whose: &PatientArgs,
    args: &WindowArgs,
    change: impl FnOnce(&mut WizardOptions),
) -> anyhow::Result<ExitCode> {
    let read_as = args.read.at(&args.rate);
    if let Some(recording) = &args.recording {
        // Checked now, so that errors are shown before the window opens.
        open_to_decode(recording, &read_as)?;
    }
    let look = args.look.look();
    let mut options = WizardOptions {
        patient: whose.name()?.to_owned(),
        is_new_patient: whose.new_patient,
        resumes: false,
        looks: false,
        practises: false,
        trials: None,
        source: match &args.stream {
            Some(name) => Some(Found::named_stream(name)),
            None => args.recording.clone().map(Found::recording),
        },
        read_as,
        synthetic: Spec::parse(&args.synthetic)?,
        text: args.look.text(),
        look,
        program: std::env::current_exe().ok(),
    };
    change(&mut options);
    // A recording that has begun is completed.
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    open_window(Wizard::new(options, Some(Finder::start())), look, stop)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the calibration that was interrupted last was one of looking.
fn were_looks_interrupted(patient: &str) -> bool {
    let looks = UnfinishedLooks::of(patient).and_then(|found| found.last_part());
    let imagery = Unfinished::of(patient).and_then(|found| found.last_part());
    // Names begin with the date.
    looks > imagery
}
