use super::control_args::ControlArgs;
use super::decoders::{report_decoder, starter_for};
#[cfg(feature = "gui")]
use super::look::LookArgs;
use super::look_codes;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
use super::panel::RunPanelArgs;
use super::patient::PatientArgs;
use super::pointer::{PointerArgs, RunPointer};
use super::reading::{ReadArgs, rate, seconds};
use super::stats;
#[cfg(feature = "gui")]
use crate::app::gui::text::run_error;
use crate::app::out::note;
#[cfg(feature = "gui")]
use crate::app::out::say;
use crate::app::running::{Running, Shared, look_on};
#[cfg(feature = "gui")]
use crate::app::{running::locked, window};
use crate::assist;
use crate::control::{AssistMode, AuxiliaryKind};
use crate::fit::load_decoder;
use crate::fit::reading::{for_decoder, read_as_for};
use crate::patient::profile::Profile;
use crate::patient::store;
use crate::pipeline::PipelineSettings;
use crate::printable::printable_path;
use crate::runtime::{
    AuxiliaryRequest, Driver, LiveSource, ReaderOpener, RecordTo, RecordingOpener, RunSettings,
    RunStats, StopFlag, TagOpener, overlay,
    presenter::{Presenter, PresenterProgram},
};
use crate::settings::{LookOffer, Settings};
use crate::source::channels::ReadAs;
use crate::source::headset::{HeadsetProtocol, HeadsetSettings};
use crate::source::lsl::{LslSensor, SensorKind, StreamQuery, resolve};
use crate::source::{LslSpec, Sensor, SourceAbout, SourceSpec};
use crate::stimulus::protocol::Setup;
use crate::system::clock;
use crate::units::Hertz;
use anyhow::Context;
use bci_cursor_calibration::Decoder;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Control the pointer with EEG.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Decoder of this patient (made by 'bci-cursor fit') [default: the one in use for --patient, or a starter fitted
    /// on other people]
    #[arg(long, value_name = "MODEL.json")]
    model: Option<PathBuf>,
    #[command(flatten)]
    stream: StreamArgs,
    #[command(flatten)]
    control: ControlArgs,
    /// A setting for this run only, such as control.dwell.on=true ('bci-cursor set' lists all)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// A head sensor on LSL moves the pointer, and EEG only clicks: name of a stream with a gyroscope
    #[arg(long, value_name = "NAME")]
    head: Option<String>,
    /// An eye tracker on LSL moves the pointer close to where you look, and EEG only clicks: name of a stream with the
    /// gaze position on the screen
    #[arg(long, value_name = "NAME")]
    gaze: Option<String>,
    /// Also record this LSL stream of markers
    #[arg(long, value_name = "NAME")]
    markers: Option<String>,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    pointer: PointerArgs,
    /// Show state, signal and settings in a window; closing the window ends the run
    #[cfg(feature = "gui")]
    #[arg(long)]
    window: bool,
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[command(flatten)]
    panel: RunPanelArgs,
    #[cfg(feature = "gui")]
    #[command(flatten)]
    look: LookArgs,
    /// Also print an error as JSON, in each language, for the window that has started this run
    #[cfg(feature = "gui")]
    #[arg(long, hide = true)]
    error_as_json: bool,
    /// Stop after this time, seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Print statistics at the end: samples, gaps, holds, latency, memory, processor
    #[arg(long)]
    stats: bool,
    /// Print the statistics as JSON
    #[arg(long, requires = "stats")]
    json: bool,
}

/// Where the session is stored.
#[derive(Debug, Clone, Args)]
struct RecordArgs {
    #[command(flatten)]
    whose: PatientArgs,
    /// Record the session to this new file [default: a file in the patient's folder]
    #[arg(long, value_name = "FILE.xdf")]
    record: Option<PathBuf>,
    /// Do not record the session
    #[arg(long, conflicts_with = "record")]
    no_record: bool,
}

impl RecordArgs {
    /// Returns a function that opens the session file for this source.
    fn opener(&self, source: &SourceAbout) -> Option<RecordingOpener> {
        let (args, source) = (self.clone(), source.clone());
        (!self.no_record).then(|| -> RecordingOpener {
            Box::new(move || {
                let date_time = clock::date_time();
                let made = match &args.record {
                    Some(path) => store::create_new(path).map(|file| (path.clone(), file)),
                    None => store::new_session(&args.whose.patient, &date_time),
                };
                let (path, file) = made.map_err(|error| {
                    format!(
                        "{error}. Name another file with --record, or record nothing with --no-record"
                    )
                })?;
                note!("session  {}", printable_path(&path));
                Ok(RecordTo {
                    path,
                    file,
                    date_time,
                    name: source.name,
                    source_id: source.source_id,
                    amplifier: source.amplifier,
                    reading: source.reading,
                })
            })
        })
    }
}

/// Selects an LSL stream.
#[derive(Debug, Clone, Args)]
struct StreamArgs {
    /// Name of the LSL stream
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// Type of the LSL stream [default: EEG, if neither --stream nor --where is given]
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// XPath predicate over the stream's header, such as "source_id='abc' and hostname='lab'"
    #[arg(long = "where", value_name = "PREDICATE")]
    predicate: Option<String>,
    /// If several streams of the same device match, use the one that was started last
    #[arg(long)]
    newest: bool,
    /// Sampling rate of the stream, Hz, if it declares none or a wrong one [default: as declared, checked with its time
    /// stamps]
    #[arg(long, value_name = "HZ", value_parser = rate, conflicts_with = "port")]
    rate: Option<Hertz>,
    /// How long to wait for the stream, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, allow_negative_numbers = true)]
    wait: f64,
    /// A headset on this serial port instead (see 'bci-cursor ports')
    #[arg(long, value_name = "PORT", conflicts_with_all = ["stream", "kind", "predicate", "newest", "markers"])]
    port: Option<String>,
    /// Protocol of the headset [default: detected]
    #[arg(long, value_enum, requires = "port")]
    protocol: Option<HeadsetProtocol>,
    #[command(flatten)]
    read: ReadArgs,
}

impl StreamArgs {
    /// The source, read according to the options, or else as the decoder's recordings were.
    fn source(
        &self,
        decoder: Option<&Decoder>,
        markers: Option<&String>,
    ) -> anyhow::Result<SourceSpec> {
        let given = ReadAs {
            rate: self.rate,
            ..self.read.read_as()
        };
        let Some(port) = &self.port else {
            return Ok(SourceSpec::Lsl(LslSpec {
                query: self.query(),
                wait_s: self.wait,
                read_as: decoder.map_or(given.clone(), |decoder| read_as_for(decoder, &given)),
                checks_rate: true,
                markers: markers.cloned(),
            }));
        };
        let headset = SourceSpec::Headset(HeadsetSettings {
            port: port.clone(),
            protocol: self.protocol,
            ..HeadsetSettings::default()
        });
        let read_as = ReadAs {
            decoder: decoder.map(for_decoder),
            ..given
        };
        Ok(headset.read_as(read_as)?)
    }

    fn query(&self) -> StreamQuery {
        let unnamed = self.stream.is_none() && self.kind.is_none() && self.predicate.is_none();
        StreamQuery {
            name: self.stream.clone(),
            kind: if unnamed {
                Some("EEG".into())
            } else {
                self.kind.clone()
            },
            predicate: self.predicate.clone(),
            takes_newest: self.newest,
        }
    }
}

pub(super) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let ended = drive(args);
    #[cfg(feature = "gui")]
    if let (true, Err(error)) = (args.error_as_json, &ended) {
        say!("{}", serde_json::to_string(&run_error(error))?)?;
    }
    ended
}

fn drive(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let profile = Profile::open(args.record.whose.name()?)?;
    let settings = profile.settings().with(&args.set)?;
    let mut pipeline = args.control.pipeline(settings)?;
    let model = args.model.clone().or_else(|| profile.model());
    let given = model.as_deref().map(load_decoder).transpose()?;
    #[cfg(feature = "gui")]
    let shows_signal = args.window;
    #[cfg(not(feature = "gui"))]
    let shows_signal = false;
    let pointer = args.pointer.choose(shows_signal)?;
    // Before samples arrive, because a desktop may ask its user first.
    let open_pointer = pointer.opener();
    let source = args.stream.source(given.as_ref(), args.markers.as_ref())?;
    let source = LiveSource::open(source)?;
    report_source(source.about());
    let decoder = match (given, starter_for(source.layout())) {
        (Some(decoder), _) | (None, Ok(decoder)) => Some(decoder),
        // Looking needs no decoder of imagined movement.
        (None, Err(_)) if pipeline.looking.is_some() => None,
        (None, Err(error)) => return Err(error),
    };
    report_decoder(decoder.as_ref(), &settings.control.pause);
    let patient = args.record.whose.name()?;
    look_codes::choose(&mut pipeline, &settings, patient, source.layout())?;
    let open_recording = args.record.opener(source.about());
    let wait_s = args.stream.wait;
    let sensors = [
        (AuxiliaryKind::Head, SensorKind::Gyroscope, &args.head),
        (AuxiliaryKind::Gaze, SensorKind::Gaze, &args.gaze),
    ];
    let auxiliary = sensors.into_iter().filter_map(|(kind, channels, name)| {
        let query = StreamQuery::named(name.as_ref()?);
        let open = move || {
            let stream = resolve(&query, wait_s)?;
            Ok(Box::new(LslSensor::open(&stream, channels)?) as Box<dyn Sensor>)
        };
        Some(AuxiliaryRequest {
            kind,
            open: Box::new(open),
            wait_s,
        })
    });
    let is_seen = pointer.is_seen();
    check_targets(is_seen, &settings)?;
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    let panel = args.panel.open(
        &args.look,
        (pointer.name(), is_seen),
        patient,
        &settings,
        pipeline.looking.is_some(),
    )?;
    let open_tags = open_tags(&pointer, &pipeline, &settings, &profile)?;
    let stop = StopFlag::default();
    let driver = Driver::start(
        RunSettings {
            trace: None,
            source,
            decoder,
            open_pointer,
            pipeline,
            control: settings.control,
            auxiliary: auxiliary.collect(),
            open_targets: is_seen.then(|| -> ReaderOpener { Box::new(assist::open) }),
            open_tags,
            open_recording,
            shows_signal,
        },
        stop.clone(),
    )?;
    // Early enough: the first command follows after the first whole window, at least a second from now.
    stop.ask_on_signals().context("signals cannot be handled")?;
    pointer.report_stopping();
    if is_seen {
        let shown = overlay::show(driver.shown().clone(), stop.clone());
        shown.context("the badge next to the pointer cannot be shown")?;
    }
    let start = clock::now();
    let running = Running::new(driver, profile, args.set.clone(), stop, args.seconds);
    let running = Arc::new(Mutex::new(running));
    let looks = look_on(&running).context("the run cannot be monitored")?;
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    let panel = panel.map(|panel| panel.follow(&running)).transpose();
    #[cfg(not(all(feature = "gui", unix, not(target_os = "macos"))))]
    let panel: std::io::Result<Option<JoinHandle<()>>> = Ok(None);
    let panel = panel.context("the panel cannot be shown")?;
    let followers = [Some(looks), panel].into_iter().flatten();
    let figures = watch(running, args, followers)?;
    if args.stats {
        stats::print(&figures, clock::now().since(start) as f64 / 1e9, args.json)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses to use targets of programs where nobody knows where they are.
fn check_targets(is_seen: bool, settings: &Settings) -> anyhow::Result<()> {
    let assist = &settings.control.assist;
    let needs_targets = match assist.mode {
        AssistMode::Off => false,
        AssistMode::Look => settings.control.look.offer == LookOffer::Targets,
        AssistMode::Gentle | AssistMode::Strong | AssistMode::Choose => true,
    };
    if !needs_targets || (!is_seen && assist.mode == AssistMode::Look) {
        return Ok(());
    }
    if !is_seen {
        log::warn!(
            "control.assist.mode has no effect: where targets are is known only with the pointer of an X server or of sway"
        );
        return Ok(());
    }
    assist::check_places().context(
        "control.assist.mode cannot be used with targets of programs here; control.assist.mode=look works with control.look.offer=grid or arrows",
    )
}

/// How tags are shown, if targets are chosen by looking.
fn open_tags(
    pointer: &RunPointer,
    pipeline: &PipelineSettings,
    settings: &Settings,
    profile: &Profile,
) -> anyhow::Result<Option<TagOpener>> {
    let Some(looking) = &pipeline.looking else {
        return Ok(None);
    };
    anyhow::ensure!(
        pointer.is_seen(),
        "control.assist.mode is look, which sends the pointer to tags, but with this pointer it is not seen where it is. Use --pointer wlr under \
         Wayland (sway and others that build on wlroots), --pointer x11 in an X session, or another mode, such as --set \
         control.assist.mode=off"
    );
    let consent = profile.flicker_consent()?;
    let program = presenter_program().context("this program's file was not found")?;
    let setup = Setup {
        codes: looking.code_book(),
        look: settings.control.look,
        may_exceed: consent.above_thresholds.is_some(),
        publishes: cfg!(feature = "lsl"),
    };
    Ok(Some(Box::new(move || {
        Ok(Box::new(Presenter::start(&program, setup)?))
    })))
}

/// How to start this program as a presenter.
pub(super) fn presenter_program() -> std::io::Result<PresenterProgram> {
    Ok(PresenterProgram {
        program: std::env::current_exe()?,
        args: vec!["tags".into()],
    })
}

/// Shows the run until it ends: on standard error, and in a window if requested. `followers` end with it.
fn watch(
    running: Shared,
    args: &RunArgs,
    followers: impl Iterator<Item = JoinHandle<()>>,
) -> anyhow::Result<RunStats> {
    #[cfg(feature = "gui")]
    if args.window {
        show(&running, &args.look);
    }
    #[cfg(not(feature = "gui"))]
    let _ = args;
    for follower in followers {
        // This fails only because of a bug in this program; the driver is joined anyway.
        let _ = follower.join();
    }
    let running = Arc::into_inner(running).context("the run is still being monitored")?;
    let running = running.into_inner();
    Ok(running.unwrap_or_else(PoisonError::into_inner).join()?)
}

/// Shows the run in a window, and ends the run when the user closes it. If the window is lost for another reason, the
/// run continues.
#[cfg(feature = "gui")]
fn show(running: &Shared, look: &LookArgs) {
    let why = match window::show(running, &look.args()) {
        Ok(None) => return,
        Ok(Some(status)) if status.success() => return locked(running).stop(),
        Ok(Some(_)) => "its display was lost, or could not be opened".to_owned(),
        Err(error) => error.to_string(),
    };
    log::warn!(
        "the window was lost: {why}. The pointer goes on without it; use 'bci-cursor status', 'pause' and 'stop'"
    );
}

fn report_source(about: &SourceAbout) {
    note!("{:<8} {}", about.kind, about.full_words);
    if let Some(markers) = &about.markers {
        note!("markers  {markers}");
    }
}
