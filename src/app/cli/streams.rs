use super::reading::seconds;
use crate::app::out::say;
use crate::printable::printable;
use crate::source::lsl::{self, FoundStream};
use clap::Args;
use std::process::ExitCode;

/// List the LSL streams on the network.
#[derive(Debug, Args)]
pub(super) struct StreamsArgs {
    /// How long to listen, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds, allow_negative_numbers = true)]
    wait: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn streams(args: &StreamsArgs) -> anyhow::Result<ExitCode> {
    let found = lsl::streams(args.wait.clamp(0.1, 60.0))?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&found)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        say!("No LSL stream answered within {} s.", args.wait)?;
        say!(
            "Is the headset's program running, with LSL streaming on? 'bci-cursor doctor' checks this computer."
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    for line in table(&rows_of(&found)) {
        say!("{line}")?;
    }
    if found.iter().any(|stream| has_twin(stream, &found)) {
        say!(
            "\nStreams of the same name, type and source id are the same device to LSL. 'run' and 'record' choose one with \
             --where \"uid='...'\", and the newest with --newest."
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether LSL takes another outlet for the same device.
fn has_twin(stream: &FoundStream, all: &[FoundStream]) -> bool {
    let device = |stream: &FoundStream| {
        let FoundStream {
            name,
            kind,
            source_id,
            ..
        } = stream;
        [name.clone(), kind.clone(), source_id.clone()]
    };
    all.iter()
        .filter(|other| device(other) == device(stream))
        .count()
        > 1
}

/// A header and a row per stream, with uid and age if some streams cannot be distinguished otherwise.
fn rows_of(found: &[FoundStream]) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["name", "type", "channels", "rate (Hz)", "source id", "host"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(found.iter().map(|stream| {
        let rate = if stream.rate_hz > 0.0 {
            stream.rate_hz.to_string()
        } else {
            "irregular".into()
        };
        [
            &stream.name,
            &stream.kind,
            &stream.channels.to_string(),
            &rate,
            &stream.source_id,
            &stream.host,
        ]
        .map(|cell| printable(cell).into_owned())
        .to_vec()
    }));
    if !found.iter().any(|stream| has_twin(stream, found)) {
        return rows;
    }
    rows[0].extend(["uid".to_owned(), "started".to_owned()]);
    for (row, stream) in rows[1..].iter_mut().zip(found) {
        let cells = if has_twin(stream, found) {
            let twins = found.iter().filter(|other| other.is_same_device(stream));
            [printable(&stream.uid).into_owned(), stream.age_among(twins)]
        } else {
            [String::new(), String::new()]
        };
        row.extend(cells);
    }
    rows
}

/// Formats rows as lines with aligned columns.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |k: usize| rows.iter().map(|row| row[k].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|k| width(k).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, &width)| format!("{cell:<width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
