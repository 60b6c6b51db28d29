//! The live path allocates nothing in steady state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use bci_cursor::block::{Block, Layout};
use bci_cursor::command::{Buttons, Command, MOST_CODES, Selection};
use bci_cursor::control::{
    AssistMode, ControlSettings, Governor, Rect, Screens, Signal, Target, TargetKind, Targets,
    TickInput,
};
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor::looking::grid::CodeGrid;
use bci_cursor::looking::{
    CodeFrame, CodeSet, Looking, LookingModel, LookingSettings, Shown, TagCodes,
};
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::pointer::{PointerName, PointerOptions};
use bci_cursor::runtime::{Actuator, Tape};
use bci_cursor::source::{SourceEvent, open_recording};
use bci_cursor::stimulus::{Scene, SceneTag};
use bci_cursor::system::clock;
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor::units::Hertz;
use bci_cursor_calibration::face_switch::{self, Gesture, Pulses, SwitchFigures};
use bci_cursor_calibration::looking::cvep::{CvepDecoder, CvepModel, Look, Training, Trial};
use bci_cursor_calibration::{FaceSwitch, Matrix, estimators};
use crossbeam_channel::bounded;
use std::collections::VecDeque;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Starts moving at once, and clicks by dwelling.
fn eager() -> ControlSettings {
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.dwell.on = true;
    settings
}

/// A face switch that is activated by every other wave.
fn face() -> FaceSwitch {
    FaceSwitch {
        format: face_switch::FORMAT.into(),
        version: face_switch::VERSION,
        created_by: "test".into(),
        gesture: Gesture::Blinks,
        pulses: Pulses {
            times: 1,
            ..Gesture::Blinks.usual_pulses()
        },
        channels: vec!["C4".into()],
        signs: vec![1.0],
        mains_hz: Some(50.0),
        threshold_uv: 8.0,
        ceiling_uv: 1e6,
        figures: SwitchFigures {
            cues: 0,
            hits: 0,
            interval: [0.0, 1.0],
            rest_s: 0.0,
            false_activations: 0,
            interval_per_hour: [0.0, 0.0],
        },
        recordings: Vec::new(),
    }
}

#[test]
fn blocks_become_pointer_actions_without_allocation() {
    for estimator in [estimators::TANGENT_SPACE, estimators::CSP] {
        let patient = "synthetic:channels=9,trials=8".to_owned();
        let class = |class: &str| ClassMarker::new(class, class);
        let mut request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        request.estimator = estimator;
        let decoder = fit_recordings(std::slice::from_ref(&patient), &request).unwrap();
        let mut source = open_recording(&patient).unwrap();
        let settings = PipelineSettings {
            face: Some(Box::new(face())),
            ..PipelineSettings::default()
        };
        let mut pipeline = Pipeline::new(source.layout(), &decoder, &settings).unwrap();
        let mut actuator =
            Actuator::new(PointerName::None.opener(PointerOptions::default()), eager()).unwrap();
        // Blocks and commands circulate as in a run.
        let (full_tx, full_rx) = bounded::<Block>(4);
        let (empty_tx, empty_rx) = bounded::<Block>(4);
        let (command_tx, command_rx) = bounded(64);
        empty_tx.send(Block::with_capacity(9, 16)).unwrap();
        // The recording circulates as well. Writing it is another thread's task.
        let (mut tape, written) = Tape::new(source.layout().rate, 9, 16, 2);
        let (mut reels, mut unrecorded) = (0, 0);
        let (mut steps, mut bad_steps, mut frames, mut activations) = (0, 0, 0, 0);
        loop {
            let mut block = empty_rx.recv().unwrap();
            // Generating synthetic EEG and its markers is not part of the live path.
            match source.next(&mut block).unwrap() {
                SourceEvent::End => break,
                SourceEvent::Samples => {}
                _ => {
                    empty_tx.send(block).unwrap();
                    continue;
                }
            }
            // Occasional faults: NaN, a flat channel, a short gap, and a gap longer than a window.
            if frames % 1000 < 16 {
                block.samples_mut()[0] = f64::NAN;
            }
            // A channel that becomes bad is interpolated.
            if (4000..5000).contains(&frames) {
                let samples = block.samples_mut();
                samples.iter_mut().skip(3).step_by(9).for_each(|x| *x = 0.0);
            }
            if frames > 8000 {
                block.first = block.first.after(100);
            }
            if frames > 10_000 {
                block.first = block.first.after(1000);
            }
            frames += block.frames();
            assert_no_alloc(|| {
                block.received = clock::now();
                full_tx.send(block).unwrap();
                let block = full_rx.recv().unwrap();
                tape.begin(&block);
                pipeline.process(&block, |step| {
                    tape.step(&step);
                    steps += 1;
                    activations += usize::from(step.command.face);
                    bad_steps += usize::from(step.faults[3].is_some());
                    command_tx.try_send(step.command).unwrap();
                });
                unrecorded += usize::from(!tape.end(&block));
                // The disk stalls for a while.
                if !(2000..8000).contains(&frames) {
                    for reel in written.full.try_iter() {
                        reels += 1;
                        written.spare.send(reel).unwrap();
                    }
                }
                empty_tx.send(block).unwrap();
                for command in command_rx.try_iter() {
                    actuator.command(command);
                }
                actuator.look(clock::now());
                actuator.wake(clock::with_sleep());
                actuator.tick(clock::now()).unwrap();
            });
        }
        assert!(
            frames > 10_000 && steps > 900,
            "{frames} frames, {steps} steps"
        );
        assert!(
            reels > 80 && unrecorded > 10,
            "{reels} reels, {unrecorded} blocks unrecorded"
        );
        assert!(
            bad_steps > 100 && activations > 5,
            "{bad_steps} {activations}"
        );
    }
}

#[test]
fn targets_pull_hold_are_chosen_and_looked_at_without_allocation() {
    let screen = Rect {
        x: 0,
        y: 0,
        width: 1920,
        height: 1080,
    };
    let buttons = |from: i32| -> Vec<Target> {
        let rect = |k: i32| Rect {
            x: k % 16 * 115 + from,
            y: k / 16 * 65,
            width: 80,
            height: 30,
        };
        let button = |k: i32| Target {
            rect: rect(k),
            kind: TargetKind::Button,
        };
        (0..256).map(button).collect()
    };
    // Some targets come and go.
    let targets = [buttons(0), [&buttons(0)[8..], &buttons(3)[..8]].concat()];
    let mut scene = Scene {
        number: 0,
        tags: Vec::with_capacity(256),
    };
    for (mode, imagery) in [
        (AssistMode::Strong, false),
        (AssistMode::Choose, false),
        (AssistMode::Look, false),
        (AssistMode::Look, true),
    ] {
        let mut settings = eager();
        settings.assist.mode = mode;
        settings.look.imagery = imagery;
        settings.pause.manual_override_ms = 0;
        let mut governor = Governor::new(settings, Screens::new(vec![screen]));
        governor.set_tag_codes(3);
        let mut spare = Some(Box::new(Targets::with_capacity()));
        let (mut place, mut assisted, mut lines) = ([960, 540], 0, 0);
        let mut answers = VecDeque::from(vec![false; 75]);
        for tick in 0..6000_i64 {
            let now = HostNanos(16_000_000 * tick);
            if let Some(spare) = spare.as_mut().filter(|_| tick % 40 == 0) {
                spare.set(now, &targets[(tick / 40 % 2) as usize]);
            }
            // The user wants one of the permanent targets, and answers by its side, more than a second late.
            let wanted = targets[0][200].rect.middle();
            let choice = governor.choice_line();
            answers.push_back(choice.is_some_and(|choice| choice.is_second(wanted)));
            let is_second = answers.pop_front().unwrap();
            let turn = if tick / 200 % 2 == 0 { 1.0 } else { -1.0 };
            let (number, mut tags) = governor.tags();
            let looked_at = tags.find(|(rect, _)| *rect == targets[0][200].rect);
            drop(tags);
            let selection = looked_at.filter(|_| tick % 150 == 0).map(|(_, code)| {
                let mut log_probability = [-4.0; MOST_CODES];
                log_probability[usize::from(code)] = 0.0;
                Selection {
                    scene: number,
                    log_probability,
                }
            });
            let outcome = assert_no_alloc(|| {
                governor.command(Command {
                    at: SampleIndex(0),
                    acquired: StreamNanos(0),
                    received: now,
                    class: Some(0),
                    log_odds: Some(if is_second { 4.0 } else { -4.0 }),
                    confidence: 1.0,
                    velocity_px_s: [150.0 * turn, 40.0],
                    is_turning: false,
                    face: false,
                    has_fault: false,
                    is_eeg: true,
                    selection,
                    has_gate: false,
                    buttons: Buttons::UP,
                });
                if tick % 40 == 0 {
                    spare = spare.take().map(|targets| governor.see(targets));
                }
                let outcome = governor.tick(
                    now,
                    &TickInput {
                        signal: Signal::Live,
                        is_pointer_gone: false,
                        hand_px: None,
                        place_px: Some(place),
                        buttons: None,
                    },
                );
                assert!(
                    mode != AssistMode::Choose || governor.choice_line().is_some() || tick < 100
                );
                lines += usize::from(governor.choice_line().is_some());
                let (number, tags) = governor.tags();
                scene.number = number;
                scene.tags.clear();
                scene.tags.extend(tags.map(|(target, code)| SceneTag {
                    target,
                    code: u16::from(code),
                }));
                outcome
            });
            place[0] += outcome.action.dx_px;
            place[1] += outcome.action.dy_px;
            assisted += usize::from(outcome.assisted.is_some());
        }
        assert!(assisted > 20, "{mode:?}: {assisted}");
        // A line is shown where imagined movement counts, and nowhere else.
        let asks = mode == AssistMode::Choose || imagery;
        assert_eq!(lines > 5000, asks, "{mode:?}: {lines}");
        assert!(asks || lines == 0, "{mode:?}: {lines}");
    }
}

#[test]
fn looks_are_decoded_without_allocation() {
    let layout = Layout {
        rate: Hertz::new(250.0).unwrap(),
        labels: ["Oz", "O1", "O2", "POz"].map(str::to_owned).to_vec(),
    };
    let settings = LookingSettings::with_flicker(vec![13.0, 16.0, 19.0], 2.0);
    let mut looking = Looking::new(&layout, &settings, &[50.0]).unwrap();
    let all = (0..3).fold(CodeSet::NONE, CodeSet::with);
    let (mut seed, mut selections, mut block) = (1_u64, 0, Block::with_capacity(4, 10));
    for k in 0..1500_u64 {
        // A gap now and then.
        let first = SampleIndex(10 * k + k / 400 * 7);
        block.restart(first);
        for n in 0..10 {
            let t = (10 * k + n) as f64 / 250.0;
            let light = 5.0 * (2.0 * std::f64::consts::PI * 13.0 * t).sin();
            for value in block.push_frame().unwrap() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *value = 10.0 * ((seed >> 33) as f64 / 2f64.powi(30) - 1.0) + light;
            }
        }
        assert_no_alloc(|| {
            if k % 100 == 0 && looking.has_room() {
                looking.show(Shown {
                    from: first.after(5),
                    scene: k as u32,
                    codes: all,
                });
            }
            looking.take(&block);
            selections += usize::from(looking.selection_before(first.after(10)).is_some());
        });
    }
    assert!(selections > 3, "{selections}");
}

/// Samples at 250 Hz from one frame of the display to the next.
const FRAME: f64 = 250.0 / 60.0;

/// The codes that are bright in a frame.
fn bright(frame: u64) -> CodeSet {
    let mixed = (frame + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    CodeSet::from_bits((mixed >> 32) as u32)
}

/// EEG of a person who looks at the first code, and answers to it after 100 ms.
fn look_at_first_code(seed: &mut u64, sample: u64, eeg: &mut [f64]) {
    let seen = bright((sample.saturating_sub(25) as f64 / FRAME) as u64).has(0);
    for value in eeg {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let noise = (*seed >> 33) as f64 / 2f64.powi(30) - 1.0;
        *value = 5.0 * noise + 10.0 * f64::from(u8::from(seen));
    }
}

/// A response that was fitted to a look of twenty seconds at the first code.
fn fitted_response(channels: usize) -> CvepModel {
    let mut grid = CodeGrid::new(Hertz::new(250.0).unwrap(), channels).unwrap();
    let (mut seed, mut frame) = (7, vec![0.0; channels]);
    let mut eeg = Matrix::with_columns(channels);
    for sample in 0..5000 {
        look_at_first_code(&mut seed, sample, &mut frame);
        grid.push(sample, &frame, |_, point| eeg.push_row(point));
    }
    let shown = |k: usize| {
        let (tag, point) = (k / eeg.rows(), k % eeg.rows());
        f64::from(u8::from(
            bright(point.saturating_sub(1) as u64 / 2).has(tag),
        ))
    };
    let look = Look {
        brightness: Matrix::from_values(eeg.rows(), (0..32 * eeg.rows()).map(shown).collect())
            .unwrap(),
        eeg,
        lead_in: 0,
    };
    let trials = [Trial { look, target: 0 }];
    Training::new(&trials).unwrap().fit().unwrap()
}

#[test]
fn looks_at_codes_are_decoded_without_allocation() {
    let layout = Layout {
        rate: Hertz::new(250.0).unwrap(),
        labels: ["Oz", "O1", "O2", "POz"].map(str::to_owned).to_vec(),
    };
    let model = LookingModel::new(layout.labels.clone(), fitted_response(4)).unwrap();
    let settings = LookingSettings {
        codes: TagCodes::Model(Box::new(model)),
        threshold: 4.0,
        probability: 0.95,
        is_checked: true,
        display_delay_ms: 0.0,
        leaves_out_muscles: true,
    };
    let mut looking = Looking::new(&layout, &settings, &[50.0]).unwrap();
    let (mut next, mut last) = (0_u64, f64::NEG_INFINITY);
    let (mut late, mut seed, mut selections) = (0, 1_u64, 0);
    let mut block = Block::with_capacity(4, 10);
    for k in 0..3000_u64 {
        // A gap, and frames that are late, now and then.
        let first = SampleIndex(10 * k + k / 400 * 7);
        block.restart(first);
        for n in 0..10 {
            look_at_first_code(&mut seed, first.0 + n, block.push_frame().unwrap());
        }
        let reported = if k % 150 < 20 { 0 } else { first.0 };
        assert_no_alloc(|| {
            if k % 50 == 0 && looking.has_room() {
                looking.show(Shown {
                    from: first,
                    scene: k as u32,
                    codes: CodeSet::from_bits(u32::MAX),
                });
            }
            while next as f64 * FRAME < reported as f64 && looking.has_room() {
                let place = next as f64 * FRAME;
                let is_late = looking.is_late(last, first);
                late += usize::from(is_late);
                looking.show_frame(CodeFrame {
                    place,
                    bright: bright(next),
                    is_late,
                });
                (next, last) = (next + 1, place);
            }
            looking.take(&block);
            selections += usize::from(looking.selection_before(first.after(10)).is_some());
        });
    }
    assert!(selections > 3 && late > 20, "{selections} {late}");
}

#[test]
fn codes_are_decoded_without_allocation() {
    let (channels, tags) = (8, 32);
    let model = fitted_response(channels);
    let mut grid = CodeGrid::new(Hertz::new(250.0).unwrap(), channels).unwrap();
    let mut decoder = CvepDecoder::new(&model, tags);
    let (mut frame, mut brightness) = (vec![0.0; channels], vec![0.0; tags]);
    let mut points = 0;
    assert_no_alloc(|| {
        decoder.begin(tags).unwrap();
        for n in 0..2500 {
            // A gap of a tenth of a second, and a bad sample.
            if (1000..1025).contains(&n) {
                continue;
            }
            (0..channels).for_each(|k| frame[k] = libm::sin((n * (k + 3)) as f64 * 0.37));
            if n == 500 {
                frame[3] = f64::NAN;
            }
            grid.push(n as u64, &frame, |number, point| {
                (0..tags).for_each(|tag| {
                    brightness[tag] = f64::from(u8::from(bright(number / 2).has(tag)));
                });
                decoder.push(point, &brightness);
                let sum: f64 = decoder.posterior(0.5).iter().sum();
                assert!((sum - 1.0).abs() < 1e-9);
                points += 1;
            });
        }
        decoder.push_missing(&brightness);
        decoder.forget_doubt();
        decoder.push_unjudged(&frame, &brightness);
        decoder.restart();
    });
    assert!((1180..1200).contains(&points), "{points}");
}
