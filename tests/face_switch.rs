//! A jaw clench or blinks click, and other facial activity rarely does: gestures added to the EEG of twelve people, and
//! the same EEG without them.

use crate::common;

use bci_cursor::block::{Block, Layout};
use bci_cursor::decoding::FaceReader;
use bci_cursor::fit::Mains;
use bci_cursor::fit::face::{FaceRequest, read};
use bci_cursor::source::channels::ReadAs;
use bci_cursor::source::{Marker, Source, SourceError, SourceEvent, open_recording};
use bci_cursor::time::SampleIndex;
use bci_cursor_calibration::FaceSwitch;
use bci_cursor_calibration::face_switch::{CuedLevels, FORMAT, Gesture, VERSION, fit};
use common::{Lab, Screen, eeg_dir, eegmmidb, wait_for};
use std::f64::consts::PI;

/// Minimum interval between gestures, reaction time from the cue, and time limit for an answer, seconds.
const EVERY_S: f64 = 8.0;
const REACTION_S: f64 = 0.6;
const ANSWER_S: f64 = 3.5;
const CUE: &str = "now";

fn request(gesture: Gesture, channels: &[&str]) -> FaceRequest {
    FaceRequest {
        gesture,
        pulses: gesture.usual_pulses(),
        cue: CUE.into(),
        channels: channels.iter().map(|label| (*label).to_owned()).collect(),
        read_as: ReadAs::default(),
        mains: Mains::Hz(60.0),
    }
}

fn levels(source: &mut dyn Source, request: &FaceRequest) -> (Vec<String>, CuedLevels) {
    read(source, request, Some(60.0), &mut Vec::new()).unwrap()
}

/// Cues at regular intervals, each as soon as the eyes are still, because a person who is about to blink on purpose
/// does not blink by chance.
fn cues(name: &str) -> Vec<SampleIndex> {
    let forehead = request(Gesture::Blinks, &["Fp1", "Fp2"]);
    let (_, eyes) = levels(open_recording(name).unwrap().as_mut(), &forehead);
    let samples = |secs: f64| (secs * eyes.rate_hz) as usize;
    let (mut out, mut at) = (Vec::new(), samples(3.0));
    while at + samples(ANSWER_S) < eyes.levels[0].len() {
        let soon = at..at + samples(2.0);
        let most = eyes.levels.iter().flat_map(|levels| &levels[soon.clone()]);
        let is_still = most.fold(0.0f64, |most, level| most.max(level.abs())) < 50.0;
        let waited = out
            .last()
            .map_or(at, |SampleIndex(last)| at - *last as usize);
        // Some people's eyes are never still.
        if is_still || waited > samples(2.0 * EVERY_S) {
            out.push(SampleIndex(at as u64));
            at += samples(EVERY_S);
        } else {
            at += samples(0.1);
        }
    }
    out
}

/// A person's recording with gestures added, each after a cue.
struct Gesturing {
    inner: Box<dyn Source + Send>,
    gesture: Gesture,
    /// Amplitude of the gesture on each channel, µV.
    strength_uv: Vec<f64>,
    cues: Vec<SampleIndex>,
    started: usize,
    block: Block,
    seed: u64,
}

impl Gesturing {
    fn new(name: &str, gesture: Gesture) -> Self {
        let inner = open_recording(name).unwrap();
        let strength = |label: &String| match (gesture, label.as_str()) {
            (Gesture::Blinks, "Fp1" | "Fp2" | "Fpz") => 180.0,
            (Gesture::Blinks, "AF3" | "AF4" | "AF7" | "AF8" | "AFz") => 90.0,
            (Gesture::Clench, "T7" | "T8" | "FT7" | "FT8" | "TP7" | "TP8" | "F7" | "F8") => 80.0,
            _ => 0.0,
        };
        Self {
            strength_uv: inner.layout().labels.iter().map(strength).collect(),
            block: Block::with_capacity(inner.layout().channel_count(), 16),
            inner,
            gesture,
            cues: cues(name),
            started: 0,
            seed: 11,
        }
    }

    fn noise(&mut self) -> f64 {
        let next = self.seed.wrapping_mul(6_364_136_223_846_793_005);
        self.seed = next.wrapping_add(1);
        (self.seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    }

    /// The gesture on a channel of strength 1, at this time after a cue.
    fn wave(&mut self, since_s: f64) -> f64 {
        let blink = |from_s: f64| {
            let phase = (since_s - from_s) / 0.25;
            let is_on = (0.0..1.0).contains(&phase);
            if is_on { libm::sin(PI * phase) } else { 0.0 }
        };
        match self.gesture {
            Gesture::Blinks => (0..3).map(|k| blink(REACTION_S + 0.4 * f64::from(k))).sum(),
            Gesture::Clench if (REACTION_S..REACTION_S + 0.7).contains(&since_s) => self.noise(),
            Gesture::Clench => 0.0,
        }
    }
}

impl Source for Gesturing {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(self.block.first);
        if self.block.capacity() != into.capacity() {
            self.block = Block::with_capacity(into.channels(), into.capacity());
        }
        let passed = self.block.first.after(self.block.frames() as u64);
        if let Some(at) = self.cues.get(self.started).filter(|at| **at < passed) {
            self.started += 1;
            let label = CUE.into();
            return Ok(SourceEvent::Marker(Marker { at: *at, label }));
        }
        let event = loop {
            let event = self.inner.next(&mut self.block)?;
            // The recording's own markers do not apply.
            if !matches!(event, SourceEvent::Marker(_)) {
                break event;
            }
        };
        into.restart(self.block.first);
        let rate = self.layout().rate;
        for offset in 0..self.block.frames() {
            let now = self.block.first.after(offset as u64);
            let before = self.cues.partition_point(|cue| *cue <= now);
            let cue = before.checked_sub(1).map(|last| self.cues[last]);
            let slot = into.push_frame().unwrap();
            slot.copy_from_slice(self.block.iter().nth(offset).unwrap());
            let Some(cue) = cue else { continue };
            let since_s = rate.secs_of(now.0 - cue.0);
            for (channel, sample) in slot.iter_mut().enumerate() {
                if self.strength_uv[channel] > 0.0 {
                    *sample += self.strength_uv[channel] * self.wave(since_s);
                }
            }
        }
        Ok(event)
    }
}

/// Fits a switch to a run with gestures.
fn fitted(name: &str, gesture: Gesture) -> Result<FaceSwitch, String> {
    let request = request(gesture, &[]);
    let (labels, levels) = levels(&mut Gesturing::new(name, gesture), &request);
    let fitted = fit(&[levels], gesture, request.pulses).map_err(|error| error.to_string())?;
    Ok(FaceSwitch {
        format: FORMAT.into(),
        version: VERSION,
        created_by: "test".into(),
        gesture,
        pulses: request.pulses,
        channels: fitted
            .channels
            .iter()
            .map(|&place| labels[place].clone())
            .collect(),
        signs: fitted.signs,
        mains_hz: Some(60.0),
        threshold_uv: fitted.threshold_uv,
        ceiling_uv: fitted.ceiling_uv,
        figures: fitted.figures,
        recordings: Vec::new(),
    })
}

/// Times at which a switch is activated in a recording, and the recording's length, seconds. It is read in blocks of
/// this many frames.
fn activations(switch: &FaceSwitch, source: &mut dyn Source, frames: usize) -> (Vec<f64>, f64) {
    let rate = source.layout().rate;
    let mut reader = FaceReader::new(source.layout(), switch).unwrap();
    let mut block = Block::with_capacity(source.layout().channel_count(), frames);
    let (mut yes, mut end) = (Vec::new(), SampleIndex(0));
    loop {
        match source.next(&mut block).unwrap() {
            SourceEvent::Samples => {
                reader.take(&block);
                let to = block.first.after(block.frames() as u64);
                while end < to {
                    end = end.after(1);
                    if reader.was_activated_before(end) {
                        yes.push(rate.secs_of(end.0));
                    }
                }
            }
            SourceEvent::End => return (yes, rate.secs_of(end.0)),
            _ => {}
        }
    }
}

/// Answers and false activations of a gesture, over all people.
#[derive(Debug, Default)]
struct Sum {
    cues: usize,
    hits: usize,
    by_itself: usize,
    secs: f64,
    refused: usize,
}

fn try_all(eeg: &std::path::Path, gesture: Gesture, people: std::ops::RangeInclusive<u32>) -> Sum {
    let mut sum = Sum::default();
    for person in people {
        let name = |run| eegmmidb(eeg, &format!("S{person:03}"), run);
        let switch = match fitted(&name(4), gesture) {
            Ok(switch) => switch,
            Err(error) => {
                println!("S{person:03} {gesture}: refused: {error}");
                sum.refused += 1;
                continue;
            }
        };
        let mut made = Gesturing::new(&name(12), gesture);
        let cues = made.cues.clone();
        let rate = made.layout().rate;
        let (yes, _) = activations(&switch, &mut made, 16);
        let is_answered = |cue: &&SampleIndex| {
            let at_s = rate.secs_of(cue.0);
            yes.iter()
                .any(|yes_s| (at_s..at_s + ANSWER_S).contains(yes_s))
        };
        let hits = cues.iter().filter(is_answered).count();
        let mut own = 0;
        for run in [8, 12] {
            let (yes, secs) =
                activations(&switch, open_recording(&name(run)).unwrap().as_mut(), 16);
            own += yes.len();
            sum.secs += secs;
        }
        println!(
            "S{person:03} {gesture}: {hits} of {} answered, {own} by itself; {:.0} µV at {}",
            cues.len(),
            switch.threshold_uv,
            switch.channels.join(", ")
        );
        (sum.cues, sum.hits, sum.by_itself) =
            (sum.cues + cues.len(), sum.hits + hits, sum.by_itself + own);
    }
    println!(
        "{gesture}: {} of {} answered, {} by itself in {:.0} min, {} people refused",
        sum.hits,
        sum.cues,
        sum.by_itself,
        sum.secs / 60.0,
        sum.refused
    );
    sum
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn people_clench_and_blink_on_purpose_and_rarely_otherwise() {
    let eeg = eeg_dir();
    // The number of blinks, the length of a clench and the thresholds were chosen on the first six people.
    try_all(&eeg, Gesture::Clench, 1..=6);
    try_all(&eeg, Gesture::Blinks, 1..=6);
    let clench = try_all(&eeg, Gesture::Clench, 7..=12);
    assert!(
        clench.refused <= 1 && 20 * clench.hits >= 19 * clench.cues,
        "{clench:?}"
    );
    assert!(clench.by_itself <= 2, "{clench:?}");
    // Three of these people blink constantly, and are told that blinks are not suitable as their switch.
    let blinks = try_all(&eeg, Gesture::Blinks, 7..=12);
    assert!(
        blinks.refused <= 3 && 20 * blinks.hits >= 19 * blinks.cues,
        "{blinks:?}"
    );
    assert!(blinks.by_itself <= 2, "{blinks:?}");
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn the_switch_does_not_depend_on_block_sizes() {
    let eeg = eeg_dir();
    let name = |run| eegmmidb(&eeg, "S007", run);
    let switch = fitted(&name(4), Gesture::Clench).unwrap();
    let of = |frames| {
        activations(
            &switch,
            &mut Gesturing::new(&name(12), Gesture::Clench),
            frames,
        )
    };
    let (one, _) = of(1);
    assert!(one.len() > 10);
    for frames in [7, 64, 1000] {
        assert_eq!(of(frames).0, one);
    }
}

/// A synthetic patient clenches the jaw, over LSL, at a real X server. The session is identical when replayed.
#[test]
fn a_clenched_jaw_clicks_at_the_x_server() {
    let lab = Lab::new();
    let switch = lab.path("clench.json").to_string_lossy().into_owned();
    let patient = "synthetic:seed=5,channels=64,classes=clench,imagery=2,rest=5,trials=";
    let fit = [
        "fit-switch",
        &format!("{patient}12"),
        "--by",
        "clench",
        "--out",
        &switch,
    ];
    let report = String::from_utf8(lab.succeed(&fit).stdout).unwrap();
    assert!(
        report.contains("12 of 12 cued gestures") && report.contains("by itself   never in"),
        "{report}"
    );
    let few = lab.fail(&[
        "fit-switch",
        &format!("{patient}3"),
        "--by",
        "clench",
        "--out",
        &switch,
    ]);
    assert!(
        few.contains("3 cued gestures") && few.contains("expected at least 6"),
        "{few}"
    );
    let none = lab.fail(&[
        "fit-switch",
        &format!("{patient}12"),
        "--by",
        "blinks",
        "--out",
        &switch,
    ]);
    assert!(
        none.contains("no marker 'blinks'. The recordings have: clench"),
        "{none}"
    );
    let lacks = [
        "replay",
        "synthetic:channels=21,trials=1",
        "--face",
        &switch,
    ];
    assert!(
        lab.fail(&lacks)
            .contains("the face switch needs T8, TP8, T7")
    );
    let no_face = [
        "replay",
        "synthetic:channels=21,trials=1",
        "--switch-axis",
        "face",
    ];
    assert!(lab.fail(&no_face).contains("needs a face switch"));

    let screen = Screen::start();
    let publish = format!("{patient}100");
    let _headset = lab.spawn(&["replay", &publish, "--to", "lsl", "--name", "cap"], None);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let settings = [
        "--set",
        "control.pause.at_start=false",
        "--set",
        "control.click.kind=right",
    ];
    let run = [
        "run", "--stream", "cap", "--wait", "20", "--face", &switch, "--record", &session,
    ];
    let driver = lab.spawn(&[&run[..], &settings].concat(), Some(&screen.display));
    wait_for("a click by the jaw", 60.0, || screen.is_down(3));
    wait_for("its end", 5.0, || !screen.is_down(3));
    driver.signal("INT");
    assert_eq!(driver.finish(10.0).0, Some(0));
    let verified =
        String::from_utf8(lab.succeed(&["replay", &session, "--verify"]).stdout).unwrap();
    assert!(verified.contains("the same, bit for bit"), "{verified}");
    let events =
        String::from_utf8(lab.succeed(&["replay", &session, "--face", &switch]).stdout).unwrap();
    assert!(events.contains("\"face\":true"));
}
