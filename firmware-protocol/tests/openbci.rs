//! OpenBCI's packets: recorded ones, tables of bit patterns, golden bytes, damage.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking

use bci_cursor_firmware_protocol::openbci::cyton::{self, Aux, Deframer, Packet, Received, Repr};
use bci_cursor_firmware_protocol::openbci::daisy::Pairs;
use bci_cursor_firmware_protocol::{Malformed, from_be24};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Recorded packets: in `$BCI_CURSOR_EEG_DIR`, or in a folder beside the project. Reports if there are none.
fn recorded(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eeg");
    let folder = std::env::var_os("BCI_CURSOR_EEG_DIR").map_or(beside, PathBuf::from);
    let file = folder.join("openbci").join(name);
    if file.exists() {
        return Some(file);
    }
    eprintln!(
        "passed over: no {} (set BCI_CURSOR_EEG_DIR)",
        file.to_string_lossy()
    );
    None
}

fn received(bytes: &[u8]) -> Vec<Received> {
    let mut out = Vec::new();
    Deframer::default().feed(bytes, |packet| out.push(packet));
    out
}

#[test]
fn recorded_packets_of_a_cyton() {
    let Some(file) = recorded("cyton_16_samples.raw") else {
        return;
    };
    let bytes = std::fs::read(file).unwrap();
    let packets = received(&bytes);
    assert_eq!(packets.len(), 16);
    assert!(
        packets
            .iter()
            .enumerate()
            .all(|(k, p)| (p.packet.counter, p.lost) == (k as u8, 0))
    );
    let first = packets[0].packet;
    assert_eq!(first.counts[..2], [1_273_897, -361_216]);
    let microvolts = first
        .counts
        .map(|count| f64::from(count) * cyton::microvolts_per_count(24.0));
    assert!(
        (microvolts[0] - 28_473.82).abs() < 0.005 && (microvolts[1] + 8_073.81).abs() < 0.005,
        "{microvolts:?}"
    );
    let Aux::Acceleration(counts) = first.aux else {
        panic!("{:?}", first.aux)
    };
    let g = counts.map(|count| f64::from(count) * cyton::G_PER_COUNT);
    // At rest, the sensor measures only gravity.
    assert!(
        (g.iter().map(|g| g * g).sum::<f64>().sqrt() - 0.52).abs() < 0.6,
        "{g:?}"
    );
    // Writing gives the same bytes.
    let mut again = Vec::new();
    for packet in &packets {
        let mut bytes = [0; cyton::PACKET_BYTES];
        packet.packet.emit(&mut bytes).unwrap();
        again.extend(bytes);
    }
    assert_eq!(again, bytes);
}

#[test]
fn both_tables_of_bit_patterns_in_full() {
    let numbers = |name: &str| -> Vec<Vec<i32>> {
        let Some(file) = recorded(name) else {
            return Vec::new();
        };
        let text = std::fs::read_to_string(file).unwrap();
        text.lines()
            .map(|line| {
                line.split_whitespace()
                    .map(|n| n.parse().unwrap())
                    .collect()
            })
            .collect()
    };
    for row in numbers("24bit_patterns.txt") {
        assert_eq!(
            from_be24([row[0] as u8, row[1] as u8, row[2] as u8]),
            row[3]
        );
    }
    for row in numbers("16bit_patterns.txt") {
        let mut bytes = [0; cyton::PACKET_BYTES];
        (bytes[0], bytes[26], bytes[27], bytes[32]) = (0xA0, row[0] as u8, row[1] as u8, 0xC0);
        let Aux::Acceleration([x, ..]) = Packet::new_checked(&bytes).unwrap().aux() else {
            panic!()
        };
        assert_eq!(i32::from(x), row[2]);
    }
}

#[test]
fn golden_packets_of_a_cyton() {
    let packet = |aux| Repr {
        counter: 0x2A,
        counts: [1, -1, 256, -256, 65_536, -65_536, 8_388_607, -8_388_608],
        aux,
    };
    #[rustfmt::skip]
    let channels = [
        0xA0, 0x2A,
        0x00, 0x00, 0x01,  0xFF, 0xFF, 0xFF,  0x00, 0x01, 0x00,  0xFF, 0xFF, 0x00,
        0x01, 0x00, 0x00,  0xFF, 0x00, 0x00,  0x7F, 0xFF, 0xFF,  0x80, 0x00, 0x00,
    ];
    let timed = |is_set, is_raw| Aux::Timed {
        is_set,
        is_raw,
        data: [0x12, 0x34],
        millis: 0x0102_0304,
    };
    for (aux, tail) in [
        (
            Aux::Acceleration([1, -2, 0x7FFF]),
            [0x00, 0x01, 0xFF, 0xFE, 0x7F, 0xFF, 0xC0],
        ),
        (Aux::Raw([1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6, 0xC1]),
        (Aux::User(2, [1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6, 0xC2]),
        (timed(true, false), [0x12, 0x34, 1, 2, 3, 4, 0xC3]),
        (timed(false, false), [0x12, 0x34, 1, 2, 3, 4, 0xC4]),
        (timed(true, true), [0x12, 0x34, 1, 2, 3, 4, 0xC5]),
        (timed(false, true), [0x12, 0x34, 1, 2, 3, 4, 0xC6]),
        (Aux::User(15, [6, 5, 4, 3, 2, 1]), [6, 5, 4, 3, 2, 1, 0xCF]),
    ] {
        let golden = [channels.as_slice(), &tail].concat();
        let mut bytes = [0; cyton::PACKET_BYTES];
        assert_eq!(packet(aux).emit(&mut bytes), Ok(packet(aux).buffer_len()));
        assert_eq!(bytes.as_slice(), golden);
        assert_eq!(
            Repr::parse(&Packet::new_checked(&golden).unwrap()),
            packet(aux)
        );
    }
    assert!(packet(timed(true, true)).emit(&mut [0; 32]).is_err());
    assert_eq!(Packet::new_checked([0xA0; 33]), Err(Malformed::End(0xA0)));
    assert_eq!(Packet::new_checked([0xC0; 33]), Err(Malformed::Start(0xC0)));
    assert_eq!(
        Packet::new_checked([0xA0; 32]),
        Err(Malformed::Length {
            found: 32,
            expected: 33
        })
    );
}

/// A stream of packets with these counters, each with its place in the first channel.
fn stream(counters: impl Iterator<Item = u8>) -> Vec<[u8; 33]> {
    counters
        .enumerate()
        .map(|(k, counter)| {
            // Counts that contain the start and end bytes of packets.
            let counts = [
                k as i32,
                0x00A0_00A0,
                0x00C0_A0C0u32 as i32 - (1 << 24),
                -1,
                0x0000_A0C0,
                (k as i32).wrapping_mul(40_503) & 0x3F_FFFF,
                6,
                7,
            ];
            let mut bytes = [0; 33];
            Repr {
                counter,
                counts,
                aux: Aux::Acceleration([0; 3]),
            }
            .emit(&mut bytes)
            .unwrap();
            bytes
        })
        .collect()
}

#[test]
fn lost_packets_are_counted_across_the_wrap() {
    let all = stream((0..600).map(|k| k as u8));
    let kept = (0..600).filter(|k| !(250..260).contains(k) && *k != 400 && *k != 402);
    let bytes: Vec<u8> = kept.flat_map(|k| all[k]).collect();
    let packets = received(&bytes);
    let lost: Vec<(i32, u8)> = packets
        .iter()
        .filter(|p| p.lost > 0)
        .map(|p| (p.packet.counts[0], p.lost))
        .collect();
    assert_eq!(lost, [(260, 10), (401, 1), (403, 1)]);
    assert_eq!(packets.len(), 588);
}

#[test]
fn duplicate_packets_are_emitted_once() {
    let all = stream((0..600).map(|k| k as u8));
    let twice = |k: usize| [300, 301, 302, 511, 512].contains(&k);
    let bytes: Vec<u8> = (0..600)
        .flat_map(|k| [k; 2].into_iter().take(1 + usize::from(twice(k))))
        .flat_map(|k| all[k])
        .collect();
    let packets = received(&bytes);
    assert_eq!(packets.len(), 600);
    assert!(packets.iter().all(|p| p.lost == 0));
}

#[test]
fn a_packet_with_a_damaged_counter_is_discarded() {
    let mut all = stream((0..100).map(|k| k as u8));
    all[50][1] = 200;
    let bytes: Vec<u8> = all.concat();
    let packets = received(&bytes);
    assert_eq!(packets.len(), 99);
    assert!(
        packets
            .iter()
            .all(|p| i32::from(p.packet.counter) == p.packet.counts[0])
    );
    assert_eq!(packets.iter().map(|p| u32::from(p.lost)).sum::<u32>(), 1);
}

#[test]
fn random_bytes_cost_at_most_two_packets() {
    let all = stream((0..200).map(|k| k as u8));
    let mut bytes: Vec<u8> = all[..100].concat();
    bytes.extend((0..1000u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 11) as u8));
    bytes.extend(all[100..].concat());
    let packets = received(&bytes);
    let right = packets
        .iter()
        .filter(|p| i32::from(p.packet.counter) == p.packet.counts[0])
        .count();
    assert!(
        right >= 198 && packets.len() == right,
        "{right} of {}",
        packets.len()
    );
}

/// One byte in a hundred is damaged at random. Undamaged packets are found, and misplaced ones are not.
#[test]
fn one_byte_in_a_hundred_damaged() {
    let packets = 20_000;
    let clean = stream((0..packets).map(|k| k as u8));
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
    let (mut kept, mut wrong_counters, mut at) = (0, 0, None);
    for received in received(&bytes) {
        // A packet's place is in its first channel, if that is undamaged. Damage to other channels does not show.
        let place = received.packet.counts[0] as usize;
        let counted = at.map(|at: u64| at + 1 + u64::from(received.lost));
        let mut bytes = [0; 33];
        received.packet.emit(&mut bytes).unwrap();
        let is_whole = undamaged.get(place) == Some(&true) && bytes == clean[place];
        kept += u32::from(is_whole);
        wrong_counters += u32::from(is_whole && counted.is_some_and(|at| at != place as u64));
        at = if is_whole {
            Some(place as u64)
        } else {
            counted
        };
    }
    let whole = undamaged.iter().filter(|&&is| is).count();
    let share = f64::from(kept) / whole as f64;
    println!(
        "{whole} of {packets} packets undamaged, {kept} of them recovered: {:.2} %; {wrong_counters} losses miscounted",
        100.0 * share
    );
    assert!(share >= 0.95, "{share}");
    // A damaged counter that equals the one of a lost next packet cannot be detected.
    assert!(wrong_counters <= 4, "{wrong_counters}");
}

#[test]
fn daisy_pairs_odd_and_even() {
    let all = stream((0..20).map(|k| k as u8));
    let kept = (0..20).filter(|k| *k != 7 && *k != 12);
    let bytes: Vec<u8> = kept.flat_map(|k| all[k]).collect();
    let mut pairs = Pairs::default();
    let samples: Vec<_> = received(&bytes)
        .iter()
        .filter_map(|p| pairs.take(p))
        .collect();
    let pairs: Vec<(i32, i32, u8)> = samples
        .iter()
        .map(|s| (s.counts[0], s.counts[8], s.lost))
        .collect();
    // 7 and 12 are missing, and therefore the samples of 7 and 8, and of 11 and 12.
    assert_eq!(
        pairs,
        [
            (1, 2, 0),
            (3, 4, 0),
            (5, 6, 0),
            (9, 10, 1),
            (13, 14, 1),
            (15, 16, 0),
            (17, 18, 0)
        ]
    );
}

proptest! {
    #[test]
    fn cyton_packets_are_read_as_written(counter: u8, counts in proptest::array::uniform8(-(1 << 23)..1i32 << 23), aux: [u8; 6], kind in 0..16u8) {
        let mut bytes = [0; 33];
        Repr { counter, counts, aux: Aux::User(kind, aux) }.emit(&mut bytes).unwrap();
        let repr = Repr::parse(&Packet::new_checked(&bytes).unwrap());
        prop_assert_eq!((repr.counter, repr.counts), (counter, counts));
        let mut again = [0; 33];
        repr.emit(&mut again).unwrap();
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in proptest::collection::vec(prop_oneof![Just(0xA0u8), Just(0xC0u8), any::<u8>()], 0..2000), at in 0..2000usize) {
        let mut deframer = Deframer::default();
        let (first, second) = bytes.split_at(at.min(bytes.len()));
        let mut pieces = 0;
        deframer.feed(first, |_| pieces += 1);
        deframer.feed(second, |_| pieces += 1);
        // The portions make no difference.
        prop_assert_eq!(pieces, received(&bytes).len());
    }
}
