//! Cost of the live path: each part of a decoding step, and a second of stream.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use bci_cursor::block::{Block, Layout};
use bci_cursor::control::{
    Buttons, Command, ControlSettings, Governor, Rect, Screens, Seen, Signal,
};
use bci_cursor::montage;
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::session::epochs::ClassMarker;
use bci_cursor::session::fit::{FitRequest, fit_recordings};
use bci_cursor::session::starter;
use bci_cursor::source::{SourceEvent, open_recording};
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor::units::Hertz;
use bci_cursor_calibration::spd::{self, SymmetricEigen};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn spd_matrix(n: usize) -> Vec<f64> {
    let mut seed = 9u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    };
    let b: Vec<f64> = (0..n * n).map(|_| next()).collect();
    let mut a = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            a[i * n + j] = spd::dot(&b[i * n..(i + 1) * n], &b[j * n..(j + 1) * n]) / n as f64;
        }
        a[i * n + i] += 0.1;
    }
    a
}

fn matrix_functions(c: &mut Criterion) {
    for n in [9, 21, 64] {
        let a = spd_matrix(n);
        let w = spd::inverse_sqrt(&a, n).unwrap();
        let (mut scratch, mut out) = (vec![0.0; n * n], vec![0.0; n * n]);
        c.bench_function(&format!("congruence/{n}"), |b| {
            b.iter(|| spd::congruence(black_box(&w), black_box(&a), n, &mut scratch, &mut out));
        });
        let mut eigen = SymmetricEigen::new(n);
        c.bench_function(&format!("eigen/{n}"), |b| {
            b.iter(|| eigen.decompose(black_box(&a)))
        });
        c.bench_function(&format!("map/{n}"), |b| {
            b.iter(|| eigen.map_into(spd::log_floored, &mut out))
        });
    }
}

/// One decoding step by a shipped starter: five bands, covariances to scores.
fn decode_step(c: &mut Criterion) {
    for channels in [9, 21, 64] {
        let layout = Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: montage::named(channels).unwrap(),
        };
        let starter = starter::for_layout(&layout).unwrap().unwrap();
        assert_eq!(starter.channels.len(), channels);
        let mut scorer = starter.scorer().unwrap();
        let all = vec![spd_matrix(channels); starter.features.bands_hz.len()];
        // As in a run: every other band in turn.
        let mut parity = 0;
        c.bench_function(&format!("decode/{channels}ch_step"), |b| {
            b.iter(|| {
                parity ^= 1;
                let scores = scorer.score_some(black_box(&all), |band| band % 2 == parity);
                scores.unwrap()[0]
            });
        });
        for bands in [3, 5] {
            // The scorer takes as many bands as there are covariances.
            c.bench_function(&format!("decode/{channels}ch_{bands}bands"), |b| {
                b.iter(|| scorer.score(black_box(&all[..bands])).unwrap()[0]);
            });
        }
    }
}

fn one_second_of_stream(c: &mut Criterion) {
    for (channels, rate) in [(9, 250), (21, 250), (64, 160), (64, 500)] {
        let patient = format!("synthetic:channels={channels},rate={rate},trials=12");
        let class = |class: &str| ClassMarker::new(class, class);
        let request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        let decoder = fit_recordings(std::slice::from_ref(&patient), &request).unwrap();
        let mut source = open_recording(&patient).unwrap();
        let settings = PipelineSettings::default();
        let mut pipeline = Pipeline::new(source.layout(), &decoder, &settings).unwrap();
        assert_eq!(
            montage::named(channels).unwrap().len(),
            source.layout().channel_count()
        );
        let mut block = Block::with_capacity(channels, rate);
        while source.next(&mut block).unwrap() != SourceEvent::Samples || block.frames() < rate {}
        let mut first = block.first;
        c.bench_function(&format!("second/{channels}ch_{rate}Hz"), |b| {
            b.iter(|| {
                block.first = first;
                pipeline.process(&block, |step| {
                    black_box(step.command);
                });
                first = first.after(rate as u64);
            });
        });
    }
}

/// One tick of the pointer: state, dynamics, edges, dwelling, a hand on the mouse.
fn control_step(c: &mut Criterion) {
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.dwell.on = true;
    let screen = Rect {
        x: 0,
        y: 0,
        width: 1920,
        height: 1080,
    };
    let mut governor = Governor::new(settings, Screens::new(vec![screen; 3]));
    let (mut now, mut place) = (HostNanos(0), [960, 540]);
    c.bench_function("control_step", |b| {
        b.iter(|| {
            now.0 += 16_000_000;
            let side = if now.0 / 2_000_000_000 % 2 == 0 {
                1.0
            } else {
                -1.0
            };
            governor.command(Command {
                at: SampleIndex(0),
                acquired: StreamNanos(0),
                received: now,
                class: Some(0),
                log_odds: None,
                confidence: 1.0,
                velocity_px_s: [200.0 * side, 10.0],
                face: false,
                has_fault: false,
                buttons: Buttons::UP,
            });
            let outcome = governor.tick(
                now,
                &Seen {
                    signal: Signal::Live,
                    is_pointer_gone: false,
                    place_px: Some(place),
                    buttons: Some(Buttons::UP),
                },
            );
            place[0] += outcome.action.dx_px;
            place[1] += outcome.action.dy_px;
            black_box(outcome)
        });
    });
}

criterion_group!(
    benches,
    control_step,
    matrix_functions,
    decode_step,
    one_second_of_stream
);
criterion_main!(benches);
