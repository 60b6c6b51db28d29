//! An LSL stream as a source.

use super::description::{Amplifier, EegDescription, refuse};
use super::found::FoundStream;
use super::link::{Chunk, Connected, Link};
use super::markers::Markers;
use super::probe::{ANSWER, Silence, ask};
use super::search::Search;
use super::stamps::{Jump, Stamps};
use crate::block::{Block, Layout};
use crate::source::channels::ReadAs;
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use std::time::Duration;

/// How long a caller waits before it gets to do something else.
const WAIT: Duration = Duration::from_millis(30);
/// Waits without a sample after which the device is looked for beside the connection, which may be dead without saying so: 3 s.
const SILENT_WAITS: u32 = 100;
/// How long a connection may take; its steps have shorter limits, which liblsl need not keep.
const CONNECT: Duration = Duration::from_secs(8);

/// An EEG stream, pinned to the device (source id) and the computer that it came from.
///
/// Where it is lost, the source looks for the same device again and goes on with it; another stream of the same name is
/// ignored, and the same device with another layout is refused. Everything that may hang in liblsl has threads of its own: neither
/// [`next`](Source::next) nor dropping this ever waits for them.
pub struct LslSource {
    stream: FoundStream,
    format: lsl::ChannelFormat,
    described: EegDescription,
    read_as: ReadAs,
    /// `None` while the stream is lost.
    link: Option<Link>,
    /// Looks for the stream while it is lost or silent.
    search: Option<Search>,
    /// Waits in a row that brought no sample.
    waits: u32,
    markers: Option<Markers>,
    /// Samples that are being delivered, and how many were.
    chunk: Option<Chunk>,
    delivered: usize,
    /// Whether the stamp of the next sample was looked at, and what is to be told before that sample.
    is_checked: bool,
    pending: Option<SourceEvent>,
    next_index: SampleIndex,
    stamps: Stamps,
}

impl LslSource {
    /// Connects to a stream.
    ///
    /// # Errors
    /// [`SourceError`] where it does not answer, or has no EEG channel.
    pub fn open(stream: FoundStream) -> Result<Self, SourceError> {
        Self::open_as(stream, ReadAs::default())
    }

    /// The same, read in another way than the stream says of itself. What is left out is logged.
    ///
    /// # Errors
    /// As [`Self::open`], and where it cannot be read in this way.
    pub fn open_as(stream: FoundStream, read_as: ReadAs) -> Result<Self, SourceError> {
        let silent = || {
            let what = "does not answer. Is its program still running?";
            refuse(&stream.name, what)
        };
        let answered = match ask(&stream, 2 * ANSWER, false) {
            Ok(answered) => Some(answered),
            Err(Silence::Elsewhere) => None,
            Err(Silence::Mute | Silence::Gone) => return Err(silent()),
        };
        let link = Link::start(stream.clone(), answered, read_as.clone())?;
        let connected = link.connected(CONNECT).ok_or_else(silent)??;
        for warning in &connected.described.warnings {
            log::warn!("LSL stream '{}': {warning}", stream.name);
        }
        Ok(Self {
            format: connected.format,
            stamps: Stamps::new(connected.described.layout.rate),
            described: connected.described,
            read_as,
            stream,
            link: Some(link),
            search: None,
            waits: 0,
            markers: None,
            chunk: None,
            delivered: 0,
            is_checked: false,
            pending: None,
            next_index: SampleIndex(0),
        })
    }

    /// Also reads a marker stream, whose markers are placed by their stamps.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where it does not answer.
    pub fn with_markers(mut self, markers: &FoundStream) -> Result<Self, SourceError> {
        self.markers = Some(Markers::open(markers)?);
        Ok(self)
    }

    /// The stream that this reads.
    #[must_use]
    pub fn stream(&self) -> &FoundStream {
        &self.stream
    }

    /// What the stream tells of its amplifier.
    #[must_use]
    pub fn amplifier(&self) -> &Amplifier {
        &self.described.amplifier
    }

    fn next_marker(&mut self) -> Option<Marker> {
        let (label, stamp_s) = self.markers.as_ref()?.next()?;
        // Counted from the next sample's stamp; before the first sample there is no place yet.
        let ahead = self
            .described
            .layout
            .rate
            .samples_in_secs(stamp_s - self.stamps.expected_s().unwrap_or(stamp_s));
        Some(Marker {
            at: self.next_index.moved(ahead),
            label,
        })
    }

    /// Gets the next samples where the last ones were delivered; whether there are some.
    fn fetch(&mut self) -> bool {
        if self.chunk.is_some() {
            return true;
        }
        if self.link.is_none() || self.waits >= SILENT_WAITS {
            self.look_for_it();
        }
        let Some(link) = &self.link else {
            std::thread::park_timeout(WAIT);
            return false;
        };
        match link.next(WAIT) {
            Ok(Some(chunk)) => {
                (self.chunk, self.delivered) = (Some(chunk), 0);
                (self.search, self.waits) = (None, 0);
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

    /// Goes on with the same device where it is back.
    fn look_for_it(&mut self) {
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
        }
    }

    /// Fills a block from the samples that are there; or what is to be told before them.
    fn deliver(&mut self, into: &mut Block) -> SourceEvent {
        while let Some(chunk) = self
            .chunk
            .as_ref()
            .filter(|_| into.frames() < into.capacity())
        {
            let Some(&stamp_s) = chunk.stamps_s.get(self.delivered) else {
                if let (Some(chunk), Some(link)) = (self.chunk.take(), &self.link) {
                    link.give_back(chunk);
                }
                break;
            };
            if !self.is_checked {
                self.is_checked = true;
                self.pending = self.stamps.note(stamp_s).map(|jump| match jump {
                    Jump::Lost(missing) => SourceEvent::Gap { missing },
                    Jump::Reset => SourceEvent::ClockReset,
                });
            }
            if self.pending.is_some() && into.frames() > 0 {
                // What came before is delivered first.
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
                into.acquired = StreamNanos::from_secs(stamp_s);
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

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(self.next_index);
        if let Some(marker) = self.next_marker() {
            return Ok(SourceEvent::Marker(marker));
        }
        if !self.fetch() {
            return Ok(SourceEvent::Idle);
        }
        Ok(self.deliver(into))
    }
}
