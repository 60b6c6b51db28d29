use super::reading::ReadArgs;
use crate::app::out::say;
use crate::patient::store;
use crate::printable::{counted, printable, printable_path};
use crate::recording::convert::{Conversion, ConvertError};
use crate::recording::edf::EdfFormat;
use crate::units::Hertz;
use anyhow::Context;
use clap::Args;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
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
    fn conversion(&self) -> Conversion {
        Conversion {
            recording: self.recording.clone(),
            read_as: self.read.read_as(),
            rate: self.rate.and_then(Hertz::new),
        }
    }
}

/// Writes the new file, and returns a description of its content.
type Writer = fn(&Conversion, &mut dyn Write) -> Result<String, ConvertError>;

pub(super) fn convert(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let extension = args
        .out
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let write: Writer = match extension.as_str() {
        "xdf" => to_xdf,
        "edf" => |conversion, out| to_edf(conversion, out, EdfFormat::Edf),
        "bdf" => |conversion, out| to_edf(conversion, out, EdfFormat::Bdf),
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
    let conversion = args.conversion();
    conversion.open()?;
    let file = store::create_new(&args.out)?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let written = write(&conversion, &mut out)
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

fn to_xdf(conversion: &Conversion, out: &mut dyn Write) -> Result<String, ConvertError> {
    let written = conversion.to_xdf(out)?;
    Ok(format!(
        "{} at {}, {}, {}",
        counted(written.layout.channel_count(), "channel"),
        written.layout.rate,
        counted(written.samples, "sample"),
        counted(written.markers, "marker")
    ))
}

fn to_edf(
    conversion: &Conversion,
    out: &mut dyn Write,
    format: EdfFormat,
) -> Result<String, ConvertError> {
    let written = conversion.to_edf(out, format)?;
    let bits = format.bits();
    let mut text = format!(
        "{} of each channel, in {bits} bits",
        counted(written.samples, "sample")
    );
    if written.missing > 0 {
        text.push_str(&format!(
            "; {} were missing and are filled in, marked BAD_ACQ_SKIP",
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
