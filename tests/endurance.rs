//! Two hours in a minute: a recording looped through failing electrodes and lost signals leaves memory as it was, and nothing
//! holds without a reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

#[path = "common/accelerated.rs"]
mod accelerated;
mod common;

use accelerated::{Accelerated, motor};
use bci_cursor::control::{ControlSettings, Signal, State};
use bci_cursor::runtime::usage;
use bci_cursor::source::faulty::Faulty;
use bci_cursor::source::looped::Looped;
use common::{eeg_dir, eegmmidb};

const HOURS_S: f64 = 7200.0;
/// Every ten minutes something fails, and a minute later the signal is lost for two seconds.
const EVERY_S: f64 = 600.0;

#[test]
fn two_hours_leave_memory_as_it_was_and_hold_for_a_reason_only() {
    let name = eeg_dir().map_or_else(
        || "synthetic:channels=21,trials=20".to_owned(),
        |eeg| eegmmidb(&eeg, "S002", 4),
    );
    let looped = Looped::new(&mut motor(&name), None, HOURS_S).unwrap();
    let kinds = [
        "flat", "railed", "line", "noisy", "unlike", "nan", "blink", "jaw",
    ];
    let faults: Vec<_> = (0..12)
        .map(|k| {
            let from = EVERY_S * f64::from(k) + 30.0;
            let label = ["C3", "Cz", "C4"][k as usize % 3];
            let text = format!("{label}={}@{from}..{}", kinds[k as usize % 8], from + 20.0);
            text.parse().unwrap()
        })
        .collect();
    let mut source = Faulty::new(Box::new(looped), &faults).unwrap();
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.pause.after_loss = false;
    settings.pause.after_rest_s = 0;
    settings.dwell.on = true;
    let mut run = Accelerated::starter(&source, settings);
    let is_lost = |time_s: f64| (90.0..92.0).contains(&(time_s % EVERY_S));
    let (mut holds, mut before) = (0, State::Starting);
    let (mut early_mb, mut last_s) = (None, 0.0);
    run.world = Box::new(move |time_s, _, seen| {
        if is_lost(time_s) {
            seen.signal = Signal::Lost;
        }
    });
    run.go(&mut source, |time_s, outcome| {
        let may_hold = (90.0..93.1).contains(&(time_s % EVERY_S));
        let is_held = matches!(outcome.state, State::Hold(_) | State::SignalLost);
        assert!(!is_held || may_hold, "{time_s} s: {:?}", outcome.state);
        holds += u32::from(outcome.state == State::SignalLost && before != State::SignalLost);
        before = outcome.state;
        if time_s > EVERY_S && early_mb.is_none() {
            early_mb = usage::now().peak_resident_mb;
        }
        last_s = time_s;
    });
    let late_mb = usage::now().peak_resident_mb;
    println!(
        "{last_s:.0} s, {holds} holds; memory {early_mb:?} MB after ten minutes, {late_mb:?} MB at the end"
    );
    assert!(
        last_s > HOURS_S - 5.0 && holds == 12,
        "{last_s} s, {holds} holds"
    );
    if let (Some(early), Some(late)) = (early_mb, late_mb) {
        assert!(late - early < 1.0, "{early} MB, then {late} MB");
    }
}
