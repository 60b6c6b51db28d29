use crate::app::out::say;
use crate::printable::printable;
use crate::source::lsl;
use clap::Args;
use std::process::ExitCode;

/// List the LSL streams on the network.
#[derive(Debug, Args)]
pub(super) struct StreamsArgs {
    /// How long to listen, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
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
    let header = ["name", "type", "channels", "rate (Hz)", "source id", "host"].map(str::to_owned);
    let mut rows = vec![header];
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
    }));
    let widths: Vec<usize> = (0..6)
        .map(|k| {
            rows.iter()
                .map(|row| row[k].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"))
            .collect();
        say!("{}", cells.join("  ").trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
