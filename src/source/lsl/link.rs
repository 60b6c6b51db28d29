//! The thread that owns an EEG stream's inlet, and the queue of samples from it.
//!
//! An inlet cannot change threads and may hang (see [`super::detached`]), so it is opened and pulled on a thread of its
//! own. Samples travel in chunks that circulate. They are allocated once the stream is open.

use super::description::{EegDescription, no_answer, open_inlet, refuse, samples};
use super::detached::{DetachedThread, StopFlag};
use super::found::FoundStream;
use super::probe::Deadline;
use super::stamps::{Slope, usual_rate};
use crate::note::{Note, Remedy};
use crate::source::channels::ReadAs;
use crate::source::lsl::found::Answered;
use crate::source::{SourceError, StreamError};
use crate::system::priority::{Urgency, raise_soon};
use crate::time::is_time;
use crate::units::Hertz;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use lsl::Pullable;
use std::time::Duration;

/// How often the thread polls for samples. liblsl's own wait polls every millisecond, which is too late for a pointer
/// and too often for a tablet's battery.
const LOOK: Duration = Duration::from_micros(200);
/// Headsets send in chunks. After a chunk, polling starts after this fraction of its duration,
const CHUNK_SHARE: f64 = 0.95;
/// but this long before the next chunk is due, seconds: waking takes a while, and a thread that wakes slightly later
/// each time would fall behind by a whole chunk.
const EARLY_S: f64 = 0.0005;
/// Limits of a rest between two chunks, seconds.
const SHORTEST_REST_S: f64 = 0.001;
const LONGEST_REST_S: f64 = 0.02;
/// Maximum time for each step of a connection, seconds,
const STEP_S: f64 = 2.0;
/// and for the first comparison of the clocks, which takes 0.64 s.
const CLOCKS_S: f64 = 1.5;
/// How long the rate of a stream that declares none is measured, and the lowest rate of EEG, Hz.
const MEASURE: Duration = Duration::from_secs(3);
const SLOWEST_HZ: f64 = 50.0;
/// Samples that the inlet buffers while nobody pulls, seconds. Later samples are lost, and show as a gap.
const BUFFER_S: i32 = 10;
/// Number of circulating chunks, and of samples in each.
const CHUNKS: usize = 16;
pub(super) const CHUNK_FRAMES: usize = 64;
/// How long the thread waits for an empty chunk before it checks whether it is still wanted.
const WAIT: Duration = Duration::from_millis(100);

/// Consecutive samples of all channels of a stream, in the stream's own units.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    channels: usize,
    values: Vec<f64>,
    /// Stamp of each sample on this computer's clock, seconds.
    pub(super) stamps_s: Vec<f64>,
}

impl Chunk {
    fn new(channels: usize) -> Self {
        Self {
            channels,
            values: Vec::with_capacity(channels * CHUNK_FRAMES),
            stamps_s: Vec::with_capacity(CHUNK_FRAMES),
        }
    }

    fn clear(&mut self) {
        self.values.clear();
        self.stamps_s.clear();
    }

    fn push(&mut self, sample: &[f64], stamp_s: f64) {
        self.values.extend_from_slice(sample);
        self.stamps_s.push(stamp_s);
    }

    /// Appends the samples of another chunk. May allocate.
    pub(super) fn append(&mut self, other: &Self) {
        self.values.extend_from_slice(&other.values);
        self.stamps_s.extend_from_slice(&other.stamps_s);
    }

    pub(super) fn frames(&self) -> usize {
        self.stamps_s.len()
    }

    /// One sample of all channels.
    pub(super) fn frame(&self, place: usize) -> &[f64] {
        &self.values[place * self.channels..][..self.channels]
    }
}

/// What is known once a stream is open.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) described: EegDescription,
    pub(super) format: lsl::ChannelFormat,
}

/// The stream or its connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended;

/// The handle of the thread. Dropping it makes the thread close the inlet, without waiting for that.
pub(super) struct Link {
    connected: Receiver<Result<Connected, SourceError>>,
    full: Receiver<Chunk>,
    empty: Sender<Chunk>,
    _thread: DetachedThread,
}

impl Link {
    /// Starts to connect to a stream that has answered, or that only liblsl can find.
    pub(super) fn start(
        stream: FoundStream,
        answered: Option<Answered>,
        read_as: ReadAs,
    ) -> Result<Self, SourceError> {
        let (connected_tx, connected) = bounded(1);
        let (full_tx, full) = bounded(CHUNKS);
        let (empty_tx, empty_rx) = bounded(CHUNKS);
        let (empty, name) = (empty_tx.clone(), stream.name.clone());
        let body = move |wanted: &StopFlag| {
            let mut reader = match Reader::open(&stream, answered.as_ref(), &read_as) {
                Ok((reader, about)) => {
                    for _ in 0..CHUNKS {
                        // The channel has room for all of them.
                        let _ = empty_tx.send(Chunk::new(about.described.channels));
                    }
                    drop(empty_tx);
                    // The opener waits for this, unless it gave up.
                    let _ = connected_tx.send(Ok(about));
                    reader
                }
                Err(error) => return drop(connected_tx.send(Err(error))),
            };
            // Not earlier, or liblsl's own threads would inherit the priority.
            raise_soon(Urgency::Read);
            reader.run(wanted, &empty_rx, &full_tx);
        };
        let thread = DetachedThread::start("lsl-inlet", body)
            .ok_or_else(|| refuse(&name, StreamError::TooManyConnections))?;
        Ok(Self {
            connected,
            full,
            empty,
            _thread: thread,
        })
    }

    /// Result of the connection, waiting up to `wait` for it; `None` if it is not known yet.
    pub(super) fn connected(&self, wait: Duration) -> Option<Result<Connected, SourceError>> {
        match self.connected.recv_timeout(wait) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(refuse("(unknown)", StreamError::ThreadFailed)))
            }
        }
    }

    /// Whether samples are waiting.
    pub(super) fn has_samples(&self) -> bool {
        !self.full.is_empty()
    }

    /// The next samples, waiting up to `wait` for them.
    pub(super) fn next(&self, wait: Duration) -> Result<Option<Chunk>, Ended> {
        match self.full.recv_timeout(wait) {
            Ok(chunk) => Ok(Some(chunk)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Returns a chunk, to be filled again.
    pub(super) fn give_back(&self, chunk: Chunk) {
        // There is room for all chunks. If the thread has ended, it needs none.
        let _ = self.empty.try_send(chunk);
    }
}

/// What the thread owns.
struct Reader {
    name: String,
    inlet: lsl::StreamInlet,
    sample: Vec<f64>,
    rate: Hertz,
    /// From the stream's clock to this computer's, seconds.
    offset_s: f64,
    /// Number of samples until the clocks are compared again.
    until_clock: u64,
    /// Samples so far of the publisher's current chunk.
    chunk: usize,
}

impl Reader {
    fn open(
        stream: &FoundStream,
        answered: Option<&Answered>,
        read_as: &ReadAs,
    ) -> Result<(Self, Connected), SourceError> {
        let failed = |error| no_answer(&stream.name, error);
        // No recovery by liblsl: it takes 15 s to notice a loss, and hides it.
        let inlet = open_inlet(stream, answered, BUFFER_S, false)?;
        let mut info = match answered {
            Some(answered) => lsl::StreamInfo::from_xml(&answered.full).map_err(failed)?,
            None => inlet.info(STEP_S).map_err(failed)?,
        };
        let format = info.channel_format();
        let (_, declared) = samples(&info)?;
        let mut read_as = read_as.clone();
        if declared.is_none() && read_as.rate.is_none() && format != lsl::ChannelFormat::String {
            read_as.rate = measure(&inlet, &stream.name).map_err(failed)?;
        }
        let described = EegDescription::of(&mut info, &read_as)?;
        // Before samples arrive, so that none has to wait.
        let offset_s = inlet.time_correction(CLOCKS_S).ok();
        let offset_s = offset_s.filter(|offset_s| is_time(*offset_s));
        if offset_s.is_none() {
            log::warn!(
                "LSL stream '{}': the clock of {} does not answer; its stamps are used without correction",
                stream.name,
                stream.host
            );
        }
        inlet.open_stream(STEP_S).map_err(failed)?;
        let reader = Self {
            name: stream.name.clone(),
            inlet,
            sample: vec![0.0; described.channels],
            rate: described.layout.rate,
            offset_s: offset_s.unwrap_or(0.0),
            until_clock: 0,
            chunk: 0,
        };
        Ok((reader, Connected { described, format }))
    }

    /// Reads until it is no longer wanted, or the stream ends.
    fn run(&mut self, wanted: &StopFlag, empty: &Receiver<Chunk>, full: &Sender<Chunk>) {
        while wanted.is_wanted() {
            let mut chunk = match empty.try_recv() {
                Ok(chunk) => chunk,
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => match empty.recv_timeout(WAIT) {
                    Ok(chunk) => chunk,
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
            };
            if let Err(error) = self.fill(&mut chunk, wanted) {
                return log::debug!("LSL stream '{}' has ended: {error:?}", self.name);
            }
            if chunk.frames() > 0 && full.send(chunk).is_err() {
                return;
            }
        }
    }

    /// Waits for samples and takes what is available.
    fn fill(&mut self, into: &mut Chunk, wanted: &StopFlag) -> Result<(), lsl::Error> {
        into.clear();
        if self.chunk > 0 {
            // A chunk may arrive in parts: the next poll takes the rest.
            std::thread::park_timeout(LOOK);
            if !self.pull(into)? {
                self.rest();
            }
        }
        while into.frames() == 0 && wanted.is_wanted() {
            if !self.pull(into)? {
                std::thread::park_timeout(LOOK);
            }
        }
        while into.frames() < CHUNK_FRAMES && self.pull(into)? {}
        self.chunk += into.frames();
        Ok(())
    }

    /// Rests until the next chunk is almost due.
    fn rest(&mut self) {
        let chunk_s = self.rate.secs_of(self.chunk as u64);
        let rest = Duration::from_secs_f64(rest_s(chunk_s));
        std::thread::park_timeout(rest.saturating_sub(LOOK));
        self.chunk = 0;
    }

    /// Pulls one sample. Returns whether there was one.
    fn pull(&mut self, into: &mut Chunk) -> Result<bool, lsl::Error> {
        let stamp_s = match self.inlet.pull_sample_buf(&mut self.sample, 0.0) {
            Ok(0.0) | Err(lsl::Error::Timeout) => return Ok(false),
            pulled => pulled?,
        };
        if self.until_clock == 0 {
            // Twice a second, as liblsl itself does, and without waiting. If there is no new value, the last one stays.
            let offset_s = self.inlet.time_correction(0.0).ok();
            self.offset_s = offset_s
                .filter(|offset_s| is_time(*offset_s))
                .unwrap_or(self.offset_s);
            self.until_clock = self.rate.samples_in_ms(500);
        }
        self.until_clock -= 1;
        into.push(&self.sample, stamp_s + self.offset_s);
        Ok(true)
    }
}

/// Measures the rate of a stream that declares none, from its stamps. The samples are not kept. `None` if it is not a
/// possible rate of EEG.
fn measure(inlet: &lsl::StreamInlet, name: &str) -> Result<Option<Hertz>, lsl::Error> {
    inlet.open_stream(STEP_S)?;
    let (mut slope, mut sample) = (Slope::default(), Vec::<f64>::new());
    let deadline = Deadline::after(MEASURE);
    while !deadline.has_passed() {
        match inlet.pull_sample_buf(&mut sample, 0.1) {
            Ok(0.0) | Err(lsl::Error::Timeout) => {}
            stamp_s => slope.add(stamp_s?),
        }
    }
    let measured_hz = slope.hz().filter(|hz| *hz >= SLOWEST_HZ);
    let rate = measured_hz.and_then(usual_rate);
    if let (Some(measured_hz), Some(rate)) = (measured_hz, rate) {
        let text = format!(
            "declares no sampling rate; its time stamps say {measured_hz:.1} Hz, taken as {rate}"
        );
        Note::new(text, Remedy::StateRate).warn(format_args!("LSL stream '{name}' "));
    }
    Ok(rate)
}

/// How long to rest after a chunk before polling for the next one, seconds.
fn rest_s(chunk_s: f64) -> f64 {
    let rest_s = (CHUNK_SHARE * chunk_s).min(chunk_s - EARLY_S);
    rest_s.clamp(SHORTEST_REST_S, LONGEST_REST_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_wakes_before_the_next_chunk() {
        for rate_hz in [125.0, 250.0, 500.0, 1000.0] {
            for samples in [1.0, 8.0, 32.0] {
                let chunk_s = samples / rate_hz;
                let early_s = chunk_s - rest_s(chunk_s);
                // At a thousand chunks a second, every other rest lasts for two chunks.
                let is_in_time = early_s > 0.9 * EARLY_S || chunk_s <= SHORTEST_REST_S;
                assert!(is_in_time, "{samples} at {rate_hz} Hz: {early_s} s early");
            }
        }
    }
}
