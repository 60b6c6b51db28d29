use crate::app::out::note;
use crate::runtime::StopFlag;
use crate::runtime::simulate::{LineFaults, VirtualHeadset, protocol_rate};
use crate::source::channel_selection::ChannelSelection;
use crate::source::headset::HeadsetProtocol;
use crate::source::resampled::Resampled;
use crate::source::{Source, open_recording};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::process::ExitCode;

/// Simulate a headset on a pseudo-terminal that sends a recording, with faults if requested.
///
/// Prints "port PATH", and "marker LABEL" when one is due.
#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// A recording, or synthetic:seed=7,channels=8,rate=250,...
    recording: String,
    /// The headset's port: a new pseudo-terminal
    #[arg(long, value_enum, default_value_t = PortKind::Pty)]
    port: PortKind,
    /// Protocol of the headset
    #[arg(long, value_enum, default_value_t = HeadsetProtocol::Native)]
    protocol: HeadsetProtocol,
    /// Channels of the recording, in the headset's order [default: all]
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',')]
    channels: Vec<String>,
    /// Packets to lose, per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    lose: f64,
    /// Bytes to damage, per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    damage: f64,
    /// Packets to send twice, per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    repeat: f64,
    /// Send nothing from one second of the recording to another
    #[arg(long, value_name = "FROM..TO")]
    stall: Option<String>,
    /// Seed of the random faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PortKind {
    Pty,
}

impl SimulateArgs {
    fn faults(&self) -> anyhow::Result<LineFaults> {
        let share = |name: &str, percent: f64| {
            ensure!(
                (0.0..=100.0).contains(&percent),
                "--{name} is {percent}, expected 0 to 100 per cent"
            );
            Ok(percent / 100.0)
        };
        let stall = |text: &String| {
            let times = text
                .split_once("..")
                .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
            let times = times.filter(|(from, to)| from < to);
            times.with_context(|| {
                format!("--stall is '{text}', expected two times in seconds, such as 10..12")
            })
        };
        Ok(LineFaults {
            lost_packets: share("lose", self.lose)?,
            damaged_bytes: share("damage", self.damage)?,
            repeated_packets: share("repeat", self.repeat)?,
            stall_s: self.stall.as_ref().map(stall).transpose()?,
        })
    }
}

pub(super) fn simulate(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    let recording = open_recording(&args.recording)?;
    let mut source: Box<dyn Source> = if args.channels.is_empty() {
        recording
    } else {
        Box::new(ChannelSelection::new(recording, &args.channels)?)
    };
    let rate = source.layout().rate;
    if let Some(own) = protocol_rate(args.protocol).filter(|own| *own != rate) {
        note!("the recording is resampled from {rate} to {own}");
        source = Box::new(Resampled::new(source, own));
    }
    let PortKind::Pty = args.port;
    let mut headset =
        VirtualHeadset::new(source.as_ref(), args.protocol, args.faults()?, args.seed)?;
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    let print = |line: String| {
        let mut out = std::io::stdout().lock();
        // Nobody has to read the output.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    print(format!("port {}", headset.port()));
    headset.play(source.as_mut(), &stop, |label| {
        print(format!("marker {label}"))
    })?;
    Ok(ExitCode::SUCCESS)
}
