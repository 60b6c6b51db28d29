//! A complete demonstration without hardware.

#[cfg(all(unix, not(target_os = "macos")))]
mod looking;
#[cfg(all(unix, not(target_os = "macos")))]
mod page;
#[cfg(all(unix, not(target_os = "macos")))]
mod retina;
mod task;

use super::guard::system_pointer;
use super::reading::seconds;
use crate::app::out::{note, say};
use crate::block::Block;
use crate::command::{Axis, Mode};
use crate::control::ControlSettings;
use crate::fit::classes::ClassMarker;
use crate::fit::trial_windows::EpochCollector;
use crate::fit::{FitRequest, fit_dataset};
use crate::pipeline::PipelineSettings;
use crate::pointer::Session;
use crate::preprocessing::Preprocessor;
use crate::printable::counted;
use crate::runtime::publish::{PublishSettings, publish};
use crate::runtime::{Driver, LiveSource, RunSettings, RunStats, StopFlag};
use crate::source::lsl::OutletAbout;
use crate::source::synthetic::{Imagination, Spec, SyntheticPatient};
use crate::source::{LslSpec, Source, SourceError, SourceEvent, SourceSpec};
use anyhow::{Context, ensure};
use bci_cursor_calibration::{ConditioningSpec, Decoder, Reference};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::thread::JoinHandle;
#[cfg(all(unix, not(target_os = "macos")))]
use {
    super::own_display::OwnDisplay,
    std::process::{Command, Stdio},
};

/// Try everything without hardware.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// How long the pointer is controlled, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds, allow_negative_numbers = true)]
    seconds: f64,
    /// axis: two imagined movements and targets on a line; cartesian: four, and targets all around
    #[arg(long, value_enum, default_value_t = DemoMode::Axis)]
    mode: DemoMode,
    /// imagery: move the pointer by imagined movement; looking: choose buttons by looking at flickering tags, on a display that nobody
    /// sees
    #[arg(long, value_enum, default_value_t = DemoPart::Both)]
    part: DemoPart,
    /// Seed of the synthetic patient
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DemoMode {
    Axis,
    Cartesian,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DemoPart {
    Both,
    Imagery,
    Looking,
}

/// The variable that marks a demonstration on a display of its own.
#[cfg(all(unix, not(target_os = "macos")))]
const MARK: &str = "BCI_CURSOR_DEMO";

impl DemoMode {
    fn classes(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Axis => &["left_hand", "right_hand"],
            Self::Cartesian => &["left_hand", "right_hand", "both_hands", "feet"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn control(self) -> Mode {
        match self {
            Self::Axis => Mode::Axis(Axis::Horizontal),
            Self::Cartesian => Mode::Cartesian,
        }
    }
}

/// Cued trials per class in the calibration.
const TRIALS_PER_CLASS: usize = 6;
/// Shorter than the default of 1.5 s: the synthetic rhythms are strong, and a short delay matters in a closed loop.
const WINDOW_MS: u32 = 800;
/// How long to wait for the patient's stream, seconds.
const WAIT_S: f64 = 10.0;

pub(super) fn demo(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        (1.0..=3600.0).contains(&args.seconds),
        "--seconds is {}, expected 1 to 3600",
        args.seconds
    );
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    if let Some(why) = lacks_display() {
        return elsewhere(why, &stop);
    }
    let mut figures = serde_json::Map::new();
    if args.part != DemoPart::Looking {
        demo_imagery(args, &stop, &mut figures)?;
    }
    if args.part != DemoPart::Imagery && !stop.stopped() {
        demo_looking(args, &stop, &mut figures)?;
    }
    if args.json && !figures.is_empty() {
        say!("{}", serde_json::to_string_pretty(&figures)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Why the demonstration needs a display of its own, if it does.
fn lacks_display() -> Option<&'static str> {
    let is_named = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
    match Session::detect() {
        Session::Other => None,
        _ if !is_named => Some("No display here"),
        Session::Wayland => {
            Some("The demonstration needs an X server, and this is a Wayland session")
        }
        Session::X11 | Session::None => None,
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn elsewhere(why: &str, stop: &StopFlag) -> anyhow::Result<ExitCode> {
    super::own_display::again(why, stop, MARK)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn elsewhere(why: &str, _: &StopFlag) -> anyhow::Result<ExitCode> {
    anyhow::bail!("{why}")
}

type Figures = serde_json::Map<String, serde_json::Value>;

#[cfg(all(unix, not(target_os = "macos")))]
fn demo_looking(args: &DemoArgs, stop: &StopFlag, figures: &mut Figures) -> anyhow::Result<()> {
    // Tags flicker, so they are shown only where nobody sees them.
    if std::env::var_os(MARK).is_none() {
        return looking_elsewhere(args, figures);
    }
    let Some(found) = looking::run(args.seed, stop)? else {
        return Ok(());
    };
    if args.json {
        figures.insert("looking".into(), serde_json::to_value(&found)?);
        return Ok(());
    }
    say!(
        "\nlooked at      {} of {} buttons clicked in {:.0} s, {} elsewhere",
        found.hits,
        found.targets,
        found.seconds,
        counted(found.wrong, "click")
    )?;
    Ok(())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn demo_looking(_: &DemoArgs, _: &StopFlag, _: &mut Figures) -> anyhow::Result<()> {
    note!("Only X servers can show tags to look at, so the part with looking is left out.");
    Ok(())
}

/// Runs the part on a display of its own.
#[cfg(all(unix, not(target_os = "macos")))]
fn looking_elsewhere(args: &DemoArgs, figures: &mut Figures) -> anyhow::Result<()> {
    let display = OwnDisplay::start()?;
    note!(
        "   Tags flicker, so the second part runs where nobody sees it: on the virtual display {}.",
        display.name
    );
    let mut program = Command::new(std::env::current_exe().context("own program not found")?);
    program
        .args([
            "demo",
            "--part",
            "looking",
            "--seed",
            &args.seed.to_string(),
        ])
        .env("DISPLAY", &display.name)
        .env(MARK, "1");
    if !args.json {
        let status = program.status().context("the second part did not start")?;
        ensure!(status.success(), "the second part failed");
        return Ok(());
    }
    let output = program
        .arg("--json")
        .stderr(Stdio::inherit())
        .output()
        .context("the second part did not start")?;
    ensure!(output.status.success(), "the second part failed");
    figures.append(&mut serde_json::from_slice(&output.stdout)?);
    Ok(())
}

fn demo_imagery(args: &DemoArgs, stop: &StopFlag, figures: &mut Figures) -> anyhow::Result<()> {
    // Ends the stream of this part only.
    let published = StopFlag::default();
    let classes = args.mode.classes();
    let spec = Spec {
        seed: args.seed,
        classes: classes.clone(),
        trials: TRIALS_PER_CLASS * classes.len(),
        imagery_s: 3.5,
        rest_s: 1.5,
        ..Spec::default()
    };
    let imagination = Imagination::rest();
    let patient = SyntheticPatient::new(&spec)?.then_live(imagination.clone());
    let name = format!("bci-cursor-demo-{}", std::process::id());
    note!(
        "1. A synthetic patient ({}, {}) is published on LSL as '{name}'.",
        counted(spec.labels.len(), "channel"),
        spec.rate
    );
    let publisher = start_publisher(patient, &name, published.clone());

    let result = calibrate(&spec, &name, stop).and_then(|decoder| match decoder {
        Some(decoder) => drive(args, decoder, &classes, &imagination, &name, stop).map(Some),
        None => Ok(None),
    });
    published.stop();
    publisher
        .join()
        .map_err(|_| anyhow::anyhow!("the synthetic patient's thread failed"))??;
    let Some((task, stats)) = result? else {
        return Ok(());
    };
    if args.json {
        figures.insert("task".into(), serde_json::to_value(&task)?);
        figures.insert("run".into(), serde_json::to_value(stats)?);
        return Ok(());
    }
    report(&task, &stats)
}

fn start_publisher(
    mut patient: impl Source + Send + 'static,
    name: &str,
    stop: StopFlag,
) -> JoinHandle<Result<u64, SourceError>> {
    let settings = PublishSettings {
        about: OutletAbout {
            name: name.into(),
            source_id: name.into(),
            ..OutletAbout::default()
        },
        speed: 1.0,
        wait_for_reader: true,
    };
    std::thread::spawn(move || publish(&mut patient, &settings, &stop))
}

/// Records the cued part from LSL and fits a decoder; `None` if the user stopped it.
fn calibrate(spec: &Spec, name: &str, stop: &StopFlag) -> anyhow::Result<Option<Decoder>> {
    let source = SourceSpec::Lsl(LslSpec {
        markers: Some(format!("{name}-markers")),
        ..LslSpec::named(name, WAIT_S)
    });
    let mut source = source.open()?.source;
    let class = |class: &String| ClassMarker::new(class.clone(), class.clone());
    let mut request = FitRequest::new(spec.classes.iter().map(class).collect());
    request.features.window_ms = WINDOW_MS;
    request.timing.to_s = spec.imagery_s;
    let layout = source.layout().clone();
    let conditioning = ConditioningSpec {
        reference: Reference::CommonAverage,
        mains_hz: Some(spec.mains_hz),
    };
    let mut preprocessor =
        Preprocessor::new(&layout, &layout.labels, &conditioning, &request.features)?;
    let bands = request.features.bands_hz.len();
    let mut collector = EpochCollector::new(
        request.classes.clone(),
        request.timing,
        layout.rate,
        preprocessor.window(),
        layout.channel_count(),
        bands,
    );
    note!(
        "2. Calibration: {} cued trials are recorded from the stream.",
        spec.trials
    );
    let bar = progress_bar(spec.trials as u64, "   {bar:40} {pos}/{len} {msg}");
    let recorded = record_cues(
        source.as_mut(),
        &mut preprocessor,
        &mut collector,
        spec.trials,
        &bar,
        stop,
    )?;
    bar.finish_and_clear();
    if !recorded {
        return Ok(None);
    }
    let decoder = fit_dataset(
        &collector.into_dataset(),
        &request,
        layout.labels,
        layout.rate,
        conditioning,
    )?;
    note!(
        "3. Decoder fitted: {}.",
        super::decoders::describe_quality(&decoder)
    );
    Ok(Some(decoder))
}

/// Records until the rest after the last cue. Returns false if the stop flag was set.
fn record_cues(
    source: &mut dyn Source,
    preprocessor: &mut Preprocessor,
    collector: &mut EpochCollector,
    trials: usize,
    bar: &ProgressBar,
    stop: &StopFlag,
) -> Result<bool, SourceError> {
    let mut block = Block::with_capacity(source.layout().channel_count(), 64);
    let mut rests = 0;
    while rests < trials {
        if stop.stopped() {
            return Ok(false);
        }
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                preprocessor.process(&block, |window| collector.window(&window))
            }
            SourceEvent::Marker(marker) => {
                collector.marker(&marker);
                if marker.label == "rest" {
                    rests += 1;
                    bar.inc(1);
                }
                bar.set_message(marker.label);
            }
            SourceEvent::Gap { .. }
            | SourceEvent::ClockReset
            | SourceEvent::Idle
            | SourceEvent::End => {}
        }
    }
    Ok(true)
}

fn drive(
    args: &DemoArgs,
    decoder: Decoder,
    classes: &[String],
    imagination: &Imagination,
    name: &str,
    stop: &StopFlag,
) -> anyhow::Result<(task::TaskFigures, RunStats)> {
    let pipeline = PipelineSettings {
        mode: Some(args.mode.control()),
        ..PipelineSettings::default()
    };
    let settings = RunSettings {
        trace: None,
        open_targets: None,
        open_tags: None,
        source: LiveSource::open(SourceSpec::Lsl(LslSpec::named(name, WAIT_S)))?,
        open_pointer: system_pointer()?,
        decoder: Some(decoder),
        pipeline,
        control: demo_settings(),
        auxiliary: Vec::new(),
        open_recording: None,
        shows_signal: false,
    };
    let display = std::env::var("DISPLAY").map(|name| format!(" of display {name}"));
    note!(
        "4. The pointer{} moves to targets for {} s; Ctrl-C ends it.",
        display.unwrap_or_default(),
        args.seconds
    );
    let driving = StopFlag::default();
    let driver = Driver::start(settings, driving.clone())?;
    let figures = task::run(args.seconds, classes, imagination, &driver, stop);
    driving.stop();
    let stats = driver.join()?;
    Ok((figures?, stats))
}

/// Nobody is there to resume, and the demonstration itself places the pointer.
fn demo_settings() -> ControlSettings {
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.pause.manual_override_ms = 0;
    settings
}

fn progress_bar(length: u64, template: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style.progress_chars("=> "))
}

fn report(task: &task::TaskFigures, stats: &RunStats) -> anyhow::Result<()> {
    say!(
        "\nhits           {} of {} in {:.0} s",
        task.hits,
        counted(task.targets, "target"),
        task.seconds
    )?;
    match task.median_secs_per_hit {
        Some(median) => say!("time per hit   {median:.1} s (median)")?,
        None => say!("time per hit   no target was hit")?,
    }
    say!("latency        sample to pointer: {}", stats.latency)?;
    say!(
        "stream         {} samples, {} missing, {} holds",
        stats.samples,
        stats.missing_samples,
        stats.holds
    )?;
    Ok(())
}
