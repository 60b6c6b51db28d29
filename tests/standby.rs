//! Standby: with default settings, neither rest nor noise clicks or resumes. Signals that are not EEG cause a hold,
//! motion without a purpose pauses, and a person with a good decoder can resume by EEG alone. `make standby` does the
//! same with a day of each kind of noise.

use crate::common;
use crate::common::accelerated;

use accelerated::{Accelerated, motor};
use bci_cursor::block::{Block, Layout};
use bci_cursor::control::{ControlSettings, HoldReason, PauseReason, Request, State};
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor::montage;
use bci_cursor::pipeline::PipelineSettings;
use bci_cursor::source::channel_selection::ChannelSelection;
use bci_cursor::source::looped::Looped;
use bci_cursor::source::synthetic::NoiseKind;
use bci_cursor::source::{Source, SourceError, SourceEvent, open_recording};
use bci_cursor::starters;
use bci_cursor::time::SampleIndex;
use bci_cursor_calibration::Decoder;
use common::{eeg_dir, eegmmidb};
use std::path::Path;

/// The rest between the trials of two runs of twelve people, and both baselines of the first one: two hours in total.
const EACH_S: f64 = 7200.0 / 26.0;

/// What happened during rest.
#[derive(Debug, Default)]
struct Counted {
    hours: f64,
    clicks: u32,
    resumes: u32,
    moved: u64,
    ticks: u64,
}

/// The same rest with each of these settings.
fn count<const N: usize>(eeg: &Path, settings: [ControlSettings; N]) -> [Counted; N] {
    let mut all = settings.map(|_| Counted::default());
    let trials = (1..=12).flat_map(|person| [(person, 4, Some("T0")), (person, 12, Some("T0"))]);
    for (person, run, after) in trials.chain([(1, 1, None), (1, 2, None)]) {
        let mut rest = motor(&eegmmidb(eeg, &format!("S{person:03}"), run));
        let mut rest = Looped::new(&mut rest, after, EACH_S).unwrap();
        let mut desks = Accelerated::starter(&rest, settings[0]);
        for settings in &settings[1..] {
            desks = desks.beside(*settings);
        }
        let mut was_paused = [true; N];
        desks.go_all(&mut rest, |desk, _, outcome| {
            let (all, was_paused) = (&mut all[desk], &mut was_paused[desk]);
            let is_free = matches!(outcome.state, State::Idle | State::Active);
            all.resumes += u32::from(is_free && *was_paused);
            *was_paused = !is_free;
            all.clicks += u32::from(outcome.clicks);
            all.moved += u64::from(outcome.action.dx_px != 0);
            all.ticks += 1;
        });
        all.iter_mut()
            .for_each(|counted| counted.hours += EACH_S / 3600.0);
    }
    all
}

/// Allows resuming by EEG alone with a starter.
fn without_gate() -> ControlSettings {
    let mut settings = ControlSettings::default();
    settings.pause.resume_without_gate = true;
    settings
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn two_hours_of_rest_click_nothing_and_hardly_resume() {
    let eeg = eeg_dir();
    // For comparison, without the pause, clicking by dwelling.
    let mut eager = ControlSettings::default();
    eager.pause.at_start = false;
    eager.dwell.on = true;
    let settings = [ControlSettings::default(), without_gate(), eager];
    let [usual, allowed, eager] = count(&eeg, settings);
    println!("at default settings: {usual:?}");
    assert!((usual.hours - 2.0).abs() < 1e-9 && usual.ticks > 400_000);
    assert!(usual.clicks == 0 && usual.resumes == 0, "{usual:?}");
    // If EEG alone may resume without the person's own gate: at most one resume.
    println!("resuming without a gate: {allowed:?}");
    assert!(allowed.clicks == 0 && allowed.resumes <= 1, "{allowed:?}");
    println!("without the pause, clicking by dwelling: {eager:?}");
    assert!(eager.moved > 0 && eager.resumes >= 26);
}

/// Imagines one hand and the other in turn, for four seconds each: the trials of S007, in this order.
struct AlternatingHands {
    hands: [Looped; 2],
    next: SampleIndex,
    block: Block,
}

impl AlternatingHands {
    fn new(name: &str, electrodes: usize) -> Self {
        let hand = |label| {
            let labels = montage::named(electrodes).unwrap();
            let mut source = ChannelSelection::new(open_recording(name).unwrap(), &labels).unwrap();
            Looped::new(&mut source, Some(label), 3600.0).unwrap()
        };
        Self {
            hands: [hand("T1"), hand("T2")],
            next: SampleIndex(0),
            block: Block::with_capacity(electrodes, 16),
        }
    }
}

impl Source for AlternatingHands {
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

/// A person's own decoder for nine electrodes, fitted on two recordings, with an idle gate of sixty false activations
/// an hour.
fn own_decoder(eeg: &Path, subject: &str) -> Decoder {
    let classes = vec![
        ClassMarker::new("left_hand", "T1"),
        ClassMarker::new("right_hand", "T2"),
    ];
    let mut request = FitRequest::new(classes);
    request.channels = montage::named(9).unwrap();
    request.false_activations_per_hour = Some(60.0);
    let layout = Layout {
        rate: open_recording(&eegmmidb(eeg, subject, 4))
            .unwrap()
            .layout()
            .rate,
        labels: request.channels.clone(),
    };
    request.starter = starters::for_layout(&layout).unwrap();
    let files = [4, 8].map(|run| eegmmidb(eeg, subject, run));
    fit_recordings(&files, &request).unwrap()
}

/// When a run first allows motion, seconds.
fn resumed_s(run: &mut Accelerated, source: &mut dyn Source) -> Option<f64> {
    let mut resumed_s = None;
    run.go(source, |time_s, outcome| {
        if matches!(outcome.state, State::Idle | State::Active) {
            resumed_s = resumed_s.or(Some(time_s));
        }
    });
    resumed_s
}

/// S007 decodes almost perfectly, so their EEG alone is enough.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_person_with_a_good_decoder_resumes_by_eeg_alone() {
    let eeg = eeg_dir();
    let name = eegmmidb(&eeg, "S007", 12);
    let with_starter = |settings| {
        let mut source = AlternatingHands::new(&name, 21);
        let mut run = Accelerated::starter(&source, settings);
        resumed_s(&mut run, &mut source)
    };
    assert_eq!(with_starter(ControlSettings::default()), None);
    let starter_s = with_starter(without_gate());
    let decoder = own_decoder(&eeg, "S007");
    assert!(decoder.idle_gate.is_some());
    let mut source = AlternatingHands::new(&name, 9);
    let (pipeline, settings) = (PipelineSettings::default(), ControlSettings::default());
    let mut run = Accelerated::new(&source, &decoder, &pipeline, settings);
    let own_s = resumed_s(&mut run, &mut source);
    println!(
        "resumed after {own_s:?} s with a decoder of their own, {starter_s:?} s with a starter"
    );
    assert!(own_s.is_some_and(|secs| secs < 90.0), "{own_s:?}");
    assert!(starter_s.is_some_and(|secs| secs < 240.0), "{starter_s:?}");
}

/// Duration of each kind of noise, hours; `BCI_CURSOR_STANDBY_HOURS` overrides it.
fn noise_hours() -> f64 {
    let hours = std::env::var("BCI_CURSOR_STANDBY_HOURS");
    hours.map_or(0.25, |hours| hours.parse().unwrap())
}

/// Noise at nine electrodes, at the rate of the recordings.
fn noise(kind: NoiseKind, seed: u64, hours: f64) -> impl Source {
    let secs = 3600.0 * hours;
    let spec = format!("synthetic:noise={kind},channels=9,rate=160,seed={seed},seconds={secs}");
    open_recording(&spec).unwrap()
}

/// Noise in which neighbouring electrodes may be more similar, as on a head. The other kinds are not EEG and cause a
/// hold.
fn is_like_a_head(kind: NoiseKind) -> bool {
    matches!(
        kind,
        NoiseKind::Laterality | NoiseKind::Bursts | NoiseKind::Sweep
    )
}

/// How often each kind of noise resumes a paused run.
fn resumes_of_noise(decoder: Option<&Decoder>, settings: ControlSettings, seed: u64) -> u32 {
    let hours = noise_hours();
    let mut all = 0;
    for kind in NoiseKind::ALL {
        let mut source = noise(kind, seed, hours);
        let mut run = match decoder {
            Some(decoder) => {
                Accelerated::new(&source, decoder, &PipelineSettings::default(), settings)
            }
            None => Accelerated::starter(&source, settings),
        };
        let (mut resumes, mut held, mut ticks, mut was_free) = (0, 0_u64, 0_u64, false);
        run.go(&mut source, |_, outcome| {
            let is_free = matches!(outcome.state, State::Idle | State::Active);
            resumes += u32::from(is_free && !was_free);
            was_free = is_free;
            held += u64::from(outcome.state == State::Hold(HoldReason::NotEeg));
            ticks += 1;
        });
        let share = held as f64 / ticks as f64;
        println!(
            "{kind:>10}: {hours} h, {resumes} resumes, no EEG for {:.1} %",
            100.0 * share
        );
        assert!(is_like_a_head(kind) || share > 0.95, "{kind}: {share}");
        all += resumes;
    }
    all
}

#[test]
fn noise_does_not_resume_with_a_starter() {
    println!("a starter, where EEG alone may resume without a gate:");
    let resumes = resumes_of_noise(None, without_gate(), 41);
    assert!(resumes <= 1, "{resumes}");
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn noise_does_not_resume_with_a_fitted_gate() {
    let eeg = eeg_dir();
    println!("the decoder of S007 with a gate, default settings:");
    let decoder = own_decoder(&eeg, "S007");
    let resumes = resumes_of_noise(Some(&decoder), ControlSettings::default(), 42);
    assert!(resumes <= 1, "{resumes}");
}

/// Somebody resumes, and then there is only noise: the run holds because it is not EEG, or pauses because of motion
/// without a purpose.
#[test]
fn noise_that_moves_the_pointer_is_stopped() {
    for kind in NoiseKind::ALL {
        let mut source = noise(kind, 7, 0.5);
        let mut run = Accelerated::starter(&source, ControlSettings::default());
        run.world = Box::new(|time_s, governor, _| {
            if (5.0..5.016).contains(&time_s) {
                governor.request(Request::Resume);
            }
        });
        let (mut stopped, mut last_moved_s, mut clicks) = (None, 0.0, 0);
        run.go(&mut source, |time_s, outcome| {
            let is_stopped = matches!(
                outcome.state,
                State::Hold(HoldReason::NotEeg)
                    | State::Paused(PauseReason::Aimless | PauseReason::LongRest)
            );
            if is_stopped && time_s > 6.0 {
                stopped = stopped.or(Some((time_s, outcome.state)));
            }
            if outcome.action.dx_px != 0 {
                last_moved_s = time_s;
            }
            clicks += u32::from(outcome.clicks);
        });
        println!("{kind:>10}: stopped {stopped:?}, moved last at {last_moved_s:.0} s");
        let (stopped_s, state) = stopped.unwrap();
        let limit_s = if is_like_a_head(kind) { 900.0 } else { 30.0 };
        assert!(stopped_s < limit_s, "{kind}: {state:?} after {stopped_s} s");
        assert!(last_moved_s <= stopped_s + 0.1 && clicks == 0, "{kind}");
    }
}
