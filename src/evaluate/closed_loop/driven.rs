//! A pointer that is driven by EEG as a run does it, on a field of its own; places are shares of it.

use super::task::RADIUS;
use super::user::{Sight, View};
use crate::block::{Block, Layout};
use crate::control::{AssistMode, ControlSettings, Mode};
use crate::pipeline::PipelineError;
use crate::session::live::LivePointer;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;

/// The pointer, and the targets on its field.
pub(super) struct Driven {
    live: LivePointer,
    targets: Vec<[f64; 2]>,
}

impl Driven {
    /// In the middle.
    pub(super) fn new(
        stream: &Layout,
        decoder: &Decoder,
        mode: Mode,
        assist: AssistMode,
        targets: Vec<[f64; 2]>,
    ) -> Result<Self, PipelineError> {
        let mut control = ControlSettings::default();
        control.assist.mode = assist;
        let live = LivePointer::in_mode(stream, decoder, control, mode)?;
        Ok(Self { live, targets })
    }

    /// From the middle again; there are other things on the field, too, which nobody wants.
    pub(super) fn begin(&mut self, decoys: &[[f64; 2]]) {
        // The largest square in the circle.
        let half = RADIUS * std::f64::consts::FRAC_1_SQRT_2;
        let all = self.targets.iter().chain(decoys);
        self.live.set_targets(all.map(|place| (*place, half)));
        self.live.put([0.5; 2]);
    }

    /// Takes EEG, which came now.
    pub(super) fn take(&mut self, block: &Block, now: HostNanos) {
        self.live.take(block, now);
    }

    /// Goes on to a time; where it is.
    pub(super) fn tick(&mut self, now: HostNanos) -> [f64; 2] {
        self.live.tick(now)
    }

    /// What a user sees who wants this target.
    pub(super) fn view(&self, target: usize) -> View {
        let side = self.live.is_second(self.targets[target]);
        let sight = match (side, self.live.heading_rad()) {
            (Some(is_second), _) => Sight::Side(is_second),
            (None, Some(heading_rad)) => Sight::Heading(heading_rad),
            (None, None) => Sight::Axis,
        };
        View {
            at: self.live.place(),
            target: self.targets[target],
            radius: RADIUS,
            sight,
        }
    }
}
