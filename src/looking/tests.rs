mod electrodes;

use super::*;
use crate::conditioning::Fault;
use crate::units::Hertz;
use bci_cursor_calibration::statistics::argmax;
use std::f64::consts::PI;

const RATE_HZ: f64 = 250.0;
const HZ: [f64; 3] = [13.0, 16.0, 19.0];

/// Noise of 10 µV at four electrodes, and at three of them the response to a light.
struct Person {
    seed: u64,
    sample: u64,
    looks_at: Option<f64>,
}

impl Person {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            sample: 0,
            looks_at: None,
        }
    }

    fn noise(&mut self) -> f64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.seed >> 33) as f64 / 2f64.powi(30) - 1.0) * 17.0
    }

    fn response(&self) -> f64 {
        let t = self.sample as f64 / RATE_HZ;
        self.looks_at.map_or(0.0, |hz| {
            5.0 * (2.0 * PI * hz * t).sin() + 2.0 * (4.0 * PI * hz * t + 1.0).sin()
        })
    }

    fn block(&mut self, frames: usize) -> Block {
        let mut block = Block::with_capacity(5, frames);
        block.restart(SampleIndex(self.sample));
        for _ in 0..frames {
            let response = self.response();
            let common = self.noise();
            let values =
                [0.0, 0.6, 1.0, 0.9, 0.7].map(|gain| common + 0.3 * self.noise() + gain * response);
            block.push_frame().unwrap().copy_from_slice(&values);
            self.sample += 1;
        }
        block
    }

    /// Noise that is more alike the nearer electrodes are, and the response, at up to six electrodes: the middle, the left and the right.
    fn frame(&mut self, channels: usize) -> Vec<f64> {
        let response = self.response();
        let [common, left, right, front] = [(); 4].map(|()| self.noise());
        let sources = [
            (0.7, front),
            (1.0, common),
            (0.8, left),
            (0.8, right),
            (0.5, left + front),
            (0.5, right + front),
        ];
        let values = sources.into_iter().take(channels);
        let values =
            values.map(|(gain, own)| common + 0.6 * own + 0.3 * self.noise() + gain * response);
        let values = values.collect();
        self.sample += 1;
        values
    }
}

fn layout(labels: &[&str]) -> Layout {
    Layout {
        rate: Hertz::new(RATE_HZ).unwrap(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}

fn stage() -> Looking {
    let settings = LookingSettings::with_flicker(HZ.to_vec(), 8.0);
    Looking::new(
        &layout(&["Fz", "POz", "Oz", "O1", "O2"]),
        &settings,
        &[50.0],
    )
    .unwrap()
}

/// As in sessions of earlier versions.
fn unchecked_stage() -> Looking {
    let settings = LookingSettings {
        is_checked: false,
        ..LookingSettings::with_flicker(HZ.to_vec(), 8.0)
    };
    Looking::new(
        &layout(&["Fz", "POz", "Oz", "O1", "O2"]),
        &settings,
        &[50.0],
    )
    .unwrap()
}

fn shown(at_s: f64, scene: u32, codes: &[usize]) -> Shown {
    Shown {
        from: SampleIndex((at_s * RATE_HZ) as u64),
        scene,
        codes: codes
            .iter()
            .fold(CodeSet::NONE, |set, code| set.with(*code)),
    }
}

/// Runs a person for some seconds in blocks of this many frames; returns selections with their ends in seconds.
fn run(
    stage: &mut Looking,
    person: &mut Person,
    secs: f64,
    frames: usize,
) -> Vec<(f64, Selection)> {
    let mut out = Vec::new();
    let end = person.sample + (secs * RATE_HZ) as u64;
    while person.sample < end {
        let frames = frames.min((end - person.sample) as usize);
        stage.take(&person.block(frames));
        let now = SampleIndex(person.sample);
        if let Some(selection) = stage.selection_before(now) {
            out.push((person.sample as f64 / RATE_HZ, selection));
        }
    }
    out
}

#[test]
fn what_is_looked_at_is_selected_once_a_scene() {
    let (mut stage, mut person) = (stage(), Person::new(3));
    stage.show(shown(0.0, 1, &[0, 1, 2]));
    assert_eq!(run(&mut stage, &mut person, 20.0, 10), []);
    for (scene, code) in [(2, 1), (3, 2), (4, 0)] {
        stage.show(shown(person.sample as f64 / RATE_HZ, scene, &[0, 1, 2]));
        let began = person.sample as f64 / RATE_HZ;
        person.looks_at = Some(HZ[code]);
        let selected = run(&mut stage, &mut person, 8.0, 10);
        let [(at, selection)] = selected[..] else {
            panic!("one selection: {selected:?}")
        };
        assert_eq!(
            (selection.scene, argmax(&selection.log_probability)),
            (scene, code)
        );
        assert!(selection.log_probability[code].exp() > 0.9);
        assert!((1.5..5.0).contains(&(at - began)), "{at} {began}");
    }
}

#[test]
fn what_is_not_shown_is_not_selected() {
    let (mut stage, mut person) = (stage(), Person::new(4));
    person.looks_at = Some(HZ[1]);
    assert_eq!(run(&mut stage, &mut person, 15.0, 10), []);
    stage.show(shown(15.0, 1, &[0, 2]));
    let wrong = run(&mut stage, &mut person, 10.0, 10);
    assert!(wrong.is_empty(), "{wrong:?}");
    stage.show(shown(25.0, 2, &[0, 1, 2]));
    stage.show(shown(25.2, 3, &[]));
    assert_eq!(run(&mut stage, &mut person, 10.0, 10), []);
}

#[test]
fn block_sizes_do_not_matter() {
    let selected = |frames| {
        let (mut stage, mut person) = (stage(), Person::new(5));
        stage.show(shown(6.03, 1, &[0, 1, 2]));
        stage.show(shown(14.1, 2, &[1, 2]));
        assert_eq!(run(&mut stage, &mut person, 6.2, frames), []);
        person.looks_at = Some(HZ[2]);
        let found = run(&mut stage, &mut person, 13.8, frames);
        found
            .into_iter()
            .map(|(_, selection)| selection)
            .collect::<Vec<_>>()
    };
    let one = selected(1);
    assert_eq!(one.len(), 2);
    assert_eq!(one, selected(7));
    assert_eq!(one, selected(64));
}

#[test]
fn after_a_gap_evidence_starts_again() {
    let selected_at = |gap: bool| {
        let (mut stage, mut person) = (stage(), Person::new(6));
        run(&mut stage, &mut person, 10.0, 10);
        stage.show(shown(10.0, 1, &[0, 1, 2]));
        person.looks_at = Some(HZ[0]);
        assert_eq!(run(&mut stage, &mut person, 1.4, 10), []);
        if gap {
            person.sample += 25;
        }
        let from = person.sample as f64 / RATE_HZ;
        run(&mut stage, &mut person, 5.0, 10)[0].0 - from
    };
    assert!(selected_at(false) < 1.0);
    assert!(selected_at(true) > 1.49);
}

#[test]
fn values_that_cannot_be_eeg_do_no_harm() {
    let (mut stage, mut person) = (stage(), Person::new(7));
    stage.show(shown(6.0, 1, &[0, 1, 2]));
    run(&mut stage, &mut person, 6.0, 10);
    for bad in [f64::NAN, f64::INFINITY, 1e300] {
        let mut block = person.block(3);
        block.samples_mut()[7] = bad;
        stage.take(&block);
    }
    person.looks_at = Some(HZ[1]);
    let selected = run(&mut stage, &mut person, 10.0, 10);
    assert_eq!(argmax(&selected[0].1.log_probability), 1);
}

/// A flicker that is there without its tag is no look, and the other tags can still be looked at.
#[test]
fn a_disturbance_that_was_there_in_the_dark_is_not_selected() {
    for is_checked in [true, false] {
        let (mut stage, mut person) = (stage(), Person::new(8));
        if !is_checked {
            stage = unchecked_stage();
        }
        person.looks_at = Some(HZ[1]);
        run(&mut stage, &mut person, 12.0, 10);
        stage.show(shown(12.0, 1, &[0, 1, 2]));
        let selected = run(&mut stage, &mut person, 30.0, 10);
        assert_eq!(selected.is_empty(), is_checked, "{selected:?}");
        // When it has ended, the tag can be looked at.
        person.looks_at = None;
        run(&mut stage, &mut person, 20.0, 10);
        stage.show(shown(62.0, 2, &[0, 1, 2]));
        person.looks_at = Some(HZ[1]);
        assert_eq!(run(&mut stage, &mut person, 10.0, 10).len(), 1);
    }
}

#[test]
fn streams_that_cannot_work_are_refused() {
    let settings = |hz: &[f64]| LookingSettings::with_flicker(hz.to_vec(), 8.0);
    let refused = |labels: &[&str], hz: &[f64]| {
        Looking::new(&layout(labels), &settings(hz), &[])
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused(&["C3", "C4"], &HZ).contains("looking needs electrodes over the visual cortex")
    );
    assert!(refused(&["Oz"], &[]).contains("0 flicker frequencies"));
    assert!(refused(&["Oz"], &[10.0; 33]).contains("33 flicker frequencies"));
}

#[test]
fn a_synthetic_patient_with_eyes_is_understood() {
    use crate::source::Source;
    use crate::source::synthetic::{Imagination, SeeingPatient, Spec, SyntheticPatient};
    let spec = Spec {
        trials: 0,
        labels: ["Oz", "O1", "O2", "POz", "PO3", "PO4", "PO7", "PO8"]
            .map(str::to_owned)
            .to_vec(),
        ..Spec::default()
    };
    let patient = SyntheticPatient::new(&spec)
        .unwrap()
        .then_live(Imagination::rest());
    let flicker = |at_s: f64| (at_s > 12.0).then(|| 0.5 + 0.5 * libm::sin(2.0 * PI * 17.0 * at_s));
    let mut patient = SeeingPatient::new(&spec, patient, Box::new(flicker));
    let settings = LookingSettings::with_flicker(vec![15.0, 17.0, 19.0], 8.0);
    let mut stage = Looking::new(patient.layout(), &settings, &[50.0, 60.0]).unwrap();
    let mut block = Block::with_capacity(8, 10);
    stage.show(shown(11.0, 1, &[0, 1, 2]));
    let mut found = None;
    while found.is_none() {
        patient.next(&mut block).unwrap();
        stage.take(&block);
        let end = block.first.after(10);
        found = stage
            .selection_before(end)
            .map(|selection| (end, selection));
        assert!(end.0 < 25 * 250, "nothing is selected");
    }
    let (end, selection) = found.unwrap();
    println!("{} s", end.0 as f64 / 250.0);
    assert_eq!(argmax(&selection.log_probability), 1);
    assert!((13.0..17.0).contains(&(end.0 as f64 / 250.0)));
}
