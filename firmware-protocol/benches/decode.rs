//! How fast bytes are decoded into packets.
#![allow(clippy::unwrap_used, missing_docs)] // a benchmark fails by panicking

use bci_cursor_firmware_protocol::native::{Kind, frame, samples};
use bci_cursor_firmware_protocol::openbci::cyton::{self, Aux};
use bci_cursor_firmware_protocol::openbci::ganglion::{self, Firmware};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn decode(c: &mut Criterion) {
    let mut stream = Vec::new();
    for k in 0..1000u32 {
        let counts = [0, 1, 2, 3, 4, 5, 6, 7]
            .map(|c| ((k * 7919 + c * 104_729) % 8_000_000) as i32 - 4_000_000);
        let packet = cyton::Repr {
            counter: k as u8,
            counts,
            aux: Aux::Acceleration([1, 2, 3]),
        };
        let mut bytes = [0; cyton::PACKET_BYTES];
        packet.emit(&mut bytes).unwrap();
        stream.extend(bytes);
    }
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("cyton", |b| {
        b.iter(|| {
            let mut deframer = cyton::Deframer::default();
            deframer.feed(&stream, |received| {
                black_box(received.packet.counts);
            });
        });
    });

    let mut stream = Vec::new();
    for k in 0..1000u32 {
        let repr = samples::Repr {
            counter: 4 * k,
            device_micros: 16_000 * k,
            channels: 64,
            samples: 4,
            battery_percent: 80,
            lead_off: Some(0),
            imu: Some([1, 2, 3, 4, 5, 6]),
        };
        let mut payload = [0; frame::MAX_PAYLOAD];
        let length = repr
            .emit(|s, c| (s * 64 + c) as i32 * 12_345 - 99_999, &mut payload)
            .unwrap();
        let mut wire = [0; frame::MAX_WIRE];
        let length = frame::encode(Kind::Samples, &payload[..length], &mut wire).unwrap();
        stream.extend_from_slice(&wire[..length]);
    }
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("native", |b| {
        b.iter(|| {
            let mut deframer = frame::Deframer::default();
            deframer.feed(&stream, |frame| {
                let packet = samples::Packet::new_checked(frame.payload).unwrap();
                black_box(packet.counts().map(i64::from).sum::<i64>());
            });
        });
    });

    let mut stream = Vec::new();
    for k in 0..10_000 {
        let mut bytes = [0; ganglion::PACKET_BYTES];
        let fields = [[k, -k, 1000, 7], [k + 2, 5, -3, 40_000]];
        ganglion::emit_two((k % 100) as u8, &fields, 18, 0, &mut bytes).unwrap();
        stream.extend(bytes);
    }
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("ganglion", |b| {
        b.iter(|| {
            let mut deframer = ganglion::Deframer::new(Firmware::V3);
            let mut decoder = ganglion::Decoder::new(Firmware::V3);
            deframer.feed(&stream, |packet| {
                black_box(decoder.decode(packet)).unwrap();
            });
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
