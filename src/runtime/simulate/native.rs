//! A headset with the native protocol.

use super::line::Line;
use super::{Protocol, SimulateError, clock, to_count};
use crate::block::Block;
use bci_cursor_firmware_protocol::BufferTooSmall;
use bci_cursor_firmware_protocol::native::command::{
    self, Acknowledgement, HeadsetCommand, Outcome,
};
use bci_cursor_firmware_protocol::native::{
    Kind, MAX_CHANNELS, OLDEST_VERSION, VERSION, frame, hello, impedance, marker, samples, time,
};

/// Gain and range of the virtual amplifier: those of a Cyton.
const GAIN: u8 = 24;
const RANGE_MICROVOLTS: u32 = 4_500_000;
/// Impedance of the first virtual electrode, and the step from each to the next.
const FIRST_OHMS: u32 = 4_000;
const STEP_OHMS: u32 = 3_000;
/// Acceleration (thousandths of g) and rotation of a head that does not move.
const STILL: [i16; 6] = [0, 0, 1000, 0, 0, 0];

pub(super) struct Native {
    labels: Vec<String>,
    rate_hz: f64,
    incoming: frame::Deframer,
    counter: u32,
    is_streaming: bool,
    /// While impedances are measured: number of samples until the next report.
    measured_in: Option<u64>,
}

impl Native {
    pub(super) fn new(labels: Vec<String>, rate_hz: f64) -> Self {
        Self {
            labels,
            rate_hz,
            incoming: frame::Deframer::default(),
            counter: 0,
            is_streaming: false,
            measured_in: None,
        }
    }

    /// Sends impedances twice a second while they are measured.
    fn measure(&mut self, samples: u64, line: &mut Line) -> Result<(), SimulateError> {
        let Some(left) = &mut self.measured_in else {
            return Ok(());
        };
        *left = left.saturating_sub(samples);
        if *left > 0 {
            return Ok(());
        }
        *left = (self.rate_hz / 2.0) as u64;
        let ohms: Vec<Option<u32>> = (0..self.labels.len() as u32)
            .map(|channel| Some(FIRST_OHMS + STEP_OHMS * channel))
            .collect();
        line.put(&wire(Kind::Impedance, |into| impedance::emit(&ohms, into))?);
        Ok(())
    }

    fn execute(&mut self, request: &command::Repr) -> Acknowledgement {
        let outcome = match request.command {
            HeadsetCommand::Start => {
                self.is_streaming = true;
                Outcome::Done
            }
            HeadsetCommand::Stop => {
                self.is_streaming = false;
                Outcome::Done
            }
            HeadsetCommand::Impedance {
                channel: command::ALL_CHANNELS,
                on,
            } => {
                self.measured_in = on.then_some(0);
                Outcome::Done
            }
            HeadsetCommand::Impedance { .. } => Outcome::BadArgument,
            HeadsetCommand::SetGain { .. } | HeadsetCommand::TestSignal { .. } => Outcome::Unknown,
        };
        Acknowledgement {
            sequence: request.sequence,
            outcome,
        }
    }

    fn send_hello(&self, request: &hello::Request, out: &mut Vec<u8>) -> Result<(), SimulateError> {
        let mut device_id = [0; 16];
        let id = device_id.iter_mut().zip(b"virtual-headset");
        id.for_each(|(own, byte)| *own = *byte);
        let hello = hello::Repr {
            version: request.agree(OLDEST_VERSION, VERSION).unwrap_or(0),
            channels: self.labels.len() as u8,
            bits: 24,
            abilities: hello::Abilities {
                imu: true,
                impedance: true,
                ..hello::Abilities::default()
            },
            rate_millihertz: (self.rate_hz * 1000.0).round() as u32,
            range_microvolts: RANGE_MICROVOLTS,
            firmware: [1, 0, 0],
            device_id,
            gains: [GAIN; MAX_CHANNELS],
        };
        out.extend(wire(Kind::Hello, |into| hello.emit(into))?);
        for (channel, label) in self.labels.iter().enumerate() {
            let label = hello::Label {
                channel: channel as u8,
                label,
            };
            out.extend(wire(Kind::Label, |into| label.emit(into))?);
        }
        Ok(())
    }
}

impl Protocol for Native {
    fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SimulateError> {
        let mut received = Vec::new();
        self.incoming.feed(bytes, |frame| {
            received.push((frame.kind(), frame.payload.to_vec()))
        });
        for (kind, payload) in received {
            match kind {
                Some(Kind::HelloRequest) => {
                    if let Ok(request) = hello::Request::parse(&payload) {
                        self.send_hello(&request, out)?;
                    }
                }
                Some(Kind::Command) => {
                    if let Ok(request) = command::Repr::parse(&payload) {
                        let answer = self.execute(&request);
                        out.extend(wire(Kind::Acknowledgement, |into| answer.emit(into))?);
                    }
                }
                Some(Kind::TimeRequest) => {
                    if let Ok(request) = time::Request::parse(&payload) {
                        let reply = time::Reply {
                            host_micros: request.host_micros,
                            received_micros: micros(),
                            sent_micros: micros(),
                        };
                        out.extend(wire(Kind::TimeReply, |into| reply.emit(into))?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, block: &Block, line: &mut Line) -> Result<(), SimulateError> {
        let scale = f64::from(RANGE_MICROVOLTS) / 8_388_607.0 / f64::from(GAIN);
        let channels = block.channels();
        // As many samples per packet as fit next to its header and trailer.
        let at_once = ((frame::MAX_PAYLOAD - 32) / (3 * channels)).clamp(1, 255);
        for piece in block.samples().chunks(at_once * channels) {
            let count = (piece.len() / channels) as u8;
            let repr = samples::Repr {
                counter: self.counter,
                device_micros: micros(),
                channels: channels as u8,
                samples: count,
                battery_percent: 255,
                lead_off: None,
                imu: Some(STILL),
            };
            self.counter = self.counter.wrapping_add(count.into());
            let value = |sample: usize, channel: usize| {
                let value = piece.get(sample * channels + channel).copied();
                to_count(value.unwrap_or(0.0), scale)
            };
            line.put(&wire(Kind::Samples, |into| repr.emit(value, into))?);
        }
        self.measure(block.frames() as u64, line)
    }

    fn skip(&mut self, samples: u64) {
        self.counter = self.counter.wrapping_add(samples as u32);
    }

    fn mark(&mut self, label: &str, out: &mut Vec<u8>) -> Result<(), SimulateError> {
        let mut end = label.len().min(marker::MAX_BYTES);
        while !label.is_char_boundary(end) {
            end -= 1;
        }
        let repr = marker::Repr {
            counter: self.counter,
            label: label.get(..end).unwrap_or(""),
        };
        out.extend(wire(Kind::Marker, |into| repr.emit(into))?);
        Ok(())
    }
}

/// The headset's clock, microseconds.
fn micros() -> u32 {
    (clock::now().0 / 1000) as u32
}

/// A message in its wire format.
fn wire(
    kind: Kind,
    emit: impl FnOnce(&mut [u8]) -> Result<usize, BufferTooSmall>,
) -> Result<Vec<u8>, SimulateError> {
    let mut payload = [0; frame::MAX_PAYLOAD];
    let length = emit(&mut payload)?;
    let mut wire = vec![0; frame::MAX_WIRE];
    let length = frame::encode(kind, payload.get(..length).unwrap_or(&[]), &mut wire)?;
    wire.truncate(length);
    Ok(wire)
}
