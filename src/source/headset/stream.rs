//! Bytes to frames of microvolts, whatever the protocol.

use super::handshake::{Device, Protocol};
use crate::units::Hertz;
use bci_cursor_firmware_protocol::counter::Unwrap;
use bci_cursor_firmware_protocol::native::{Kind, MAX_CHANNELS, frame, samples};
use bci_cursor_firmware_protocol::openbci::{cyton, daisy};

/// One sample of every channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Samples that were lost before it.
    pub(super) lost: u64,
    pub(super) microvolts: [f64; MAX_CHANNELS],
}

/// So many samples in a row from before the last one: the headset was restarted and counts anew.
const RESTARTED: u32 = 16;
/// A silence longer than this may be longer than a Cyton's counter tells, seconds.
const COUNTER_S: f64 = 0.5;

/// Decodes a device's bytes. Allocates nothing after it was made.
pub(super) struct Stream {
    decoder: Decoder,
    microvolts_per_count: [f64; MAX_CHANNELS],
    channels: usize,
    /// Samples in a row that came from before the last one.
    behind: u32,
    /// Its counter began anew: only time tells what was lost.
    is_restarted: bool,
}

enum Decoder {
    Native(Box<frame::Deframer>, Unwrap),
    Cyton(cyton::Deframer),
    Daisy(cyton::Deframer, daisy::Pairs),
}

impl Stream {
    pub(super) fn new(device: &Device) -> Self {
        let mut microvolts_per_count = [0.0; MAX_CHANNELS];
        microvolts_per_count
            .iter_mut()
            .zip(&device.microvolts_per_count)
            .for_each(|(own, scale)| *own = *scale);
        let decoder = match device.protocol {
            Protocol::Native => Decoder::Native(Box::default(), Unwrap::new(32)),
            Protocol::Cyton => Decoder::Cyton(cyton::Deframer::default()),
            Protocol::CytonDaisy => {
                Decoder::Daisy(cyton::Deframer::default(), daisy::Pairs::default())
            }
        };
        Self {
            decoder,
            microvolts_per_count,
            channels: device.channels(),
            behind: 0,
            is_restarted: false,
        }
    }

    /// Takes bytes as they come; calls `emit` for each frame.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Frame)) {
        let scales = self.microvolts_per_count;
        let (behind, is_restarted) = (&mut self.behind, &mut self.is_restarted);
        let scaled = |counts: &mut dyn Iterator<Item = i32>, lost: u64| {
            let mut frame = Frame {
                lost,
                microvolts: [0.0; MAX_CHANNELS],
            };
            let values = frame.microvolts.iter_mut().zip(counts).zip(scales);
            values.for_each(|((own, count), scale)| *own = f64::from(count) * scale);
            frame
        };
        match &mut self.decoder {
            Decoder::Cyton(deframer) => deframer.feed(bytes, |received| {
                emit(scaled(
                    &mut received.packet.counts.into_iter(),
                    received.lost.into(),
                ));
            }),
            Decoder::Daisy(deframer, pairs) => deframer.feed(bytes, |received| {
                if let Some(sample) = pairs.take(&received) {
                    emit(scaled(&mut sample.counts.into_iter(), sample.lost.into()));
                }
            }),
            Decoder::Native(deframer, counter) => deframer.feed(bytes, |frame| {
                let packet = Some(frame).filter(|frame| frame.kind() == Some(Kind::Samples));
                let packet =
                    packet.and_then(|frame| samples::Packet::new_checked(frame.payload).ok());
                // A frame of other channels than were announced is none of this headset's.
                let Some(packet) = packet
                    .filter(|p| usize::from(samples::Repr::parse(p).channels) == self.channels)
                else {
                    return;
                };
                let repr = samples::Repr::parse(&packet);
                for sample in 0..repr.samples {
                    let mut lost = counter.take(repr.counter.wrapping_add(sample.into()));
                    // One that came twice or too late is passed over.
                    *behind = if lost.is_none() { *behind + 1 } else { 0 };
                    if *behind >= RESTARTED {
                        log::warn!("the headset's counter went back: it was restarted");
                        counter.reset();
                        lost = counter.take(repr.counter.wrapping_add(sample.into()));
                        (*behind, *is_restarted) = (0, true);
                    }
                    if let Some(lost) = lost {
                        let mut counts =
                            (0..self.channels).map(|channel| packet.count(sample.into(), channel));
                        emit(scaled(&mut counts, lost));
                    }
                }
            }),
        }
    }

    /// Samples lost before the first frame after a silence: the counter's word where it is long enough, else time's; or both
    /// together, as a Cyton's counter begins again every second.
    pub(super) fn lost(
        &mut self,
        counted: u64,
        silent_s: f64,
        rate: Hertz,
        is_new_count: bool,
    ) -> u64 {
        let by_time = u64::try_from(rate.samples_in_secs(silent_s)).unwrap_or(0);
        if std::mem::take(&mut self.is_restarted) || is_new_count {
            return by_time;
        }
        match self.decoder {
            Decoder::Native(..) => counted,
            _ if silent_s < COUNTER_S => counted,
            Decoder::Cyton(_) | Decoder::Daisy(..) => {
                let range = if matches!(self.decoder, Decoder::Cyton(_)) {
                    256
                } else {
                    128
                };
                let turns = (by_time.saturating_sub(counted) + range / 2) / range;
                counted + turns * range
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bci_cursor_firmware_protocol::openbci::cyton::Aux;

    fn device(protocol: Protocol) -> Device {
        Device {
            protocol,
            id: String::new(),
            firmware: String::new(),
            rate_hz: 250.0,
            labels: vec!["C3".into(), "C4".into()],
            microvolts_per_count: vec![0.5, 2.0],
        }
    }

    fn native(counter: u32, channels: u8) -> Vec<u8> {
        let repr = samples::Repr {
            counter,
            device_micros: 0,
            channels,
            samples: 2,
            battery_percent: 255,
            lead_off: None,
            imu: None,
        };
        let (mut payload, mut wire) = ([0; 100], [0; 200]);
        let length = repr
            .emit(|_, channel| counter as i32 + channel as i32, &mut payload)
            .unwrap();
        let length = frame::encode(Kind::Samples, &payload[..length], &mut wire).unwrap();
        wire[..length].to_vec()
    }

    fn fed(stream: &mut Stream, bytes: &[u8]) -> Vec<(u64, f64, f64)> {
        let mut out = Vec::new();
        stream.feed(bytes, |f| {
            out.push((f.lost, f.microvolts[0], f.microvolts[1]))
        });
        out
    }

    #[test]
    fn counts_become_microvolts_and_losses_are_told() {
        let mut stream = Stream::new(&device(Protocol::Native));
        let bytes = [native(10, 2), native(16, 2), native(16, 2), native(18, 3)].concat();
        assert_eq!(
            fed(&mut stream, &bytes),
            [
                (0, 5.0, 22.0),
                (0, 5.0, 22.0),
                (4, 8.0, 34.0),
                (0, 8.0, 34.0)
            ]
        );
    }

    #[test]
    fn a_headset_that_was_restarted_is_followed_again() {
        let rate = Hertz::new(250.0).unwrap();
        let mut stream = Stream::new(&device(Protocol::Native));
        fed(&mut stream, &native(1_000_000, 2));
        let after: Vec<_> = (0..10)
            .flat_map(|k| fed(&mut stream, &native(2 * k, 2)))
            .collect();
        // Fifteen samples pass before it is believed.
        assert_eq!(after.len(), 5);
        assert_eq!(stream.lost(0, 2.0, rate, false), 500);
        assert_eq!(stream.lost(3, 2.0, rate, false), 3);
    }

    #[test]
    fn after_a_silence_time_tells_how_often_a_cyton_went_round() {
        let rate = Hertz::new(250.0).unwrap();
        let mut stream = Stream::new(&device(Protocol::Cyton));
        let packet = |counter| {
            let mut bytes = [0; 33];
            let aux = Aux::Acceleration([0; 3]);
            let repr = cyton::Repr {
                counter,
                counts: [4; 8],
                aux,
            };
            repr.emit(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(
            fed(&mut stream, &[packet(0), packet(1)].concat()),
            [(0, 2.0, 8.0), (0, 2.0, 8.0)]
        );
        for (counted, silent_s, lost) in [
            (3, 0.1, 3),
            (244, 2.0, 500),
            (2, 1.03, 258),
            (250, 0.99, 250),
        ] {
            assert_eq!(stream.lost(counted, silent_s, rate, false), lost);
        }
    }
}
