//! Bad electrodes and signals that are no EEG.

use super::*;

const SIX: [&str; 6] = ["POz", "Oz", "O1", "O2", "PO3", "PO4"];
const ALL: [usize; 3] = [0, 1, 2];

fn stage_of(labels: &[&str]) -> Looking {
    let settings = LookingSettings::with_flicker(HZ.to_vec(), 8.0);
    Looking::new(&layout(labels), &settings, &[50.0]).unwrap()
}

/// Somebody who looks at the second tag from 20 s on, with `spoil` applied to each frame (sample, values). Returns the stage, whether it
/// selected that tag, and whether any other.
fn look(
    labels: &[&str],
    secs: u64,
    spoil: impl Fn(u64, &mut Person, &mut [f64]),
) -> (Looking, bool, bool) {
    let (mut stage, mut person) = (stage_of(labels), Person::new(9));
    stage.show(shown(20.0, 1, &ALL));
    let (mut right, mut wrong, mut at) = (false, false, 0);
    while at < secs * RATE_HZ as u64 {
        person.looks_at = (at >= 20 * RATE_HZ as u64).then_some(HZ[1]);
        let mut block = Block::with_capacity(labels.len(), 10);
        block.restart(SampleIndex(at));
        for _ in 0..10 {
            let frame = person.frame(labels.len());
            block.push_frame().unwrap().copy_from_slice(&frame);
            let frames = block.samples_mut().chunks_exact_mut(labels.len());
            spoil(at, &mut person, frames.last().unwrap());
            at += 1;
        }
        stage.take(&block);
        if let Some(selection) = stage.selection_before(SampleIndex(at)) {
            let is_right = argmax(&selection.log_probability) == 1;
            (right, wrong) = (right | is_right, wrong | !is_right);
        }
    }
    (stage, right, wrong)
}

#[test]
fn one_bad_electrode_is_named_and_the_others_are_decoded() {
    for (fault, spoil) in [
        (
            Fault::Flat,
            (|_, _, x| *x = 0.0) as fn(u64, &mut Person, &mut f64),
        ),
        (Fault::Railed, |_, _, x| *x = x.clamp(-1.0, 1.0)),
        (Fault::Noisy, |_, person, x| *x += 50.0 * person.noise()),
        (Fault::LineNoise, |k, _, x| {
            *x += 200.0 * (2.0 * PI * 50.0 * k as f64 / RATE_HZ).sin();
        }),
        (Fault::Unlike, |_, person, x| *x = person.noise()),
    ] {
        let (stage, right, wrong) =
            look(&SIX, 40, |k, person, frame| spoil(k, person, &mut frame[2]));
        let mut expected = [None; 6];
        expected[2] = Some(fault);
        assert_eq!(stage.faults(), expected);
        assert!(right && !wrong, "{fault:?}");
    }
}

#[test]
fn an_electrode_that_becomes_bad_or_good_ends_the_evidence() {
    let (mut stage, mut person) = (stage_of(&SIX), Person::new(5));
    let mut run = |stage: &mut Looking, secs: f64, is_bad: bool| {
        for _ in 0..(secs * RATE_HZ) as usize {
            let mut block = Block::with_capacity(6, 1);
            block.restart(SampleIndex(person.sample));
            person.looks_at = (person.sample as f64 > 29.5 * RATE_HZ).then_some(HZ[0]);
            let mut frame = person.frame(6);
            frame[1] = if is_bad { 0.0 } else { frame[1] };
            block.push_frame().unwrap().copy_from_slice(&frame);
            stage.take(&block);
        }
        stage.selection_before(SampleIndex(u64::MAX)).is_some()
    };
    assert!(!run(&mut stage, 29.5, false));
    stage.show(shown(29.5, 1, &ALL));
    // The electrode is flat for the whole second from 30 s on. The windows begin again at 31 s, and settle for two seconds.
    assert!(!run(&mut stage, 0.5, false));
    assert!(!run(&mut stage, 1.5, true));
    assert_eq!(stage.faults()[1], Some(Fault::Flat));
    assert!(!run(&mut stage, 2.4, true));
    assert!(run(&mut stage, 3.0, true));
}

#[test]
fn too_many_bad_electrodes_select_nothing() {
    for (labels, bad) in [
        (&SIX[..], vec![1, 3]),
        (&SIX[..4], vec![1]),
        (&SIX[..1], vec![0]),
    ] {
        let (stage, right, wrong) = look(labels, 40, |_, _, frame| {
            bad.iter().for_each(|place| frame[*place] = 0.0);
        });
        let found = stage.faults().iter().flatten().count();
        assert_eq!((found, right, wrong), (bad.len(), false, false));
    }
}

#[test]
fn a_single_loose_electrode_is_noticed() {
    let noisy = |_: u64, person: &mut Person, frame: &mut [f64]| frame[0] += 40.0 * person.noise();
    let (stage, right, wrong) = look(&["Oz"], 40, noisy);
    assert_eq!(stage.faults(), [Some(Fault::Noisy)]);
    assert!(!right && !wrong);
    let line = |k: u64, _: &mut Person, frame: &mut [f64]| {
        frame[0] += 200.0 * (2.0 * PI * 50.0 * k as f64 / RATE_HZ).sin();
    };
    let (stage, ..) = look(&["Oz"], 40, line);
    assert_eq!(stage.faults(), [Some(Fault::LineNoise)]);
    let (stage, right, wrong) = look(&["Oz"], 40, |_, _, _| {});
    assert_eq!(stage.faults(), [None]);
    assert!(right && !wrong);
}

#[test]
fn what_is_no_eeg_selects_nothing() {
    // The same everywhere, with a flicker in it and a little noise of each electrode.
    let test_signal = |k: u64, person: &mut Person, frame: &mut [f64]| {
        let common = 20.0 * (2.0 * PI * 10.0 * k as f64 / RATE_HZ).sin();
        let flicker = 5.0 * (2.0 * PI * HZ[1] * k as f64 / RATE_HZ).sin();
        frame
            .iter_mut()
            .for_each(|x| *x = common + flicker + 0.1 * person.noise());
    };
    let (stage, right, wrong) = look(&SIX, 60, test_signal);
    assert!(!stage.is_eeg() && !right && !wrong);
    let few = look(&SIX[..4], 60, test_signal).0;
    assert!(few.is_eeg(), "four electrodes cannot tell");
}

#[test]
fn sessions_of_earlier_versions_are_not_checked() {
    let settings = LookingSettings {
        is_checked: false,
        ..LookingSettings::with_flicker(HZ.to_vec(), 8.0)
    };
    let mut stage = Looking::new(&layout(&SIX), &settings, &[50.0]).unwrap();
    let mut block = Block::with_capacity(6, 2500);
    (0..2500).for_each(|_| block.push_frame().unwrap().fill(0.0));
    stage.take(&block);
    assert_eq!(stage.faults(), [None; 6]);
}
