//! Pointers that are driven by EEG: as a run does it, or by halves.

use super::task::RADIUS;
use super::user::{Sight, View};
use crate::block::{Block, Layout};
use crate::control::bisection::{Bisection, BisectionSettings};
use crate::control::{ControlSettings, Mode};
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use crate::session::live::LivePointer;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;

/// A pointer on a field of its own; places are shares of it.
pub(super) trait Driven {
    /// From the middle again.
    fn begin(&mut self);
    /// Takes EEG, which came now.
    fn take(&mut self, block: &Block, now: HostNanos);
    /// Goes on to a time; where it is.
    fn tick(&mut self, now: HostNanos) -> [f64; 2];
    /// What a user sees who wants this target.
    fn view(&self, target: usize) -> View;
}

/// Steered, as a run does it.
pub(super) struct Steered {
    live: LivePointer,
    targets: Vec<[f64; 2]>,
}

impl Steered {
    pub(super) fn new(
        stream: &Layout,
        decoder: &Decoder,
        mode: Mode,
        targets: Vec<[f64; 2]>,
    ) -> Result<Self, PipelineError> {
        let live = LivePointer::in_mode(stream, decoder, ControlSettings::default(), mode)?;
        Ok(Self { live, targets })
    }
}

impl Driven for Steered {
    fn begin(&mut self) {
        self.live.put([0.5; 2]);
    }

    fn take(&mut self, block: &Block, now: HostNanos) {
        self.live.take(block, now);
    }

    fn tick(&mut self, now: HostNanos) -> [f64; 2] {
        self.live.tick(now)
    }

    fn view(&self, target: usize) -> View {
        let sight = match self.live.heading_rad() {
            Some(heading_rad) => Sight::Heading(heading_rad),
            None => Sight::Axis,
        };
        View {
            at: self.live.place(),
            target: self.targets[target],
            radius: RADIUS,
            sight,
        }
    }
}

/// By halves: the pointer goes to the target that is believed.
pub(super) struct Halved {
    pipeline: Pipeline,
    bisection: Bisection,
    targets: Vec<[f64; 2]>,
    at: [f64; 2],
    step_s: f64,
    last: Option<HostNanos>,
}

/// How fast it goes there, shares of the field in a second.
const SPEED: f64 = 0.4;

impl Halved {
    pub(super) fn new(
        stream: &Layout,
        decoder: &Decoder,
        targets: Vec<[f64; 2]>,
    ) -> Result<Self, PipelineError> {
        let pipeline = Pipeline::new(stream, decoder, &PipelineSettings::default())?;
        let settings = BisectionSettings {
            window_s: f64::from(decoder.features.window_ms) / 1000.0,
            ..BisectionSettings::default()
        };
        Ok(Self {
            step_s: stream.rate.secs_of(pipeline.hop()),
            bisection: Bisection::new(settings, targets.clone()),
            pipeline,
            targets,
            at: [0.5; 2],
            last: None,
        })
    }
}

impl Driven for Halved {
    fn begin(&mut self) {
        self.at = [0.5; 2];
        self.bisection.restart();
    }

    fn take(&mut self, block: &Block, _: HostNanos) {
        let Self {
            pipeline,
            bisection,
            step_s,
            ..
        } = self;
        pipeline.process(block, |step| {
            if let [first, second] = *step.probabilities {
                bisection.step(libm::log(second / first), *step_s);
            }
        });
    }

    fn tick(&mut self, now: HostNanos) -> [f64; 2] {
        let passed_s = self.last.map_or(0.0, |last| now.since(last) as f64 / 1e9);
        self.last = Some(now);
        if let Some(goal) = self.bisection.goal() {
            let to = self.targets[goal];
            let way = [to[0] - self.at[0], to[1] - self.at[1]];
            let share = (SPEED * passed_s / way[0].hypot(way[1]).max(1e-9)).min(1.0);
            self.at = [0, 1].map(|axis: usize| self.at[axis] + share * way[axis]);
        }
        self.at
    }

    fn view(&self, target: usize) -> View {
        View {
            at: self.at,
            target: self.targets[target],
            radius: RADIUS,
            sight: Sight::Side(self.bisection.is_second(target)),
        }
    }
}
