//! An LSL stream as a source.

use super::description::{Amplifier, EegDescription, no_answer, open_inlet};
use super::markers::Markers;
use super::resolve::FoundStream;
use super::stamps::{Jump, Stamps};
use crate::block::{Block, Layout};
use crate::source::channels::ReadAs;
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use lsl::Pullable;
use std::time::Duration;

/// Waiting for samples is looking for them this often: liblsl's own waiting looks every millisecond, too late for a
/// pointer and too often for a tablet's battery.
const LOOK: Duration = Duration::from_micros(200);
/// Looks before a caller gets to do something else: 30 ms.
const LOOKS: u32 = 150;
/// Headsets send in chunks. After one, the next is not looked for before this share of its length has passed,
const CHUNK_SHARE: f64 = 0.95;
/// and is looked for so long before its time, seconds: waking takes a while, and who wakes a little later each time falls behind by a
/// whole chunk.
const EARLY_S: f64 = 0.0005;
/// A rest is at least and at most this long, seconds.
const SHORTEST_REST_S: f64 = 0.001;
const LONGEST_REST_S: f64 = 0.02;
/// How long a connection may take, seconds.
const CONNECT_S: f64 = 5.0;
/// The same while looking for a lost stream, seconds.
const RECONNECT_S: f64 = 1.0;
/// Samples that the inlet holds while nobody pulls, seconds. Beyond it they are lost and show as a gap.
const BUFFER_S: i32 = 10;

/// An EEG stream, pinned to the device (source id) and the computer that it came from.
///
/// Where it is lost, the source looks for the same device again and goes on with it; another stream of the same name is
/// ignored, and the same device with another layout is refused.
pub struct LslSource {
    stream: FoundStream,
    /// `None` while the stream is lost.
    inlet: Option<lsl::StreamInlet>,
    resolver: Option<lsl::ContinuousResolver>,
    /// Unique ids of outlets that were refused already.
    refused: Vec<String>,
    markers: Option<Markers>,
    described: EegDescription,
    read_as: ReadAs,
    sample: Vec<f64>,
    /// Stamp of the sample in `sample` where that is still to be delivered, and what is to be told before it.
    pending: Option<(f64, Option<SourceEvent>)>,
    next_index: u64,
    /// Samples of the chunk that is being read.
    chunk: usize,
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
        let (inlet, described) = connect(&stream, CONNECT_S, &read_as)?;
        for warning in &described.warnings {
            log::warn!("LSL stream '{}': {warning}", stream.name);
        }
        Ok(Self {
            sample: vec![0.0; described.channels],
            stamps: Stamps::new(described.layout.rate),
            stream,
            inlet: Some(inlet),
            resolver: None,
            refused: Vec::new(),
            markers: None,
            described,
            read_as,
            pending: None,
            next_index: 0,
            chunk: 0,
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
        let at = i64::try_from(self.next_index)
            .unwrap_or(i64::MAX)
            .saturating_add(ahead);
        Some(Marker {
            at: SampleIndex(u64::try_from(at).unwrap_or(0)),
            label,
        })
    }

    /// Waits for the next chunk's first sample; false where none comes in time.
    fn wait_for_chunk(&mut self) -> bool {
        if self.pending.is_some() {
            return true;
        }
        if self.chunk > 0 {
            // It is not all there at once: what is missing comes at the next look.
            std::thread::park_timeout(LOOK);
            if self.pull_next() {
                return true;
            }
            self.rest();
        }
        for _ in 0..LOOKS {
            if self.pull_next() {
                return true;
            }
            std::thread::park_timeout(LOOK);
        }
        false
    }

    /// Waits until the chunk after the one that was read can be there.
    fn rest(&mut self) {
        let chunk_s = self.described.layout.rate.secs_of(self.chunk as u64);
        let rest = Duration::from_secs_f64(rest_s(chunk_s));
        std::thread::park_timeout(rest.saturating_sub(LOOK));
        self.chunk = 0;
    }

    /// Makes the next sample pending, where there is one.
    fn pull_next(&mut self) -> bool {
        if self.pending.is_none() {
            self.pending = self
                .pull()
                .map(|stamp_s| (stamp_s, self.check_stamp(stamp_s)));
        }
        self.pending.is_some()
    }

    /// Pulls one sample into `sample`; its stamp, or `None` where there is none.
    fn pull(&mut self) -> Option<f64> {
        let inlet = self.inlet.as_ref()?;
        match inlet.pull_sample_buf(&mut self.sample, 0.0) {
            Ok(0.0) | Err(lsl::Error::Timeout) => None,
            Ok(stamp_s) => Some(stamp_s),
            Err(error) => {
                log::warn!(
                    "LSL stream '{}' is lost ({error:?}); looking for it again",
                    self.stream.name
                );
                self.inlet = None;
                None
            }
        }
    }

    /// Notes a sample's stamp; what it tells of is told before the sample.
    fn check_stamp(&mut self, stamp_s: f64) -> Option<SourceEvent> {
        self.stamps.note(stamp_s).map(|jump| match jump {
            Jump::Lost(missing) => SourceEvent::Gap { missing },
            Jump::Reset => SourceEvent::ClockReset,
        })
    }

    /// While the stream is lost: looks for the same device and takes it up again.
    fn reconnect(&mut self) {
        if self.resolver.is_none() {
            self.resolver = lsl::ContinuousResolver::new(2.0).ok();
        }
        let results = self
            .resolver
            .as_ref()
            .and_then(|resolver| resolver.results().ok());
        let mut candidates: Vec<lsl::StreamInfo> = results.unwrap_or_default();
        candidates.retain(|info| self.is_same_device(info) && !self.refused.contains(&info.uid()));
        // The newest first: an outlet that was killed is still listed for a while.
        candidates.sort_by(|a, b| b.created_at().total_cmp(&a.created_at()));
        for info in candidates {
            let stream = FoundStream {
                info,
                ..self.stream.clone()
            };
            match connect(&stream, RECONNECT_S, &self.read_as) {
                Ok(connection) => {
                    if self.take_up(stream, connection) {
                        return;
                    }
                }
                // Gone after all, or not there yet: it is tried again as long as it is listed.
                Err(error) => log::debug!("{error}"),
            }
        }
    }

    fn is_same_device(&self, info: &lsl::StreamInfo) -> bool {
        info.stream_name() == self.stream.name
            && info.stream_type() == self.stream.kind
            && info.source_id() == self.stream.source_id
            && info.hostname() == self.stream.host
    }

    /// Goes on with a new connection; refuses one with another layout, once and for all.
    fn take_up(&mut self, stream: FoundStream, (inlet, described): Connection) -> bool {
        if !described.has_same_samples(&self.described) {
            let describe =
                |layout: &Layout| format!("{} at {}", layout.labels.join(","), layout.rate);
            log::error!(
                "LSL stream '{}' came back with another layout and is refused: {} before, {} now. \
                 Restart bci-cursor to use it",
                stream.name,
                describe(&self.described.layout),
                describe(&described.layout)
            );
            self.refused.push(stream.info.uid());
            return false;
        }
        log::info!("LSL stream '{}' is back", stream.name);
        self.inlet = Some(inlet);
        self.stream = stream;
        self.resolver = None;
        true
    }
}

impl Source for LslSource {
    fn layout(&self) -> &Layout {
        &self.described.layout
    }

    fn is_single_precision(&self) -> bool {
        let fits = matches!(
            self.stream.info.channel_format(),
            lsl::ChannelFormat::Float32 | lsl::ChannelFormat::Int16 | lsl::ChannelFormat::Int8
        );
        fits && self.described.eeg.iter().all(|&(_, factor)| factor == 1.0)
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        if let Some(marker) = self.next_marker() {
            return Ok(SourceEvent::Marker(marker));
        }
        if self.inlet.is_none() {
            self.reconnect();
        }
        if !self.wait_for_chunk() {
            return Ok(SourceEvent::Idle);
        }
        // What has come with the first sample is taken along.
        while into.frames() < into.capacity() && self.pull_next() {
            let Some((stamp_s, event)) = self.pending.take() else {
                break;
            };
            if let Some(event) = event {
                // What came before is delivered first.
                if into.frames() > 0 {
                    self.pending = Some((stamp_s, Some(event)));
                    break;
                }
                self.pending = Some((stamp_s, None));
                if let SourceEvent::Gap { missing } = event {
                    self.next_index += missing;
                }
                return Ok(event);
            }
            if let Some(frame) = into.push_frame() {
                for (value, &(channel, to_microvolts)) in frame.iter_mut().zip(&self.described.eeg)
                {
                    *value = self.sample[channel] * to_microvolts;
                }
                into.acquired = StreamNanos::from_secs(stamp_s);
                self.next_index += 1;
            }
        }
        self.chunk += into.frames();
        Ok(if into.frames() > 0 {
            SourceEvent::Samples
        } else {
            SourceEvent::Idle
        })
    }
}

/// An open inlet, and what its stream says of itself.
type Connection = (lsl::StreamInlet, EegDescription);

fn connect(stream: &FoundStream, wait_s: f64, read_as: &ReadAs) -> Result<Connection, SourceError> {
    let failed = |error| no_answer(&stream.name, error);
    // No silent recovery by liblsl: it takes 15 s to notice a loss, and it would hide that there was one.
    let inlet = open_inlet(stream, BUFFER_S, false)?;
    let described = EegDescription::of(&mut inlet.info(wait_s).map_err(failed)?, read_as)?;
    inlet
        .set_postprocessing(&[lsl::ProcessingOption::ClockSync])
        .map_err(failed)?;
    inlet.open_stream(wait_s).map_err(failed)?;
    Ok((inlet, described))
}

/// How long after one chunk the next is not looked for, seconds.
fn rest_s(chunk_s: f64) -> f64 {
    let rest_s = (CHUNK_SHARE * chunk_s).min(chunk_s - EARLY_S);
    rest_s.clamp(SHORTEST_REST_S, LONGEST_REST_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_chunk_is_awake_before_it_comes() {
        for rate_hz in [125.0, 250.0, 500.0, 1000.0] {
            for samples in [1.0, 8.0, 32.0] {
                let chunk_s = samples / rate_hz;
                let early_s = chunk_s - rest_s(chunk_s);
                // At a thousand chunks a second every other wait takes two.
                let is_in_time = early_s > 0.9 * EARLY_S || chunk_s <= SHORTEST_REST_S;
                assert!(is_in_time, "{samples} at {rate_hz} Hz: {early_s} s early");
            }
        }
    }
}
