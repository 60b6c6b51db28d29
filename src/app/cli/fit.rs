use super::percent;
use crate::session::epochs::ClassMarker;
use crate::session::fit::{FitRequest, Mains, fit_recordings, save_decoder};
use bci_cursor_calibration::{Decoder, Estimator, Reference, SpatialMap};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Fit a decoder to recordings.
#[derive(Debug, Args)]
pub(super) struct FitArgs {
    /// EDF recordings with cue annotations, or synthetic:seed=7,... (a synthetic patient)
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<String>,
    /// Classes and the annotations that announce them
    #[arg(long, required = true, value_delimiter = ',', value_name = "CLASS=MARKER,...", value_parser = class_marker)]
    classes: Vec<ClassMarker>,
    /// Where to write the decoder
    #[arg(long, value_name = "MODEL.json")]
    out: PathBuf,
    /// Electrodes to use [default: all of the first recording]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    channels: Vec<String>,
    /// How covariances become features
    #[arg(long, value_enum, default_value_t = EstimatorName::TangentSpace)]
    estimator: EstimatorName,
    /// Pass bands, Hz
    #[arg(long, value_delimiter = ',', value_name = "LOW-HIGH,...", value_parser = band, default_value = "7-13,12-20,18-30")]
    bands: Vec<[f64; 2]>,
    /// Length of the sliding window, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1.5)]
    window: f64,
    /// Learn from this long after the cue, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0.5)]
    from: f64,
    /// Learn up to this long after the cue, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3.9)]
    to: f64,
    /// Spatial reference
    #[arg(long, value_enum, default_value_t = ReferenceName::CommonAverage)]
    reference: ReferenceName,
    /// Line frequency to remove: 50, 60, off, or auto (measured)
    #[arg(long, default_value = "auto", value_parser = mains)]
    mains: Mains,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EstimatorName {
    TangentSpace,
    Csp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReferenceName {
    CommonAverage,
    None,
}

/// CSP filters from each end of the spectrum: three is what the literature uses (Blankertz et al. 2008).
const CSP_PAIRS: usize = 3;

fn class_marker(text: &str) -> Result<ClassMarker, String> {
    match text.split_once('=') {
        Some((class, marker)) if !class.is_empty() && !marker.is_empty() => Ok(ClassMarker {
            class: class.trim().into(),
            marker: marker.trim().into(),
        }),
        _ => Err("expected CLASS=MARKER, such as left_hand=T1".into()),
    }
}

fn band(text: &str) -> Result<[f64; 2], String> {
    let edges = text
        .split_once('-')
        .and_then(|(low, high)| Some([low.parse().ok()?, high.parse().ok()?]));
    edges.ok_or_else(|| "expected LOW-HIGH in Hz, such as 8-13".into())
}

fn mains(text: &str) -> Result<Mains, String> {
    match text {
        "auto" => Ok(Mains::Auto),
        "off" => Ok(Mains::Off),
        _ => match text.parse::<f64>() {
            Ok(hz) if (40.0..=70.0).contains(&hz) => Ok(Mains::Hz(hz)),
            _ => Err("expected 50, 60, off or auto".into()),
        },
    }
}

pub(super) fn fit(args: &FitArgs) -> anyhow::Result<ExitCode> {
    let in_order = args.window >= 0.1 && args.from >= 0.0 && args.to > args.from && args.to <= 60.0;
    anyhow::ensure!(
        in_order,
        "--window {} --from {} --to {}: expected a window of at least 0.1 s, and 0 <= from < to <= 60 s",
        args.window,
        args.from,
        args.to
    );
    let mut request = FitRequest::new(args.classes.clone());
    request.channels.clone_from(&args.channels);
    request.features.bands_hz.clone_from(&args.bands);
    request.features.window_ms = (args.window * 1000.0).round() as u32;
    request.timing.from_s = args.from;
    request.timing.to_s = args.to;
    request.mains = args.mains;
    request.estimator = match args.estimator {
        EstimatorName::TangentSpace => Estimator::TangentSpace,
        EstimatorName::Csp => Estimator::Csp { pairs: CSP_PAIRS },
    };
    request.reference = match args.reference {
        ReferenceName::CommonAverage => Reference::CommonAverage,
        ReferenceName::None => Reference::None,
    };
    let decoder = fit_recordings(&args.recordings, &request)?;
    save_decoder(&decoder, &args.out)?;
    if args.json {
        let report = serde_json::json!({
            "model": args.out.display().to_string(),
            "classes": decoder.classes,
            "channels": decoder.channels,
            "rate_hz": decoder.rate_hz,
            "mains_hz": decoder.conditioning.mains_hz,
            "figures": decoder.figures,
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_summary(&decoder, args);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_summary(decoder: &Decoder, args: &FitArgs) {
    let figures = &decoder.figures;
    let map = match decoder.model.spatial_map {
        SpatialMap::TangentSpace(_) => "tangent space + shrinkage LDA",
        SpatialMap::Csp(_) => "CSP + shrinkage LDA",
    };
    let line = decoder
        .conditioning
        .mains_hz
        .map_or("no line notch".into(), |hz| format!("notch at {hz} Hz"));
    println!(
        "decoder     {map}, {} channels at {} Hz, {line}",
        decoder.channels.len(),
        decoder.rate_hz
    );
    println!("classes     {}", decoder.classes.join(", "));
    println!(
        "accuracy    {} of {} trials right: {} (95 % interval {} to {}), chance {}",
        figures.correct,
        figures.trials,
        percent(figures.accuracy),
        percent(figures.interval[0]),
        percent(figures.interval[1]),
        percent(figures.chance),
    );
    println!(
        "            each trial predicted from the other {} of {} contiguous blocks",
        figures.folds - 1,
        figures.folds
    );
    if figures.p_value < 0.05 {
        println!(
            "verdict     better than guessing (p = {:.2e})",
            figures.p_value
        );
    } else {
        println!(
            "verdict     NOT better than guessing (p = {:.2}): do not expect control from this decoder",
            figures.p_value
        );
    }
    println!("written to  {}", args.out.display());
}
