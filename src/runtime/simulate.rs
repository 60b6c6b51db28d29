//! A virtual headset: a recording, spoken at real speed over a pseudo-terminal as a headset would speak it, with faults.

use super::{StopFlag, clock};
use crate::block::Block;
use crate::source::headset::Protocol;
use crate::source::{Source, SourceError, SourceEvent};
use crate::time::{HostNanos, SampleIndex};
use crate::units::Hertz;
use bci_cursor_firmware_protocol::native::command::{self, Acknowledgement, Command, Outcome};
use bci_cursor_firmware_protocol::native::{
    Kind, MAX_CHANNELS, OLDEST_VERSION, VERSION, frame, hello, samples, time,
};
use bci_cursor_firmware_protocol::openbci::{cyton, daisy};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serialport::{SerialPort, TTYPort};
use std::io::{self, Read, Write};
use std::time::Duration;

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LineFaults {
    /// Share of the packets that are lost, 0 to 1.
    pub lost_packets: f64,
    /// Share of the bytes that are damaged, 0 to 1.
    pub damaged_bytes: f64,
    /// Share of the packets that come twice, 0 to 1.
    pub repeated_packets: f64,
    /// From and to this time of the recording (seconds) nothing is sent.
    pub stall_s: Option<(f64, f64)>,
}

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
}

/// Samples of one packet of the native protocol, and the longest wait for a command.
const PACKET_MS: u32 = 10;
const WAIT: Duration = Duration::from_millis(2);
/// Gain and range of the virtual amplifier: those of a Cyton.
const GAIN: u8 = 24;
const RANGE_MICROVOLTS: u32 = 4_500_000;

/// The only rate that a headset has; none where it has any.
#[must_use]
pub fn protocol_rate(protocol: Protocol) -> Option<Hertz> {
    match protocol {
        Protocol::Native => None,
        Protocol::Cyton => Hertz::new(cyton::RATE_HZ),
        Protocol::CytonDaisy => Hertz::new(daisy::RATE_HZ),
    }
}

/// A virtual headset, waiting to be told to begin.
pub struct VirtualHeadset {
    ours: TTYPort,
    /// Held open, so that a reader that comes and goes is no end.
    theirs: TTYPort,
    protocol: Protocol,
    faults: LineFaults,
    random: ChaCha8Rng,
    incoming: frame::Deframer,
    counter: u32,
    is_streaming: bool,
    /// Counts of the odd half of a Daisy's sample, or nothing.
    wire: Vec<u8>,
    labels: Vec<String>,
    rate_hz: f64,
}

impl VirtualHeadset {
    /// Makes a pseudo-terminal for a recording of these channels and this rate.
    ///
    /// # Errors
    /// [`SimulateError`] where none can be made, or the protocol cannot carry such a recording.
    pub fn new(
        source: &dyn Source,
        protocol: Protocol,
        faults: LineFaults,
        seed: u64,
    ) -> Result<Self, SimulateError> {
        let (labels, rate_hz) = (source.layout().labels.clone(), source.layout().rate.hz());
        let most = match protocol {
            Protocol::Native => MAX_CHANNELS,
            Protocol::Cyton => cyton::CHANNELS,
            Protocol::CytonDaisy => 2 * cyton::CHANNELS,
        };
        if labels.len() > most {
            let found = labels.len();
            return Err(SimulateError::Misfit(format!(
                "the recording has {found} channels, but this headset has {most}: choose some with --channels"
            )));
        }
        if protocol_rate(protocol).is_some_and(|rate| rate.hz() != rate_hz) {
            return Err(SimulateError::Misfit(format!(
                "the recording has {rate_hz} Hz, which this headset does not: resample it"
            )));
        }
        let (mut ours, theirs) = TTYPort::pair()?;
        ours.set_timeout(WAIT)?;
        Ok(Self {
            ours,
            theirs,
            protocol,
            faults,
            random: ChaCha8Rng::seed_from_u64(seed),
            incoming: frame::Deframer::default(),
            counter: 0,
            is_streaming: false,
            wire: Vec::new(),
            labels,
            rate_hz,
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
        let mut block =
            Block::with_capacity(self.labels.len(), rate.samples_in_ms(PACKET_MS) as usize);
        // When the first sample was taken: as soon as somebody wants it.
        let mut start: Option<HostNanos> = None;
        while !stop.stopped() {
            self.listen()?;
            let Some(began) = start.or_else(|| self.is_streaming.then(clock::now)) else {
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
                    marker(&found.label);
                }
                SourceEvent::Gap { missing } => {
                    self.counter = self.counter.wrapping_add(missing as u32)
                }
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
        if self.protocol == Protocol::Native {
            self.hear_native(bytes)
        } else {
            self.hear_openbci(bytes)
        }
    }

    fn hear_openbci(&mut self, bytes: &[u8]) -> Result<(), SimulateError> {
        for byte in bytes {
            match byte {
                b'b' => self.is_streaming = true,
                b's' => self.is_streaming = false,
                b'v' => {
                    self.is_streaming = false;
                    let daisy = if self.protocol == Protocol::CytonDaisy {
                        "On Daisy ADS1299 Device ID: 0x3E\r\n"
                    } else {
                        ""
                    };
                    let text = format!(
                        "OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\n{daisy}LIS3DH Device ID: 0x33\r\nFirmware: v3.1.2\r\n$$$"
                    );
                    self.ours.write_all(text.as_bytes())?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn hear_native(&mut self, bytes: &[u8]) -> Result<(), SimulateError> {
        let mut heard = Vec::new();
        self.incoming.feed(bytes, |frame| {
            heard.push((frame.kind(), frame.payload.to_vec()))
        });
        for (kind, payload) in heard {
            match kind {
                Some(Kind::HelloRequest) => self.say_hello(&payload)?,
                Some(Kind::Command) => {
                    if let Ok(asked) = command::Repr::parse(&payload) {
                        let outcome = match asked.command {
                            Command::Start => {
                                self.is_streaming = true;
                                Outcome::Done
                            }
                            Command::Stop => {
                                self.is_streaming = false;
                                Outcome::Done
                            }
                            Command::SetGain { .. }
                            | Command::Impedance { .. }
                            | Command::TestSignal { .. } => Outcome::Unknown,
                        };
                        let answer = Acknowledgement {
                            sequence: asked.sequence,
                            outcome,
                        };
                        self.send(Kind::Acknowledgement, |into| answer.emit(into))?;
                    }
                }
                Some(Kind::TimeRequest) => {
                    if let Ok(asked) = time::Request::parse(&payload) {
                        let now = (clock::now().0 / 1000) as u32;
                        let reply = time::Reply {
                            host_micros: asked.host_micros,
                            heard_micros: now,
                            sent_micros: now,
                        };
                        self.send(Kind::TimeReply, |into| reply.emit(into))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn say_hello(&mut self, payload: &[u8]) -> Result<(), SimulateError> {
        let Ok(request) = hello::Request::parse(payload) else {
            return Ok(());
        };
        let mut device_id = [0; 16];
        device_id
            .iter_mut()
            .zip(b"virtual-headset")
            .for_each(|(own, byte)| *own = *byte);
        let hello = hello::Repr {
            version: request.agree(OLDEST_VERSION, VERSION).unwrap_or(0),
            channels: self.labels.len() as u8,
            bits: 24,
            abilities: hello::Abilities::default(),
            rate_millihertz: (self.rate_hz * 1000.0).round() as u32,
            range_microvolts: RANGE_MICROVOLTS,
            firmware: [1, 0, 0],
            device_id,
            gains: [GAIN; MAX_CHANNELS],
        };
        self.send(Kind::Hello, |into| hello.emit(into))?;
        for (channel, label) in self.labels.clone().iter().enumerate() {
            let label = hello::Label {
                channel: channel as u8,
                label,
            };
            self.send(Kind::Label, |into| label.emit(into))?;
        }
        Ok(())
    }

    /// Sends a message, whatever the line does to samples.
    fn send<E>(
        &mut self,
        kind: Kind,
        emit: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), SimulateError> {
        let mut payload = [0; frame::MAX_PAYLOAD];
        let too_long = || io::Error::other("a message is too long");
        let length = emit(&mut payload).map_err(|_| too_long())?;
        let mut wire = [0; frame::MAX_WIRE];
        let payload = payload.get(..length).unwrap_or(&[]);
        let length = frame::encode(kind, payload, &mut wire).map_err(|_| too_long())?;
        self.ours.write_all(wire.get(..length).unwrap_or(&[]))?;
        Ok(())
    }

    fn send_block(&mut self, block: &Block, time_s: f64) -> Result<(), SimulateError> {
        let is_stalled = self
            .faults
            .stall_s
            .is_some_and(|(from, to)| (from..to).contains(&time_s));
        if !self.is_streaming || is_stalled {
            self.counter = self.counter.wrapping_add(block.frames() as u32);
            return Ok(());
        }
        self.wire.clear();
        if self.protocol == Protocol::Native {
            self.native_packet(block)?;
        } else {
            for frame in block.iter() {
                self.openbci_packets(frame)?;
            }
        }
        let wire = std::mem::take(&mut self.wire);
        let written = self.ours.write_all(&wire);
        self.wire = wire;
        match written {
            // Nobody reads: what a real headset sends then is lost as well.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            other => Ok(other?),
        }
    }

    fn native_packet(&mut self, block: &Block) -> Result<(), SimulateError> {
        let too_long = || SimulateError::Io(io::Error::other("a packet is too long"));
        let scale = f64::from(RANGE_MICROVOLTS) / 8_388_607.0 / f64::from(GAIN);
        let channels = block.channels();
        // As many samples at once as fit.
        let at_once = ((frame::MAX_PAYLOAD - 32) / (3 * channels)).clamp(1, 255);
        for piece in block.samples().chunks(at_once * channels) {
            let count = (piece.len() / channels) as u8;
            let repr = samples::Repr {
                counter: self.counter,
                device_micros: (clock::now().0 / 1000) as u32,
                channels: channels as u8,
                samples: count,
                battery_percent: 255,
                lead_off: None,
                imu: None,
            };
            self.counter = self.counter.wrapping_add(count.into());
            let mut payload = [0; frame::MAX_PAYLOAD];
            let value = |sample: usize, channel: usize| {
                piece
                    .get(sample * channels + channel)
                    .copied()
                    .unwrap_or(0.0)
            };
            let length = repr
                .emit(|s, c| to_count(value(s, c), scale), &mut payload)
                .map_err(|_| too_long())?;
            let mut wire = [0; frame::MAX_WIRE];
            let payload = payload.get(..length).unwrap_or(&[]);
            let length =
                frame::encode(Kind::Samples, payload, &mut wire).map_err(|_| too_long())?;
            self.put(wire.get(..length).unwrap_or(&[]));
        }
        Ok(())
    }

    fn openbci_packets(&mut self, frame: &[f64]) -> Result<(), SimulateError> {
        let scale = cyton::microvolts_per_count(cyton::DEFAULT_GAIN);
        let halves = if self.protocol == Protocol::CytonDaisy {
            2
        } else {
            1
        };
        for half in 0..halves {
            let mut counts = [0; cyton::CHANNELS];
            let own = frame.iter().skip(half * cyton::CHANNELS);
            counts
                .iter_mut()
                .zip(own)
                .for_each(|(count, value)| *count = to_count(*value, scale));
            // With a Daisy, the first half goes with odd numbers.
            let number = if halves == 2 {
                (self.counter as usize * 2 + 1 + half) as u8
            } else {
                self.counter as u8
            };
            let aux = cyton::Aux::Acceleration([0; 3]);
            let mut packet = [0; cyton::PACKET_BYTES];
            let repr = cyton::Repr {
                counter: number,
                counts,
                aux,
            };
            repr.emit(&mut packet)
                .map_err(|error| SimulateError::Io(io::Error::other(error)))?;
            self.put(&packet);
        }
        self.counter = self.counter.wrapping_add(1);
        Ok(())
    }

    /// Puts a packet on the line, which may lose, repeat or damage it.
    fn put(&mut self, packet: &[u8]) {
        if self.happens(self.faults.lost_packets) {
            return;
        }
        let times = if self.happens(self.faults.repeated_packets) {
            2
        } else {
            1
        };
        for _ in 0..times {
            for &byte in packet {
                let is_damaged = self.happens(self.faults.damaged_bytes);
                let damage = if is_damaged {
                    self.random.next_u32() as u8 | 1
                } else {
                    0
                };
                self.wire.push(byte ^ damage);
            }
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && f64::from(self.random.next_u32()) < share * f64::from(u32::MAX)
    }
}

/// What a converter of 24 bits makes of microvolts.
fn to_count(microvolts: f64, microvolts_per_count: f64) -> i32 {
    let count = (microvolts / microvolts_per_count).round();
    // What is no number becomes zero, as the cast has it.
    count.clamp(-8_388_608.0, 8_388_607.0) as i32
}
