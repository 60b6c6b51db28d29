use super::reading::{RateArgs, ReadArgs};
use super::{fit, percent};
use crate::app::out::{OutputError, say};
use crate::fit::Mains;
use crate::fit::face::{FaceRequest, fit_face, save_face};
use crate::printable::printable_path;
use bci_cursor_calibration::FaceSwitch;
use bci_cursor_calibration::face_switch::Gesture;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "Record a minute or two in which a marker cues the gesture ten times, about six seconds apart, and rest for as long:
  bci-cursor record --stream EEG --stream MARKERS --out clench.xdf
  bci-cursor fit-switch clench.xdf --by clench --cue clench --out clench.json
  bci-cursor run --face clench.json";

/// Fit a switch that clicks when the jaw is clenched or the eyes blink.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FitSwitchArgs {
    /// Recordings with cued gestures and rest (XDF, EDF, BDF, GDF, BrainVision), or synthetic:classes=clench,...
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<String>,
    /// The gesture
    #[arg(long, value_enum)]
    by: GestureName,
    /// Text of the marker that cues the gesture [default: clench, blinks]
    #[arg(long, value_name = "MARKER")]
    cue: Option<String>,
    /// Number of gestures in quick succession that it takes to click [default: clench 1, blinks 3]
    #[arg(long, value_name = "1..5", value_parser = clap::value_parser!(u8).range(1..=5))]
    times: Option<u8>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Line frequency to remove: 50, 60, off, or auto (measured)
    #[arg(long, value_parser = fit::mains, default_value = "auto")]
    mains: Mains,
    /// Where to write the switch
    #[arg(long, value_name = "SWITCH.json")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GestureName {
    /// Clench the jaw for a moment
    Clench,
    /// Blink three times, each within half a second of the one before
    Blinks,
}

pub(super) fn fit_switch(args: &FitSwitchArgs) -> anyhow::Result<ExitCode> {
    let (gesture, usual_cue) = match args.by {
        GestureName::Clench => (Gesture::Clench, "clench"),
        GestureName::Blinks => (Gesture::Blinks, "blinks"),
    };
    let mut pulses = gesture.usual_pulses();
    pulses.times = args.times.unwrap_or(pulses.times);
    let request = FaceRequest {
        gesture,
        pulses,
        cue: args.cue.clone().unwrap_or_else(|| usual_cue.into()),
        channels: Vec::new(),
        read_as: args.read.at(&args.rate),
        mains: args.mains,
    };
    let switch = fit_face(&args.recordings, &request)?;
    save_face(&switch, &args.out)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&switch)?)?;
    } else {
        print(&switch, &args.out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn how_often(count: usize) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        count => format!("{count} times"),
    }
}

fn print(switch: &FaceSwitch, out: &std::path::Path) -> Result<(), OutputError> {
    let figures = &switch.figures;
    let times = match switch.pulses.times {
        1 => String::new(),
        times => format!(
            ", {times} times within {} ms of each other",
            switch.pulses.within_ms
        ),
    };
    say!(
        "switch      {}{times}, detected with {}",
        switch.gesture,
        switch.channels.join(", ")
    )?;
    say!(
        "detected    {} of {} cued gestures (95 % interval {} to {})",
        figures.hits,
        figures.cues,
        percent(figures.interval[0]),
        percent(figures.interval[1])
    )?;
    say!(
        "by itself   {} in {:.0} s (95 % interval {:.0} to {:.0} an hour)",
        how_often(figures.false_activations),
        figures.rest_s,
        figures.interval_per_hour[0],
        figures.interval_per_hour[1]
    )?;
    if figures.false_activations > 0 {
        let times = switch.pulses.times + 1;
        say!("            for fewer, cue and fit {times} in a row with --times {times}")?;
    }
    say!("            both counted on the half of the cues that the threshold was not fitted on")?;
    say!("written to  {}", printable_path(out))
}
