//! Rest for two hours: at default settings nothing is clicked and nothing resumes, and who decodes well can
//! resume by EEG alone. What would happen without the pause is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

#[path = "common/accelerated.rs"]
mod accelerated;
mod common;

use accelerated::{Accelerated, motor};
use bci_cursor::block::{Block, Layout};
use bci_cursor::control::{ControlSettings, State};
use bci_cursor::source::looped::Looped;
use bci_cursor::source::{Source, SourceError, SourceEvent};
use bci_cursor::time::SampleIndex;
use common::{eeg_dir, eegmmidb};

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
fn two_hours_of_rest_click_nothing_and_hardly_resume() {
    let Some(eeg) = eeg_dir() else { return };
    let usual = count(&eeg, ControlSettings::default());
    println!("at default settings: {usual:?}");
    assert!((usual.hours - 2.0).abs() < 1e-9 && usual.ticks > 400_000);
    // The bar: one click and one resume at most.
    assert!(usual.clicks == 0 && usual.resumes <= 1, "{usual:?}");

    // Told, so that nobody thinks that a decoder alone would do: the same without the pause, clicking by dwelling.
    let mut eager = ControlSettings::default();
    eager.pause.at_start = false;
    eager.dwell.on = true;
    let eager = count(&eeg, eager);
    println!("without the pause, clicking by dwelling: {eager:?}");
    assert!(eager.moved > 0 && eager.resumes >= 26);
}

/// Imagines the one hand and the other in turn, for four seconds each: what S007 did in trials, put in this order.
struct InTurn {
    hands: [Looped; 2],
    next: SampleIndex,
    block: Block,
}

impl InTurn {
    fn new(name: &str) -> Self {
        let hand = |label| Looped::new(&mut motor(name), Some(label), 3600.0).unwrap();
        Self {
            hands: [hand("T1"), hand("T2")],
            next: SampleIndex(0),
            block: Block::with_capacity(21, 16),
        }
    }
}

impl Source for InTurn {
    fn layout(&self) -> &Layout {
        self.hands[0].layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let turn = (self.layout().rate.secs_of(self.next.0) / 4.0) as usize;
        if turn >= 60 {
            return Ok(SourceEvent::End);
        }
        let event = self.hands[turn % 2].next(&mut self.block)?;
        into.restart(self.next);
        for frame in self.block.iter() {
            into.push_frame().unwrap().copy_from_slice(frame);
        }
        self.next = self.next.after(into.frames() as u64);
        Ok(event)
    }
}

/// S007 decodes almost perfectly: who does, need not be asked.
#[test]
fn who_decodes_well_resumes_by_eeg_alone() {
    let Some(eeg) = eeg_dir() else { return };
    let mut source = InTurn::new(&eegmmidb(&eeg, "S007", 12));
    let mut resumed_s = None;
    let mut run = Accelerated::starter(&source, ControlSettings::default());
    run.go(&mut source, |time_s, outcome| {
        if matches!(outcome.state, State::Idle | State::Active) {
            resumed_s = resumed_s.or(Some(time_s));
        }
    });
    println!("resumed after {resumed_s:?} s");
    assert!(resumed_s.is_some());
}
