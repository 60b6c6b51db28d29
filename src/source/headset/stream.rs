//! Decodes a headset's bytes, whatever the protocol.

use super::device::{Device, HeadsetProtocol};
use super::event::HeadsetEvent;
use super::native::Native;
use super::openbci::{Cyton, Ganglion};
use crate::units::Hertz;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::openbci::ganglion::Firmware;

/// After a silence longer than this, the short counter of an OpenBCI board may have wrapped, seconds.
const COUNTER_S: f64 = 0.5;
/// Number of samples after which a Ganglion's numbers repeat.
const GANGLION_RANGE: u64 = 200;

/// Decodes a device's bytes. Does not allocate after construction.
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

    /// Takes bytes in any portions and calls `emit` for each event in them.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(HeadsetEvent)) {
        match self {
            Self::Native(native) => native.feed(bytes, &mut emit),
            Self::Cyton(cyton) => cyton.feed(bytes, &mut emit),
            Self::Ganglion(ganglion) => ganglion.feed(bytes, &mut emit),
        }
    }

    /// Number of samples lost before the first frame after a silence: by the counter if it is long enough, otherwise by
    /// time. For a Cyton, whose counter wraps every second, time gives the number of wraps.
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

    fn frames_of(stream: &mut Stream, bytes: &[u8]) -> Vec<(u64, f64, f64)> {
        let mut out = Vec::new();
        stream.feed(bytes, |event| {
            if let HeadsetEvent::Frame(f) = event {
                out.push((f.lost, f.microvolts[0], f.microvolts[1]));
            }
        });
        out
    }

    #[test]
    fn counts_become_microvolts_and_losses_are_counted() {
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
        let bytes = [native(10, 2), native(16, 2), native(16, 2), native(18, 3)].concat();
        assert_eq!(
            frames_of(&mut stream, &bytes),
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
        stream.feed(&bytes, |event| {
            if let HeadsetEvent::Marker { after, label } = event {
                assert_eq!(label, "button");
                places.push(after);
            }
        });
        assert_eq!(places, [0, 3, -3]);
    }

    #[test]
    fn another_headset_is_reported_and_changed_gains_are_followed() {
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
        let changes_in = |stream: &mut Stream, bytes: &[u8]| {
            let mut changes = Vec::new();
            stream.feed(bytes, |event| {
                if let HeadsetEvent::Changed(what) = event {
                    changes.push(what);
                }
            });
            changes
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
        assert_eq!(changes_in(&mut stream, &hello(2, 250_000)), [""; 0]);
        assert_eq!(frames_of(&mut stream, &native(16, 2))[0], (0, 4.0, 4.25));
        let changes = changes_in(&mut stream, &hello(3, 250_000));
        assert!(changes[0].contains("3 channels at 250 Hz") && changes[0].contains("2 channels"));
        let changes = changes_in(&mut stream, &hello(2, 500_000));
        assert!(changes[0].contains("2 channels at 500 Hz"));
        let others: Vec<u8> = (0..16).flat_map(|k| native(20 + 2 * k, 5)).collect();
        let changes = changes_in(&mut stream, &others);
        assert_eq!(changes, ["it sends 5 channels, but announced 2"]);
    }

    #[test]
    fn a_headset_that_was_restarted_is_followed_again() {
        let rate = Hertz::new(250.0).unwrap();
        let mut stream = Stream::new(&device(HeadsetProtocol::Native));
        frames_of(&mut stream, &native(1_000_000, 2));
        let after: Vec<_> = (0..10)
            .flat_map(|k| frames_of(&mut stream, &native(2 * k, 2)))
            .collect();
        // The restart is accepted after fifteen samples.
        assert_eq!(after.len(), 5);
        assert_eq!(stream.lost(0, 2.0, rate, false), 500);
        assert_eq!(stream.lost(3, 2.0, rate, false), 3);
    }

    #[test]
    fn after_a_silence_time_gives_the_number_of_counter_wraps() {
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
            frames_of(&mut stream, &[packet(0), packet(1)].concat()),
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
