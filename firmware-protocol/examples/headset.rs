//! A headset's main loop, on top of three small hardware traits. Implement them with your board's drivers. Nothing is
//! allocated.
//!
//! `cargo run --example headset` runs it on this computer for one simulated second, with mock hardware.
#![allow(missing_docs)] // an example explains itself in its comments

use bci_cursor_firmware_protocol::BufferTooSmall;
use bci_cursor_firmware_protocol::native::command::{
    Acknowledgement, HeadsetCommand, Outcome, Repr as Command,
};
use bci_cursor_firmware_protocol::native::{
    Kind, MAX_CHANNELS, OLDEST_VERSION, VERSION, frame, hello, samples, time,
};

const CHANNELS: usize = 8;
const LABELS: [&str; CHANNELS] = ["FC3", "FC4", "C3", "Cz", "C4", "CP3", "CPz", "CP4"];
const RATE_HZ: u32 = 250;

/// Bytes to and from the host. Neither function waits.
pub trait Serial {
    fn read(&mut self, into: &mut [u8]) -> usize;
    fn write(&mut self, bytes: &[u8]);
}

/// The converter: one sample of all channels when the next one is ready.
pub trait Converter {
    fn sample(&mut self) -> Option<[i32; CHANNELS]>;
    fn set_gain(&mut self, channel: usize, gain: u8) -> bool;
}

pub trait Clock {
    fn micros(&self) -> u32;
}

pub struct Headset<S, C, K> {
    pub serial: S,
    pub converter: C,
    pub clock: K,
    incoming: frame::Deframer,
    gains: [u8; MAX_CHANNELS],
    counter: u32,
    is_streaming: bool,
}

/// A request from the host. It is taken out of the deframer before anything is sent.
enum HostRequest {
    Hello(hello::Request),
    Do(Command),
    Time(time::Request),
}

impl<S: Serial, C: Converter, K: Clock> Headset<S, C, K> {
    pub fn new(serial: S, converter: C, clock: K) -> Self {
        Self {
            serial,
            converter,
            clock,
            incoming: frame::Deframer::default(),
            gains: [24; MAX_CHANNELS],
            counter: 0,
            is_streaming: false,
        }
    }

    /// One iteration: `loop { headset.step(); }` is the whole firmware.
    pub fn step(&mut self) {
        let mut bytes = [0; 64];
        let count = self.serial.read(&mut bytes);
        let mut request = None;
        self.incoming
            .feed(bytes.get(..count).unwrap_or(&[]), |frame| {
                // Other frames are ignored. If several requests arrive at once, the last one is handled; the host
                // repeats the others.
                let received = match frame.kind() {
                    Some(Kind::HelloRequest) => hello::Request::parse(frame.payload)
                        .map(HostRequest::Hello)
                        .ok(),
                    Some(Kind::Command) => Command::parse(frame.payload).map(HostRequest::Do).ok(),
                    Some(Kind::TimeRequest) => time::Request::parse(frame.payload)
                        .map(HostRequest::Time)
                        .ok(),
                    _ => None,
                };
                request = received.or(request.take());
            });
        match request {
            Some(HostRequest::Hello(request)) => self.say_hello(request),
            Some(HostRequest::Do(command)) => self.execute(command),
            Some(HostRequest::Time(request)) => {
                let now = self.clock.micros();
                let reply = time::Reply {
                    host_micros: request.host_micros,
                    received_micros: now,
                    sent_micros: self.clock.micros(),
                };
                self.send(Kind::TimeReply, |into| reply.emit(into));
            }
            None => {}
        }
        if let Some(counts) = self.converter.sample() {
            let packet = samples::Repr {
                counter: self.counter,
                device_micros: self.clock.micros(),
                channels: CHANNELS as u8,
                samples: 1,
                battery_percent: 255,
                lead_off: None,
                imu: None,
            };
            // Samples are counted even if nobody reads them, so that the host sees what it missed.
            self.counter = self.counter.wrapping_add(1);
            if self.is_streaming {
                self.send(Kind::Samples, |into| {
                    packet.emit(|_, channel| counts.get(channel).copied().unwrap_or(0), into)
                });
            }
        }
    }

    fn say_hello(&mut self, request: hello::Request) {
        let hello = hello::Repr {
            version: request.agree(OLDEST_VERSION, VERSION).unwrap_or(0),
            channels: CHANNELS as u8,
            bits: 24,
            abilities: hello::Abilities::default(),
            rate_millihertz: RATE_HZ * 1000,
            range_microvolts: 4_500_000,
            firmware: [1, 0, 0],
            device_id: *b"example-0001\0\0\0\0",
            gains: self.gains,
        };
        self.send(Kind::Hello, |into| hello.emit(into));
        for (channel, label) in LABELS.iter().enumerate() {
            let label = hello::Label {
                channel: channel as u8,
                label,
            };
            self.send(Kind::Label, |into| label.emit(into));
        }
    }

    fn execute(&mut self, command: Command) {
        let outcome = match command.command {
            HeadsetCommand::Start => {
                self.is_streaming = true;
                Outcome::Done
            }
            HeadsetCommand::Stop => {
                self.is_streaming = false;
                Outcome::Done
            }
            HeadsetCommand::SetGain { channel, gain }
                if usize::from(channel) < CHANNELS && gain > 0 =>
            {
                let place = usize::from(channel);
                if self.converter.set_gain(place, gain) {
                    self.gains
                        .iter_mut()
                        .skip(place)
                        .take(1)
                        .for_each(|own| *own = gain);
                    Outcome::Done
                } else {
                    Outcome::BadArgument
                }
            }
            HeadsetCommand::SetGain { .. } => Outcome::BadArgument,
            HeadsetCommand::Impedance { .. } | HeadsetCommand::TestSignal { .. } => {
                Outcome::Unknown
            }
        };
        let answer = Acknowledgement {
            sequence: command.sequence,
            outcome,
        };
        self.send(Kind::Acknowledgement, |into| answer.emit(into));
        if outcome == Outcome::Done && matches!(command.command, HeadsetCommand::SetGain { .. }) {
            self.say_hello(hello::Request {
                oldest: OLDEST_VERSION,
                newest: VERSION,
            });
        }
    }

    /// The buffers are large enough for every message that is sent here, so no message is dropped.
    fn send(&mut self, kind: Kind, emit: impl FnOnce(&mut [u8]) -> Result<usize, BufferTooSmall>) {
        let (mut payload, mut wire) = ([0; 128], [0; 160]);
        let sent = emit(&mut payload).and_then(|length| {
            frame::encode(kind, payload.get(..length).unwrap_or(&[]), &mut wire)
        });
        if let Ok(length) = sent {
            self.serial.write(wire.get(..length).unwrap_or(&[]));
        }
    }
}

/// Mock hardware: a wire with both ends here, a converter that counts, and a fixed clock.
#[derive(Default)]
pub struct Wire {
    pub to_headset: Vec<u8>,
    pub to_host: Vec<u8>,
}

impl Serial for Wire {
    fn read(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.to_headset.len());
        for (own, byte) in into.iter_mut().zip(self.to_headset.drain(..count)) {
            *own = byte;
        }
        count
    }

    fn write(&mut self, bytes: &[u8]) {
        self.to_host.extend_from_slice(bytes);
    }
}

pub struct Ramp(i32);

impl Converter for Ramp {
    fn sample(&mut self) -> Option<[i32; CHANNELS]> {
        self.0 += 1;
        Some([self.0; CHANNELS])
    }

    fn set_gain(&mut self, _: usize, gain: u8) -> bool {
        gain <= 24
    }
}

pub struct Still;

impl Clock for Still {
    fn micros(&self) -> u32 {
        42
    }
}

fn encoded(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut wire = [0; frame::MAX_WIRE];
    let length = frame::encode(kind, payload, &mut wire).unwrap_or(0);
    wire.get(..length).unwrap_or(&[]).to_vec()
}

fn main() {
    let mut headset = Headset::new(Wire::default(), Ramp(0), Still);
    headset
        .serial
        .to_headset
        .extend(encoded(Kind::HelloRequest, &[1, 1]));
    headset.step();
    headset
        .serial
        .to_headset
        .extend(encoded(Kind::Command, &[1, 1]));
    for _ in 0..RATE_HZ {
        headset.step();
    }
    let mut kinds = std::collections::BTreeMap::new();
    frame::Deframer::default().feed(&headset.serial.to_host, |frame| {
        *kinds.entry(frame.number).or_insert(0) += 1
    });
    println!(
        "{} bytes to the host in a second; frames by kind: {kinds:?}",
        headset.serial.to_host.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(headset: &mut Headset<Wire, Ramp, Still>) -> Vec<(Option<Kind>, Vec<u8>)> {
        let mut out = Vec::new();
        let bytes = std::mem::take(&mut headset.serial.to_host);
        frame::Deframer::default().feed(&bytes, |frame| {
            out.push((frame.kind(), frame.payload.to_vec()))
        });
        out
    }

    #[test]
    fn the_headset_identifies_itself_starts_streams_and_stops() {
        let mut headset = Headset::new(Wire::default(), Ramp(0), Still);
        headset.serial.to_headset.extend([0x55; 40]);
        headset.serial.to_headset.push(0);
        headset
            .serial
            .to_headset
            .extend(encoded(Kind::HelloRequest, &[1, 9]));
        headset.step();
        let received = frames(&mut headset);
        assert_eq!(received.len(), 1 + CHANNELS);
        let hello = hello::Repr::parse(&received[0].1).unwrap();
        assert_eq!(
            (hello.version, hello.channels, hello.rate_millihertz),
            (1, 8, 250_000)
        );
        assert_eq!(hello::Label::parse(&received[3].1).unwrap().label, "C3");

        headset
            .serial
            .to_headset
            .extend(encoded(Kind::Command, &[7, 1]));
        headset.step();
        headset.step();
        let received = frames(&mut headset);
        assert_eq!(
            Acknowledgement::parse(&received[0].1),
            Ok(Acknowledgement {
                sequence: 7,
                outcome: Outcome::Done
            })
        );
        let counters: Vec<u32> = received[1..]
            .iter()
            .map(|(_, payload)| {
                samples::Repr::parse(&samples::Packet::new_checked(payload).unwrap()).counter
            })
            .collect();
        // The first sample was taken before the stream was started.
        assert_eq!(counters, [1, 2]);

        headset
            .serial
            .to_headset
            .extend(encoded(Kind::Command, &[8, 3, 2, 12]));
        headset.step();
        let gain = frames(&mut headset)
            .into_iter()
            .find(|(kind, _)| *kind == Some(Kind::Hello))
            .unwrap();
        assert_eq!(hello::Repr::parse(&gain.1).unwrap().gains[2], 12);
        headset
            .serial
            .to_headset
            .extend(encoded(Kind::Command, &[9, 2]));
        headset.step();
        frames(&mut headset);
        headset.step();
        assert!(frames(&mut headset).is_empty());
    }
}
