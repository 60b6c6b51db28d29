//! An LSL stream as a source.

use super::description::{EegDescription, refuse};
use super::found::FoundStream;
use super::health::{Health, MUCH_OFF, rate_of_decoder};
use super::link::{CHUNK_FRAMES, Chunk, Connected, Link};
use super::markers::Markers;
use super::probe::{ANSWER, Deadline, NoAnswer, probe};
use super::search::Search;
use super::stamps::{Jump, LongestSlope, Stamps};
use super::triggers::Triggers;
use crate::block::{Block, Layout};
use crate::source::channels::ReadAs;
use crate::source::{Amplifier, Marker, Source, SourceError, SourceEvent, StreamError};
use crate::system::clock;
use crate::time::{LONGEST_GAP_S, SampleIndex, StreamNanos, is_time};
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::Reading;
use std::time::Duration;

/// How long one call waits for samples.
const WAIT: Duration = Duration::from_millis(30);
/// Waits without a sample after which the device is also searched for elsewhere, because the connection may be dead
/// without an error: 3 s.
const SILENT_WAITS: u32 = 100;
/// Maximum time for connecting. The steps have shorter limits, which liblsl may exceed.
const CONNECT: Duration = Duration::from_secs(12);
/// How long the rate is measured from stamps before it is trusted.
const MEASURE: Duration = Duration::from_secs(2);
/// Pause between two blocks of samples that arrived during the measurement, so that processing keeps up.
const KEEP_UP: Duration = Duration::from_millis(2);

/// An EEG stream, bound to the device (source id) and the computer that it came from.
///
/// If the stream is lost, the source searches for the same device and continues with it. Another stream of the same
/// name is ignored, and the same device with another layout is refused. Every call that may hang in liblsl has a thread
/// of its own, so neither [`next`](Source::next) nor dropping this value waits for such a call.
pub struct LslSource {
    stream: FoundStream,
    format: lsl::ChannelFormat,
    described: EegDescription,
    read_as: ReadAs,
    /// `None` while the stream is lost.
    link: Option<Link>,
    /// Searches for the stream while it is lost or silent.
    search: Option<Search>,
    /// Consecutive waits without a sample.
    waits: u32,
    markers: Option<Markers>,
    triggers: Triggers,
    reported_marker_clock: bool,
    health: Health,
    /// Samples that were read but not delivered, because they must not be acted on.
    held_back: u64,
    invalid_stamps: u64,
    /// Samples that arrived while the rate was measured.
    early: Option<Chunk>,
    /// Samples that are being delivered, and how many of them were.
    chunk: Option<Chunk>,
    delivered: usize,
    /// Whether the stamp of the next sample was checked, and the event to return before that sample.
    is_checked: bool,
    pending: Option<SourceEvent>,
    next_index: SampleIndex,
    stamps: Stamps,
}

impl LslSource {
    /// Connects to a stream.
    ///
    /// # Errors
    /// [`SourceError`] if the stream does not answer, or has no EEG channel.
    pub fn open(stream: FoundStream) -> Result<Self, SourceError> {
        Self::open_as(stream, ReadAs::default())
    }

    /// Like [`Self::open`], but `read_as` overrides what the stream declares. Channels that are left out are logged.
    ///
    /// # Errors
    /// As [`Self::open`], and if the stream cannot be read in this way.
    pub fn open_as(stream: FoundStream, read_as: ReadAs) -> Result<Self, SourceError> {
        let silent = || refuse(&stream.name, StreamError::Unresponsive);
        let answered = match probe(&stream, 2 * ANSWER, false) {
            Ok(answered) => Some(answered),
            Err(NoAnswer::AddressUnknown) => None,
            Err(NoAnswer::TimedOut | NoAnswer::Gone) => return Err(silent()),
        };
        let link = Link::start(stream.clone(), answered, read_as.clone())?;
        let mut connected = link.connected(CONNECT).ok_or_else(silent)??;
        // Only a rate that the user stated counts, not a measured one.
        connected.described.reading.rate_hz = read_as.rate.map(Hertz::hz);
        for warning in &connected.described.warnings {
            warning.warn(format_args!("LSL stream '{}': ", stream.name));
        }
        let rate = connected.described.layout.rate;
        Ok(Self {
            format: connected.format,
            stamps: Stamps::new(rate),
            triggers: Triggers::of(&connected.described),
            described: connected.described,
            read_as,
            stream,
            link: Some(link),
            search: None,
            waits: 0,
            markers: None,
            reported_marker_clock: false,
            health: Health::new(rate),
            held_back: 0,
            invalid_stamps: 0,
            early: None,
            chunk: None,
            delivered: 0,
            is_checked: false,
            pending: None,
            next_index: SampleIndex(0),
        })
    }

    /// Like [`Self::open_as`], but first measures the rate for two seconds, so that no filter is designed for a wrong
    /// rate.
    ///
    /// # Errors
    /// As [`Self::open_as`], and if the declared rate is off by more than a tenth and `read_as` does not say which one
    /// is right.
    pub fn open_checked(stream: FoundStream, read_as: ReadAs) -> Result<Self, SourceError> {
        let is_stated = read_as.rate.is_some();
        let mut source = Self::open_as(stream.clone(), read_as.clone())?;
        // The rate of a stream that declares none was measured when it was opened.
        if is_stated || source.stream.rate_hz == 0.0 {
            return Ok(source);
        }
        let declared = source.described.layout.rate;
        let off = |hz: f64| (hz / declared.hz() - 1.0).abs();
        match source.measure() {
            Some(measured_hz) if off(measured_hz) > MUCH_OFF => {
                if let Some(rate) = rate_of_decoder(&read_as, measured_hz, declared) {
                    drop(source);
                    let rate = Some(rate);
                    return Self::open_as(stream, ReadAs { rate, ..read_as });
                }
                let error = StreamError::Rate {
                    declared,
                    stamped_hz: measured_hz,
                };
                Err(refuse(&source.stream.name, error))
            }
            _ => Ok(source),
        }
    }

    /// The rate by the stamps, Hz. Samples that arrive meanwhile are kept, unless they must not be acted on.
    fn measure(&mut self) -> Option<f64> {
        let deadline = Deadline::after(MEASURE);
        let mut slope = LongestSlope::new(self.described.layout.rate);
        let mut early = None::<Chunk>;
        while !deadline.has_passed() {
            let next = self.link.as_ref()?.next(WAIT);
            let Ok(Some(chunk)) = next else {
                continue;
            };
            self.note(&chunk);
            chunk
                .stamps_s
                .iter()
                .for_each(|stamp_s| slope.add(*stamp_s));
            match &mut early {
                Some(early) => early.append(&chunk),
                None => early = Some(chunk.clone()),
            }
            self.link.as_ref()?.give_back(chunk);
        }
        if self.health.holds() {
            early
                .take()
                .into_iter()
                .for_each(|early| self.hold_back(&early));
        }
        self.early = early;
        slope.hz()
    }

    /// Checks whether samples arrive as declared.
    fn note(&mut self, chunk: &Chunk) {
        if let Some(message) = self.health.note(&chunk.stamps_s, clock::now()) {
            message.warn(format_args!("LSL stream '{}' ", self.stream.name));
        }
    }

    /// Also reads a marker stream. Its markers are placed by their stamps. Trigger channels are then ignored, because
    /// they would repeat the same events.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if the marker stream does not answer.
    pub fn with_markers(mut self, markers: &FoundStream) -> Result<Self, SourceError> {
        self.markers = Some(Markers::open(markers)?);
        self.triggers.disable();
        Ok(self)
    }

    /// The stream that this source reads.
    #[must_use]
    pub fn stream(&self) -> &FoundStream {
        &self.stream
    }

    /// How its channels are read, and how the stream describes them.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.described.reading
    }

    /// What the stream declares about its amplifier.
    #[must_use]
    pub fn amplifier(&self) -> &Amplifier {
        &self.described.amplifier
    }

    fn next_marker(&mut self) -> Option<Marker> {
        // Markers wait until the first sample has a place.
        let expected_s = self.stamps.expected_s()?;
        let (label, stamp_s) = self.markers.as_ref()?.next()?;
        // Relative to the next sample's stamp.
        let mut ahead_s = stamp_s - expected_s;
        if !is_time(stamp_s) || ahead_s.abs() > LONGEST_GAP_S {
            if !std::mem::replace(&mut self.reported_marker_clock, true) {
                log::warn!(
                    "markers and LSL stream '{}' are stamped by different clocks ({ahead_s:.0} s apart), so markers are placed where they \
                     arrive: let both programs stamp with LSL's local_clock(), not with the time of day",
                    self.stream.name
                );
            }
            ahead_s = 0.0;
        }
        let ahead = self.described.layout.rate.samples_in_secs(ahead_s);
        Some(Marker {
            at: self.next_index.moved(ahead),
            label,
        })
    }

    /// Gets the next samples once the last ones were delivered. Returns whether there are any.
    fn fetch(&mut self) -> bool {
        if self.chunk.is_some() {
            return true;
        }
        if let Some(early) = self.early.take() {
            (self.chunk, self.delivered) = (Some(early), 0);
            return true;
        }
        if self.link.is_none() || self.waits >= SILENT_WAITS {
            self.resume_from_search();
        }
        let Some(link) = &self.link else {
            std::thread::park_timeout(WAIT);
            return false;
        };
        match link.next(WAIT) {
            Ok(Some(chunk)) => {
                (self.search, self.waits) = (None, 0);
                self.note(&chunk);
                if self.health.holds() {
                    self.hold_back(&chunk);
                    self.give_back(chunk);
                    return false;
                }
                (self.chunk, self.delivered) = (Some(chunk), 0);
                return true;
            }
            Ok(None) => {
                self.waits = self.waits.saturating_add(1);
                if self.waits == SILENT_WAITS {
                    log::warn!(
                        "LSL stream '{}' has sent nothing for 3 s; looking for it again",
                        self.stream.name
                    );
                }
            }
            Err(_) => {
                log::warn!(
                    "LSL stream '{}' is lost (its connection has ended); looking for it again",
                    self.stream.name
                );
                self.link = None;
            }
        }
        false
    }

    /// Counts samples that must not be acted on.
    fn hold_back(&mut self, chunk: &Chunk) {
        for &stamp_s in &chunk.stamps_s {
            let missing = match self.stamps.note(stamp_s) {
                Some(Jump::Lost(missing)) => missing,
                _ => 0,
            };
            self.held_back = self.held_back.saturating_add(missing).saturating_add(1);
        }
    }

    fn give_back(&self, chunk: Chunk) {
        if let Some(link) = &self.link {
            link.give_back(chunk);
        }
    }

    /// Checks a stamp before its sample is delivered.
    fn check(&mut self, stamp_s: f64) -> Option<SourceEvent> {
        match self.stamps.note(stamp_s)? {
            Jump::Lost(missing) => {
                self.health.break_off();
                Some(SourceEvent::Gap { missing })
            }
            Jump::Reset => {
                self.health.break_off();
                Some(SourceEvent::ClockReset)
            }
            Jump::Invalid => {
                self.invalid_stamps += 1;
                None
            }
        }
    }

    /// Continues with the same device if it is back.
    fn resume_from_search(&mut self) {
        let Some(search) = &self.search else {
            let (stream, described) = (self.stream.clone(), self.described.clone());
            self.search = Search::start(stream, described, self.read_as.clone());
            return;
        };
        if let Some((stream, link, Connected { format, .. })) = search.back() {
            log::info!("LSL stream '{}' is back", stream.name);
            (self.stream, self.format) = (stream, format);
            self.link = Some(link);
            (self.search, self.waits) = (None, 0);
            self.health.reconnect();
        }
    }

    /// Fills a block from the samples, or returns an event that comes before them.
    fn deliver(&mut self, into: &mut Block) -> SourceEvent {
        if self.held_back > 0 {
            let missing = std::mem::take(&mut self.held_back);
            self.next_index = self.next_index.after(missing);
            return SourceEvent::Gap { missing };
        }
        let Some(chunk) = self.chunk.take() else {
            return SourceEvent::Idle;
        };
        let event = self.deliver_from(&chunk, into);
        if self.delivered < chunk.frames() {
            if chunk.frames() > CHUNK_FRAMES {
                std::thread::park_timeout(KEEP_UP);
            }
            self.chunk = Some(chunk);
        } else {
            self.give_back(chunk);
        }
        event
    }

    fn deliver_from(&mut self, chunk: &Chunk, into: &mut Block) -> SourceEvent {
        while into.frames() < into.capacity()
            && let Some(&stamp_s) = chunk.stamps_s.get(self.delivered)
        {
            if !self.is_checked {
                self.is_checked = true;
                self.pending = self.check(stamp_s);
            }
            if self.pending.is_some() && into.frames() > 0 {
                // Deliver the earlier samples first.
                break;
            }
            if let Some(event) = self.pending.take() {
                if let SourceEvent::Gap { missing } = event {
                    self.next_index = self.next_index.after(missing);
                }
                return event;
            }
            if let Some(frame) = into.push_frame() {
                let sample = chunk.frame(self.delivered);
                for (value, &(channel, to_microvolts)) in frame.iter_mut().zip(&self.described.eeg)
                {
                    *value = sample[channel] * to_microvolts;
                }
                into.set_acquired(self.taken(stamp_s));
                self.triggers.take(self.next_index, sample);
                self.next_index = self.next_index.after(1);
                self.delivered += 1;
                self.is_checked = false;
            }
        }
        if into.frames() > 0 {
            SourceEvent::Samples
        } else {
            SourceEvent::Idle
        }
    }

    /// When a sample was acquired: by its stamp, or by count if the stamp is not a valid time.
    fn taken(&self, stamp_s: f64) -> StreamNanos {
        if is_time(stamp_s) {
            return StreamNanos::from_secs(stamp_s);
        }
        let period_s = self.described.layout.rate.secs_of(1);
        let by_count = self.stamps.expected_s().map(|next_s| next_s - period_s);
        by_count.map_or(StreamNanos(clock::now().0), StreamNanos::from_secs)
    }
}

impl Source for LslSource {
    fn layout(&self) -> &Layout {
        &self.described.layout
    }

    fn is_single_precision(&self) -> bool {
        let fits = matches!(
            self.format,
            lsl::ChannelFormat::Float32 | lsl::ChannelFormat::Int16 | lsl::ChannelFormat::Int8
        );
        fits && self.described.eeg.iter().all(|&(_, factor)| factor == 1.0)
    }

    fn invalid_stamps(&self) -> u64 {
        self.invalid_stamps
    }

    fn unit(&self) -> Option<VoltageUnit> {
        let (_, to_microvolts) = *self.described.eeg.first()?;
        VoltageUnit::of_microvolts(to_microvolts)
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(self.next_index);
        if let Some(marker) = self.next_marker().or_else(|| self.triggers.next()) {
            return Ok(SourceEvent::Marker(marker));
        }
        if !self.fetch() {
            return Ok(SourceEvent::Idle);
        }
        Ok(self.deliver(into))
    }
}
