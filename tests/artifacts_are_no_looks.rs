//! Blinks, clenched jaws, chewing, jumps and movements, added to EEG of people who look at no tag, do not look like looks.
#![cfg(not(target_os = "macos"))]

use crate::nobody_looks::{Desk, people, person_with_codes};

use bci_cursor::block::{Block, Layout};
use bci_cursor::control::AssistMode;
use bci_cursor::looking::{CODES, LookingSettings};
use bci_cursor::settings::Settings;
use bci_cursor::source::{SourceEvent, open_recording};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::PI;
use std::path::PathBuf;

/// Tags that share three flickers.
const TARGETS: i32 = 25;

/// What a person does, about twelve times a minute.
#[derive(Debug, Clone, Copy)]
enum Artifact {
    None,
    /// 200 µV at the forehead, for 0.3 s; a fifth of that elsewhere.
    Blink,
    /// Fast noise of 50 µV at each electrode, for a second.
    Jaw,
    /// The same for 0.2 s, twice a second, for three seconds.
    Chewing,
    /// Like a clenched jaw, for 20 seconds.
    LongClench,
    /// A jump of 300 µV at one electrode, which fades within a second.
    Pop,
    /// Slow waves of 300 µV with another gain at each electrode, for two seconds.
    Movement,
}

impl Artifact {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Blink,
        Self::Jaw,
        Self::Chewing,
        Self::LongClench,
        Self::Pop,
        Self::Movement,
    ];
}

/// Uniform from 0 to 1.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    random.next_u64() as f64 / u64::MAX as f64
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * uniform(random).max(1e-300).ln()).sqrt();
    radius * (2.0 * PI * uniform(random)).cos()
}

/// Adds an artifact to EEG, again and again.
struct Disturbing {
    kind: Artifact,
    random: ChaCha8Rng,
    /// Size of the artifact at each electrode.
    gains: Vec<f64>,
    /// The next begins at this time, seconds, and jumps are at this electrode.
    begins_s: f64,
    at: usize,
}

impl Disturbing {
    fn new(kind: Artifact, layout: &Layout, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let gain = |label: &String| match kind {
            Artifact::Blink if label.starts_with('F') => 1.0,
            Artifact::Blink => 0.2,
            _ => 0.3 + uniform(&mut random),
        };
        Self {
            kind,
            gains: layout.labels.iter().map(gain).collect(),
            random,
            begins_s: 8.0,
            at: 0,
        }
    }

    /// Adds what is there to the samples of a block.
    fn disturb(&mut self, layout: &Layout, block: &mut Block) {
        let (first, channels) = (block.first.0, layout.channel_count());
        let frames = block.samples_mut().chunks_exact_mut(channels);
        for (index, frame) in (first..).zip(frames) {
            self.add(layout.rate.secs_of(index), frame);
        }
    }

    /// Adds what is there at a time (seconds) to a frame (µV).
    fn add(&mut self, at_s: f64, frame: &mut [f64]) {
        let since = at_s - self.begins_s;
        let length_s = match self.kind {
            Artifact::LongClench => 20.0,
            _ => 3.0,
        };
        if since > length_s {
            self.begins_s = at_s + 4.0 * uniform(&mut self.random);
            self.at = (self.random.next_u64() % frame.len() as u64) as usize;
        }
        if since < 0.0 {
            return;
        }
        for (place, (value, gain)) in frame.iter_mut().zip(&self.gains).enumerate() {
            *value += match self.kind {
                Artifact::Blink if since < 0.3 => 200.0 * gain * (PI * since / 0.3).sin(),
                Artifact::LongClench => 50.0 * normal(&mut self.random),
                Artifact::Jaw if since < 1.0 => 50.0 * normal(&mut self.random),
                Artifact::Chewing if since % 0.5 < 0.2 => 50.0 * normal(&mut self.random),
                Artifact::Pop if place == self.at => 300.0 * (-since / 0.3).exp(),
                Artifact::Movement if since < 2.0 => {
                    300.0 * gain * (3.0 * PI * since).sin() * (0.5 * PI * since).sin()
                }
                _ => 0.0,
            };
        }
    }
}

/// Looks and clicks a minute.
fn rates(recordings: &[PathBuf], settings: &LookingSettings, kind: Artifact) -> [f64; 2] {
    let (mut looks, mut clicks, mut minutes) = (0, 0, 0.0);
    for (seed, path) in recordings.iter().enumerate() {
        let mut source = open_recording(&path.to_string_lossy()).unwrap();
        let layout = source.layout().clone();
        let channels = layout.channel_count();
        let mut disturbing = Disturbing::new(kind, &layout, seed as u64);
        let mut desk = Desk::new(&layout, settings, TARGETS);
        let mut block = Block::with_capacity(channels, 8);
        loop {
            match source.next(&mut block).unwrap() {
                SourceEvent::End => break,
                SourceEvent::Samples => {
                    disturbing.disturb(&layout, &mut block);
                    desk.take(&block, layout.rate);
                    minutes += layout.rate.secs_of(block.frames() as u64) / 60.0;
                }
                _ => {}
            }
        }
        (looks, clicks) = (looks + desk.looks, clicks + desk.clicks);
    }
    [looks, clicks].map(|count| count as f64 / minutes)
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn artifacts_are_selected_hardly_more_often_than_rest() {
    // Every fifth recording: half an hour.
    let recordings: Vec<PathBuf> = people().into_values().flatten().step_by(5).collect();
    let mut settings = Settings::default();
    settings.control.assist.mode = AssistMode::Look;
    let settings = LookingSettings::of(&settings).unwrap();
    let before = LookingSettings {
        leaves_out_muscles: false,
        ..settings.clone()
    };
    let stated = Settings::default().decoding.false_looks_per_min;
    for kind in Artifact::ALL {
        let [looks, clicks] = rates(&recordings, &settings, kind);
        let [looks_before, clicks_before] = rates(&recordings, &before, kind);
        println!(
            "{kind:?}: {looks:.2} looks and {clicks:.2} clicks a minute; without leaving out muscles {looks_before:.2} and {clicks_before:.2}"
        );
        if matches!(kind, Artifact::Jaw | Artifact::Chewing) {
            assert!(
                looks < 0.3 * looks_before,
                "{kind:?} {looks} {looks_before}"
            );
        }
        // The limits are those of half an hour, and of movements of 300 µV, which do look like looks now and then.
        assert!(
            looks <= 3.0 * stated && clicks <= 0.2,
            "{kind:?} {looks} {clicks}"
        );
    }
}

/// The same with codes, where one look is a click. The response is that of somebody who would look.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn artifacts_are_no_looks_at_codes() {
    // Every third person.
    let people: Vec<Vec<PathBuf>> = people().into_values().step_by(3).collect();
    for kind in Artifact::ALL {
        let (mut looks, mut minutes) = (0, 0.0);
        for (seed, recordings) in people.iter().enumerate() {
            let (mut disturbing, mut last_s) = (None, 0.0);
            let disturb = |layout: &Layout, block: &mut Block| {
                let at_s = layout.rate.secs_of(block.first.0);
                // Each recording begins anew.
                if at_s < last_s {
                    disturbing = None;
                }
                last_s = at_s;
                disturbing
                    .get_or_insert_with(|| Disturbing::new(kind, layout, seed as u64))
                    .disturb(layout, block);
            };
            let (counts, own) =
                person_with_codes(recordings, &[(TARGETS, CODES.threshold)], disturb);
            looks += counts[0][0];
            minutes += own;
        }
        println!("{kind:?}: {looks} looks at codes in {minutes:.0} minutes");
        assert!(
            minutes > 30.0 && looks as f64 <= 0.1 * minutes,
            "{kind:?} {looks}"
        );
    }
}
