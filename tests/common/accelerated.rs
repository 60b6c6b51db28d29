//! Runs faster than real time.
#![allow(dead_code, unreachable_pub)] // each test program uses its own part of this

use bci_cursor::block::Block;
use bci_cursor::command::Buttons;
use bci_cursor::control::{ControlSettings, Governor, Outcome, Rect, Screens, Signal, TickInput};
use bci_cursor::montage;
use bci_cursor::pipeline::{Pipeline, PipelineSettings};
use bci_cursor::source::channel_selection::ChannelSelection;
use bci_cursor::source::recording::Recorded;
use bci_cursor::source::{Source, SourceEvent, open_recording};
use bci_cursor::starters;
use bci_cursor::time::HostNanos;
use bci_cursor::units::Hertz;
use bci_cursor_calibration::Decoder;

/// The 21 motor electrodes of a recording.
pub fn motor(name: &str) -> ChannelSelection<Box<dyn Recorded>> {
    ChannelSelection::new(open_recording(name).unwrap(), &montage::named(21).unwrap()).unwrap()
}

/// What happens before a tick. The number is the time, seconds.
pub type World = Box<dyn Fn(f64, &mut Governor, &mut TickInput)>;

/// A simulated screen, and what moves its pointer.
struct SimulatedDesk {
    governor: Governor,
    place: [i32; 2],
    held: Buttons,
}

impl SimulatedDesk {
    fn new(settings: ControlSettings) -> Self {
        let screen = Rect {
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
        };
        Self {
            governor: Governor::new(settings, Screens::new(vec![screen])),
            place: [960, 540],
            held: Buttons::UP,
        }
    }

    fn tick(&mut self, now: HostNanos, world: &World) -> Outcome {
        let mut input = TickInput {
            signal: Signal::Live,
            is_pointer_gone: false,
            hand_px: None,
            place_px: Some(self.place),
            buttons: Some(self.held),
        };
        world(now.0 as f64 / 1e9, &mut self.governor, &mut input);
        let outcome = self.governor.tick(now, &input);
        self.place[0] += outcome.action.dx_px;
        self.place[1] += outcome.action.dy_px;
        self.held = outcome.action.buttons;
        outcome
    }
}

/// A run faster than real time: the pipeline on a source's samples, the governor at its ticks, and a simulated screen.
pub struct Accelerated {
    pipeline: Pipeline,
    rate: Hertz,
    desks: Vec<SimulatedDesk>,
    /// What happens before a tick.
    pub world: World,
}

impl Accelerated {
    /// A run in mode axis, with the starter for the source's electrodes.
    pub fn starter(source: &dyn Source, settings: ControlSettings) -> Self {
        let decoder = starters::for_layout(source.layout()).unwrap().unwrap();
        Self::new(source, &decoder, &PipelineSettings::default(), settings)
    }

    pub fn new(
        source: &dyn Source,
        decoder: &Decoder,
        pipeline: &PipelineSettings,
        settings: ControlSettings,
    ) -> Self {
        let layout = source.layout();
        Self {
            pipeline: Pipeline::new(layout, decoder, pipeline).unwrap(),
            rate: layout.rate,
            desks: vec![SimulatedDesk::new(settings)],
            world: Box::new(|_, _, _| {}),
        }
    }

    /// The same decoded EEG moves the pointer of another desk, with other settings.
    pub fn beside(mut self, settings: ControlSettings) -> Self {
        self.desks.push(SimulatedDesk::new(settings));
        self
    }

    /// Runs to the end of the source. Calls `each` with the time in seconds and the outcome of each tick.
    pub fn go(&mut self, source: &mut dyn Source, mut each: impl FnMut(f64, &Outcome)) {
        self.go_all(source, |_, time_s, outcome| each(time_s, outcome));
    }

    /// The same with the number of the desk first.
    pub fn go_all(&mut self, source: &mut dyn Source, mut each: impl FnMut(usize, f64, &Outcome)) {
        const TICK_NS: i64 = 16_000_000;
        let mut block = Block::with_capacity(source.layout().channel_count(), 16);
        let mut now = HostNanos(0);
        while source.next(&mut block).unwrap() == SourceEvent::Samples {
            let desks = &mut self.desks;
            self.pipeline.process(&block, |step| {
                for desk in desks.iter_mut() {
                    desk.governor.command(step.command);
                }
            });
            let end = block.first.after(block.frames() as u64);
            let end_s = self.rate.secs_of(end.0);
            while (now.0 as f64) < end_s * 1e9 {
                now.0 += TICK_NS;
                for (number, desk) in self.desks.iter_mut().enumerate() {
                    let outcome = desk.tick(now, &self.world);
                    each(number, now.0 as f64 / 1e9, &outcome);
                }
            }
        }
    }
}
