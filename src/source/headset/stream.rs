//! Bytes to what they tell, whatever the protocol.

use super::device::{Device, HeadsetProtocol};
use super::heard::Heard;
use super::native::Native;
use super::openbci::{Cyton, Ganglion};
use crate::units::Hertz;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::openbci::ganglion::Firmware;

/// A silence longer than this may be longer than the short counter of an OpenBCI board tells, seconds.
const COUNTER_S: f64 = 0.5;
/// Samples until a Ganglion's numbers begin again.
const GANGLION_RANGE: u64 = 200;

/// Decodes a device's bytes. Allocates nothing for samples after it was made.
pub(super) enum Stream {
    Native(Box<Native>),
    Cyton(Cyton),
    Ganglion(Ganglion),
}

impl Stream {
    pub(super) fn new(device: &Device) -> Self {
        let mut scales = [0.0; MAX_CHANNELS];
        let known = scales.iter_mut().zip(&device.microvolts_per_count);
        known.for_each(|(own, scale)| *own = *scale);
        match device.protocol {
            HeadsetProtocol::Native => Self::Native(Box::new(Native::new(device, scales))),
            HeadsetProtocol::Cyton => Self::Cyton(Cyton::new(false, scales)),
            HeadsetProtocol::CytonDaisy => Self::Cyton(Cyton::new(true, scales)),
            HeadsetProtocol::Ganglion => Self::Ganglion(Ganglion::new(Firmware::V3, scales)),
            HeadsetProtocol::Ganglion2 => Self::Ganglion(Ganglion::new(Firmware::V2, scales)),
        }
    }

    /// Takes bytes as they come; calls `emit` for what they tell.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Heard)) {
        match self {
            Self::Native(native) => native.feed(bytes, &mut emit),
            Self::Cyton(cyton) => cyton.feed(bytes, &mut emit),
            Self::Ganglion(ganglion) => ganglion.feed(bytes, &mut emit),
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
        let range = match self {
            _ if is_new_count => return by_time,
            Self::Native(native) => {
                let is_restarted = native.take_restart();
                return if is_restarted { by_time } else { counted };
            }
            _ if silent_s < COUNTER_S => return counted,
            Self::Cyton(cyton) => cyton.range(),
            Self::Ganglion(_) => GANGLION_RANGE,
        };
        let turns = (by_time.saturating_sub(counted) + range / 2) / range;
        counted + turns * range
    }
}

#[cfg(test)]
mod tests {
    use super::super::device::MotionKind;
    use super::*;
    use bci_cursor_firmware_protocol::native::{Kind, frame, hello, marker, samples};
    use bci_cursor_firmware_protocol::openbci::cyton::{self, Aux};

    fn device(protocol: HeadsetProtocol) -> Device {
        Device {
            protocol,
            id: String::new(),
            firmware: String::new(),
            rate_hz: 250.0,
            labels: vec!["C3".into(), "C4".into()],
            microvolts_per_count: vec![0.5, 2.0],
            motion: MotionKind::None,
            measures_impedance: false,
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
        stream.feed(bytes, |heard| {
            if let Heard::Frame(f) = heard {
                out.push((f.lost, f.microvolts[0], f.microvolts[1]));
            }
        });
        out
    }

    #[test]
    fn counts_become_microvolts_and_losses_are_told() {
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
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

    fn wire(kind: Kind, payload: &[u8]) -> Vec<u8> {
        let mut wire = [0; frame::MAX_WIRE];
        let length = frame::encode(kind, payload, &mut wire).unwrap();
        wire[..length].to_vec()
    }

    #[test]
    fn a_marker_has_its_place_among_the_samples() {
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
        let mut payload = [0; 100];
        let mut marker = |counter| {
            let label = "button";
            let length = marker::Repr { counter, label }.emit(&mut payload).unwrap();
            wire(Kind::Marker, &payload[..length])
        };
        let bytes = [native(10, 2), marker(12), marker(15), marker(9)].concat();
        let mut places = Vec::new();
        stream.feed(&bytes, |heard| {
            if let Heard::Marker { after, label } = heard {
                assert_eq!(label, "button");
                places.push(after);
            }
        });
        assert_eq!(places, [0, 3, -3]);
    }

    #[test]
    fn a_headset_that_is_another_is_told_and_other_gains_are_followed() {
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
        let changes = |stream: &mut Stream, bytes: &[u8]| {
            let mut told = Vec::new();
            stream.feed(bytes, |heard| {
                if let Heard::Changed(what) = heard {
                    told.push(what);
                }
            });
            told
        };
        let hello = |channels, rate_millihertz| {
            let repr = hello::Repr {
                version: 1,
                channels,
                bits: 24,
                abilities: hello::Abilities::default(),
                rate_millihertz,
                range_microvolts: 8_388_607,
                firmware: [1, 0, 0],
                device_id: [0; 16],
                gains: [4; MAX_CHANNELS],
            };
            let mut payload = [0; 100];
            let length = repr.emit(&mut payload).unwrap();
            wire(Kind::Hello, &payload[..length])
        };
        assert_eq!(changes(&mut stream, &hello(2, 250_000)), [""; 0]);
        assert_eq!(fed(&mut stream, &native(16, 2))[0], (0, 4.0, 4.25));
        let told = changes(&mut stream, &hello(3, 250_000));
        assert!(told[0].contains("3 channels at 250 Hz") && told[0].contains("2 channels"));
        let told = changes(&mut stream, &hello(2, 500_000));
        assert!(told[0].contains("2 channels at 500 Hz"));
        let others: Vec<u8> = (0..16).flat_map(|k| native(20 + 2 * k, 5)).collect();
        let told = changes(&mut stream, &others);
        assert_eq!(told, ["it sends 5 channels, but announced 2"]);
    }

    #[test]
    fn a_headset_that_was_restarted_is_followed_again() {
        let rate = Hertz::new(250.0).unwrap();
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
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
        let mut stream = Stream::new(&device(HeadsetProtocol::Cyton));
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
