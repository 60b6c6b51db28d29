//! Decodes frames of the native protocol.

use super::device::Device;
use super::event::{Frame, HeadsetEvent};
use crate::printable::counted;
use crate::source::motion::Motion;
use bci_cursor_firmware_protocol::counter::Unwrap;
use bci_cursor_firmware_protocol::native::command::Acknowledgement;
use bci_cursor_firmware_protocol::native::{
    Kind, MAX_CHANNELS, frame, hello, impedance, marker, samples,
};

/// After this many consecutive samples with numbers before the last one, the headset counts as restarted. After this
/// many consecutive packets with another number of channels, it counts as replaced by another headset.
const BELIEVED: u32 = 16;

/// Decodes the bytes of one headset.
pub(super) struct Native {
    deframer: frame::Deframer,
    follower: Follower,
}

impl Native {
    pub(super) fn new(device: &Device, microvolts_per_count: [f64; MAX_CHANNELS]) -> Self {
        Self {
            deframer: frame::Deframer::default(),
            follower: Follower {
                device: device.clone(),
                microvolts_per_count,
                counter: Unwrap::new(32),
                next: 0,
                behind: 0,
                misfits: 0,
                is_restarted: false,
            },
        }
    }

    /// Whether the counter has restarted since the last call.
    pub(super) fn take_restart(&mut self) -> bool {
        std::mem::take(&mut self.follower.is_restarted)
    }

    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut impl FnMut(HeadsetEvent)) {
        let follower = &mut self.follower;
        self.deframer.feed(bytes, |frame| match frame.kind() {
            Some(Kind::Samples) => {
                if let Ok(packet) = samples::Packet::new_checked(frame.payload) {
                    follower.samples(&packet, emit);
                }
            }
            Some(Kind::Marker) => {
                if let Ok(marker) = marker::Repr::parse(frame.payload) {
                    let after = marker.counter.wrapping_sub(follower.next).cast_signed();
                    let label = marker.label.to_owned();
                    emit(HeadsetEvent::Marker {
                        after: after.into(),
                        label,
                    });
                }
            }
            Some(Kind::Impedance) => {
                if let Ok(packet) = impedance::Packet::new_checked(frame.payload) {
                    let mut ohms = [None; MAX_CHANNELS];
                    ohms.iter_mut()
                        .zip(packet.ohms())
                        .for_each(|(own, ohms)| *own = ohms);
                    emit(HeadsetEvent::Impedances(ohms));
                }
            }
            Some(Kind::Acknowledgement) => {
                if let Ok(answer) = Acknowledgement::parse(frame.payload) {
                    emit(HeadsetEvent::Answer(answer));
                }
            }
            Some(Kind::Hello) => {
                if let Ok(hello) = hello::Repr::parse(frame.payload) {
                    follower.hello(&hello, emit);
                }
            }
            _ => {}
        });
    }
}

/// The decoder's state, without the deframer.
struct Follower {
    device: Device,
    microvolts_per_count: [f64; MAX_CHANNELS],
    counter: Unwrap,
    /// Expected number of the next sample.
    next: u32,
    /// Consecutive samples with a number before the last one.
    behind: u32,
    /// Consecutive packets with another number of channels than announced.
    misfits: u32,
    is_restarted: bool,
}

impl Follower {
    fn samples(&mut self, packet: &samples::Packet<'_>, emit: &mut impl FnMut(HeadsetEvent)) {
        let repr = samples::Repr::parse(packet);
        let channels = self.device.channels();
        // Ignore a packet with another number of channels than announced.
        if usize::from(repr.channels) != channels {
            self.misfits += 1;
            if self.misfits == BELIEVED {
                emit(HeadsetEvent::Changed(format!(
                    "it sends {}, but announced {channels}",
                    counted(repr.channels, "channel")
                )));
            }
            return;
        }
        self.misfits = 0;
        for sample in 0..repr.samples {
            let number = repr.counter.wrapping_add(sample.into());
            let Some(lost) = self.follow(number) else {
                continue;
            };
            self.next = number.wrapping_add(1);
            let counts = (0..channels).map(|channel| packet.count(sample.into(), channel));
            emit(HeadsetEvent::Frame(Frame::scaled(
                lost,
                counts,
                &self.microvolts_per_count,
            )));
        }
        if let Some([x, y, z, about_x, about_y, about_z]) = repr.imu {
            let g = |value| f64::from(value) / 1000.0;
            let deg_s = |value| f64::from(value) / 10.0;
            emit(HeadsetEvent::Motion(Motion {
                acceleration_g: [x, y, z].map(g),
                rotation_deg_s: Some([about_x, about_y, about_z].map(deg_s)),
            }));
        }
        emit(HeadsetEvent::Status {
            lead_off: repr.lead_off,
            battery_percent: Some(repr.battery_percent).filter(|percent| *percent <= 100),
        });
    }

    /// Number of samples lost before this one, or `None` if the sample is a duplicate or late.
    fn follow(&mut self, number: u32) -> Option<u64> {
        let lost = self.counter.take(number);
        self.behind = if lost.is_none() { self.behind + 1 } else { 0 };
        if self.behind < BELIEVED {
            return lost;
        }
        log::warn!("the headset's counter went back, so the headset was restarted");
        self.counter.reset();
        (self.behind, self.is_restarted) = (0, true);
        self.counter.take(number)
    }

    /// A headset sends its hello again when a gain changes or after a restart.
    fn hello(&mut self, hello: &hello::Repr, emit: &mut impl FnMut(HeadsetEvent)) {
        let (now, before) = (Device::native(hello), &self.device);
        let is_same = now.id == before.id
            && now.rate_hz == before.rate_hz
            && now.channels() == before.channels();
        if !is_same {
            return emit(HeadsetEvent::Changed(format!(
                "it now reports {now}; before, it reported {before}"
            )));
        }
        if now.microvolts_per_count != before.microvolts_per_count {
            log::info!("the headset's gains were changed");
            let scales = self.microvolts_per_count.iter_mut();
            scales
                .zip(&now.microvolts_per_count)
                .for_each(|(own, scale)| *own = *scale);
            self.device.microvolts_per_count = now.microvolts_per_count;
        }
    }
}
