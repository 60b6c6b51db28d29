//! The live path allocates nothing in steady state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod looking;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use bci_cursor::block::Block;
use bci_cursor::command::{Buttons, Command, MOST_CODES, Selection};
use bci_cursor::control::{
    AssistMode, ControlSettings, Governor, Rect, Screens, Signal, Target, TargetKind, Targets,
    TickInput,
};
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::pointer::{PointerName, PointerOptions};
use bci_cursor::runtime::{Actuator, Tape};
use bci_cursor::source::{SourceEvent, open_recording};
use bci_cursor::stimulus::{Scene, SceneTag};
use bci_cursor::system::clock;
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor_calibration::face_switch::{self, Gesture, Pulses, SwitchFigures};
use bci_cursor_calibration::{FaceSwitch, estimators};
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
        let button = |k: i32| Target::new(rect(k), TargetKind::Button);
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
        // A line is shown where imagined movement counts, but for a while after each choice, and nowhere else.
        let asks = mode == AssistMode::Choose || imagery;
        let range = if asks { 4000..=6000 } else { 0..=0 };
        assert!(range.contains(&lines), "{mode:?}: {lines}");
    }
}
