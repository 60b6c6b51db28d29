use super::reading::{RateArgs, ReadArgs};
use crate::app::advice::noted;
use crate::app::out::{OutputError, say};
use crate::evaluate::quality::{ChannelQuality, Inspection, inspect as look};
use crate::fit::load_decoder;
use crate::fit::reading::read_as_for;
use crate::printable::{counted, printable};
use crate::source::channels::corrections;
use crate::source::open_recording_as;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show the content of a recording.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// XDF, EDF, BDF, GDF, BrainVision (.vhdr), or synthetic:seed=7,...; FILE#NAME chooses one of several EEG streams
    recording: String,
    /// Read the recording as this decoder would
    #[arg(long, value_name = "MODEL.json")]
    model: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Number of lines of a list that are printed; the rest is only counted.
const MOST_LINES: usize = 12;

pub(super) fn inspect(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let given = args.read.at(&args.rate);
    let read_as = match &args.model {
        Some(model) => read_as_for(&load_decoder(model)?, &given),
        None => given,
    };
    let mut recording = open_recording_as(&args.recording, &read_as)?;
    let found = look(recording.as_mut())?;
    if let Some(doubt) = &found.unit_doubt {
        doubt.warn(format_args!("{}: ", args.recording));
    }
    if args.json {
        say!("{}", serde_json::to_string_pretty(&as_json(&found)?)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("format     {}", printable(&found.about.format))?;
    for stream in &found.about.streams {
        let rate = stream
            .rate_hz
            .map_or("irregular".into(), |hz| format!("{hz} Hz"));
        let name = if stream.name.is_empty() {
            String::new()
        } else {
            format!("'{}' ", printable(&stream.name))
        };
        say!(
            "stream     {name}({}): {}, {rate}, {}{}",
            printable(&stream.kind),
            counted(stream.channels.len(), "channel"),
            counted(stream.samples, "sample"),
            if stream.is_read { "; read as EEG" } else { "" }
        )?;
    }
    print_rate(&found)?;
    print_channels(&found)?;
    print_corrections(&found)?;
    say!(
        "length     {:.1} s at {}; {}, {} missing in {}",
        found.length_s,
        found.rate_hz,
        counted(found.samples, "sample"),
        found.missing_samples,
        counted(found.gaps.len(), "gap")
    )?;
    if found.clock_resets > 0 {
        say!("clock      reset {}", counted(found.clock_resets, "time"))?;
    }
    for (before, missing) in found.gaps.iter().take(MOST_LINES) {
        let at_s = found.rate_hz.secs_of(before.0 - missing);
        say!(
            "gap        {} missing from {at_s:.2} s on",
            counted(missing, "sample")
        )?;
    }
    print_events(&found)?;
    print_quality(&found.quality)?;
    Ok(ExitCode::SUCCESS)
}

/// Notes include the options that change them.
fn as_json(found: &Inspection) -> serde_json::Result<Value> {
    let mut json = serde_json::to_value(found)?;
    let warnings: Vec<String> = found.about.warnings.iter().map(noted).collect();
    json["warnings"] = warnings.into();
    if let Some(doubt) = &found.unit_doubt {
        json["unit_doubt"] = noted(doubt).into();
    }
    Ok(json)
}

/// Prints the rate according to the time stamps, if it differs from the declared one.
fn print_rate(found: &Inspection) -> Result<(), OutputError> {
    let read = found.about.streams.iter().find(|stream| stream.is_read);
    let stamped = read.and_then(|stream| Some((stream.stamped_rate_hz?, stream.stamped_s?)));
    let Some((stamped_hz, stamped_s)) = stamped else {
        return Ok(());
    };
    say!(
        "rate       {stamped_hz:.2} Hz by its time stamps, which span {stamped_s:.2} s{}",
        match &found.about.rate_doubt {
            Some(doubt) => format!("; its header says {} Hz", doubt.declared_hz),
            None => String::new(),
        }
    )?;
    Ok(())
}

/// Prints the labels, grouped by unit.
fn print_channels(found: &Inspection) -> Result<(), OutputError> {
    let streams = found.about.streams.iter().filter(|stream| stream.is_read);
    for channels in streams.flat_map(|stream| {
        stream
            .channels
            .chunk_by(|a, b| (&a.unit, a.is_read) == (&b.unit, b.is_read))
    }) {
        let labels: Vec<_> = channels
            .iter()
            .map(|channel| printable(&channel.label))
            .collect();
        let unit = channels.first().map_or("", |channel| &channel.unit);
        let unit = if unit.is_empty() {
            "no unit".into()
        } else {
            printable(unit)
        };
        let is_read = channels.iter().all(|channel| channel.is_read);
        let read = if is_read { "" } else { "; not read" };
        say!("channels   {} ({unit}{read})", labels.join(", "))?;
    }
    Ok(())
}

/// Prints what is read differently from the device's declaration.
fn print_corrections(found: &Inspection) -> Result<(), OutputError> {
    let Some(reading) = corrections(&found.about.reading) else {
        return Ok(());
    };
    let pairs = reading.electrodes.iter().zip(&reading.labels);
    let electrodes: Vec<String> = pairs
        .map(|(electrode, label)| format!("{} ({})", printable(electrode), printable(label)))
        .collect();
    if !electrodes.is_empty() {
        say!(
            "electrodes {}, in brackets the device's names",
            electrodes.join(", ")
        )?;
    }
    if let Some(unit) = &reading.unit {
        let stated = match unit.stated.as_str() {
            "" => "no unit".into(),
            stated => printable(stated),
        };
        say!(
            "unit       {}, although the device states {stated}",
            unit.read_as
        )?;
    }
    if let Some(hz) = reading.rate_hz {
        say!("rate       {hz} Hz, as stated with --rate")?;
    }
    Ok(())
}

fn print_events(found: &Inspection) -> Result<(), OutputError> {
    if found.events.is_empty() {
        say!("events     none")?;
    }
    for (label, count) in found.events.iter().take(MOST_LINES) {
        let shown: String = printable(label).chars().take(60).collect();
        say!("event      {count:>5} × {shown}")?;
    }
    if found.events.len() > MOST_LINES {
        say!(
            "event      and {} more kinds (--json shows all)",
            found.events.len() - MOST_LINES
        )?;
    }
    Ok(())
}

fn print_quality(quality: &[ChannelQuality]) -> Result<(), OutputError> {
    say!("\nchannel           RMS 1-40 Hz  faults")?;
    for channel in quality {
        let rms = channel
            .rms_microvolts
            .map_or("-".into(), |rms| format!("{rms:.1} µV"));
        let mut faults: Vec<String> = channel
            .faults
            .iter()
            .map(|(name, share)| format!("{} {:.0} %", name.replace('_', " "), 100.0 * share))
            .collect();
        if channel.no_numbers > 0 {
            faults.push(format!(
                "not a number: {}",
                counted(channel.no_numbers, "value")
            ));
        }
        let faults = if faults.is_empty() {
            "none".into()
        } else {
            faults.join(", ")
        };
        say!("{:<17} {rms:>11}  {faults}", printable(&channel.label))?;
    }
    Ok(())
}
