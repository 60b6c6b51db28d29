//! The thread that owns the source.

use super::StopFlag;
use super::record::SessionNote;
use super::stats::{Counters, add};
use crate::block::Block;
use crate::conditioning::amplitude::UnitWatch;
use crate::printable::{counted, printable};
use crate::source::{Source, SourceError, SourceEvent};
use crate::system::clock;
use crate::time::SampleIndex;
use crate::units::Hertz;
use crossbeam_channel::{Receiver, Sender, TryRecvError};
use std::sync::Arc;

/// The channels and counters of the source's thread.
pub(super) struct AcquireLines {
    /// Empty blocks to fill, and the queue for filled ones.
    pub(super) empty: Receiver<Block>,
    pub(super) full: Sender<Block>,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: StopFlag,
    /// The session's writer, if the session is recorded.
    pub(super) notes: Option<Sender<SessionNote>>,
}

/// Reads the source until it ends, the stop flag is set, or an error occurs.
///
/// Blocks come from `empty` and go to `full`. If no block is empty, processing is too slow: samples are counted and
/// discarded, and appear downstream as a jump in the next block's index.
pub(super) fn acquire(
    source: &mut dyn Source,
    AcquireLines {
        empty,
        full,
        counters,
        stop,
        notes,
    }: &AcquireLines,
) -> Result<(), SourceError> {
    let notes = notes.as_ref();
    let mut spare = None;
    let mut overflow = Block::with_capacity(source.layout().channel_count(), 64);
    let mut overrunning = false;
    let rate = source.layout().rate;
    let mut losses = Losses::new(rate);
    let (mut resets, mut faults) = (Burst::new(rate), Burst::new(rate));
    let mut invalid_stamps = 0;
    let channels = source.layout().channel_count();
    let mut unit = source
        .unit()
        .map(|unit| UnitWatch::new(rate, channels, unit));
    while !stop.stopped() {
        if spare.is_none() {
            spare = match empty.try_recv() {
                Ok(block) => Some(block),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Ok(()),
            };
        }
        let into = spare.as_mut().unwrap_or(&mut overflow);
        match source.next(into)? {
            SourceEvent::Samples => {
                add(&counters.samples, into.frames() as u64);
                losses.pass(into.frames() as u64);
                resets.pass(into.frames() as u64);
                faults.pass(into.frames() as u64);
                if let Some(doubt) = unit.as_mut().and_then(|unit| unit.take(into)) {
                    doubt.warn("the stream: ");
                }
                let invalid = source.invalid_stamps();
                if invalid > invalid_stamps {
                    add(&counters.invalid_stamps, invalid - invalid_stamps);
                    invalid_stamps = invalid;
                    if faults.is_new() {
                        log::warn!(
                            "time stamps of the stream are not times (NaN, infinite or impossible); such samples are placed by count"
                        );
                    }
                }
                into.received = clock::now();
                if let Some(block) = spare.take() {
                    overrunning = false;
                    if full.send(block).is_err() {
                        return Ok(());
                    }
                } else {
                    add(&counters.overruns, overflow.frames() as u64);
                    if !overrunning {
                        log::warn!(
                            "processing is too slow: samples are lost from sample {} on",
                            overflow.first.0
                        );
                    }
                    overrunning = true;
                }
            }
            SourceEvent::Gap { missing } => {
                add(&counters.gaps, 1);
                add(&counters.missing, missing);
                losses.note(missing);
            }
            SourceEvent::ClockReset => {
                add(&counters.clock_resets, 1);
                if resets.is_new() {
                    log::warn!("the stream's clock was reset; samples continue to be counted");
                }
                note(notes, SessionNote::ClockReset);
            }
            SourceEvent::Marker(marker) => {
                let SampleIndex(at) = marker.at;
                log::debug!("marker '{}' at sample {at}", marker.label);
                note(notes, SessionNote::Marker(marker));
            }
            SourceEvent::Idle => {}
            SourceEvent::End => return Ok(()),
        }
    }
    Ok(())
}

/// Limits a message to once per burst: it is repeated only after ten seconds without the event.
struct Burst {
    quiet: u64,
    since: u64,
}

impl Burst {
    fn new(rate: Hertz) -> Self {
        let quiet = rate.samples_in_ms(REPORT_MS);
        Self {
            quiet,
            since: quiet,
        }
    }

    fn pass(&mut self, samples: u64) {
        self.since = self.since.saturating_add(samples);
    }

    /// Records an event. Returns whether it is the first of a burst.
    fn is_new(&mut self) -> bool {
        std::mem::take(&mut self.since) >= self.quiet
    }
}

/// Reports lost samples: long losses at once, short ones (such as from a distant radio) as a sum every ten seconds.
struct Losses {
    rate: Hertz,
    gaps: u64,
    missing: u64,
    /// Samples since the last report.
    since: u64,
}

/// A loss this long is reported at once, milliseconds; shorter ones are reported at most this often, milliseconds.
const LONG_MS: u32 = 100;
const REPORT_MS: u32 = 10_000;

impl Losses {
    fn new(rate: Hertz) -> Self {
        Self {
            rate,
            gaps: 0,
            missing: 0,
            since: rate.samples_in_ms(REPORT_MS),
        }
    }

    fn pass(&mut self, samples: u64) {
        self.since = self.since.saturating_add(samples);
    }

    fn note(&mut self, missing: u64) {
        self.gaps += 1;
        self.missing += missing;
        let is_long = missing >= self.rate.samples_in_ms(LONG_MS);
        if is_long || self.since >= self.rate.samples_in_ms(REPORT_MS) {
            log::warn!(
                "lost since the last report: {} in {}",
                counted(self.missing, "sample"),
                counted(self.gaps, "gap")
            );
            (self.gaps, self.missing, self.since) = (0, 0, 0);
        }
    }
}

/// Sends a note to the session's writer, if there is one.
pub(super) fn note(writer: Option<&Sender<SessionNote>>, what: SessionNote) {
    if let Some(Err(error)) = writer.map(|writer| writer.try_send(what)) {
        let what = match error.into_inner() {
            SessionNote::Marker(marker) => format!("marker '{}'", printable(&marker.label)),
            SessionNote::ClockReset => "a clock reset".into(),
            SessionNote::State(state) => format!("the state \"{state}\""),
            SessionNote::Control(_) => "a change of settings".into(),
            SessionNote::Assisted(_) => "help by a target".into(),
            SessionNote::Scene(_) | SessionNote::Shown(_) => "a change of tags".into(),
            SessionNote::Looked(_) => "a look".into(),
        };
        log::warn!("{what} is not recorded: the disk is too slow");
    }
}
