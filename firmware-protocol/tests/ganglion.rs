//! Ganglion: golden packets, differences, losses, and packets on a serial line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use bci_cursor_firmware_protocol::Malformed;
use bci_cursor_firmware_protocol::openbci::ganglion::{
    self, Decoded, Decoder, Deframer, Firmware, PACKET_BYTES,
};
use proptest::prelude::*;

#[test]
fn golden_packets_of_a_ganglion() {
    // Documented by OpenBCI: 18-bit fields of 1, -3, 5, -7 and so on, with the sign in the lowest bit.
    let mut bytes = [0; 20];
    ganglion::emit_raw(&[1, -1, 8_388_607, -8_388_608], &mut bytes).unwrap();
    #[rustfmt::skip]
    assert_eq!(bytes, [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut decoder = Decoder::new(Firmware::V2);
    assert_eq!(
        decoder.decode(&bytes),
        Ok(Decoded::Raw([1, -1, 8_388_607, -8_388_608]))
    );

    ganglion::emit_two(1, &[[2, -3, 0, 4], [-5, 6, 8, -7]], 18, 0xFE, &mut bytes).unwrap();
    // 00 0000 0000 0000 0010 | 11 1111 1111 1111 1101 | ...
    #[rustfmt::skip]
    assert_eq!(bytes[..6], [1, 0b0000_0000, 0b0000_0000, 0b1011_1111, 0b1111_1111, 0b1101_0000]);
    let first = [-1, 2, 8_388_607, -8_388_612];
    let second = [4, -4, 8_388_599, -8_388_605];
    assert_eq!(
        decoder.decode(&bytes),
        Ok(Decoded::Two([first, second], Some((0, -2))))
    );

    // After a lost packet, differences cannot be used until the next raw sample.
    ganglion::emit_two(3, &[[2; 4]; 2], 18, 0, &mut bytes).unwrap();
    assert_eq!(decoder.decode(&bytes), Ok(Decoded::Waiting));
    assert_eq!(decoder.lost_packets(), 1);

    let mut decoder = Decoder::new(Firmware::V3);
    ganglion::emit_two(101, &[[2, -3, 0, 4], [-5, 6, 8, -7]], 19, 0, &mut bytes).unwrap();
    let shifted = |values: [i32; 4]| values.map(|v| v << 5);
    let expected = [shifted([2, -3, 0, 4]), shifted([-5, 6, 8, -7])];
    assert_eq!(decoder.decode(&bytes), Ok(Decoded::Two(expected, None)));

    let mut text = *b"\xC9123 ohms           ";
    assert_eq!(
        decoder.decode(&text),
        Ok(Decoded::Impedance(1, b"123 ohms           ".as_slice()))
    );
    text[0] = 205;
    assert!(matches!(
        decoder.decode(&text),
        Ok(Decoded::Impedance(0, _))
    ));
    text[0] = 206;
    assert!(matches!(decoder.decode(&text), Ok(Decoded::Message(_))));
    text[0] = 210;
    assert_eq!(
        decoder.decode(&text),
        Err(Malformed::Field {
            name: "the identifier",
            found: 210
        })
    );
    assert_eq!(
        decoder.decode(&text[..7]),
        Err(Malformed::Length {
            found: 7,
            expected: 20
        })
    );
}

/// Packets of firmware 3, each with its place in the first field.
fn stream(packets: usize) -> Vec<[u8; PACKET_BYTES]> {
    (0..packets)
        .map(|k| {
            let place = (k as i32) << 1;
            // The other fields also contain bytes that look like packet numbers.
            let other = ((k as i32).wrapping_mul(40_503) & 0x3FFF) << 1;
            let mut bytes = [0; PACKET_BYTES];
            let fields = [[place, other, other, -1], [2, 4, other, 8]];
            ganglion::emit_two((k % 100) as u8, &fields, 18, 0, &mut bytes).unwrap();
            bytes
        })
        .collect()
}

fn place_of(decoded: Decoded<'_>) -> Option<usize> {
    match decoded {
        Decoded::Two([first, _], _) => Some((first[0] >> 7) as usize),
        _ => None,
    }
}

/// Places of the packets that are found, samples lost before each, and its bytes.
fn found(bytes: &[u8]) -> Vec<(usize, u64, [u8; PACKET_BYTES])> {
    let mut decoder = Decoder::new(Firmware::V3);
    let (mut out, mut lost) = (Vec::new(), 0);
    Deframer::new(Firmware::V3).feed(bytes, |packet| {
        if let Some(place) = decoder.decode(packet).ok().and_then(place_of) {
            out.push((place, decoder.lost_samples() - lost, *packet));
            lost = decoder.lost_samples();
        }
    });
    out
}

#[test]
fn packets_are_found_on_a_serial_line() {
    let all = stream(400);
    let lost = |k: &usize| (250..255).contains(k) || *k == 300;
    let mut bytes: Vec<u8> = (0..200).flat_map(|k| all[k]).collect();
    // Random bytes, a text, a duplicate packet, and losses.
    bytes.extend((1..334u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 11) as u8));
    bytes.extend((200..260).filter(|k| !lost(k)).flat_map(|k| all[k]));
    bytes.extend(b"\xCEa text of the board");
    bytes.extend(all[259]);
    bytes.extend((260..400).filter(|k| !lost(k)).flat_map(|k| all[k]));
    let found = found(&bytes);
    let places: Vec<usize> = found.iter().map(|(place, ..)| *place).collect();
    // After the random bytes, synchronization is lost and two packets may be missed.
    let expected: Vec<usize> = (0..400).filter(|k| !lost(k)).collect();
    let missed: Vec<_> = expected.iter().filter(|k| !places.contains(k)).collect();
    assert!(missed.len() <= 2 && places.is_sorted(), "{missed:?}");
    let losses: Vec<_> = found
        .iter()
        .map(|(place, lost, _)| (*place, *lost))
        .collect();
    assert!(losses.contains(&(255, 10)) && losses.contains(&(301, 2)));
    let lost_in_all: u64 = losses.iter().map(|(_, lost)| lost).sum();
    assert_eq!(lost_in_all, 2 * (400 - places.len() as u64));
}

/// One byte in a hundred is damaged at random. Packets with an undamaged number are found, and none is misplaced.
#[test]
fn one_byte_in_a_hundred_damaged() {
    let packets = 20_000;
    let clean = stream(packets);
    let mut state = 12_345u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let (mut bytes, mut undamaged) = (Vec::new(), Vec::new());
    for packet in &clean {
        let mut own = *packet;
        for byte in &mut own {
            if random() % 100 == 0 {
                *byte ^= (random() % 255 + 1) as u8;
            }
        }
        undamaged.push(own == *packet);
        bytes.extend(own);
    }
    let (mut kept, mut miscounted, mut at) = (0, 0, None);
    for (place, lost, packet) in found(&bytes) {
        let counted = at.map(|at: u64| at + 1 + lost / 2);
        let is_whole = undamaged.get(place) == Some(&true) && packet == clean[place];
        kept += u32::from(is_whole);
        miscounted += u32::from(is_whole && counted.is_some_and(|at| at != place as u64));
        at = if is_whole {
            Some(place as u64)
        } else {
            counted
        };
    }
    let whole = undamaged.iter().filter(|&&is| is).count();
    let share = f64::from(kept) / whole as f64;
    println!(
        "{whole} of {packets} packets undamaged, {kept} of them recovered: {:.2} %; {miscounted} losses miscounted",
        100.0 * share
    );
    assert!(share >= 0.95, "{share}");
    assert!(miscounted <= 4, "{miscounted}");
}

#[test]
fn firmware_2_counts_unusable_samples() {
    let mut decoder = Decoder::new(Firmware::V2);
    let mut bytes = [0; PACKET_BYTES];
    let mut take = |id: u8| {
        if id == 0 {
            ganglion::emit_raw(&[0; 4], &mut bytes).unwrap();
        } else {
            ganglion::emit_two(id, &[[2; 4]; 2], 18, 0, &mut bytes).unwrap();
        }
        decoder.decode(&bytes).unwrap();
        decoder.lost_samples()
    };
    // Nothing is lost before the first raw sample.
    assert_eq!([99, 100, 0, 1].map(&mut take), [0; 4]);
    // Two packets are lost, and the differences of the next one cannot be used.
    assert_eq!(take(4), 6);
    assert_eq!(take(5), 8);
    // 6 to 100 are lost.
    assert_eq!(take(0), 8 + 2 * 95);
    // 1 to 100 and the next raw packet are lost; differences cannot be used again.
    assert_eq!(take(1), 198);
    assert_eq!(take(1), 198 + 2 * 100 - 1 + 2);
}

proptest! {
    #[test]
    fn ganglion_differences_add_up(steps in proptest::collection::vec(proptest::array::uniform8(-60_000..60_000i32), 1..100)) {
        let mut decoder = Decoder::new(Firmware::V2);
        let mut bytes = [0; 20];
        ganglion::emit_raw(&[0; 4], &mut bytes).unwrap();
        decoder.decode(&bytes).unwrap();
        let mut at = [0i32; 4];
        for (k, step) in steps.iter().enumerate() {
            // Positive differences are even, negative ones odd, because the lowest bit is the sign.
            let field = |v: i32| (v & !1) | i32::from(v < 0);
            let step = step.map(field);
            let two = [[step[0], step[1], step[2], step[3]], [step[4], step[5], step[6], step[7]]];
            ganglion::emit_two(k as u8 + 1, &two, 18, 0, &mut bytes).unwrap();
            let Ok(Decoded::Two([one, other], _)) = decoder.decode(&bytes) else { panic!() };
            for (c, value) in at.iter_mut().enumerate() {
                *value -= two[0][c];
                prop_assert_eq!(one[c], *value);
                *value -= two[1][c];
                prop_assert_eq!(other[c], *value);
            }
        }
    }

    #[test]
    fn any_bytes_in_any_portions_do_not_panic(bytes: Vec<u8>, piece in 1..50usize) {
        for firmware in [Firmware::V2, Firmware::V3] {
            let (mut whole, mut parts) = (Vec::new(), Vec::new());
            Deframer::new(firmware).feed(&bytes, |packet| whole.push(*packet));
            let mut deframer = Deframer::new(firmware);
            bytes.chunks(piece).for_each(|part| deframer.feed(part, |packet| parts.push(*packet)));
            prop_assert_eq!(whole, parts);
            let mut decoder = Decoder::new(firmware);
            for packet in bytes.chunks(20) {
                let _ = decoder.decode(packet);
            }
        }
    }
}
