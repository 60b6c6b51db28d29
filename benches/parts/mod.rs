//! Prepared parts of the live path, for benchmarks and for counting instructions.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // a benchmark fails by panicking, and uses its own part of this

pub mod codes;
pub mod wide;

use bci_cursor::block::{Block, Layout};
use bci_cursor::command::{Buttons, Command};
use bci_cursor::control::{ControlSettings, Governor, Outcome, Rect, Screens, Signal, TickInput};
use bci_cursor::montage;
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::preprocessing::{Conditioned, Conditioner, Preprocessor};
use bci_cursor::source::{SourceEvent, open_recording};
use bci_cursor::starters;
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor::units::Hertz;
use bci_cursor_calibration::Decoder;
use std::hint::black_box;

/// The starter of a montage, at 250 Hz.
pub fn starter_of(channels: usize) -> Decoder {
    let layout = Layout {
        rate: Hertz::new(250.0).unwrap(),
        labels: montage::named(channels).unwrap(),
    };
    let starter = starters::for_layout(&layout).unwrap().unwrap();
    assert_eq!(starter.channels.len(), channels);
    starter
}

/// Processes a stream second by second, as in a run.
pub struct Seconds {
    pipeline: Pipeline,
    block: Block,
}

impl Seconds {
    pub fn of(recording: &str, decoder: &Decoder) -> Self {
        let mut source = open_recording(recording).unwrap();
        let layout = source.layout();
        let rate = layout.rate.hz() as usize;
        let pipeline = Pipeline::new(layout, decoder, &PipelineSettings::default()).unwrap();
        let mut block = Block::with_capacity(layout.channel_count(), rate);
        while source.next(&mut block).unwrap() != SourceEvent::Samples || block.frames() < rate {}
        Self { pipeline, block }
    }

    pub fn advance(&mut self) {
        self.pipeline.process(&self.block, |step| {
            black_box(step.command);
        });
        self.block.first = self.block.first.after(self.block.frames() as u64);
    }
}

/// The stages before decoding, one decoding step at a time.
pub struct Stages {
    conditioner: Conditioner,
    preprocessor: Preprocessor,
    block: Block,
}

impl Stages {
    pub fn of(channels: usize) -> Self {
        let decoder = starter_of(channels);
        let patient = format!("synthetic:channels={channels},rate=250,trials=1");
        let mut source = open_recording(&patient).unwrap();
        let layout = source.layout();
        let (labels, spec) = (&decoder.channels, &decoder.conditioning);
        let preprocessor = Preprocessor::new(layout, labels, spec, &decoder.features).unwrap();
        let conditioner = Conditioner::new(layout, labels, spec, preprocessor.window()).unwrap();
        let mut block = Block::with_capacity(channels, preprocessor.hop() as usize);
        while source.next(&mut block).unwrap() != SourceEvent::Samples {}
        Self {
            conditioner,
            preprocessor,
            block,
        }
    }

    fn next(&mut self) {
        self.block.first = self.block.first.after(self.block.frames() as u64);
    }

    pub fn condition(&mut self) {
        self.next();
        self.conditioner.process(&self.block, |conditioned| {
            black_box(matches!(conditioned, Conditioned::Restart));
        });
    }

    pub fn condition_and_sum_up(&mut self) {
        self.next();
        self.preprocessor.process(&self.block, |window| {
            black_box(window.clean_share);
        });
    }
}

/// Ticks of the pointer: state, dynamics, edges, dwelling, manual override.
pub struct Ticks {
    governor: Governor,
    now: HostNanos,
    place: [i32; 2],
}

impl Ticks {
    pub fn start() -> Self {
        let mut settings = ControlSettings::default();
        settings.pause.at_start = false;
        settings.dwell.on = true;
        let screen = Rect {
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
        };
        Self {
            governor: Governor::new(settings, Screens::new(vec![screen; 3])),
            now: HostNanos(0),
            place: [960, 540],
        }
    }

    pub fn advance(&mut self) -> Outcome {
        self.now.0 += 16_000_000;
        let is_right = self.now.0 / 2_000_000_000 % 2 == 0;
        self.governor.command(Command {
            at: SampleIndex(0),
            acquired: StreamNanos(0),
            received: self.now,
            class: Some(0),
            log_odds: None,
            confidence: 1.0,
            velocity_px_s: [if is_right { 200.0 } else { -200.0 }, 10.0],
            is_turning: false,
            face: false,
            has_fault: false,
            is_eeg: true,
            selection: None,
            has_gate: false,
            buttons: Buttons::UP,
        });
        let input = TickInput {
            signal: Signal::Live,
            is_pointer_gone: false,
            hand_px: None,
            place_px: Some(self.place),
            buttons: Some(Buttons::UP),
        };
        let outcome = self.governor.tick(self.now, &input);
        self.place[0] += outcome.action.dx_px;
        self.place[1] += outcome.action.dy_px;
        outcome
    }
}
