//! Starts and ends the threads of a run.

use super::acquire::AcquireLines;
use super::error::RunError;
use super::live_source::LiveSource;
use super::process::{ChannelFault, Queues};
use super::record::{self, RecordLines, RecordTo, SessionNote};
use super::screen::Screen;
use super::signal_tap::{SignalTap, SignalView};
use super::stats::{Counters, read};
use super::tags::{self, TagLines, TagOpener};
use super::tape::Tape;
use super::targets::{self, ReaderOpener};
use super::telemetry::Telemetry;
use super::{
    AuxiliaryRequest, RunStats, StopFlag, TimedCommand, acquire, actuate, auxiliary, process, spawn,
};
use crate::block::{Block, Layout};
use crate::conditioning::Fault;
use crate::control::{ControlSettings, Rect, Request, State, Target};
use crate::decoding::Decoding;
use crate::looking::{Looking, LookingSettings};
use crate::pipeline::{Pipeline, PipelineSettings};
use crate::pointer::{OpenPointer, Pointer, PointerError, PointerOpener};
use crate::recording::session::SessionEvent;
use crate::settings::LookSettings;
use crate::source::SourceError;
use crate::system::priority::{Urgency, raise_soon};
use bci_cursor_calibration::Decoder;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Opens the file that the session is recorded to, once the run's settings are known.
pub type RecordingOpener =
    Box<dyn FnOnce() -> Result<RecordTo, Box<dyn std::error::Error + Send + Sync>> + Send>;

/// The settings of a run.
pub struct RunSettings {
    /// The source of EEG.
    pub source: LiveSource,
    /// Opens the pointer.
    pub open_pointer: PointerOpener,
    /// Decodes imagined movement; `None` if only looks are decoded.
    pub decoder: Option<Decoder>,
    /// How classes control the pointer.
    pub pipeline: PipelineSettings,
    /// How the pointer moves and clicks.
    pub control: ControlSettings,
    /// Auxiliary sensors.
    pub auxiliary: Vec<AuxiliaryRequest>,
    /// Opens the reader of targets on the screen; `None` to read none.
    pub open_targets: Option<ReaderOpener>,
    /// Starts showing tags to look at; `None` to show none.
    pub open_tags: Option<TagOpener>,
    /// Opens the file that the session is recorded to; `None` to record nothing.
    pub open_recording: Option<RecordingOpener>,
    /// Receives every command that was carried out, to measure latency.
    pub trace: Option<Sender<TimedCommand>>,
    /// Whether the EEG is shown: see [`Driver::signal`].
    pub shows_signal: bool,
}

impl RunSettings {
    /// A run with default settings: nothing is recorded or shown, no targets are read, and there are no auxiliary
    /// sensors.
    #[must_use]
    pub fn new<P: Pointer + 'static>(
        source: LiveSource,
        decoder: Decoder,
        mut open_pointer: impl FnMut() -> Result<P, PointerError> + Send + 'static,
    ) -> Self {
        Self {
            source,
            decoder: Some(decoder),
            open_pointer: Box::new(move || open_pointer().map(OpenPointer::unobserved)),
            pipeline: PipelineSettings::default(),
            control: ControlSettings::default(),
            auxiliary: Vec::new(),
            open_targets: None,
            open_tags: None,
            open_recording: None,
            trace: None,
            shows_signal: false,
        }
    }
}

/// Number of blocks between acquiring and processing, and frames in each: a few seconds at 500 Hz.
const BLOCKS: usize = 32;
const BLOCK_FRAMES: usize = 64;
/// Commands that can wait for the pointer.
const COMMANDS: usize = 64;
/// Markers that can wait to be recorded.
const MARKERS: usize = 1024;
/// Channel faults and states that can wait to be read, and requests that can wait to be carried out.
const FAULTS: usize = 256;
const STATES: usize = 64;
/// Scenes and frames of tags that can wait to be decoded, and frames that can wait to be recorded: as long as samples can.
const SCREEN_REPORTS: usize = 512;
const SCREEN_FRAMES: usize = 4096;
const REQUESTS: usize = 64;

/// A run in progress.
pub struct Driver {
    layout: Layout,
    /// What tags look like, if they are shown.
    looks: Option<Sender<LookSettings>>,
    /// The channels that are decoded.
    channels: Vec<String>,
    faults: Receiver<ChannelFault>,
    requests: Sender<Request>,
    states: Receiver<State>,
    stop: StopFlag,
    counters: Arc<Counters>,
    shown: Arc<Telemetry>,
    signal: Option<SignalView>,
    classes: Vec<String>,
    gate_threshold: f64,
    acquire: JoinHandle<Result<(), SourceError>>,
    process: JoinHandle<Pipeline>,
    actuate: JoinHandle<actuate::thread::Actuated>,
    record: Option<JoinHandle<()>>,
    /// The session's writer, if the session is recorded.
    notes: Option<Sender<SessionNote>>,
}

impl Driver {
    /// Checks that all parts fit together, opens the pointer, and starts.
    ///
    /// # Errors
    /// [`RunError`]. Nothing has moved then.
    pub fn start(settings: RunSettings, stop: StopFlag) -> Result<Self, RunError> {
        let counters = Arc::new(Counters::default());
        let (full_tx, full_rx) = bounded::<Block>(BLOCKS);
        let (empty_tx, empty_rx) = bounded::<Block>(BLOCKS);
        let (notes_tx, notes_rx) = bounded(MARKERS);
        let notes = settings.open_recording.is_some().then_some(notes_tx);
        acquire::note(
            notes.as_ref(),
            SessionNote::Control(Box::new(settings.control)),
        );
        let (source, decoder) = (settings.source, settings.decoder);
        let layout = source.layout.clone();
        let pipeline = match &decoder {
            Some(decoder) => Pipeline::new(&layout, decoder, &settings.pipeline)?,
            None => Pipeline::for_looking(&layout, &settings.pipeline)?,
        };
        let gate_threshold = pipeline.decoding().map_or(1.0, Decoding::gate_threshold);
        let start = SessionEvent::start(decoder.as_ref(), &settings.pipeline)?;
        let channels = pipeline.channels().to_vec();
        let classes = decoder
            .as_ref()
            .map_or_else(Vec::new, |decoder| decoder.classes.clone());
        let shown = Arc::new(Telemetry::new(classes.len()));
        let (faults_tx, faults_rx) = bounded(FAULTS);
        let (shown_tx, shown_rx) = bounded(SCREEN_REPORTS);
        let (placed_tx, placed) = bounded(SCREEN_FRAMES);
        let (looks_tx, looks_rx) = bounded(REQUESTS);
        let (commands_tx, commands_rx) = bounded(COMMANDS);
        let watch = |request: AuxiliaryRequest| {
            let kind = request.kind;
            auxiliary::watch(request, stop.clone()).map(|samples| (kind, samples))
        };
        let auxiliary = settings.auxiliary.into_iter().map(watch);
        let auxiliary = auxiliary.collect::<Result<_, _>>()?;
        let (requests_tx, requests_rx) = bounded(REQUESTS);
        let (states_tx, states_rx) = bounded(STATES);
        let watch = |open| targets::watch(open, shown.clone(), stop.clone());
        let targets = settings.open_targets.map(watch).transpose();
        let looking = settings.pipeline.looking.as_ref();
        let looking = looking.filter(|_| settings.open_tags.is_some());
        let codes = looking.map_or(0, LookingSettings::code_count);
        let display_delay_ms = looking.map_or(0.0, |looking| looking.display_delay_ms);
        let tags = match settings.open_tags {
            Some(open) => {
                let display = open().map_err(RunError::Tags)?;
                let line = tags::watch(
                    display,
                    TagLines {
                        shown: shown_tx,
                        book: looking.map(LookingSettings::code_book).unwrap_or_default(),
                        notes: notes.clone(),
                        looks: looks_rx,
                        counters: counters.clone(),
                    },
                    settings.control.look,
                    stop.clone(),
                );
                Some(line.map_err(RunError::Thread)?)
            }
            None => None,
        };
        let has_tags = tags.is_some();
        let lines = actuate::thread::Lines {
            tags,
            commands: commands_rx,
            requests: requests_rx,
            auxiliary,
            states: states_tx,
            targets: targets.map_err(RunError::Thread)?,
            record: notes.clone(),
        };
        let actuate = actuate::thread::start(
            settings.open_pointer,
            (settings.control, codes),
            settings.trace,
            lines,
            shown.clone(),
            stop.clone(),
        )?;
        let (tape, record) = match settings.open_recording {
            None => (None, None),
            Some(open) => {
                let to = open().map_err(RunError::Recording)?;
                let about = to.about(&layout, source.is_single_precision);
                let (tape, end) = Tape::new(
                    layout.rate,
                    layout.channel_count(),
                    BLOCK_FRAMES,
                    classes.len(),
                );
                let classes = classes.clone();
                let counters = counters.clone();
                let lines = RecordLines {
                    notes: notes_rx,
                    frames: placed,
                    codes,
                    needs_frames: pipeline.looking().is_some_and(Looking::needs_frames),
                };
                let body = move || {
                    record::record(to, &about, &classes, start, &end, &lines, &counters);
                };
                (Some(tape), Some(spawn("record", body)?))
            }
        };
        for _ in 0..BLOCKS {
            // The channel has room for exactly this many.
            let _ = empty_tx.send(Block::with_capacity(layout.channel_count(), BLOCK_FRAMES));
        }
        let tap = || SignalTap::new(layout.channel_count(), BLOCK_FRAMES);
        let (tap, signal) = settings.shows_signal.then(tap).unzip();
        let process = {
            let (counters, shown, count) = (counters.clone(), shown.clone(), channels.len());
            let queues = Queues {
                full: full_rx,
                empty: empty_tx,
                commands: commands_tx,
                faults: faults_tx,
                signal: tap,
                screen: Screen::new(
                    shown_rx,
                    notes.is_some().then_some(placed_tx),
                    layout.rate,
                    display_delay_ms,
                ),
                notes: notes.clone(),
            };
            spawn("process", move || {
                raise_soon(Urgency::Compute);
                process::process(pipeline, queues, &counters, &shown, count, tape)
            })?
        };
        let acquire = source.start(AcquireLines {
            empty: empty_rx,
            full: full_tx,
            counters: counters.clone(),
            stop: stop.clone(),
            notes: notes.clone(),
        });
        Ok(Self {
            layout,
            looks: has_tags.then_some(looks_tx),
            channels,
            faults: faults_rx,
            requests: requests_tx,
            states: states_rx,
            stop,
            counters,
            shown,
            signal,
            classes,
            gate_threshold,
            acquire,
            process,
            actuate,
            record,
            notes,
        })
    }

    /// Whether tags to look at are shown.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.looks.is_some()
    }

    /// Layout of the stream.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The decoder's classes.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Confidence from which on an intent is detected.
    #[must_use]
    pub fn gate_threshold(&self) -> f64 {
        self.gate_threshold
    }

    /// The state that windows show.
    #[must_use]
    pub fn shown(&self) -> &Arc<Telemetry> {
        &self.shown
    }

    /// The processed EEG, if the settings ask to show it.
    #[must_use]
    pub fn signal(&self) -> Option<&SignalView> {
        self.signal.as_ref()
    }

    /// Numbers of samples received, missing in the stream, and discarded because processing was too slow.
    #[must_use]
    pub fn samples(&self) -> [u64; 3] {
        let counters = &self.counters;
        [&counters.samples, &counters.missing, &counters.overruns].map(read)
    }

    /// Number of channels that the decoder uses.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// The decoder's channels.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Channels that became bad or good since the last call: label, and what is wrong.
    pub fn faults(&self) -> impl Iterator<Item = (&str, Option<Fault>)> {
        let label =
            |found: ChannelFault| Some((self.channels.get(found.channel)?.as_str(), found.fault));
        self.faults.try_iter().filter_map(label)
    }

    /// Queues a request, which is carried out within one tick of the pointer. Returns false if the queue is full.
    pub fn request(&self, request: Request) -> bool {
        if let Request::Settings(settings) = request {
            acquire::note(
                self.notes.as_ref(),
                SessionNote::Control(Box::new(settings)),
            );
            if let Some(looks) = &self.looks {
                // If it has no room, a newer look waits already.
                let _ = looks.try_send(settings.look);
            }
        }
        self.requests.try_send(request).is_ok()
    }

    /// Says where the patient's panel is, and which of its buttons can be pressed, pixels of the desktop. Returns false if that could not
    /// be queued.
    pub fn set_panel(&self, place: Option<Rect>, buttons: &[Target]) -> bool {
        self.shown.set_panel(place, buttons);
        self.request(Request::Panel(place))
    }

    /// States that the driver has entered since the last call.
    pub fn states(&self) -> impl Iterator<Item = State> {
        let notes = self.notes.as_ref();
        self.states
            .try_iter()
            .inspect(move |state| acquire::note(notes, SessionNote::State(*state)))
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.actuate.is_finished()
    }

    /// Waits until the run ends (by the stop flag, the end of the source, or an error). All buttons are released then.
    ///
    /// # Errors
    /// [`RunError`] if a thread failed.
    pub fn join(self) -> Result<RunStats, RunError> {
        let (pointer, stats) = self
            .actuate
            .join()
            .map_err(|_| RunError::Panicked("actuate"))?;
        self.stop.stop();
        let processed = self.process.join();
        let acquired = self.acquire.join();
        let pipeline = processed.map_err(|_| RunError::Panicked("process"))?;
        acquired.map_err(|_| RunError::Panicked("acquire"))??;
        let recorded = self.record.map(JoinHandle::join);
        if matches!(recorded, Some(Err(_))) {
            return Err(RunError::Panicked("record"));
        }
        pointer?;
        let counters = &self.counters;
        let decoding = pipeline.decoding();
        let count = |of: fn(&Decoding) -> u64| decoding.map_or(0, of);
        Ok(RunStats {
            samples: read(&counters.samples),
            gaps: read(&counters.gaps),
            missing_samples: read(&counters.missing),
            clock_resets: read(&counters.clock_resets),
            invalid_stamps: read(&counters.invalid_stamps),
            overrun_samples: read(&counters.overruns),
            not_recorded_samples: read(&counters.not_recorded),
            replaced_values: pipeline.replaced(),
            artifact_windows: count(Decoding::artifact_windows),
            not_eeg_windows: count(Decoding::not_eeg_windows),
            shortened_windows: count(Decoding::shortened_windows),
            drift: decoding.and_then(Decoding::drift),
            overtaken_commands: read(&counters.commands_unread),
            frames_shown: read(&counters.frames_shown),
            frames_missed: read(&counters.frames_missed),
            ..stats
        })
    }
}
