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

/// A run faster than real time: the pipeline on a source's samples, the governor at its ticks, and a simulated screen.
pub struct Accelerated {
    pipeline: Pipeline,
    governor: Governor,
    rate: Hertz,
    place: [i32; 2],
    held: Buttons,
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
        let screen = Rect {
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
        };
        Self {
            pipeline: Pipeline::new(layout, decoder, pipeline).unwrap(),
            governor: Governor::new(settings, Screens::new(vec![screen])),
            rate: layout.rate,
            place: [960, 540],
            held: Buttons::UP,
            world: Box::new(|_, _, _| {}),
        }
    }

    /// Runs to the end of the source. Calls `each` with the time in seconds and the outcome of each tick.
    pub fn go(&mut self, source: &mut dyn Source, mut each: impl FnMut(f64, &Outcome)) {
        const TICK_NS: i64 = 16_000_000;
        let mut block = Block::with_capacity(source.layout().channel_count(), 16);
        let mut now = HostNanos(0);
        while source.next(&mut block).unwrap() == SourceEvent::Samples {
            let governor = &mut self.governor;
            self.pipeline
                .process(&block, |step| governor.command(step.command));
            let end_s = self
                .rate
                .secs_of(block.first.after(block.frames() as u64).0);
            while (now.0 as f64) < end_s * 1e9 {
                now.0 += TICK_NS;
                let time_s = now.0 as f64 / 1e9;
                let mut input = TickInput {
                    signal: Signal::Live,
                    is_pointer_gone: false,
                    hand_px: None,
                    place_px: Some(self.place),
                    buttons: Some(self.held),
                };
                (self.world)(time_s, &mut self.governor, &mut input);
                let output = self.governor.tick(now, &input);
                self.place[0] += output.action.dx_px;
                self.place[1] += output.action.dy_px;
                self.held = output.action.buttons;
                each(time_s, &output);
            }
        }
    }
}
