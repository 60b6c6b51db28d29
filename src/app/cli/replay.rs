use super::control_args::ControlArgs;
use super::decoders::{describe_quality, starter_for};
use super::reading::{RateArgs, ReadArgs};
use crate::app::out::{Lines, note, say};
use crate::app::running::describe_replacement;
use crate::conditioning;
use crate::control::motion::Motion;
use crate::decoding::Decoding;
use crate::fit::load_decoder;
use crate::fit::reading::read_as_for;
use crate::hash::sha256_of_text;
use crate::pipeline::Pipeline;
use crate::printable::{counted, printable};
use crate::replay::play::{Played, play};
use crate::replay::verify::verify;
use crate::runtime::StopFlag;
use crate::runtime::publish::{PublishSettings, publish};
use crate::settings::Settings;
use crate::source::fault_injector::{Fault, FaultInjector};
use crate::source::lsl::OutletAbout;
use crate::source::recording::file_and_stream;
use crate::source::{Marker, Source, open_recording_as, open_to_decode};
use crate::time::SampleIndex;
use crate::units::Hertz;
use anyhow::Context;
use bci_cursor_calibration::Decoder;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run a recording through the live pipeline as fast as possible and print events as JSON lines, or publish it on LSL.
#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// A recording (XDF, EDF, BDF, GDF, BrainVision), or synthetic:seed=7,... (a synthetic patient)
    #[arg(value_name = "RECORDING")]
    recording: String,
    /// Decoder to use [default: a starter fitted on other people]
    #[arg(long, value_name = "MODEL.json")]
    model: Option<PathBuf>,
    /// Publish the recording instead: EEG and string markers, as a real headset would
    #[arg(long, value_enum, conflicts_with = "model")]
    to: Option<Destination>,
    /// Speed of publishing, as a multiple of real time
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1.0,
        requires = "to",
        allow_negative_numbers = true
    )]
    speed: f64,
    /// Name of the published stream [default: the recording's name]
    #[arg(long, requires = "to")]
    name: Option<String>,
    /// Source id of the published stream [default: made from its name]
    #[arg(long, requires = "to")]
    source_id: Option<String>,
    /// When publishing, wait for a reader before the first sample
    #[arg(long, requires = "to")]
    wait_for_reader: bool,
    /// Run a recorded session again, and compare every intent and command with the live ones
    #[arg(long, conflicts_with_all = ["model", "to", "fault"])]
    verify: bool,
    /// Samples read at a time; the results do not depend on it
    #[arg(long, value_name = "SAMPLES", default_value_t = 256)]
    block: usize,
    /// Make an electrode fail (flat, railed, line, noisy, unlike, nan, blink or jaw), optionally only between two times in seconds
    #[arg(long, value_name = "LABEL=KIND[@FROM..TO]")]
    fault: Vec<Fault>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    rate: RateArgs,
    #[command(flatten)]
    control: ControlArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Destination {
    Lsl,
}

pub(super) fn replay(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    if args.verify {
        return verify_session(&args.recording);
    }
    let given = args.read.at(&args.rate);
    if let Some(Destination::Lsl) = args.to {
        let recording = open_recording_as(&args.recording, &given)?;
        return publish_recording(args, &mut FaultInjector::new(recording, &args.fault)?);
    }
    let decoder = args.model.as_deref().map(load_decoder).transpose()?;
    let read_as = match &decoder {
        Some(decoder) => read_as_for(decoder, &given),
        None => given,
    };
    let recording = open_to_decode(&args.recording, &read_as)?;
    print_events(
        args,
        decoder,
        &mut FaultInjector::new(recording, &args.fault)?,
    )
}

fn verify_session(recording: &str) -> anyhow::Result<ExitCode> {
    let (path, _) = file_and_stream(recording);
    let verified = verify(path)?;
    if !verified.is_complete {
        note!("the session was cut short: the existing part was compared");
    }
    say!(
        "the same, bit for bit: {} over {}\nsteps     {}\nmodel     {}\nsettings  {}",
        counted(verified.steps, "step"),
        counted(verified.samples, "sample"),
        verified.hash,
        verified.model_sha256,
        verified.settings_sha256
    )?;
    Ok(ExitCode::SUCCESS)
}

fn publish_recording(args: &ReplayArgs, source: &mut dyn Source) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.speed.is_finite() && (0.01..=100.0).contains(&args.speed),
        "--speed is {}, expected 0.01 to 100 times real time",
        args.speed
    );
    let stem = || {
        let path = Path::new(&args.recording);
        if args.recording.starts_with("synthetic:") {
            "synthetic".to_owned()
        } else {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        }
    };
    let name = args.name.clone().unwrap_or_else(stem);
    let source_id = args
        .source_id
        .clone()
        .unwrap_or_else(|| format!("bci-cursor-replay-{name}"));
    let settings = PublishSettings {
        about: OutletAbout {
            name,
            source_id,
            ..OutletAbout::default()
        },
        speed: args.speed,
        wait_for_reader: args.wait_for_reader,
    };
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    note!(
        "publishing '{}' (EEG, {} at {}) and '{}-markers' on LSL; Ctrl-C ends it",
        printable(&settings.about.name),
        counted(source.layout().channel_count(), "channel"),
        source.layout().rate,
        printable(&settings.about.name)
    );
    let sent = publish(source, &settings, &stop)?;
    note!("{} published", counted(sent, "sample"));
    Ok(ExitCode::SUCCESS)
}

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Start {
        channels: usize,
        rate_hz: Hertz,
        classes: &'a [String],
        model_sha256: String,
    },
    Marker {
        sample: SampleIndex,
        time_s: f64,
        label: String,
    },
    Intent {
        sample: SampleIndex,
        time_s: f64,
        class: Option<&'a str>,
        confidence: f64,
        probabilities: &'a [f64],
        velocity_px_s: [f64; 2],
        dx_px: i32,
        dy_px: i32,
        left_button: bool,
        /// The face switch was activated.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        face: bool,
    },
    /// A channel became bad, or good again.
    Channel {
        sample: SampleIndex,
        time_s: f64,
        label: &'a str,
        fault: Option<conditioning::Fault>,
    },
    Gap {
        before_sample: SampleIndex,
        missing: u64,
    },
    ClockReset,
    End {
        samples: u64,
        replaced_values: u64,
        /// Windows left out as artifacts, and windows from which artifacts were cut out.
        artifact_windows: u64,
        shortened_windows: u64,
        /// Windows that moved nothing because the signal did not look like EEG.
        not_eeg_windows: u64,
    },
}

fn print_events(
    args: &ReplayArgs,
    decoder: Option<Decoder>,
    source: &mut dyn Source,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        (1..=65_536).contains(&args.block),
        "--block is {}, expected 1 to 65536 samples",
        args.block
    );
    let decoder = match decoder {
        Some(decoder) => decoder,
        None => {
            let starter = starter_for(source.layout())?;
            note!("decoder  {}", describe_quality(&starter));
            starter
        }
    };
    let pipeline = Pipeline::new(
        source.layout(),
        &decoder,
        &args.control.pipeline(Settings::default())?,
    )?;
    write_events(Lines::new(), args.block, &decoder, pipeline, source)?;
    Ok(ExitCode::SUCCESS)
}

fn write_events(
    mut out: Lines,
    block_frames: usize,
    decoder: &Decoder,
    mut pipeline: Pipeline,
    source: &mut dyn Source,
) -> anyhow::Result<()> {
    let (channels, rate_hz) = (source.layout().channel_count(), source.layout().rate);
    let mut motion = Motion::default();
    let step_s = rate_hz.secs_of(pipeline.hop());
    let watched = pipeline.channels().to_vec();
    let mut faults = vec![None; watched.len()];
    let model_sha256 = sha256_of_text(&decoder.to_json()?);
    let classes = &decoder.classes;
    write_line(
        &mut out,
        &Event::Start {
            channels,
            rate_hz,
            classes,
            model_sha256,
        },
    )?;
    // Each channel is reported once, because a loose electrode may come and go for hours.
    let mut was_reported = vec![false; watched.len()];
    let samples = play(source, &mut pipeline, block_frames, |played| {
        match played {
            Played::Step(step) => {
                let (sample, time_s) = (step.command.at, rate_hz.secs_of(step.command.at.0));
                let channels = faults.iter_mut().zip(step.faults).zip(&watched);
                for (((known, found), label), was_reported) in channels.zip(&mut was_reported) {
                    if known != found {
                        *known = *found;
                        if let Some(fault) = found.filter(|_| !*was_reported) {
                            *was_reported = true;
                            let all = watched.iter().zip(step.faults);
                            let good = all.filter(|(_, fault)| fault.is_none());
                            let instead =
                                describe_replacement(label, good.map(|(own, _)| own.as_str()));
                            note!("channel  {label} at {time_s:.1} s is {fault} {instead}");
                        }
                        write_line(
                            &mut out,
                            &Event::Channel {
                                sample,
                                time_s,
                                label,
                                fault: *found,
                            },
                        )?;
                    }
                }
                let [dx_px, dy_px] = motion.advance(step.command.velocity_px_s, step_s);
                let class = step
                    .intent
                    .class
                    .and_then(|class| decoder.classes.get(class));
                write_line(
                    &mut out,
                    &Event::Intent {
                        sample,
                        time_s,
                        class: class.map(String::as_str),
                        confidence: step.intent.confidence,
                        probabilities: step.probabilities,
                        velocity_px_s: step.command.velocity_px_s,
                        dx_px,
                        dy_px,
                        left_button: step.command.buttons.left,
                        face: step.command.face,
                    },
                )?;
            }
            Played::Marker(Marker { at, label }) => {
                let time_s = rate_hz.secs_of(at.0);
                write_line(
                    &mut out,
                    &Event::Marker {
                        sample: at,
                        time_s,
                        label,
                    },
                )?;
            }
            Played::Gap {
                before_sample,
                missing,
            } => {
                write_line(
                    &mut out,
                    &Event::Gap {
                        before_sample,
                        missing,
                    },
                )?;
            }
            Played::ClockReset => write_line(&mut out, &Event::ClockReset)?,
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let count = |of: fn(&Decoding) -> u64| pipeline.decoding().map_or(0, of);
    write_line(
        &mut out,
        &Event::End {
            samples,
            replaced_values: pipeline.replaced(),
            artifact_windows: count(Decoding::artifact_windows),
            shortened_windows: count(Decoding::shortened_windows),
            not_eeg_windows: count(Decoding::not_eeg_windows),
        },
    )?;
    out.flush()?;
    Ok(())
}

fn write_line(out: &mut Lines, event: &Event<'_>) -> anyhow::Result<()> {
    Ok(out.line(&serde_json::to_string(event)?)?)
}
