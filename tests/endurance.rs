//! Two hours in a minute: a recording is looped, with failing electrodes and lost signals. Memory, files and threads
//! must stay constant, and every hold must have a reason. `make endurance` does the same for a day.

use crate::common;
use crate::common::accelerated;

use accelerated::{Accelerated, motor};
use bci_cursor::control::{ControlSettings, Signal, State};
use bci_cursor::runtime::usage;
use bci_cursor::source::fault_injector::{Fault, FaultInjector};
use bci_cursor::source::looped::Looped;
use common::{eegmmidb, find_eeg};

const HOUR_S: f64 = 3600.0;
/// Something fails every ten minutes, and a minute later the signal is lost for two seconds.
const EVERY_S: f64 = 600.0;

/// Duration in hours; `BCI_CURSOR_ENDURANCE_HOURS` overrides it.
fn hours() -> f64 {
    let hours = std::env::var("BCI_CURSOR_ENDURANCE_HOURS");
    hours.map_or(2.0, |hours| hours.parse().unwrap())
}

/// Resources used by this process (known only on Linux).
#[derive(Debug, Clone, Copy)]
struct ResourceUsage {
    peak_mb: Option<f64>,
    cpu_s: Option<f64>,
    files: Option<usize>,
    threads: Option<usize>,
}

impl ResourceUsage {
    fn now() -> Self {
        let count = |folder| Some(std::fs::read_dir(folder).ok()?.count());
        let usage = usage::now();
        Self {
            peak_mb: usage.peak_resident_mb,
            cpu_s: usage.cpu_s,
            files: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
        }
    }
}

/// Electrodes that fail one after another, for twenty seconds each.
fn faults(total_s: f64) -> Vec<Fault> {
    let kinds = [
        "flat", "railed", "line", "noisy", "unlike", "nan", "blink", "jaw",
    ];
    let fault = |k: usize| {
        let from = EVERY_S * k as f64 + 30.0;
        let label = ["C3", "Cz", "C4"][k % 3];
        let text = format!("{label}={}@{from}..{}", kinds[k % 8], from + 20.0);
        text.parse().unwrap()
    };
    (0..(total_s / EVERY_S) as usize).map(fault).collect()
}

/// Prints the resources used in each hour.
struct Watch {
    next_s: f64,
    cpu_s: f64,
}

impl Watch {
    fn look(&mut self, time_s: f64) {
        if time_s < self.next_s {
            return;
        }
        let taken = ResourceUsage::now();
        let cpu_s = taken.cpu_s.unwrap_or_default();
        println!(
            "hour {:>2}: {:.1} s of processor; {:.1} MB at most, {} files, {} threads",
            time_s / HOUR_S,
            cpu_s - self.cpu_s,
            taken.peak_mb.unwrap_or_default(),
            taken.files.unwrap_or_default(),
            taken.threads.unwrap_or_default()
        );
        self.next_s += HOUR_S;
        self.cpu_s = cpu_s;
    }
}

#[test]
fn hours_do_not_increase_resources_and_hold_only_for_a_reason() {
    let total_s = HOUR_S * hours();
    let name = find_eeg().map_or_else(
        || "synthetic:channels=21,trials=20".to_owned(),
        |eeg| eegmmidb(&eeg, "S002", 4),
    );
    let looped = Looped::new(&mut motor(&name), None, total_s).unwrap();
    let mut source = FaultInjector::new(Box::new(looped), &faults(total_s)).unwrap();
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.pause.after_loss = false;
    (settings.pause.after_rest_s, settings.pause.after_aimless_s) = (0, 0);
    settings.dwell.on = true;
    let mut run = Accelerated::starter(&source, settings);
    let is_lost = |time_s: f64| (90.0..92.0).contains(&(time_s % EVERY_S));
    run.world = Box::new(move |time_s, _, input| {
        if is_lost(time_s) {
            input.signal = Signal::Lost;
        }
    });
    let (mut holds, mut before) = (0, State::Starting);
    let (mut early, mut last_s) = (None, 0.0);
    let mut watch = Watch {
        next_s: HOUR_S,
        cpu_s: ResourceUsage::now().cpu_s.unwrap_or_default(),
    };
    run.go(&mut source, |time_s, outcome| {
        let may_hold = (90.0..93.1).contains(&(time_s % EVERY_S));
        let is_held = matches!(outcome.state, State::Hold(_) | State::SignalLost);
        assert!(!is_held || may_hold, "{time_s} s: {:?}", outcome.state);
        holds += u32::from(outcome.state == State::SignalLost && before != State::SignalLost);
        before = outcome.state;
        if time_s > EVERY_S && early.is_none() {
            early = Some(ResourceUsage::now());
        }
        watch.look(time_s);
        last_s = time_s;
    });
    let (early, late) = (early.unwrap(), ResourceUsage::now());
    println!("{last_s:.0} s, {holds} holds; after ten minutes {early:?}, at the end {late:?}");
    assert!(last_s > total_s - 5.0, "{last_s} s");
    assert_eq!(f64::from(holds), total_s / EVERY_S, "holds");
    if let (Some(early), Some(late)) = (early.peak_mb, late.peak_mb) {
        assert!(late - early < 1.0, "{early} MB, then {late} MB");
    }
    assert_eq!(late.files, early.files, "open files");
    assert_eq!(late.threads, early.threads, "threads");
}
