//! Rest for two hours: at default settings nothing is clicked and nothing resumes. What would happen without the pause is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod common;

use bci_cursor::control::{ControlSettings, State};
use bci_cursor::source::looped::Looped;
use common::{Accelerated, eeg_dir, eegmmidb, motor};

/// Of twelve people the rest between the trials of two runs, and of the first one both baselines: two hours.
const EACH_S: f64 = 7200.0 / 26.0;

/// What happened in so many hours of rest.
#[derive(Debug, Default)]
struct Counted {
    hours: f64,
    clicks: u32,
    resumes: u32,
    moved: u64,
    ticks: u64,
}

fn count(eeg: &std::path::Path, settings: ControlSettings) -> Counted {
    let mut all = Counted::default();
    let trials = (1..=12).flat_map(|person| [(person, 4, Some("T0")), (person, 12, Some("T0"))]);
    for (person, run, after) in trials.chain([(1, 1, None), (1, 2, None)]) {
        let mut rest = motor(&eegmmidb(eeg, &format!("S{person:03}"), run));
        let mut rest = Looped::new(&mut rest, after, EACH_S).unwrap();
        let mut was_paused = true;
        Accelerated::starter(&rest, settings).go(&mut rest, |_, outcome| {
            let is_free = matches!(outcome.state, State::Idle | State::Active);
            all.resumes += u32::from(is_free && was_paused);
            was_paused = !is_free;
            all.clicks += u32::from(outcome.clicks);
            all.moved += u64::from(outcome.action.dx_px != 0);
            all.ticks += 1;
        });
        all.hours += EACH_S / 3600.0;
    }
    all
}

#[test]
fn two_hours_of_rest_click_nothing_and_resume_nothing() {
    let Some(eeg) = eeg_dir() else { return };
    let usual = count(&eeg, ControlSettings::default());
    println!("at default settings: {usual:?}");
    assert!((usual.hours - 2.0).abs() < 1e-9 && usual.ticks > 400_000);
    assert_eq!((usual.clicks, usual.resumes, usual.moved), (0, 0, 0));

    // Told, so that nobody thinks that a decoder alone would do: the same without the pause, clicking by dwelling.
    let mut eager = ControlSettings::default();
    eager.pause.at_start = false;
    eager.dwell.on = true;
    let eager = count(&eeg, eager);
    println!("without the pause, clicking by dwelling: {eager:?}");
    assert!(eager.moved > 0 && eager.resumes >= 26);
}
