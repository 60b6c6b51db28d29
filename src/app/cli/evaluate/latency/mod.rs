//! Latency as another process observes it: from a published block to the event of a pointer motion.

mod outlet;

pub(super) use outlet::{OutletArgs, outlet};

use super::super::own_display;
use crate::app::cli::guard::system_pointer;
use crate::app::cli::reading::seconds;
use crate::app::out::{OutputError, say};
use crate::evaluate::latency::{
    Latency, LatencyError, Published, Spread, driver, floor, measure, peer,
};
use crate::pointer::{SystemPointer, watch_motions};
use crate::printable::counted;
use crate::runtime::{StopFlag, TimedCommand};
use crate::time::{HostNanos, StreamNanos};
use anyhow::{Context, ensure};
use clap::Args;
use crossbeam_channel::Receiver;
use outlet::PublishedArgs;
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

const HELP: &str = "\
A process publishes the EEG of a synthetic patient on LSL and stamps each block when it is sent.
Another client of a virtual display (Xvfb) receives an event whenever the pointer moves. The command
measures in turn: the floor (a loop that reads an LSL inlet and moves the pointer with enigo), the
driver, and the program of --peer, if there is one.

Of 128 channels, 64 are decoded.";

/// Measure the time from a published sample to a pointer motion.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct LatencyArgs {
    #[command(flatten)]
    published: PublishedArgs,
    /// How long to measure each program, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds, allow_negative_numbers = true)]
    seconds: f64,
    /// Another program to measure in the same way, with its arguments; the stream's name and the duration in seconds are added
    #[arg(long, num_args = 1.., value_name = "PROGRAM")]
    peer: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Environment variable: the program already runs on its own display.
const MARK: &str = "BCI_CURSOR_LATENCY";

pub(super) fn latency(args: &LatencyArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        (5.0..=3600.0).contains(&args.seconds),
        "--seconds is {}, expected 5 to 3600",
        args.seconds
    );
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    // The user's own pointer must not move.
    if std::env::var_os(MARK).is_none() {
        return own_display::again("On a display of its own", &stop, MARK);
    }
    let decoder = Published::from(args.published).decoder()?;
    let events = watch_motions()?;
    let stream = format!("bci-cursor-latency-{}", std::process::id());
    let outlet = Outlet::start(&stream, &args.published)?;
    let floor = floor(&stream, args.seconds, &mut SystemPointer::open()?, &stop)?;
    let mut runs = vec![Motions::new("floor", floor, &events)];
    let driver = driver(&stream, decoder, args.seconds, system_pointer()?, &stop)?;
    runs.push(Motions::new("driver", driver, &events));
    if let [name, peer_args @ ..] = args.peer.as_slice()
        && !stop.stopped()
    {
        let peer = peer(name, peer_args, &stream, args.seconds)?;
        runs.push(Motions::new("peer", peer, &events));
    }
    let published = outlet.finish()?;
    let all: Vec<_> = runs
        .iter()
        .map(|run| Ok((run.name, measure(&run.commands, &published, &run.events)?)))
        .collect::<Result<_, LatencyError>>()?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&as_json(args, &all))?)?;
    } else {
        print(args, &all)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The commands of one program, and the events of its motions.
struct Motions {
    name: &'static str,
    commands: Vec<TimedCommand>,
    events: Vec<HostNanos>,
}

impl Motions {
    fn new(
        name: &'static str,
        commands: Vec<TimedCommand>,
        received: &Receiver<HostNanos>,
    ) -> Self {
        let mut events: Vec<HostNanos> = received.try_iter().collect();
        // The last event may still be on its way.
        events.extend(received.recv_timeout(Duration::from_millis(100)));
        Self {
            name,
            commands,
            events,
        }
    }
}

/// A process that publishes until this value is dropped.
struct Outlet(Child);

impl Outlet {
    fn start(stream: &str, published: &PublishedArgs) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("own program not found")?;
        let child = Command::new(program)
            .args(["evaluate", "latency-outlet", "--name", stream])
            .args(["--channels", &published.channels.to_string()])
            .args(["--rate", &published.rate.to_string()])
            .args(["--block", &published.block.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the publishing process could not be started")?;
        Ok(Self(child))
    }

    /// Ends the process. Returns when it published each block.
    fn finish(mut self) -> anyhow::Result<Vec<StreamNanos>> {
        let text = self.end()?;
        let times = text.lines().map(|line| line.parse().map(StreamNanos));
        let times: Vec<_> = times.collect::<Result<_, _>>().unwrap_or_default();
        ensure!(!times.is_empty(), "the publishing process printed no times");
        Ok(times)
    }

    /// Closes its input, which ends it. Then it prints more than a pipe holds, so it would wait forever if nobody read that.
    fn end(&mut self) -> std::io::Result<String> {
        drop(self.0.stdin.take());
        let mut text = String::new();
        if let Some(mut output) = self.0.stdout.take() {
            output.read_to_string(&mut text)?;
        }
        Ok(text)
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if let Err(error) = self.end().and_then(|_| self.0.wait()) {
            log::warn!("the publishing process: {error}");
        }
    }
}

fn as_json(args: &LatencyArgs, all: &[(&str, Latency)]) -> Value {
    let mut summary = json!({
        "channels": args.published.channels,
        "rate_hz": args.published.rate,
        "block": args.published.block,
        "seconds": args.seconds,
    });
    for (name, latency) in all {
        let Spread {
            p50_us,
            p99_us,
            max_us,
        } = latency.total;
        summary[*name] = json!({
            "p50_us": p50_us, "p99_us": p99_us, "max_us": max_us,
            "motions": latency.motions, "unseen": latency.unseen,
        });
        if *name == "driver" {
            summary["stages"] = json!({
                "transport": latency.transport, "decode": latency.decode,
                "apply": latency.apply, "display": latency.display,
            });
        }
    }
    summary
}

fn print(args: &LatencyArgs, all: &[(&str, Latency)]) -> Result<(), OutputError> {
    let PublishedArgs {
        channels,
        rate,
        block,
    } = args.published;
    say!(
        "{}, {rate} Hz, blocks of {block}; microseconds from publishing to an observed motion",
        counted(channels, "channel")
    )?;
    say!(
        "{:<18} {:>8} {:>8} {:>8} {:>8}",
        "",
        "p50",
        "p99",
        "max",
        "motions"
    )?;
    let row = |name: &str, spread: &Spread, motions: &str| {
        say!(
            "{name:<18} {:>8} {:>8} {:>8} {motions:>8}",
            spread.p50_us,
            spread.p99_us,
            spread.max_us
        )
    };
    for (name, latency) in all {
        row(name, &latency.total, &latency.motions.to_string())?;
        if *name == "driver" {
            row("  transport", &latency.transport, "")?;
            row("  decode", &latency.decode, "")?;
            row("  apply", &latency.apply, "")?;
            row("  display", &latency.display, "")?;
        }
        if latency.unseen > 0 {
            say!("  not observed: {}", counted(latency.unseen, "motion"))?;
        }
    }
    if let [(_, floor), (_, driver), ..] = all {
        let times = |driver: u64, floor: u64| driver as f64 / floor.max(1) as f64;
        say!(
            "driver / floor: {:.2} at p50, {:.2} at p99",
            times(driver.total.p50_us, floor.total.p50_us),
            times(driver.total.p99_us, floor.total.p99_us)
        )?;
    }
    Ok(())
}
