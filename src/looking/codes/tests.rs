use super::*;
use crate::block::Block;
use crate::looking::{CodeSet, Looking, LookingSettings, TagCodes};
use crate::units::Hertz;
use bci_cursor_calibration::looking::cvep::{Look, Training, Trial};
use bci_cursor_calibration::matrix::Matrix;
use bci_cursor_calibration::statistics::argmax;
use std::f64::consts::PI;

const RATE_HZ: f64 = 250.0;
const FRAME: f64 = RATE_HZ / 60.0;
const LABELS: [&str; 5] = ["Fz", "POz", "Oz", "O1", "O2"];

/// The display shows frame `n` at sample `n · FRAME`, but misses every 50th.
fn frames() -> impl Iterator<Item = (f64, CodeSet)> {
    let book = code_book();
    let bright = move |frame: u64| {
        let is_bright = |code: &u16| book.brightness(*code, frame, 60.0) == Some(1.0);
        (0..32_u16)
            .filter(is_bright)
            .fold(CodeSet::NONE, |set, code| set.with(usize::from(code)))
    };
    (0..)
        .filter(|frame| frame % 50 != 49)
        .map(move |frame| (frame as f64 * FRAME, bright(frame)))
}

/// A person whose cortex answers to the light that is looked at, 100 ms late.
struct Person {
    seed: u64,
    sample: u64,
    looks_at: Option<usize>,
    bright: Vec<CodeSet>,
}

impl Person {
    fn new(seed: u64) -> Self {
        let mut shown = vec![CodeSet::NONE; 20_000];
        for (place, bright) in frames() {
            let from = place.ceil() as usize;
            if from >= shown.len() {
                break;
            }
            shown[from..].fill(bright);
        }
        Self {
            seed,
            sample: 0,
            looks_at: None,
            bright: shown,
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
        let Some(code) = self.looks_at else {
            return 0.0;
        };
        let light = |k: usize| {
            let at = (self.sample as usize).checked_sub(25 + k)?;
            Some(f64::from(u8::from(self.bright[at].has(code))))
        };
        let kernel = |k: usize| {
            let t = k as f64 / RATE_HZ;
            (-t / 0.04).exp() * (2.0 * PI * 15.0 * t).sin()
        };
        (0..50).filter_map(|k| Some(light(k)? * kernel(k))).sum()
    }

    fn block(&mut self, frames: usize) -> Block {
        let mut block = Block::with_capacity(LABELS.len(), frames);
        block.restart(SampleIndex(self.sample));
        for _ in 0..frames {
            let (common, response) = (self.noise(), 2.0 * self.response());
            let values =
                [0.0, 0.6, 1.0, 0.9, 0.7].map(|gain| common + 0.3 * self.noise() + gain * response);
            block.push_frame().unwrap().copy_from_slice(&values);
            self.sample += 1;
        }
        block
    }
}

fn layout(labels: &[&str]) -> Layout {
    Layout {
        rate: Hertz::new(RATE_HZ).unwrap(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}

/// The response in ten looks of four seconds, at channels in another order than the stream's.
pub(in crate::looking) fn model() -> LookingModel {
    let channels = ["Oz", "O2", "O1", "POz"];
    let places = channels.map(|label| LABELS.iter().position(|own| *own == label).unwrap());
    let mut person = Person::new(1);
    let mut trials = Vec::new();
    for target in 0..10 {
        person.looks_at = Some(target);
        let (mut grid, mut screen) = (CodeGrid::new(layout(&[]).rate, 4).unwrap(), Screen::new());
        frames().take(4000).for_each(|(place, bright)| {
            screen.announce(CodeFrame {
                place,
                bright,
                is_late: false,
            });
        });
        let (mut eeg, mut columns) = (Matrix::with_columns(4), Vec::new());
        let step = grid.step();
        let block = person.block(1000);
        for (index, frame) in (block.first.0..).zip(block.iter()) {
            grid.push(index, &places.map(|place| frame[place]), |number, point| {
                let (to, mut bright) = (number as f64 * step, [0.0; 32]);
                screen.during(to - step, to, &mut bright);
                eeg.push_row(point);
                columns.push(bright);
            });
        }
        let mut brightness = Matrix::zeros(32, columns.len());
        for (tag, row) in brightness.iter_mut().enumerate() {
            row.iter_mut()
                .zip(&columns)
                .for_each(|(out, column)| *out = column[tag]);
        }
        let look = Look {
            eeg,
            brightness,
            lead_in: LAGS,
        };
        trials.push(Trial { look, target });
    }
    let response = Training::new(&trials).unwrap().fit().unwrap();
    LookingModel::new(channels.map(str::to_owned).to_vec(), response).unwrap()
}

/// A stage, the person, and the frames that are still to be reported.
struct Bench {
    stage: Looking,
    person: Person,
    frames: Box<dyn Iterator<Item = (f64, CodeSet)>>,
    next: (f64, CodeSet),
    last: f64,
    /// Time from a frame to its report, samples, for each frame.
    report: fn(f64) -> f64,
    /// What was announced, to be announced again.
    announced: Vec<CodeFrame>,
    shown: Vec<Shown>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let settings = LookingSettings {
            codes: TagCodes::Model(Box::new(model())),
            threshold: 12.0,
            probability: 0.95,
            is_checked: true,
            display_delay_ms: 0.0,
            leaves_out_muscles: true,
        };
        let mut frames = Box::new(frames());
        Self {
            stage: Looking::new(&layout(&LABELS), &settings, &[50.0]).unwrap(),
            person: Person::new(seed),
            next: frames.next().unwrap(),
            frames,
            last: f64::NEG_INFINITY,
            report: |_| 5.0,
            announced: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// From now on, all codes with these numbers are shown.
    fn show(&mut self, scene: u32, codes: std::ops::Range<usize>) {
        let shown = Shown {
            from: SampleIndex(self.person.sample),
            scene,
            codes: codes.fold(CodeSet::NONE, CodeSet::with),
        };
        self.stage.show(shown);
        self.shown.push(shown);
    }

    /// Runs for some seconds in blocks of this many samples; returns selections with their ends in seconds.
    fn run(&mut self, secs: f64, block: usize) -> Vec<(f64, u32, usize)> {
        let mut out = Vec::new();
        let end = self.person.sample + (secs * RATE_HZ) as u64;
        while self.person.sample < end {
            let size = block.min((end - self.person.sample) as usize);
            let next = SampleIndex(self.person.sample);
            // Frames are reported while the block is recorded.
            while self.next.0 + (self.report)(self.next.0) <= (next.0 + size as u64) as f64 {
                let (place, bright) = self.next;
                let frame = CodeFrame {
                    place,
                    bright,
                    is_late: self.stage.is_late(self.last, next),
                };
                self.stage.show_frame(frame);
                self.announced.push(frame);
                self.last = place;
                self.next = self.frames.next().unwrap();
            }
            let block = self.person.block(size);
            self.stage.take(&block);
            if let Some((end, selection)) = self.stage.selection.take() {
                let code = argmax(&selection.log_probability);
                out.push((end.0 as f64 / RATE_HZ, selection.scene, code));
            }
        }
        out
    }
}

#[test]
fn what_is_looked_at_is_selected_once_a_scene() {
    let mut bench = Bench::new(3);
    bench.show(1, 0..10);
    assert_eq!(bench.run(20.0, 10), []);
    for (scene, code) in [(2, 4), (3, 9), (4, 0)] {
        bench.show(scene, 0..10);
        let began = bench.person.sample as f64 / RATE_HZ;
        bench.person.looks_at = Some(code);
        let selected = bench.run(8.0, 10);
        let [(at, found_scene, found)] = selected[..] else {
            panic!("one selection: {selected:?}")
        };
        assert_eq!((found_scene, found), (scene, code));
        assert!((0.3..4.0).contains(&(at - began)), "{at} {began}");
    }
}

#[test]
fn a_look_may_begin_at_any_time() {
    let mut bench = Bench::new(4);
    bench.show(1, 0..10);
    assert_eq!(bench.run(40.0, 10), []);
    bench.person.looks_at = Some(7);
    let selected = bench.run(4.0, 10);
    assert_eq!(selected.len(), 1, "{selected:?}");
    assert_eq!(selected[0].2, 7);
}

#[test]
fn codes_without_a_tag_are_not_selected() {
    let mut bench = Bench::new(5);
    bench.person.looks_at = Some(20);
    bench.show(1, 0..10);
    assert_eq!(bench.run(10.0, 10), []);
    bench.show(2, 0..0);
    assert_eq!(bench.run(10.0, 10), []);
    bench.show(3, 10..30);
    assert_eq!(bench.run(5.0, 10).len(), 1);
}

#[test]
fn results_depend_neither_on_blocks_nor_on_when_frames_are_reported() {
    let found = |block: usize, report: fn(f64) -> f64| {
        let mut bench = Bench::new(6);
        bench.report = report;
        let mut found = bench.run(2.0, block);
        for (scene, code) in [(1, 3), (2, 8), (3, 5)] {
            bench.show(scene, 0..10);
            bench.person.looks_at = Some(code);
            found.extend(bench.run(6.0, block));
        }
        assert!(bench.announced[1..].iter().all(|frame| !frame.is_late));
        found
    };
    let one = found(1, |_| 5.0);
    let looks: Vec<(u32, usize)> = one.iter().map(|(_, scene, code)| (*scene, *code)).collect();
    assert_eq!(looks, [(1, 3), (2, 8), (3, 5)]);
    assert_eq!(found(1, |place| 3.0 + place % 15.0), one);
    for block in [3, 10, 17] {
        assert_eq!(found(block, |_| 5.0), one, "{block}");
    }
}

/// What is unknown is no evidence, and the session replays: there, all frames are known from the beginning.
#[test]
fn late_frames_make_time_unknown_and_replay_as_they_were() {
    // Every 200th frame is reported half a second late, and those after it wait for it.
    let mut bench = Bench::new(7);
    bench.report = |place| {
        let since = place % (200.0 * FRAME);
        if since < 125.0 { 130.0 - since } else { 5.0 }
    };
    let mut live = Vec::new();
    bench.person.looks_at = Some(2);
    for scene in 1..6 {
        bench.show(scene, 0..10);
        live.extend(bench.run(5.0, 10));
    }
    let late = bench.announced.iter().filter(|frame| frame.is_late).count();
    assert!(late > 20, "{late}");
    assert!(
        live.len() >= 4 && live.iter().all(|(_, _, code)| *code == 2),
        "{live:?}"
    );
    let mut again = Bench::new(7);
    for frame in &bench.announced {
        again.stage.show_frame(*frame);
    }
    again.report = |_| f64::INFINITY;
    again.person.looks_at = Some(2);
    let mut replayed = Vec::new();
    for shown in &bench.shown {
        again.stage.show(*shown);
    }
    replayed.extend(again.run(25.0, 10));
    assert_eq!(replayed, live);
}

#[test]
fn frames_that_are_always_late_select_nothing() {
    let mut bench = Bench::new(8);
    bench.report = |_| 60.0;
    bench.person.looks_at = Some(2);
    bench.show(1, 0..10);
    assert_eq!(bench.run(20.0, 10), []);
    // Without any frame, nothing is known either.
    let mut bench = Bench::new(8);
    bench.report = |_| f64::INFINITY;
    bench.person.looks_at = Some(2);
    bench.show(1, 0..10);
    assert_eq!(bench.run(20.0, 10), []);
}

#[test]
fn after_a_gap_and_bad_values_evidence_starts_again() {
    let mut bench = Bench::new(9);
    bench.run(2.0, 10);
    bench.show(1, 0..10);
    bench.person.looks_at = Some(1);
    let began = bench.person.sample as f64 / RATE_HZ;
    let without = bench.run(6.0, 10)[0].0 - began;
    let mut bench = Bench::new(9);
    bench.run(2.0, 10);
    bench.show(1, 0..10);
    bench.person.looks_at = Some(1);
    assert_eq!(bench.run(without - 0.1, 10), []);
    bench.person.sample += 25;
    let mut block = bench.person.block(10);
    for (value, bad) in block
        .samples_mut()
        .iter_mut()
        .zip([f64::NAN, f64::INFINITY, 1e300])
    {
        *value = bad;
    }
    bench.stage.take(&block);
    let from = bench.person.sample as f64 / RATE_HZ;
    let selected = bench.run(8.0, 10);
    assert_eq!(selected[0].2, 1);
    assert!(selected[0].0 - from > 0.5, "{selected:?} {from}");
}

#[test]
fn a_stream_without_the_channels_of_the_response_is_refused() {
    let settings = LookingSettings::with_model(model());
    let refused = Looking::new(&layout(&["Oz", "O1", "C3"]), &settings, &[]).unwrap_err();
    let message = refused.to_string();
    assert!(
        message.contains("does not have: O2, POz. It has Oz, O1, C3"),
        "{message}"
    );
}

#[test]
fn a_code_is_selected_if_it_stands_out_from_those_that_are_shown() {
    let shown = Shown {
        from: SampleIndex(0),
        scene: 1,
        codes: (0..4).fold(CodeSet::NONE, CodeSet::with),
    };
    let certainty = Certainty {
        threshold: 8.0,
        probability: 0.999,
    };
    let is_selected = |odds: [f64; 5]| decide(&odds, shown, certainty).is_some();
    let two = Shown {
        codes: CodeSet::NONE.with(0).with(1),
        ..shown
    };
    for (odds, is_so) in [(11.9, false), (12.1, true)] {
        let decided = decide(&[odds, 0.0, 0.0, 0.5, 3.0], two, certainty);
        assert_eq!(decided.is_some(), is_so, "{odds} with two codes");
    }
    assert!(is_selected([9.0, 0.0, 0.0, 0.5, 3.0]));
    assert!(!is_selected([7.9, -9.0, -9.0, -9.0, 3.0]), "against none");
    assert!(!is_selected([9.0, 2.5, 1.0, 1.0, 3.0]), "against another");
    assert!(
        !is_selected([9.0, 0.0, 0.0, 0.0, 9.1]),
        "one that is not shown"
    );
}
