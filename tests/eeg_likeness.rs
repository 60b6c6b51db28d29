//! Likeness to EEG: all recordings of people look like EEG, by a stated margin, and so does the synthetic patient;
//! noise does not.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::decoding::likeness::EegLikeness;
use bci_cursor::fit::{BANDS_HZ, FitRequest};
use bci_cursor::montage;
use bci_cursor::preprocessing::Preprocessor;
use bci_cursor::source::{Source, SourceEvent, open_recording};
use bci_cursor_calibration::{ConditioningSpec, FeatureSpec, Reference};
use common::eeg_dir;
use std::path::{Path, PathBuf};

/// Likeness in a recording: the smallest and the last mean, and whether it ever did not look like EEG.
#[derive(Debug, Clone, Copy)]
struct LikenessRange {
    least: f64,
    last: f64,
    was_not_eeg: bool,
}

/// Checks these channels of a source (all if none are given), as a run would. `None` if there are too few electrodes,
/// or the recording is too short.
fn look(source: &mut dyn Source, channels: &[String]) -> Option<LikenessRange> {
    let layout = source.layout().clone();
    let channels = if channels.is_empty() {
        layout.labels.clone()
    } else {
        channels.to_vec()
    };
    let conditioning = ConditioningSpec {
        reference: Reference::CommonAverage,
        mains_hz: None,
    };
    let features: FeatureSpec = FitRequest::new(Vec::new()).features;
    let mut preprocessor = Preprocessor::new(&layout, &channels, &conditioning, &features).ok()?;
    let step_s = layout.rate.secs_of(preprocessor.hop());
    let mut likeness = EegLikeness::new(&channels, BANDS_HZ.len(), step_s)?;
    let mut block = Block::with_capacity(layout.channel_count(), 64);
    let mut range: Option<LikenessRange> = None;
    loop {
        match source.next(&mut block).unwrap() {
            SourceEvent::End => return range,
            SourceEvent::Samples => preprocessor.process(&block, |window| {
                if !window.trusted {
                    return;
                }
                likeness.take(window.covariances);
                if let Some(mean) = likeness.mean() {
                    let before = range.map_or(1.0, |range| range.least);
                    range = Some(LikenessRange {
                        least: before.min(mean),
                        last: mean,
                        was_not_eeg: !likeness.is_eeg()
                            || range.is_some_and(|range| range.was_not_eeg),
                    });
                }
            }),
            _ => {}
        }
    }
}

fn look_at(name: &str, channels: &[String]) -> Option<LikenessRange> {
    look(&mut *open_recording(name).unwrap(), channels)
}

/// Electrodes of a recording with a known position.
fn placed(name: &str) -> Vec<String> {
    let labels = open_recording(name).unwrap().layout().labels.clone();
    labels
        .into_iter()
        .filter(|label| montage::position(label).is_some())
        .collect()
}

/// All files below a folder that may be recordings.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ext| {
            ["edf", "bdf", "gdf", "xdf", "vhdr"].contains(&ext.to_string_lossy().as_ref())
        }) {
            into.push(path);
        }
    }
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn every_recording_of_a_person_looks_like_eeg() {
    let eeg = eeg_dir();
    let mut paths = Vec::new();
    files(&eeg, &mut paths);
    let (mut least, mut looked, mut undecided) = (1.0_f64, 0, Vec::new());
    for path in &paths {
        let name = path.to_string_lossy().into_owned();
        let short = path
            .strip_prefix(&eeg)
            .unwrap()
            .to_string_lossy()
            .to_string();
        // Damaged on purpose, or without an EEG stream.
        let Ok(source) = open_recording(&name) else {
            undecided.push(short);
            continue;
        };
        drop(source);
        let placed = placed(&name);
        // Sixty-four electrodes take long and always give a clearer result than eight, so only one recording per person
        // is checked with all.
        let is_looked_at_whole = placed.len() < 32 || name.contains("R04") || name.contains("R01");
        let montages = [8, 9, 21].map(|count| montage::named(count).unwrap());
        let subsets = montages
            .into_iter()
            .filter(|montage| montage.iter().all(|label| placed.contains(label)))
            .chain(is_looked_at_whole.then(|| placed.clone()));
        let mut was_decided = false;
        for channels in subsets.filter(|channels| !channels.is_empty()) {
            let Some(range) = look_at(&name, &channels) else {
                continue;
            };
            was_decided = true;
            looked += 1;
            println!(
                "{:.2}  {:>2} channels  {short}",
                range.least,
                channels.len()
            );
            least = least.min(range.least);
            assert!(!range.was_not_eeg, "{short}: {range:?}");
        }
        if !was_decided {
            undecided.push(short);
        }
    }
    println!("least {least:.2} of {looked}; cannot tell: {undecided:?}");
    // The threshold is 0.15.
    assert!(looked > 100 && least > 0.25, "{least} of {looked}");
}

#[test]
fn the_synthetic_patient_looks_like_eeg_and_noise_does_not() {
    for (channels, seed) in [(8, 1), (9, 1), (9, 2), (9, 3), (21, 1), (32, 1), (64, 1)] {
        let name = format!("synthetic:channels={channels},seed={seed},trials=20");
        let range = look_at(&name, &[]).unwrap();
        println!("{:.2}  {name}", range.least);
        assert!(
            !range.was_not_eeg && range.least > 0.45,
            "{name}: {range:?}"
        );
    }
    // The sweep is left out: it has a random amplitude on each electrode, which may or may not look like a head.
    for noise in ["white", "pink", "artifacts", "bridge"] {
        for channels in [8, 9, 21] {
            let name = format!("synthetic:noise={noise},channels={channels},seconds=120");
            let range = look_at(&name, &[]).unwrap();
            println!("{:.2}  {name}", range.last);
            assert!(range.was_not_eeg && range.last < 0.15, "{name}: {range:?}");
        }
    }
}
