//! A virtual headset: plays a recording in real time over a pseudo-terminal, in a headset's protocol, with faults.

mod line;
mod native;
mod openbci;

pub use line::LineFaults;

use super::StopFlag;
use crate::block::Block;
use crate::printable::counted;
use crate::runtime::pseudo_terminal;
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
use std::io::{self, Write};
use std::time::Duration;

/// Why a virtual headset failed.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The recording failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The pseudo-terminal failed.
    #[error("the pseudo-terminal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The pseudo-terminal could not be created.
    #[error("no pseudo-terminal can be made: {0}")]
    Make(#[from] serialport::Error),
    /// More channels than this headset has.
    #[error(
        "the recording has {}, but this headset has {most}",
        counted(found, "channel")
    )]
    Channels {
        /// Channels of the recording.
        found: usize,
        /// Channels of the headset.
        most: usize,
    },
    /// Another rate than this headset has.
    #[error("the recording has {hz} Hz, which this headset does not: resample it")]
    Rate {
        /// Sampling rate of the recording, Hz.
        hz: f64,
    },
    /// A message does not fit into a packet.
    #[error("a message does not fit into a packet: {0}")]
    Message(#[from] BufferTooSmall),
}

/// Length of a packet of the native protocol, and the longest wait for a command.
const PACKET_MS: u32 = 10;
const WAIT: Duration = Duration::from_millis(2);

/// The rate of a headset; `None` if it supports any.
#[must_use]
pub fn protocol_rate(protocol: HeadsetProtocol) -> Option<Hertz> {
    limits(protocol).1
}

/// The maximum number of channels of a headset, and its rate.
fn limits(protocol: HeadsetProtocol) -> (usize, Option<Hertz>) {
    let (channels, rate_hz) = match protocol {
        HeadsetProtocol::Native => return (MAX_CHANNELS, None),
        HeadsetProtocol::Cyton => openbci::CYTON,
        HeadsetProtocol::CytonDaisy => openbci::CYTON_DAISY,
        HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => openbci::GANGLION,
    };
    (channels, Hertz::new(rate_hz))
}

/// A headset's side of a protocol.
trait Protocol: Send {
    /// Whether the host has started streaming.
    fn is_streaming(&self) -> bool;

    /// Handles bytes from the host, and appends the reply to `out`.
    fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SimulateError>;

    /// Sends samples.
    fn send(&mut self, block: &Block, line: &mut Line) -> Result<(), SimulateError>;

    /// Counts samples that are not sent.
    fn skip(&mut self, samples: u64);

    /// Sends a marker for the next sample, if the protocol supports that.
    fn mark(&mut self, _label: &str, _out: &mut Vec<u8>) -> Result<(), SimulateError> {
        Ok(())
    }
}

/// A virtual headset, which waits to be started.
pub struct VirtualHeadset {
    ours: TTYPort,
    /// Held open, so that the port survives readers that come and go.
    theirs: TTYPort,
    protocol_side: Box<dyn Protocol>,
    line: Line,
    channels: usize,
}

impl VirtualHeadset {
    /// Creates a pseudo-terminal for a recording of these channels and this rate.
    ///
    /// # Errors
    /// [`SimulateError`] if it cannot be created, or the protocol cannot carry such a recording.
    pub fn new(
        source: &dyn Source,
        protocol: HeadsetProtocol,
        faults: LineFaults,
        seed: u64,
    ) -> Result<Self, SimulateError> {
        let (labels, rate_hz) = (source.layout().labels.clone(), source.layout().rate.hz());
        let ((most, rate), channels) = (limits(protocol), labels.len());
        if channels > most {
            return Err(SimulateError::Channels {
                found: channels,
                most,
            });
        }
        if rate.is_some_and(|rate| rate.hz() != rate_hz) {
            return Err(SimulateError::Rate { hz: rate_hz });
        }
        let protocol_side: Box<dyn Protocol> = match protocol {
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
            protocol_side,
            line: Line::new(faults, seed),
            channels,
        })
    }

    /// Path of the port that a reader opens.
    #[must_use]
    pub fn port(&self) -> String {
        self.theirs.name().unwrap_or_default()
    }

    /// Plays the recording until it ends or the stop flag is set. Calls `marker` when a marker is due.
    ///
    /// # Errors
    /// [`SimulateError`] if the recording or the pseudo-terminal fails.
    pub fn play(
        &mut self,
        source: &mut dyn Source,
        stop: &StopFlag,
        mut marker: impl FnMut(&str),
    ) -> Result<(), SimulateError> {
        let rate = source.layout().rate;
        let mut block = Block::with_capacity(self.channels, rate.samples_in_ms(PACKET_MS) as usize);
        // When the first sample is due: as soon as the host starts streaming.
        let mut start: Option<HostNanos> = None;
        while !stop.stopped() {
            self.listen()?;
            let Some(began) = start.or_else(|| self.protocol_side.is_streaming().then(clock::now))
            else {
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
                SourceEvent::Gap { missing } => self.protocol_side.skip(missing),
                SourceEvent::ClockReset | SourceEvent::Idle => {}
                SourceEvent::End => break,
            }
        }
        Ok(())
    }

    /// Handles bytes from the host, after a short wait for them.
    fn listen(&mut self) -> Result<(), SimulateError> {
        let mut buffer = [0; 256];
        let bytes = pseudo_terminal::read(&mut self.ours, &mut buffer)?;
        let mut answer = Vec::new();
        self.protocol_side.receive(bytes, &mut answer)?;
        self.ours.write_all(&answer)?;
        Ok(())
    }

    fn mark(&mut self, label: &str) -> Result<(), SimulateError> {
        let mut message = Vec::new();
        if self.protocol_side.is_streaming() {
            self.protocol_side.mark(label, &mut message)?;
        }
        self.send(&message)
    }

    fn send_block(&mut self, block: &Block, time_s: f64) -> Result<(), SimulateError> {
        if !self.protocol_side.is_streaming() || self.line.is_stalled(time_s) {
            self.protocol_side.skip(block.frames() as u64);
            return Ok(());
        }
        self.line.bytes.clear();
        self.protocol_side.send(block, &mut self.line)?;
        let bytes = std::mem::take(&mut self.line.bytes);
        let sent = self.send(&bytes);
        self.line.bytes = bytes;
        sent
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SimulateError> {
        match self.ours.write_all(bytes) {
            // Nobody reads. What a real headset sends then is lost as well.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            other => Ok(other?),
        }
    }
}

/// Converts microvolts into the counts of a 24-bit converter.
fn to_count(microvolts: f64, microvolts_per_count: f64) -> i32 {
    let count = (microvolts / microvolts_per_count).round();
    // The cast turns NaN into zero.
    count.clamp(-8_388_608.0, 8_388_607.0) as i32
}
