use super::reading::{ReadArgs, rate, seconds};
use crate::app::out::{note, say};
use crate::patient::store;
use crate::printable::{counted, printable, printable_path};
use crate::runtime::StopFlag;
use crate::runtime::record_streams::{Progress, record_streams};
use crate::source::channels::ReadAs;
use crate::source::lsl::{FoundStream, StreamQuery, resolve, streams_that_fit};
use crate::system::clock;
use crate::time::{HostNanos, describe_duration};
use crate::units::Hertz;
use anyhow::{Context, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A rate is reported if it differs from the declared one by more than this fraction.
const WORTH_REPORTING: f64 = 0.02;

/// Record LSL streams unchanged into one XDF file.
#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// Name of an LSL stream; may be given several times [default: every stream on the network]
    #[arg(long, value_name = "NAME")]
    stream: Vec<String>,
    /// Only streams whose header matches this XPath predicate, such as "source_id='abc' and hostname='lab'"
    #[arg(long = "where", value_name = "PREDICATE")]
    predicate: Option<String>,
    /// If several streams of the same device match, use the one that was started last
    #[arg(long)]
    newest: bool,
    /// The new file
    #[arg(long, value_name = "FILE.xdf")]
    out: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    /// The true sampling rate of the EEG, Hz, if the stream declares none or a wrong one
    #[arg(long, value_name = "HZ", value_parser = rate)]
    rate: Option<Hertz>,
    /// Stop after this time, counted from the first sample, seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// How long to wait for the streams, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, allow_negative_numbers = true)]
    wait: f64,
    /// Print the figures at the end as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn record(args: &RecordArgs) -> anyhow::Result<ExitCode> {
    let found = find(args)?;
    let eeg = args.eeg_among(&found)?;
    // Created only now, so that a recording of nothing leaves no file behind.
    let file = store::create_new(&args.out)?;
    for stream in &found {
        note!("stream   {}, uid {}", stream.describe(), stream.uid);
    }
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").context("a progress bar")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    // When the streams had answered, and when the first sample was recorded.
    let (mut open, mut begun): (Option<HostNanos>, Option<HostNanos>) = (None, None);
    let mut last: Vec<Progress> = Vec::new();
    let done = record_streams(found, eeg, file, &stop, |progress| {
        last = progress.to_vec();
        let now = clock::now();
        let is_late = now.since(*open.get_or_insert(now)) as f64 > 1e9 * args.wait;
        if begun.is_none() && (has_begun(progress) || is_late) {
            begun = Some(now);
            bar.suspend(|| note!("recording to {}; Ctrl-C ends it", printable_path(&args.out)));
            if let Some(seconds) = args.seconds {
                end_after(seconds, now, stop.clone());
            }
        }
        let lines: Vec<String> = progress.iter().map(describe).collect();
        let elapsed_s = begun.map_or(0.0, |begun| now.since(begun) as f64 / 1e9);
        bar.set_message(format!("{elapsed_s:.0} s  {}", lines.join(" | ")));
    });
    bar.finish_and_clear();
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            if begun.is_none() {
                // A recording of nothing leaves no file behind. The first error is the one to report.
                let _ = std::fs::remove_file(&args.out);
                return Err(error.into());
            }
            let kept: Vec<String> = last.iter().map(describe).collect();
            return Err(anyhow::Error::from(error).context(format!(
                "the recording has ended; {} contains everything written before ({}) and can be read",
                printable_path(&args.out),
                kept.join("; ")
            )));
        }
    };
    let elapsed_s = begun.map_or(0.0, |begun| clock::now().since(begun) as f64 / 1e9);
    if args.json {
        let streams = done.iter().map(|stream| {
            let mut entry = serde_json::to_value(stream)?;
            entry["measured_hz"] = json!(stream.measured_hz());
            Ok(entry)
        });
        let streams: Vec<serde_json::Value> = streams.collect::<serde_json::Result<_>>()?;
        let report = json!({ "file": args.out, "seconds": elapsed_s, "streams": streams });
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{elapsed_s:.1} s recorded to {}", printable_path(&args.out))?;
    for stream in &done {
        say!("  {}", describe(stream))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl RecordArgs {
    /// The stream that the EEG options apply to, and how to read it; `None` if no such option is given.
    fn eeg_among(&self, found: &[FoundStream]) -> anyhow::Result<Option<(usize, ReadAs)>> {
        if !self.read.are_given() && self.rate.is_none() {
            return Ok(None);
        }
        let is_eeg = |stream: &&FoundStream| stream.kind.eq_ignore_ascii_case("EEG");
        let eeg: Vec<&FoundStream> = found.iter().filter(is_eeg).collect();
        let only = match (eeg.as_slice(), found) {
            ([only], _) => *only,
            ([], [only]) => only,
            _ => bail!(
                "--channels, --electrodes, --unit and --rate apply to one EEG stream, but {} of these {} have type EEG. Record the one \
                 that they are for with --stream NAME; streams of other types may be recorded with it",
                eeg.len(),
                found.len()
            ),
        };
        let read_as = ReadAs {
            rate: self.rate,
            ..self.read.read_as()
        };
        let place = found.iter().position(|stream| std::ptr::eq(stream, only));
        Ok(place.map(|place| (place, read_as)))
    }
}

/// Whether samples have been recorded: of a regular stream, or with irregular streams only, at once.
fn has_begun(progress: &[Progress]) -> bool {
    let mut regular = progress
        .iter()
        .filter(|stream| stream.rate_hz > 0.0)
        .peekable();
    regular.peek().is_none() || regular.any(|stream| stream.samples > 0)
}

/// Ends the recording `seconds` after `from`.
fn end_after(seconds: f64, from: HostNanos, stop: StopFlag) {
    let end = HostNanos(from.0.saturating_add((seconds * 1e9) as i64));
    std::thread::spawn(move || {
        clock::wait_until(end);
        stop.stop();
    });
}

fn find(args: &RecordArgs) -> anyhow::Result<Vec<FoundStream>> {
    let query = |name: Option<&String>| StreamQuery {
        name: name.cloned(),
        predicate: args.predicate.clone(),
        takes_newest: args.newest,
        ..StreamQuery::default()
    };
    if args.stream.is_empty() {
        let found = streams_that_fit(&query(None), args.wait.clamp(0.1, 60.0))?;
        let fits = match &args.predicate {
            Some(predicate) => format!(" for which {predicate} holds"),
            None => String::new(),
        };
        ensure!(
            !found.is_empty(),
            "no LSL stream{fits} answered within {} s. Is the headset's program running, with LSL streaming on? 'bci-cursor streams' \
             lists what there is",
            args.wait
        );
        return Ok(found);
    }
    let names = args.stream.iter();
    let found = names.map(|name| resolve(&query(Some(name)), args.wait));
    Ok(found.collect::<Result<_, _>>()?)
}

fn describe(stream: &Progress) -> String {
    let mut text = format!(
        "{}: {}",
        printable(&stream.name),
        counted(stream.samples, "sample")
    );
    let rate_hz = stream.measured_hz().filter(|_| stream.rate_hz > 0.0);
    if let Some(hz) = rate_hz {
        text.push_str(&format!(", {hz:.1} Hz by their time stamps"));
        if (hz / stream.rate_hz - 1.0).abs() > WORTH_REPORTING {
            text.push_str(&format!(", but {} Hz are declared", stream.rate_hz));
        }
        text.push_str(&format!(", {} lost", stream.lost_samples));
    }
    if let Some(ahead_s) = stream.other_clock_s() {
        let way = if ahead_s > 0.0 { "ahead of" } else { "behind" };
        let by = describe_duration(ahead_s.abs());
        text.push_str(&format!(", stamped {by} {way} LSL's clock"));
    }
    if stream.clock_resets > 0 {
        text.push_str(&format!(
            ", clock reset {}",
            counted(stream.clock_resets, "time")
        ));
    }
    if stream.invalid_stamps > 0 {
        text.push_str(&format!(
            ", {}",
            counted(stream.invalid_stamps, "invalid time stamp")
        ));
    }
    text
}
