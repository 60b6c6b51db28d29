//! EEG for a window, read once per frame from any source.

use super::StopFlag;
use crate::block::{Block, Layout};
use crate::conditioning::amplitude::UnitWatch;
use crate::printable::counted;
use crate::source::headset::ImpedanceMeter;
use crate::source::synthetic::{Imagination, Spec, SyntheticPatient};
use crate::source::{
    OpenSource, Source, SourceAbout, SourceError, SourceEvent, SourceSpec, StreamError,
};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Reading;
use crossbeam_channel::{Receiver, bounded};

/// Frames in a block.
const FRAMES: usize = 64;
/// Blocks that can wait for the window's next frame: a few seconds.
const WAITING: usize = 1024;

/// Why the EEG ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A recording is over.
    #[error("it has ended")]
    Ended,
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A window's source of EEG.
pub trait Feed {
    /// Channels and rate.
    fn layout(&self) -> &Layout;
    /// A description for the user.
    fn describe(&self) -> &str;
    /// Passes on the blocks that have arrived.
    ///
    /// # Errors
    /// [`FeedError`] if it has ended for good.
    fn drain(&mut self, now: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError>;
    /// Sets the class that a synthetic patient imagines; `None` for rest.
    fn imagine(&mut self, class: Option<&str>);
    /// How the device's channels are read.
    fn reading(&self) -> Reading {
        Reading::default()
    }
    /// Measures impedances, if the device can.
    fn impedance_meter(&self) -> Option<&ImpedanceMeter> {
        None
    }
}

/// A source on its own thread: a headset or a stream.
pub struct ThreadFeed {
    layout: Layout,
    about: SourceAbout,
    meter: Option<ImpedanceMeter>,
    blocks: Receiver<Block>,
    ended: Receiver<FeedError>,
    stop: StopFlag,
}

impl ThreadFeed {
    /// Opens a source on its own thread (an LSL inlet cannot change threads), and waits until it is open.
    ///
    /// # Errors
    /// [`SourceError`] if it cannot be opened.
    pub fn open(source: SourceSpec) -> Result<Self, SourceError> {
        let stop = StopFlag::default();
        let (opened_tx, opened) = bounded(1);
        let (blocks_tx, blocks) = bounded(WAITING);
        let (ended_tx, ended) = bounded(1);
        let stopped = stop.clone();
        std::thread::spawn(move || {
            let OpenSource {
                mut source,
                about,
                impedance_meter,
            } = match source.open() {
                Ok(open) => open,
                Err(error) => return drop(opened_tx.send(Err(error))),
            };
            let channels = source.layout().channel_count();
            let rate = source.layout().rate;
            let mut unit = source
                .unit()
                .map(|unit| UnitWatch::new(rate, channels, unit));
            // `open` waits for this.
            let _ = opened_tx.send(Ok((source.layout().clone(), about, impedance_meter)));
            let mut is_late = false;
            while !stopped.stopped() {
                let mut block = Block::with_capacity(channels, FRAMES);
                match source.next(&mut block) {
                    Ok(SourceEvent::Samples) => {
                        if let Some(doubt) = unit.as_mut().and_then(|unit| unit.take(&block)) {
                            doubt.warn("the stream: ");
                        }
                        block.received = clock::now();
                        let is_full = blocks_tx.try_send(block).is_err();
                        if is_full && !is_late {
                            log::warn!("the window is too slow: samples are lost");
                        }
                        is_late = is_full;
                    }
                    Ok(SourceEvent::End) => return drop(ended_tx.send(FeedError::Ended)),
                    Ok(_) => {}
                    Err(error) => return drop(ended_tx.send(error.into())),
                }
            }
        });
        let answer = opened.recv().unwrap_or_else(|_| {
            Err(SourceError::Stream {
                name: "source".into(),
                error: StreamError::ThreadFailed,
            })
        });
        let (layout, about, meter) = answer?;
        Ok(Self {
            layout,
            about,
            meter,
            blocks,
            ended,
            stop,
        })
    }
}

impl Feed for ThreadFeed {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn describe(&self) -> &str {
        &self.about.words
    }

    fn drain(&mut self, _: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError> {
        while let Ok(block) = self.blocks.try_recv() {
            take(&block);
        }
        self.ended.try_recv().map_or(Ok(()), Err)
    }

    fn imagine(&mut self, _: Option<&str>) {}

    fn reading(&self) -> Reading {
        self.about.reading.clone()
    }

    fn impedance_meter(&self) -> Option<&ImpedanceMeter> {
        self.meter.as_ref()
    }
}

impl Drop for ThreadFeed {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// The classes that a synthetic patient can imagine.
const CLASSES: [&str; 6] = [
    "left_hand",
    "right_hand",
    "both_hands",
    "feet",
    "clench",
    "blinks",
];

/// A synthetic patient that runs in real time.
pub struct PatientFeed {
    patient: SyntheticPatient,
    imagination: Imagination,
    about: String,
    began: Option<HostNanos>,
    given: u64,
}

impl PatientFeed {
    /// Creates a patient without trials of their own, who imagines what [`imagine`](Feed::imagine) requests.
    ///
    /// # Errors
    /// [`SourceError`] if the description is invalid.
    pub fn new(spec: &Spec) -> Result<Self, SourceError> {
        let imagination = Imagination::rest();
        let spec = Spec {
            trials: 0,
            classes: CLASSES.map(str::to_owned).to_vec(),
            ..spec.clone()
        };
        let patient = SyntheticPatient::new(&spec)?.then_live(imagination.clone());
        Ok(Self {
            about: format!(
                "synthetic, {}, {}",
                counted(spec.labels.len(), "channel"),
                spec.rate
            ),
            patient,
            imagination,
            began: None,
            given: 0,
        })
    }
}

impl Feed for PatientFeed {
    fn layout(&self) -> &Layout {
        self.patient.layout()
    }

    fn describe(&self) -> &str {
        &self.about
    }

    fn drain(&mut self, now: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError> {
        let began = *self.began.get_or_insert(now);
        let rate = self.patient.layout().rate;
        let due = u64::try_from(rate.samples_in_secs(now.since(began) as f64 / 1e9)).unwrap_or(0);
        while self.given + FRAMES as u64 / 4 <= due {
            // A request applies from the next samples on.
            let mut block = Block::with_capacity(self.patient.layout().channel_count(), FRAMES / 4);
            match self.patient.next(&mut block) {
                Ok(SourceEvent::Samples) => {
                    self.given += block.frames() as u64;
                    let taken_s = rate.secs_of(self.given.saturating_sub(1));
                    block.set_acquired(StreamNanos(began.0 + (taken_s * 1e9) as i64));
                    block.received = now;
                    take(&block);
                }
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn imagine(&mut self, class: Option<&str>) {
        let place = class.and_then(|class| CLASSES.iter().position(|own| *own == class));
        self.imagination.set(place);
    }
}
