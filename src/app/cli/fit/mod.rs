mod summary;

use super::NO_GO;
use super::classes::{ClassList, class_list, together};
use super::decoders::describe_quality;
use super::progress::ProgressDisplay;
use super::reading::{RateArgs, ReadArgs};
use crate::app::out::{note, say};
use crate::fit::{FitRequest, Mains, fit_recordings_with_progress, load_decoder, save_decoder};
use crate::montage::canonical_label;
use crate::printable::{printable, printable_path};
use crate::source::open_to_decode;
use crate::starters;
use bci_cursor_calibration::validation::Verdict;
use bci_cursor_calibration::{Decoder, Estimator, Figures, Reference, estimators};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use summary::{people_of, print_summary, verdict_name};

/// Fit a decoder to recordings.
#[derive(Debug, Args)]
pub(super) struct FitArgs {
    /// Recordings with cues as markers (XDF, EDF, BDF, GDF, BrainVision), or synthetic:seed=7,...
    #[arg(required_unless_present = "population", value_name = "RECORDING")]
    recordings: Vec<String>,
    /// Fit a starter on many people instead: a folder with one folder of recordings per person
    #[arg(long, value_name = "DIR", conflicts_with_all = ["recordings", "starter", "no_starter"])]
    population: Option<PathBuf>,
    /// With --population: credit for the data, which is stored in the starter
    #[arg(long, value_name = "TEXT", requires = "population", default_value = "")]
    attribution: String,
    /// Starter to begin with [default: the built-in one that fits the electrodes]
    #[arg(long, value_name = "STARTER.json", conflicts_with = "no_starter")]
    starter: Option<PathBuf>,
    /// Fit on these recordings only, without a starter
    #[arg(long)]
    no_starter: bool,
    /// Classes with the markers that announce them; several markers may announce one class. feet=T2@R06+R10: only in
    /// recordings whose names contain R06 or R10; left_hand=L*: every marker that begins with L
    #[arg(long, required = true, value_name = "CLASS=MARKER,...", value_parser = class_list)]
    classes: Vec<ClassList>,
    /// Where to write the decoder
    #[arg(long, value_name = "MODEL.json")]
    out: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// How covariances become features [default: tangent-space]
    #[arg(long, value_parser = estimator_parser())]
    estimator: Option<&'static dyn Estimator>,
    /// Search for the estimator, bands and channels that decode best, by nested cross-validation
    #[arg(long, conflicts_with_all = ["population", "estimator"])]
    select: bool,
    /// Pass bands, Hz [default: 8-11,10-14,13-18,17-24,22-32]
    #[arg(long, value_delimiter = ',', value_name = "LOW-HIGH,...", value_parser = band)]
    bands: Vec<[f64; 2]>,
    /// Length of the sliding window, seconds [default: 1.5]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    window: Option<f64>,
    /// Use EEG from this long after the cue, seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0.5,
        allow_negative_numbers = true
    )]
    from: f64,
    /// Use EEG up to this long after the cue, seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3.9,
        allow_negative_numbers = true
    )]
    to: f64,
    /// Spatial reference [default: common-average]
    #[arg(long, value_enum)]
    reference: Option<ReferenceName>,
    /// Line frequency to remove: 50, 60, off, or auto (measured) [default: auto]
    #[arg(long, value_parser = mains)]
    mains: Option<Mains>,
    /// Also fit an idle gate, with at most this many false activations per hour of rest [default: no gate]
    #[arg(long, value_name = "PER_HOUR")]
    false_activations: Option<f64>,
    /// Also fit a regressor, for control in every direction (mode continuous); needs classes that span the plane
    #[arg(long, conflicts_with_all = ["population", "select", "false_activations"])]
    continuous: bool,
    /// Write the decoder even if it is no better than guessing and replaces a better one
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl FitArgs {
    /// Options that a starter would override.
    fn overridden_by_a_starter(&self) -> Vec<&'static str> {
        let given = [
            (!self.read.channels.is_empty(), "--channels"),
            (self.estimator.is_some(), "--estimator"),
            (!self.bands.is_empty(), "--bands"),
            (self.window.is_some(), "--window"),
            (self.reference.is_some(), "--reference"),
            (self.mains.is_some(), "--mains"),
        ];
        given
            .into_iter()
            .filter_map(|(given, name)| given.then_some(name))
            .collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReferenceName {
    CommonAverage,
    None,
}

/// The default window: long enough for a few cycles of the slowest rhythm, short enough to steer with.
const USUAL_WINDOW_S: f64 = 1.5;

/// The estimators of the library, by name.
fn estimator_parser() -> impl TypedValueParser<Value = &'static dyn Estimator> {
    let names = estimators::ALL.map(Estimator::name);
    PossibleValuesParser::new(names).try_map(|name| {
        estimators::by_name(&name).ok_or_else(|| format!("there is no estimator '{name}'"))
    })
}

fn band(text: &str) -> Result<[f64; 2], String> {
    let edges = text
        .split_once('-')
        .and_then(|(low, high)| Some([low.parse().ok()?, high.parse().ok()?]));
    edges.ok_or_else(|| "expected LOW-HIGH in Hz, such as 8-13".into())
}

pub(super) fn mains(text: &str) -> Result<Mains, String> {
    match text {
        "auto" => Ok(Mains::Auto),
        "off" => Ok(Mains::Off),
        _ => match text.parse::<f64>() {
            Ok(hz) if (40.0..=70.0).contains(&hz) => Ok(Mains::Hz(hz)),
            _ => Err("expected 50, 60, off or auto".into()),
        },
    }
}

pub(super) fn check_rate(per_hour: f64) -> anyhow::Result<()> {
    anyhow::ensure!(
        (0.0..=36_000.0).contains(&per_hour),
        "--false-activations is {per_hour}, expected 0 to 36000 per hour"
    );
    Ok(())
}

pub(super) fn fit(args: &FitArgs) -> anyhow::Result<ExitCode> {
    let window = args.window.unwrap_or(USUAL_WINDOW_S);
    let in_order = window >= 0.1 && args.from >= 0.0 && args.to > args.from && args.to <= 60.0;
    anyhow::ensure!(
        in_order,
        "--window {window} --from {} --to {}: expected a window of at least 0.1 s, and 0 <= from < to <= 60 s",
        args.from,
        args.to
    );
    let mut request = FitRequest::new(together(&args.classes));
    request.read_as = args.read.at(&args.rate);
    if !args.bands.is_empty() {
        request.features.bands_hz.clone_from(&args.bands);
    }
    request.features.window_ms = (window * 1000.0).round() as u32;
    request.timing.from_s = args.from;
    request.timing.to_s = args.to;
    request.mains = args.mains.unwrap_or(Mains::Auto);
    request.select = args.select;
    request.continuous = args.continuous;
    if let Some(rate) = args.false_activations {
        check_rate(rate)?;
    }
    request.false_activations_per_hour = args.false_activations;
    request.estimator = args.estimator.unwrap_or(estimators::TANGENT_SPACE);
    request.reference = match args.reference.unwrap_or(ReferenceName::CommonAverage) {
        ReferenceName::CommonAverage => Reference::CommonAverage,
        ReferenceName::None => Reference::None,
    };
    let decoder = match &args.population {
        Some(folder) => {
            request.channels = std::mem::take(&mut request.read_as.channels)
                .iter()
                .map(|label| canonical_label(label))
                .collect();
            let display = ProgressDisplay::new();
            starters::fit_population(folder, &request, &args.attribution, &|progress| {
                display.show(progress)
            })?
        }
        None => {
            request.starter = choose_starter(args, &request)?;
            let display = ProgressDisplay::new();
            let fitted = fit_recordings_with_progress(&args.recordings, &request, &|progress| {
                display.show(progress)
            });
            drop(display);
            fitted?
        }
    };
    let figures = decoder.figures.as_ref();
    let is_no_go = figures.is_some_and(|figures| figures.verdict() == Verdict::NoGo);
    let better = match figures {
        Some(figures) if is_no_go && !args.force => better_than(figures, &args.out),
        _ => None,
    };
    if better.is_none() {
        save_decoder(&decoder, &args.out)?;
    }
    if args.json {
        let report = serde_json::json!({
            "model": args.out.to_string_lossy(),
            "classes": decoder.classes,
            "channels": decoder.channels,
            "rate_hz": decoder.rate_hz,
            "reading": decoder.reading,
            "mains_hz": decoder.conditioning.mains_hz,
            "estimator": decoder.model.spatial_map.as_map().description(),
            "bands_hz": decoder.features.bands_hz,
            "figures": decoder.figures,
            "verdict": figures.map(|figures| verdict_name(figures.verdict())),
            "is_written": better.is_none(),
            "idle_gate": decoder.idle_gate,
            "velocity": decoder.model.velocity.as_ref().map(|velocity| velocity.figures),
        });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print_summary(&decoder, args)?;
    }
    match better {
        Some(better) => note!(
            "not written: {} contains a better decoder ({better}). --force replaces it anyway; another --out keeps both",
            printable_path(&args.out)
        ),
        None if !args.json => say!("written to  {}", printable_path(&args.out))?,
        None => {}
    }
    Ok(if is_no_go {
        ExitCode::from(NO_GO)
    } else {
        ExitCode::SUCCESS
    })
}

/// Describes the decoder in a file, if it is better than a NO-GO decoder with these figures.
fn better_than(figures: &Figures, path: &Path) -> Option<String> {
    let there = load_decoder(path).ok()?;
    let is_better = there
        .figures
        .as_ref()
        .is_none_or(|other| other.verdict() != Verdict::NoGo || other.accuracy > figures.accuracy);
    is_better.then(|| describe_quality(&there))
}

/// Chooses the starter to begin with, and reports which, or why none.
fn choose_starter(args: &FitArgs, request: &FitRequest) -> anyhow::Result<Option<Decoder>> {
    let overridden = args.overridden_by_a_starter();
    let found = match &args.starter {
        Some(path) => {
            anyhow::ensure!(
                overridden.is_empty(),
                "a starter has its own features: use --starter without {}",
                overridden.join(", ")
            );
            Some(load_decoder(path)?)
        }
        None if args.no_starter || !overridden.is_empty() => None,
        None => {
            let first = args.recordings.first().map_or("", String::as_str);
            let layout = open_to_decode(first, &request.read_as)?.layout().clone();
            starters::prior_for(&layout)?
        }
    };
    let Some(starter) = found else {
        return Ok(None);
    };
    let name = format!("the {}-electrode starter", starter.channels.len());
    if let Some(objection) = starters::objection(&starter, &request.classes, &args.recordings) {
        anyhow::ensure!(args.starter.is_none(), "{name} cannot be used: {objection}");
        note!(
            "starter     not used: {name} fits the electrodes, but {}",
            printable(&objection.to_string())
        );
        return Ok(None);
    }
    note!(
        "starter     begun from {name}, fitted on {}",
        people_of(&starter)
    );
    Ok(Some(starter))
}
