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

/// A silence longer than this may be longer than a Cyton's counter tells, seconds.
const COUNTER_S: f64 = 0.5;

/// Decodes a device's bytes. Allocates nothing after it was made.
pub(super) struct Stream {
    decoder: Decoder,
    microvolts_per_count: [f64; MAX_CHANNELS],
    channels: usize,
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
        }
    }

    /// Takes bytes as they come; calls `emit` for each frame.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Frame)) {
        let scales = self.microvolts_per_count;
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
                    // One that came twice or too late is passed over.
                    if let Some(lost) = counter.take(repr.counter.wrapping_add(sample.into())) {
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
    pub(super) fn lost(&self, counted: u64, silent_s: f64, rate: Hertz, is_new_count: bool) -> u64 {
        let by_time = u64::try_from(rate.samples_in_secs(silent_s)).unwrap_or(0);
        if is_new_count {
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
