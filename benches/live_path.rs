//! Cost of the live path: each part of a decoding step, and a second of stream.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod parts;

use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor_calibration::eigen::SymmetricEigen;
use bci_cursor_calibration::linear::gram;
use bci_cursor_calibration::{Matrix, SymmetricMatrix, spd};
use criterion::{Criterion, criterion_group, criterion_main};
use parts::codes::Looks;
use parts::{Seconds, Stages, Ticks, starter_of, wide};
use std::hint::black_box;

fn spd_matrix(n: usize) -> SymmetricMatrix {
    let mut seed = 9u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    };
    let b = Matrix::from_values(n, (0..n * n).map(|_| next()).collect()).unwrap();
    let mut a = gram(&b);
    a.map_values(|value| value / n as f64);
    a.add_to_diagonal(0.1);
    a
}

fn matrix_functions(c: &mut Criterion) {
    for n in [9, 21, 64] {
        let a = spd_matrix(n);
        let w = spd::inverse_sqrt(&a).unwrap();
        let (mut scratch, mut out) = (Matrix::zeros(n, n), SymmetricMatrix::zeros(n));
        c.bench_function(&format!("congruence/{n}"), |b| {
            b.iter(|| spd::congruence(black_box(&w), black_box(&a), &mut scratch, &mut out));
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
        let starter = starter_of(channels);
        let mut scorer = starter.scorer().unwrap();
        let all = vec![spd_matrix(channels); starter.features.bands_hz.len()];
        // As in a run, every other band in turn.
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

/// The stages before decoding, for one step (40 ms of stream): filters, bad electrodes and artifacts; and the same with
/// covariances.
fn stages(c: &mut Criterion) {
    for channels in [9, 21, 64] {
        let mut stages = Stages::of(channels);
        let name = format!("stage/{channels}ch_conditioning");
        c.bench_function(&name, |b| b.iter(|| stages.condition()));
        let mut stages = Stages::of(channels);
        let name = format!("stage/{channels}ch_conditioning_covariances");
        c.bench_function(&name, |b| b.iter(|| stages.condition_and_sum_up()));
    }
}

/// Cost for different numbers of channels. The last is that of some laboratories.
fn one_second_of_stream(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let by_channels = [8, 16, 32, 64, 128, 256].map(|channels| (channels, 250));
    for (channels, rate) in by_channels.into_iter().chain([(21, 250), (64, 500)]) {
        let path = folder.path().join(format!("{channels}-{rate}.edf"));
        wide::write(&path, channels, rate);
        let patient = path.to_string_lossy().into_owned();
        let class = |class: &str| ClassMarker::new(class, class);
        let request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        let decoder = fit_recordings(std::slice::from_ref(&patient), &request).unwrap();
        let mut seconds = Seconds::of(&patient, &decoder);
        let name = format!("second/{channels}ch_{rate}Hz");
        c.bench_function(&name, |b| b.iter(|| seconds.advance()));
    }
}

/// Cost of a second in which 32 tags follow codes.
fn looks_at_codes(c: &mut Criterion) {
    for (channels, rate) in [(8, 250), (32, 120), (32, 250)] {
        let mut looks = Looks::of(channels, rate, 32);
        let name = format!("codes_second/{channels}ch_{rate}Hz_32tags");
        c.bench_function(&name, |b| b.iter(|| looks.advance()));
    }
}

/// Fits a decoder on twenty trials, including its evaluation.
fn fit(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit");
    group.sample_size(10);
    for channels in [8, 21, 64] {
        let patient = format!("synthetic:channels={channels},rate=250,trials=20");
        let class = |class: &str| ClassMarker::new(class, class);
        let request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        group.bench_function(format!("{channels}ch_20trials"), |b| {
            b.iter(|| fit_recordings(std::slice::from_ref(&patient), &request).unwrap());
        });
    }
    group.finish();
}

fn control_step(c: &mut Criterion) {
    let mut ticks = Ticks::start();
    c.bench_function("control_step", |b| b.iter(|| ticks.advance()));
}

criterion_group!(
    benches,
    control_step,
    matrix_functions,
    stages,
    decode_step,
    one_second_of_stream,
    looks_at_codes,
    fit
);
criterion_main!(benches);
