//! How fast recordings are read, and processed by the whole pipeline.
#![allow(
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    missing_docs
)] // a benchmark fails by panicking

use bci_cursor::block::Block;
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::recording::edf::{self, EdfFormat};
use bci_cursor::replay::play::play;
use bci_cursor::source::{SourceError, SourceEvent, open_recording};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::process::Command;

/// EEG like EEGMMIDB's: 64 channels at 160 Hz, 16 bits, records of one second.
fn edf_of(folder: &tempfile::TempDir, channels: usize) -> String {
    let path = folder.path().join(format!("{channels}.edf"));
    let patient = format!("synthetic:channels={channels},rate=160,trials=20");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    edf::write(|| open_recording(&patient), &mut file, EdfFormat::Edf).unwrap();
    path.to_string_lossy().into_owned()
}

/// The same as XDF, with 64-bit floats.
fn xdf_of(folder: &tempfile::TempDir, edf: &str) -> String {
    let path = folder.path().join("64.xdf").to_string_lossy().into_owned();
    let mut convert = Command::new(env!("CARGO_BIN_EXE_bci-cursor"));
    let status = convert
        .args(["convert", edf, &path])
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    path
}

fn read(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let edf = edf_of(&folder, 64);
    let xdf = xdf_of(&folder, &edf);
    let mut group = c.benchmark_group("read");
    for (name, path) in [("edf_64ch_160Hz", edf), ("xdf_64ch_160Hz", xdf)] {
        group.throughput(Throughput::Bytes(std::fs::metadata(&path).unwrap().len()));
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut source = open_recording(&path).unwrap();
                let mut block = Block::with_capacity(64, 256);
                while source.next(&mut block).unwrap() != SourceEvent::End {
                    black_box(block.samples());
                }
            });
        });
    }
    group.finish();
}

/// The whole pipeline with the tangent space of three bands. Measures one run over a recording of the printed length.
fn replay(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = c.benchmark_group("replay");
    group.sample_size(10);
    for channels in [21, 64] {
        let path = edf_of(&folder, channels);
        let class = |class: &str| ClassMarker::new(class, class);
        let mut request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        request.features.bands_hz = vec![[7.0, 13.0], [12.0, 20.0], [18.0, 30.0]];
        let decoder = fit_recordings(std::slice::from_ref(&path), &request).unwrap();
        let mut length_s = 0.0;
        let name = format!("{channels}ch_160Hz_3bands");
        group.bench_function(&name, |b| {
            b.iter(|| {
                let mut source = open_recording(&path).unwrap();
                let mut pipeline =
                    Pipeline::new(source.layout(), &decoder, &PipelineSettings::default()).unwrap();
                let samples = play(source.as_mut(), &mut pipeline, 256, |played| {
                    black_box(played);
                    Ok::<(), SourceError>(())
                });
                length_s = samples.unwrap() as f64 / 160.0;
            });
        });
        println!("replay/{name} is of {length_s:.1} s of EEG");
    }
    group.finish();
}

criterion_group!(benches, read, replay);
criterion_main!(benches);
