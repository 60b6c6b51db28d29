//! The threads of a run: data passed between them arrives complete, once and in order, or is counted as lost, in any
//! interleaving. `make sanitize` runs this with ThreadSanitizer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use bci_cursor::assist::{AssistError, TargetReader};
use bci_cursor::block::{Block, Layout};
use bci_cursor::control::{AssistMode, ControlSettings, Rect, Request, State, Target, TargetKind};
use bci_cursor::pipeline::PipelineSettings;
use bci_cursor::pointer::{PointerName, PointerOptions};
use bci_cursor::runtime::{Driver, LiveSource, RecordTo, RunSettings, RunStats, StopFlag};
use bci_cursor::source::{
    Amplifier, Marker, OpenSource, Source, SourceError, SourceEvent, open_recording,
};
use bci_cursor::starters;
use bci_cursor::system::clock;
use bci_cursor::time::SampleIndex;
use bci_cursor_calibration::Reading;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

const PATIENT: &str = "synthetic:channels=21,seed=5,trials=24,imagery=3,rest=1.5";
/// More blocks than fit between acquiring and processing arrive at once, then none for a while.
const BURST: u64 = 40;
const REST: Duration = Duration::from_millis(25);
/// One in this many blocks is lost on the way from the headset.
const GAP_EVERY: u64 = 37;

/// A patient's headset with a bad radio: blocks arrive in bursts, and some are lost.
struct Bursts {
    patient: Box<dyn Source>,
    blocks: u64,
}

impl Source for Bursts {
    fn layout(&self) -> &Layout {
        self.patient.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let event = self.patient.next(into)?;
        if event != SourceEvent::Samples {
            return Ok(event);
        }
        self.blocks += 1;
        if self.blocks.is_multiple_of(BURST) {
            std::thread::park_timeout(REST);
        }
        Ok(if self.blocks.is_multiple_of(GAP_EVERY) {
            let missing = into.frames() as u64;
            SourceEvent::Gap { missing }
        } else {
            SourceEvent::Samples
        })
    }
}

/// Everything that a source delivers: frames with their indices, markers, and losses.
#[derive(Default)]
struct Delivered {
    frames: Vec<(u64, Vec<f64>)>,
    markers: Vec<Marker>,
    missing: u64,
}

impl Delivered {
    fn by(source: &mut dyn Source) -> Self {
        let mut block = Block::with_capacity(source.layout().channel_count(), 64);
        let mut given = Self::default();
        loop {
            match source.next(&mut block).unwrap() {
                SourceEvent::Samples => given.take(&block),
                SourceEvent::Marker(marker) => given.markers.push(marker),
                SourceEvent::Gap { missing } => given.missing += missing,
                SourceEvent::End => return given,
                SourceEvent::Idle | SourceEvent::ClockReset => {}
            }
        }
    }

    fn take(&mut self, block: &Block) {
        let SampleIndex(first) = block.first;
        let frames = block.iter().map(<[f64]>::to_vec);
        self.frames.extend((first..).zip(frames));
    }

    /// Whether these frames are part of those that were sent, in order and with the same indices.
    fn is_part_of(&self, sent: &Self) -> bool {
        let mut sent = sent.frames.iter();
        self.frames.iter().all(|own| sent.any(|frame| frame == own))
    }
}

fn bursts() -> Box<dyn Source> {
    Box::new(Bursts {
        patient: open_recording(PATIENT).unwrap(),
        blocks: 0,
    })
}

/// A button that is never in the same place.
struct Buttons(i32);

impl TargetReader for Buttons {
    fn read(&mut self, _: [i32; 2], into: &mut Vec<Target>) -> Result<(), AssistError> {
        self.0 = (self.0 + 7) % 500;
        into.push(Target::new(
            Rect::new(self.0, 100, 40, 20),
            TargetKind::Button,
        ));
        Ok(())
    }

    fn has_changed(&mut self) -> bool {
        true
    }
}

/// Requests to pause, resume and change settings.
fn requests() -> impl Iterator<Item = Request> {
    (0..).map(|turn| match turn % 3 {
        0 => Request::Pause,
        1 => Request::Resume,
        _ => {
            let mut control = ControlSettings::default();
            control.assist.mode = AssistMode::Strong;
            control.dwell.time_ms = 600 + turn % 400;
            Request::Settings(control)
        }
    })
}

/// Runs to the source's end while another thread reads and sends requests. Returns the EEG that was read, and the
/// statistics.
fn run(session: &Path) -> (Delivered, RunStats) {
    let to = RecordTo {
        path: session.to_owned(),
        file: File::create(session).unwrap(),
        date_time: "2026-01-01T00:00:00Z".into(),
        name: "patient".into(),
        source_id: "threads".into(),
        amplifier: Amplifier::default(),
        reading: Reading::default(),
    };
    let mut control = ControlSettings::default();
    control.pause.at_start = false;
    let source = LiveSource::open_with(|| Ok(OpenSource::new(bursts()))).unwrap();
    let decoder = starters::for_layout(source.layout()).unwrap().unwrap();
    let settings = RunSettings {
        trace: None,
        open_tags: None,
        open_targets: Some(Box::new(|| {
            Ok(Box::new(Buttons(0)) as Box<dyn TargetReader>)
        })),
        source,
        open_pointer: PointerName::None.opener(PointerOptions::default()),
        decoder: Some(decoder),
        pipeline: PipelineSettings::default(),
        control,
        auxiliary: Vec::new(),
        open_recording: Some(Box::new(move || Ok(to))),
        shows_signal: true,
    };
    let driver = Driver::start(settings, StopFlag::default()).unwrap();
    let (mut read, mut requests, mut states) = (Delivered::default(), requests(), Vec::new());
    let start = clock::now();
    while !driver.finished() {
        let secs = clock::now().since(start) / 1_000_000_000;
        assert!(secs < 120, "the run does not end");
        driver.signal().unwrap().drain(|block| read.take(block));
        // If there is no room, the request is repeated.
        driver.request(requests.next().unwrap());
        states.extend(driver.states());
        let sum: f64 = driver.shown().probabilities().sum();
        // The values are read one by one, so they may come from two different steps.
        assert!((0.0..=2.0).contains(&sum), "{sum}");
        let _ = (driver.shown().pointer(), driver.faults().count());
        std::thread::park_timeout(Duration::from_millis(3));
    }
    driver.signal().unwrap().drain(|block| read.take(block));
    assert!(
        states.iter().any(|state| matches!(state, State::Paused(_))),
        "{states:?}"
    );
    (read, driver.join().unwrap())
}

#[test]
fn data_between_threads_arrives_once_and_in_order_or_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session.xdf");
    let sent = Delivered::by(bursts().as_mut());
    let (read, stats) = run(&session);

    let count = sent.frames.len() as u64;
    assert_eq!(
        (stats.samples, stats.missing_samples),
        (count, sent.missing)
    );
    assert!(!read.frames.is_empty() && read.is_part_of(&sent));

    let recorded = Delivered::by(open_recording(session.to_str().unwrap()).unwrap().as_mut());
    let lost = stats.overrun_samples + stats.not_recorded_samples;
    assert_eq!(recorded.frames.len() as u64 + lost, count, "{stats:?}");
    assert!(recorded.is_part_of(&sent));
    assert_eq!(recorded.markers, sent.markers);
}
