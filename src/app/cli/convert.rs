use super::reading::ReadArgs;
use crate::app::out::say;
use crate::block::Block;
use crate::patient::store;
use crate::printable::{counted, printable, printable_path};
use crate::recording::edf::{self, EdfFormat};
use crate::recording::session::{SessionAbout, SessionEvent, SessionWriter};
use crate::source::recording::Recorded;
use crate::source::resampled::Resampled;
use crate::source::{Source, SourceError, SourceEvent, open_recording_as};
use crate::system::clock;
use crate::time::StreamNanos;
use crate::units::Hertz;
use anyhow::Context;
use clap::Args;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Convert a recording's EEG and markers to XDF, EDF+ or BDF+.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// XDF, EDF, BDF, GDF, BrainVision (.vhdr), or synthetic:seed=7,channels=21,...
    recording: String,
    /// The new file: .xdf keeps every sample exactly; .edf keeps 16 bits of each, .bdf keeps 24
    out: PathBuf,
    /// Resample to this rate, Hz [default: the recording's own]
    #[arg(long, value_name = "HZ")]
    rate: Option<f64>,
    #[command(flatten)]
    read: ReadArgs,
}

impl ConvertArgs {
    fn recorded(&self) -> Result<Box<dyn Recorded>, SourceError> {
        open_recording_as(&self.recording, &self.read.read_as())
    }

    fn open(&self) -> Result<Box<dyn Source>, SourceError> {
        let source = self.recorded()?;
        Ok(match self.rate.and_then(Hertz::new) {
            // At its own rate, every sample is copied unchanged.
            Some(rate) if rate != source.layout().rate => Box::new(Resampled::new(source, rate)),
            _ => source,
        })
    }
}

/// Writes the new file, and returns a description of its content.
type Writer = fn(&ConvertArgs, &mut dyn Write) -> anyhow::Result<String>;

pub(super) fn convert(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let extension = args
        .out
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let write: Writer = match extension.as_str() {
        "xdf" => to_xdf,
        "edf" => |args, out| to_edf(args, out, EdfFormat::Edf),
        "bdf" => |args, out| to_edf(args, out, EdfFormat::Bdf),
        _ => anyhow::bail!(
            "{}: the new file's name must end in .xdf, .edf or .bdf",
            printable_path(&args.out)
        ),
    };
    if let Some(rate) = args.rate {
        anyhow::ensure!(
            (8.0..=100_000.0).contains(&rate),
            "--rate is {rate}, expected 8 to 100000 Hz"
        );
    }
    // Check that the recording can be read before creating a file.
    args.open()?;
    let file = store::create_new(&args.out)?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let written = write(args, &mut out)
        .and_then(|text| {
            out.flush()?;
            out.get_ref().sync_all()?;
            Ok(text)
        })
        .with_context(|| format!("{} could not be converted", printable(&args.recording)));
    match written {
        Ok(text) => say!("{}: {text}", printable_path(&args.out))?,
        Err(error) => {
            // An incomplete file would look complete. The first error is the one to report.
            let _ = std::fs::remove_file(&args.out);
            return Err(error);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn to_xdf(args: &ConvertArgs, out: &mut dyn Write) -> anyhow::Result<String> {
    let mut source = args.open()?;
    let recording = &args.recording;
    let layout = source.layout().clone();
    let name = Path::new(recording)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let about = SessionAbout {
        name: name.clone(),
        source_id: format!("bci-cursor-convert-{name}"),
        manufacturer: String::new(),
        reference: String::new(),
        reading: args.recorded()?.about().reading.clone(),
        layout: layout.clone(),
        is_single_precision: source.is_single_precision(),
        date_time: clock::date_time(),
    };
    let start = SessionEvent::Converted { from: name };
    let mut writer = SessionWriter::new(out, &about, None, start)?;
    let frames = (layout.rate.samples_in_ms(1000) as usize).max(1);
    let mut block = Block::with_capacity(layout.channel_count(), frames);
    let mut markers = 0;
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                let taken = StreamNanos::from_secs(layout.rate.secs_of(block.first.0));
                writer.block(&block, &[(0, taken)])?;
            }
            SourceEvent::Marker(marker) => {
                markers += 1;
                writer.marker(marker.at, &marker.label)?;
            }
            SourceEvent::ClockReset => writer.clock_reset(),
            SourceEvent::Gap { .. } | SourceEvent::Idle => {}
            SourceEvent::End => break,
        }
    }
    writer.finish()?;
    Ok(format!(
        "{} at {}, {}, {}",
        counted(layout.channel_count(), "channel"),
        layout.rate,
        counted(writer.frames(), "sample"),
        counted(markers, "marker")
    ))
}

fn to_edf(
    args: &ConvertArgs,
    mut out: &mut dyn Write,
    format: EdfFormat,
) -> anyhow::Result<String> {
    let written = edf::write(|| args.open(), &mut out, format)?;
    let bits = match format {
        EdfFormat::Edf => 16,
        EdfFormat::Bdf => 24,
    };
    let mut text = format!(
        "{} of each channel, in {bits} bits",
        counted(written.samples, "sample")
    );
    if written.missing > 0 {
        text.push_str(&format!(
            "; {} were missing and are filled up, under BAD_ACQ_SKIP",
            written.missing
        ));
    }
    if written.no_numbers > 0 {
        text.push_str(&format!(
            "; {} without a number, replaced by the value nearest to zero",
            counted(written.no_numbers, "sample")
        ));
    }
    if !written.coarse.is_empty() {
        let coarse = written.coarse.iter();
        let list: Vec<String> = coarse
            .map(|(label, error)| format!("{label} ({error:.2} µV)"))
            .collect();
        let better = match format {
            EdfFormat::Edf => ".bdf or .xdf",
            EdfFormat::Bdf => ".xdf",
        };
        log::warn!(
            "{bits} bits are too coarse for the range of these channels, whose values change by up to: {}. Convert to \
             {better} to keep them",
            list.join(", ")
        );
    }
    if !written.cut_labels.is_empty() {
        log::warn!(
            "these labels are cut to 16 characters: {}",
            written.cut_labels.join(", ")
        );
    }
    Ok(text)
}
