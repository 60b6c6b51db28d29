//! The native protocol: golden bytes of every message, damage, and round trips as properties.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking

use bci_cursor_firmware_protocol::Malformed;
use bci_cursor_firmware_protocol::native::command::{
    self, Acknowledgement, HeadsetCommand, Outcome,
};
use bci_cursor_firmware_protocol::native::frame::{self, Deframer, Frame};
use bci_cursor_firmware_protocol::native::hello::{self, Abilities, Label};
use bci_cursor_firmware_protocol::native::{Kind, impedance, marker, samples, time};
use bci_cursor_firmware_protocol::pointer::{Report, read_hid};
use proptest::prelude::*;

fn wire(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [0; frame::MAX_WIRE];
    let length = frame::encode(kind, payload, &mut bytes).unwrap();
    bytes[..length].to_vec()
}

fn frames(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    Deframer::default().feed(bytes, |frame| {
        out.push((frame.number, frame.payload.to_vec()))
    });
    out
}

/// The bytes that `emit` writes.
fn emitted<E: std::fmt::Debug>(emit: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Vec<u8> {
    let mut bytes = [0; frame::MAX_PAYLOAD];
    let length = emit(&mut bytes).unwrap();
    bytes[..length].to_vec()
}

#[test]
fn golden_frames() {
    // One byte of COBS, the kind, two bytes of CRC-16/IBM-3740 over kind and payload, and a zero.
    let keep_alive = wire(Kind::KeepAlive, &[]);
    assert_eq!(keep_alive.len(), 5);
    assert_eq!((keep_alive[0], keep_alive[1], keep_alive[4]), (4, 0x41, 0));
    // The check value of the CRC catalogue: "123456789" gives 0x29B1.
    let check = wire_number(b'1', b"23456789");
    assert_eq!(
        check,
        [&[12], b"123456789".as_slice(), &[0xB1, 0x29, 0]].concat()
    );
    // COBS removes zeros from the payload.
    let zeros = wire(Kind::Pointer, &[0, 0, 0, 0, 0, 0]);
    assert!(zeros[..zeros.len() - 1].iter().all(|&byte| byte != 0));
    assert_eq!(frames(&zeros), [(0x40, vec![0; 6])]);
}

fn wire_number(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [0; frame::MAX_WIRE];
    let length = frame::encode_number(number, payload, &mut bytes).unwrap();
    bytes[..length].to_vec()
}

fn hello() -> hello::Repr {
    let mut gains = [1; 64];
    gains[..2].copy_from_slice(&[24, 12]);
    hello::Repr {
        version: 1,
        channels: 2,
        bits: 24,
        abilities: Abilities {
            imu: true,
            battery: true,
            ..Abilities::default()
        },
        rate_millihertz: 250_000,
        range_microvolts: 4_500_000,
        firmware: [1, 2, 3],
        device_id: *b"cap-0042\0\0\0\0\0\0\0\0",
        gains,
    }
}

#[test]
fn golden_hello() {
    let bytes = emitted(|into| hello().emit(into));
    #[rustfmt::skip]
    let golden = [
        &[1, 2, 24, 0b0000_0101][..],
        &[0x90, 0xD0, 0x03, 0x00], // 250 000 mHz
        &[0x20, 0xAA, 0x44, 0x00], // 4 500 000 µV
        &[1, 2, 3],
        b"cap-0042\0\0\0\0\0\0\0\0",
        &[24, 12],
    ].concat();
    assert_eq!(bytes, golden);
    assert_eq!(hello().buffer_len(), golden.len());
    assert_eq!(hello::Repr::parse(&golden), Ok(hello()));
    // Like a Cyton: 4.5 V at gain 24.
    let microvolts = hello().microvolts_per_count(0).unwrap();
    assert!((microvolts - 0.022_351_744).abs() < 1e-8, "{microvolts}");
    assert_eq!(hello().microvolts_per_count(2), None);
    for (at, value, name) in [
        (1, 0, "the number of channels"),
        (1, 65, "the number of channels"),
        (2, 25, "the number of bits"),
        (31, 0, "a gain"),
    ] {
        let mut bad = golden.clone();
        bad[at] = value;
        assert!(
            matches!(hello::Repr::parse(&bad), Err(Malformed::Field { name: n, .. } | Malformed::Field { name: n, .. }) if n == name),
            "{at}"
        );
    }
    assert_eq!(
        hello::Repr::parse(&golden[..31]),
        Err(Malformed::Length {
            found: 31,
            expected: 32
        })
    );
}

#[test]
fn versions_are_agreed_on() {
    let request = hello::Request {
        oldest: 1,
        newest: 3,
    };
    assert_eq!(emitted(|into| request.emit(into)), [1, 3]);
    assert_eq!(hello::Request::parse(&[1, 3]), Ok(request));
    assert!(hello::Request::parse(&[3, 1]).is_err());
    assert_eq!(
        (
            request.agree(1, 1),
            request.agree(2, 9),
            request.agree(4, 9)
        ),
        (Some(1), Some(3), None)
    );
}

#[test]
fn golden_messages() {
    let label = Label {
        channel: 7,
        label: "C3",
    };
    assert_eq!(emitted(|into| label.emit(into)), [7, b'C', b'3']);
    assert_eq!(Label::parse(&[7, b'C', b'3']), Ok(label));
    assert!(
        Label::parse(&[7]).is_err()
            && Label::parse(&[7, 0xFF]).is_err()
            && Label::parse(&[b'x'; 18]).is_err()
    );

    let repr = samples::Repr {
        counter: 0x0102_0304,
        device_micros: 5,
        channels: 2,
        samples: 2,
        battery_percent: 80,
        lead_off: Some(0b10),
        imu: Some([1, -1, 1000, 0, 0, -300]),
    };
    let counts = [[1, -1], [8_388_607, -8_388_608]];
    let bytes = emitted(|into| repr.emit(|s, c| counts[s][c], into));
    #[rustfmt::skip]
    let golden = [
        4, 3, 2, 1,  5, 0, 0, 0,  2, 2, 80, 0b11,
        1, 0, 0,  0xFF, 0xFF, 0xFF,  0xFF, 0xFF, 0x7F,  0, 0, 0x80,
        0b10,
        1, 0,  0xFF, 0xFF,  0xE8, 0x03,  0, 0,  0, 0,  0xD4, 0xFE,
    ];
    assert_eq!(bytes, golden);
    let packet = samples::Packet::new_checked(&golden).unwrap();
    assert_eq!(samples::Repr::parse(&packet), repr);
    assert_eq!(packet.counts().collect::<Vec<_>>(), counts.concat());
    assert_eq!(
        (packet.count(1, 0), packet.count(2, 0), packet.count(0, 2)),
        (8_388_607, 0, 0)
    );
    assert_eq!(
        samples::Packet::new_checked(&golden[..36]),
        Err(Malformed::Length {
            found: 36,
            expected: 37
        })
    );

    let ohms = [Some(5_000), None];
    let bytes = emitted(|into| impedance::emit(&ohms, into));
    assert_eq!(bytes, [0x88, 0x13, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(
        impedance::Packet::new_checked(&bytes)
            .unwrap()
            .ohms()
            .eq(ohms)
    );
    assert!(
        impedance::Packet::new_checked(&bytes[..7]).is_err()
            && impedance::Packet::new_checked(&[]).is_err()
    );

    for (command, golden) in [
        (HeadsetCommand::Start, vec![9, 1]),
        (HeadsetCommand::Stop, vec![9, 2]),
        (
            HeadsetCommand::SetGain {
                channel: 3,
                gain: 24,
            },
            vec![9, 3, 3, 24],
        ),
        (
            HeadsetCommand::Impedance {
                channel: command::ALL_CHANNELS,
                on: true,
            },
            vec![9, 4, 255, 1],
        ),
        (HeadsetCommand::TestSignal { on: false }, vec![9, 5, 0]),
    ] {
        let repr = command::Repr {
            sequence: 9,
            command,
        };
        assert_eq!(emitted(|into| repr.emit(into)), golden);
        assert_eq!(command::Repr::parse(&golden), Ok(repr));
    }
    assert!(command::Repr::parse(&[9, 6]).is_err() && command::Repr::parse(&[9, 3, 0]).is_err());
    for (outcome, code) in [
        (Outcome::Done, 0),
        (Outcome::Unknown, 1),
        (Outcome::BadArgument, 2),
        (Outcome::Busy, 3),
    ] {
        let answer = Acknowledgement {
            sequence: 9,
            outcome,
        };
        assert_eq!(emitted(|into| answer.emit(into)), [9, code]);
        assert_eq!(Acknowledgement::parse(&[9, code]), Ok(answer));
    }

    let request = time::Request {
        host_micros: 1_000_000,
    };
    let bytes = emitted(|into| request.emit(into));
    assert_eq!(
        (bytes.as_slice(), time::Request::parse(&bytes)),
        ([0x40, 0x42, 0x0F, 0, 0, 0, 0, 0].as_slice(), Ok(request))
    );
    let reply = time::Reply {
        host_micros: 1_000_000,
        received_micros: u32::MAX - 9,
        sent_micros: 90,
    };
    let bytes = emitted(|into| reply.emit(into));
    assert_eq!(time::Reply::parse(&bytes), Ok(reply));
    // 100 µs of delay in the headset, across the wrap of its clock.
    assert_eq!(reply.round_trip_micros(1_000_400), 300);
}

#[test]
fn a_golden_marker() {
    let repr = marker::Repr {
        counter: 0x0102_0304,
        label: "left_hand",
    };
    let bytes = emitted(|into| repr.emit(into));
    assert_eq!(bytes, b"\x04\x03\x02\x01left_hand");
    assert_eq!(repr.buffer_len(), bytes.len());
    assert_eq!(marker::Repr::parse(&bytes), Ok(repr));
    for bad in [&bytes[..3], &bytes[..4], b"\0\0\0\0\xFF", &[b'a'; 69]] {
        assert!(marker::Repr::parse(bad).is_err());
    }
}

#[test]
fn unknown_kinds_are_ignored_and_longer_messages_are_read() {
    let unknown = wire_number(0x7E, b"from a later version");
    let mut kinds = Vec::new();
    Deframer::default().feed(&unknown, |frame| kinds.push(frame.kind()));
    assert_eq!(kinds, [None]);
    let longer = [emitted(|into| hello().emit(into)), vec![1, 2, 3]].concat();
    assert_eq!(hello::Repr::parse(&longer), Ok(hello()));
}

/// One byte in a hundred is damaged at random. Nearly all undamaged frames are found, and no damaged one.
#[test]
fn one_byte_in_a_hundred_damaged() {
    let mut state = 99u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let (mut bytes, mut undamaged) = (Vec::new(), std::collections::BTreeSet::new());
    let count = 20_000u32;
    for k in 0..count {
        let repr = samples::Repr {
            counter: k,
            device_micros: 4000 * k,
            channels: 8,
            samples: 1,
            battery_percent: 255,
            lead_off: None,
            imu: None,
        };
        let clean = wire(
            Kind::Samples,
            &emitted(|into| repr.emit(|_, c| (k as i32 * 31 + c as i32 * 977) % 8_000_000, into)),
        );
        let mut own = clean.clone();
        for byte in &mut own {
            if random() % 100 == 0 {
                *byte ^= (random() % 255 + 1) as u8;
            }
        }
        if own == clean {
            undamaged.insert(k);
        }
        bytes.extend(own);
    }
    let mut kept = 0;
    let mut deframer = Deframer::default();
    deframer.feed(&bytes, |frame| {
        let packet = samples::Packet::new_checked(frame.payload).unwrap();
        let k = samples::Repr::parse(&packet).counter;
        let right = packet
            .counts()
            .enumerate()
            .all(|(c, count)| count == (k as i32 * 31 + c as i32 * 977) % 8_000_000);
        assert!(
            undamaged.contains(&k) && right,
            "a damaged frame was accepted"
        );
        kept += 1;
    });
    let share = f64::from(kept) / undamaged.len() as f64;
    println!(
        "{} of {count} frames undamaged, {kept} of them recovered: {:.2} %",
        undamaged.len(),
        100.0 * share
    );
    assert!(share >= 0.95, "{share}");
}

#[test]
fn a_flood_without_zeros_is_one_damaged_frame() {
    let mut deframer = Deframer::default();
    let mut found = 0;
    for _ in 0..100 {
        deframer.feed(&[0x55; 1000], |_| found += 1);
    }
    deframer.feed(&[0], |_| found += 1);
    deframer.feed(&wire(Kind::KeepAlive, &[]), |_| found += 1);
    assert_eq!((found, deframer.damaged()), (1, 1));
}

proptest! {
    #[test]
    fn frames_are_decoded_as_encoded(number: u8, payload in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..frame::MAX_PAYLOAD)) {
        let bytes = wire_number(number, &payload);
        prop_assert!(bytes.len() <= frame::MAX_WIRE);
        prop_assert_eq!(bytes.iter().filter(|&&byte| byte == 0).count(), 1);
        prop_assert_eq!(frames(&bytes), [(number, payload)]);
    }

    #[test]
    fn samples_are_read_as_written(
        counter: u32, device_micros: u32, channels in 1..=64u8, samples in 1..=4u8, lead_off: Option<u64>, imu: Option<[i16; 6]>,
        seed: u32,
    ) {
        let mask = u64::MAX >> (64 - channels.div_ceil(8) * 8);
        let repr = samples::Repr { counter, device_micros, channels, samples, battery_percent: 50, lead_off: lead_off.map(|bits| bits & mask), imu };
        let count = |s: usize, c: usize| (seed.wrapping_mul((s * 64 + c + 1) as u32) >> 8) as i32 - (1 << 23);
        let payload = emitted(|into| repr.emit(count, into));
        prop_assert_eq!(payload.len(), repr.buffer_len());
        let packet = samples::Packet::new_checked(&payload).unwrap();
        prop_assert_eq!(samples::Repr::parse(&packet), repr);
        for s in 0..usize::from(samples) {
            for c in 0..usize::from(channels) {
                prop_assert_eq!(packet.count(s, c), count(s, c));
            }
        }
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..3000), cut in 0..3000usize) {
        let mut found = 0;
        let mut deframer = Deframer::default();
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        deframer.feed(first, |_| found += 1);
        deframer.feed(second, |frame: Frame<'_>| {
            found += 1;
            read_everything(frame.payload);
        });
        prop_assert_eq!(found, frames(&bytes).len());
        read_everything(&bytes);
    }
}

/// Parses the bytes as every kind of message.
fn read_everything(bytes: &[u8]) {
    let _ = hello::Request::parse(bytes);
    let _ = hello::Repr::parse(bytes).map(|repr| repr.microvolts_per_count(0));
    let _ = Label::parse(bytes);
    let _ = samples::Packet::new_checked(bytes).map(|packet| packet.counts().count());
    let _ = impedance::Packet::new_checked(bytes).map(|packet| packet.ohms().count());
    let _ = marker::Repr::parse(bytes);
    let _ = command::Repr::parse(bytes);
    let _ = Acknowledgement::parse(bytes);
    let _ = time::Request::parse(bytes);
    let _ = time::Reply::parse(bytes);
    let _ = Report::parse(bytes);
    let _ = read_hid(bytes);
}
