use crate::app::out::{note, say};
use crate::runtime::record_streams::{Progress, record_streams};
use crate::runtime::{StopFlag, clock};
use crate::session::store;
use crate::source::lsl::{FoundStream, StreamQuery, resolve, streams};
use crate::time::HostNanos;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Record LSL streams as they are into one XDF file.
#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// Name of an LSL stream; several may be named [default: every stream on the network]
    #[arg(long, value_name = "NAME")]
    stream: Vec<String>,
    /// The new file
    #[arg(long, value_name = "FILE.xdf")]
    out: PathBuf,
    /// End by itself after this time, seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// How long to wait for the streams, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    wait: f64,
    /// Print the figures at the end as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn record(args: &RecordArgs) -> anyhow::Result<ExitCode> {
    if let Some(seconds) = args.seconds {
        ensure!(
            seconds.is_finite() && seconds > 0.0,
            "--seconds is {seconds}, expected more than 0"
        );
    }
    let found = find(args)?;
    // Only now: a recording of nothing leaves no file behind.
    let file = store::create_new(&args.out)?;
    for stream in &found {
        note!("stream   {}", stream.describe());
    }
    note!("recording to {}; Ctrl-C ends it", args.out.display());
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    let start = clock::now();
    let elapsed_s = || clock::now().since(start) as f64 / 1e9;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").context("a progress bar")?);
    if let Some(seconds) = args.seconds {
        let (stop, end) = (
            stop.clone(),
            HostNanos(start.0.saturating_add((seconds * 1e9) as i64)),
        );
        std::thread::spawn(move || {
            clock::wait_until(end);
            stop.stop();
        });
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let done = record_streams(found, file, &stop, |progress| {
        let lines: Vec<String> = progress
            .iter()
            .map(|stream| describe(stream, elapsed_s()))
            .collect();
        bar.set_message(format!("{:.0} s  {}", elapsed_s(), lines.join(" | ")));
    });
    bar.finish_and_clear();
    let done = done?;
    if args.json {
        let report = json!({ "file": args.out, "seconds": elapsed_s(), "streams": done });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{:.1} s recorded to {}", elapsed_s(), args.out.display())?;
    for stream in &done {
        say!("  {}", describe(stream, elapsed_s()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn find(args: &RecordArgs) -> anyhow::Result<Vec<FoundStream>> {
    if args.stream.is_empty() {
        let found = streams(args.wait.clamp(0.1, 60.0))?;
        ensure!(
            !found.is_empty(),
            "no LSL stream answered within {} s. Is the headset's program running, with LSL streaming on?",
            args.wait
        );
        return Ok(found);
    }
    let query = |name: &String| StreamQuery {
        name: Some(name.clone()),
        ..StreamQuery::default()
    };
    Ok(args
        .stream
        .iter()
        .map(|name| resolve(&query(name), args.wait))
        .collect::<Result<_, _>>()?)
}

fn describe(stream: &Progress, elapsed_s: f64) -> String {
    let mut text = format!("{}: {} samples", stream.name, stream.samples);
    if stream.rate_hz > 0.0 && elapsed_s > 0.0 {
        text.push_str(&format!(
            ", {:.1} Hz, {} lost",
            stream.samples as f64 / elapsed_s,
            stream.lost_samples
        ));
    }
    if stream.clock_resets > 0 {
        text.push_str(&format!(", clock set anew {} times", stream.clock_resets));
    }
    text
}
