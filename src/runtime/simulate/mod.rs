//! A virtual headset: a recording, spoken at real speed over a pseudo-terminal as a headset would speak it, with faults.

mod line;
mod native;
mod openbci;

pub use line::LineFaults;

use super::StopFlag;
use crate::block::Block;
use crate::printable::counted;
use crate::source::headset::HeadsetProtocol;
use crate::source::{Source, SourceError, SourceEvent};
use crate::system::clock;
use crate::time::{HostNanos, SampleIndex};
use crate::units::Hertz;
use bci_cursor_firmware_protocol::BufferTooSmall;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::openbci::ganglion::Firmware;
use line::Line;
use serialport::{SerialPort, TTYPort};
use std::io::{self, Read, Write};
use std::time::Duration;

/// A virtual headset that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The recording.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The pseudo-terminal.
    #[error("the pseudo-terminal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// It cannot be made.
    #[error("no pseudo-terminal can be made: {0}")]
    Make(#[from] serialport::Error),
    /// The headset cannot speak this recording.
    #[error("{0}")]
    Misfit(String),
    /// A message does not fit into a packet.
    #[error("a message does not fit into a packet: {0}")]
    Message(#[from] BufferTooSmall),
}

/// Samples of one packet of the native protocol, and the longest wait for a command.
const PACKET_MS: u32 = 10;
const WAIT: Duration = Duration::from_millis(2);

/// The only rate that a headset has; none where it has any.
#[must_use]
pub fn protocol_rate(protocol: HeadsetProtocol) -> Option<Hertz> {
    limits(protocol).1
}

/// The most channels of a headset, and its rate.
fn limits(protocol: HeadsetProtocol) -> (usize, Option<Hertz>) {
    let (channels, rate_hz) = match protocol {
        HeadsetProtocol::Native => return (MAX_CHANNELS, None),
        HeadsetProtocol::Cyton => openbci::CYTON,
        HeadsetProtocol::CytonDaisy => openbci::CYTON_DAISY,
        HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => openbci::GANGLION,
    };
    (channels, Hertz::new(rate_hz))
}

/// How a headset speaks.
trait Voice: Send {
    /// Whether it was told to send samples.
    fn is_streaming(&self) -> bool;

    /// Hears what the host says; its answer goes to `out`.
    fn hear(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SimulateError>;

    /// Sends samples.
    fn say(&mut self, block: &Block, line: &mut Line) -> Result<(), SimulateError>;

    /// Counts samples that are not sent.
    fn skip(&mut self, samples: u64);

    /// Tells of something that happens with the next sample, where it can.
    fn mark(&mut self, _label: &str, _out: &mut Vec<u8>) -> Result<(), SimulateError> {
        Ok(())
    }
}

/// A virtual headset, waiting to be told to begin.
pub struct VirtualHeadset {
    ours: TTYPort,
    /// Held open, so that a reader that comes and goes is no end.
    theirs: TTYPort,
    voice: Box<dyn Voice>,
    line: Line,
    channels: usize,
}

impl VirtualHeadset {
    /// Makes a pseudo-terminal for a recording of these channels and this rate.
    ///
    /// # Errors
    /// [`SimulateError`] where none can be made, or the protocol cannot carry such a recording.
    pub fn new(
        source: &dyn Source,
        protocol: HeadsetProtocol,
        faults: LineFaults,
        seed: u64,
    ) -> Result<Self, SimulateError> {
        let (labels, rate_hz) = (source.layout().labels.clone(), source.layout().rate.hz());
        let ((most, rate), channels) = (limits(protocol), labels.len());
        if channels > most {
            return Err(SimulateError::Misfit(format!(
                "the recording has {}, but this headset has {most}: choose some with --channels",
                counted(channels, "channel")
            )));
        }
        if rate.is_some_and(|rate| rate.hz() != rate_hz) {
            return Err(SimulateError::Misfit(format!(
                "the recording has {rate_hz} Hz, which this headset does not: resample it"
            )));
        }
        let voice: Box<dyn Voice> = match protocol {
            HeadsetProtocol::Native => Box::new(native::Native::new(labels, rate_hz)),
            HeadsetProtocol::Cyton => Box::new(openbci::Cyton::new(false)),
            HeadsetProtocol::CytonDaisy => Box::new(openbci::Cyton::new(true)),
            HeadsetProtocol::Ganglion => Box::new(openbci::Ganglion::new(Firmware::V3)),
            HeadsetProtocol::Ganglion2 => Box::new(openbci::Ganglion::new(Firmware::V2)),
        };
        let (mut ours, theirs) = TTYPort::pair()?;
        ours.set_timeout(WAIT)?;
        Ok(Self {
            ours,
            theirs,
            voice,
            line: Line::new(faults, seed),
            channels,
        })
    }

    /// Path of the port that a reader opens.
    #[must_use]
    pub fn port(&self) -> String {
        self.theirs.name().unwrap_or_default()
    }

    /// Speaks until the recording ends or the stop flag is set; calls `marker` when a marker is due.
    ///
    /// # Errors
    /// [`SimulateError`] where the recording or the pseudo-terminal fails.
    pub fn speak(
        &mut self,
        source: &mut dyn Source,
        stop: &StopFlag,
        mut marker: impl FnMut(&str),
    ) -> Result<(), SimulateError> {
        let rate = source.layout().rate;
        let mut block = Block::with_capacity(self.channels, rate.samples_in_ms(PACKET_MS) as usize);
        // When the first sample was taken: as soon as somebody wants it.
        let mut start: Option<HostNanos> = None;
        while !stop.stopped() {
            self.listen()?;
            let Some(began) = start.or_else(|| self.voice.is_streaming().then(clock::now)) else {
                continue;
            };
            start = Some(began);
            let due =
                |index: SampleIndex| HostNanos(began.0 + (rate.secs_of(index.0) * 1e9) as i64);
            match source.next(&mut block)? {
                SourceEvent::Samples => {
                    let end = block.first.after(block.frames() as u64);
                    while clock::now() < due(end) && !stop.stopped() {
                        self.listen()?;
                    }
                    self.send_block(&block, rate.secs_of(block.first.0))?;
                }
                SourceEvent::Marker(found) => {
                    while clock::now() < due(found.at) && !stop.stopped() {
                        self.listen()?;
                    }
                    self.mark(&found.label)?;
                    marker(&found.label);
                }
                SourceEvent::Gap { missing } => self.voice.skip(missing),
                SourceEvent::ClockReset | SourceEvent::Idle => {}
                SourceEvent::End => break,
            }
        }
        Ok(())
    }

    /// Hears what the host says, waiting a little.
    fn listen(&mut self) -> Result<(), SimulateError> {
        let mut buffer = [0; 256];
        let count = match self.ours.read(&mut buffer) {
            Ok(count) => count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let bytes = buffer.get(..count).unwrap_or(&[]);
        let mut answer = Vec::new();
        self.voice.hear(bytes, &mut answer)?;
        self.ours.write_all(&answer)?;
        Ok(())
    }

    fn mark(&mut self, label: &str) -> Result<(), SimulateError> {
        let mut message = Vec::new();
        if self.voice.is_streaming() {
            self.voice.mark(label, &mut message)?;
        }
        self.send(&message)
    }

    fn send_block(&mut self, block: &Block, time_s: f64) -> Result<(), SimulateError> {
        if !self.voice.is_streaming() || self.line.is_stalled(time_s) {
            self.voice.skip(block.frames() as u64);
            return Ok(());
        }
        self.line.bytes.clear();
        self.voice.say(block, &mut self.line)?;
        let bytes = std::mem::take(&mut self.line.bytes);
        let sent = self.send(&bytes);
        self.line.bytes = bytes;
        sent
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SimulateError> {
        match self.ours.write_all(bytes) {
            // Nobody reads: what a real headset sends then is lost as well.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            other => Ok(other?),
        }
    }
}

/// What a converter of 24 bits makes of microvolts.
fn to_count(microvolts: f64, microvolts_per_count: f64) -> i32 {
    let count = (microvolts / microvolts_per_count).round();
    // What is no number becomes zero, as the cast has it.
    count.clamp(-8_388_608.0, 8_388_607.0) as i32
}
