//! A simulated pointer that is controlled by EEG as in a run. Positions are fractions of its field.

use super::field::Shape;
use super::user::{ClassMeaning, View};
use crate::block::{Block, Layout};
use crate::command::Mode;
use crate::control::AssistMode;
use crate::decoding::intent::usual_direction;
use crate::pipeline::PipelineError;
use crate::practice::live::LivePointer;
use crate::settings::Settings;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;

/// The pointer and the targets on its field.
pub(super) struct Driven {
    live: LivePointer,
    targets: Vec<Shape>,
    /// The direction of each of four classes.
    directions: Option<[[f64; 2]; 4]>,
}

impl Driven {
    /// Starts in the centre.
    pub(super) fn new(
        stream: &Layout,
        decoder: &Decoder,
        mode: Mode,
        assist: AssistMode,
        targets: Vec<Shape>,
    ) -> Result<Self, PipelineError> {
        let mut settings = Settings::default();
        settings.control.assist.mode = assist;
        let live = LivePointer::in_mode(stream, decoder, settings, mode)?;
        let directions = decoder.classes.iter().map(|class| usual_direction(class));
        let directions: Option<Vec<[f64; 2]>> = directions.collect();
        Ok(Self {
            live,
            targets,
            directions: directions.and_then(|all| all.try_into().ok()),
        })
    }

    /// Shows decoys in addition to the targets. Users never want a decoy.
    pub(super) fn show(&mut self, decoys: &[Shape]) {
        let all = self.targets.iter().chain(decoys);
        self.live.set_targets(all.map(Shape::bounds));
    }

    /// Starts a new trial, and discards the probabilities of the previous one. `is_from_middle`: the pointer returns to
    /// the centre.
    pub(super) fn begin(&mut self, is_from_middle: bool) {
        let place = self.live.place();
        self.live.put(if is_from_middle { [0.5; 2] } else { place });
    }

    /// The pointer's position.
    pub(super) fn place(&self) -> [f64; 2] {
        self.live.place()
    }

    /// Whether staying here can be intended as a click.
    pub(super) fn may_dwell(&self) -> bool {
        self.live.may_dwell()
    }

    /// Takes EEG that has just arrived.
    pub(super) fn take(&mut self, block: &Block, now: HostNanos) {
        self.live.take(block, now);
    }

    /// Advances to a time, and returns the pointer's position.
    pub(super) fn tick(&mut self, now: HostNanos) -> [f64; 2] {
        self.live.tick(now)
    }

    /// What a user who wants this target sees.
    pub(super) fn view(&self, target: usize) -> View {
        let (at, shape) = (self.live.place(), self.targets[target]);
        let side = self.live.is_second(shape.middle);
        let meaning = match (side, self.live.heading_rad(), self.directions) {
            (Some(is_second), _, _) => ClassMeaning::Side(is_second),
            (None, Some(heading_rad), _) => ClassMeaning::Heading(heading_rad),
            (None, None, Some(directions)) => ClassMeaning::Directions(directions),
            (None, None, None) => ClassMeaning::Axis,
        };
        View {
            at,
            target: shape.aim(at),
            radius: shape.radius(),
            meaning,
        }
    }
}
