//! A pointer on its own field, controlled by EEG like the real one, for practice.

use crate::block::{Block, Layout};
use crate::command::{Axis, Buttons, Mode};
use crate::control::watchdog::Watchdog;
use crate::control::{
    ControlSettings, Governor, Rect, Screens, State, Target, TargetKind, Targets, TickInput,
};
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use crate::settings::Settings;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Decoder;

/// Side length of the field, pixels.
const FIELD_PX: i32 = 1000;

/// Pipeline and control with a simulated pointer.
pub struct LivePointer {
    pipeline: Pipeline,
    governor: Governor,
    classes: Vec<String>,
    mode: Mode,
    place: [i32; 2],
    held: Buttons,
    /// Probability of each class after the last step.
    probabilities: Vec<f64>,
    confidence: f64,
    watchdog: Watchdog,
    state: State,
    may_dwell: bool,
    /// The targets, and spare memory for handing them over.
    targets: Vec<Target>,
    spare: Option<Box<Targets>>,
}

impl LivePointer {
    /// A pointer in the centre of its field. `on_axis`: two classes move it left and right; otherwise they steer.
    ///
    /// # Errors
    /// [`PipelineError`] if the decoder does not fit the stream.
    pub fn new(
        stream: &Layout,
        decoder: &Decoder,
        settings: Settings,
        on_axis: bool,
    ) -> Result<Self, PipelineError> {
        let mode = match crate::decoding::intent::offered_mode(decoder, &[]) {
            Mode::Axis(_) if on_axis => Mode::Axis(Axis::Horizontal),
            Mode::Axis(_) => Mode::Steer,
            other => other,
        };
        Self::in_mode(stream, decoder, settings, mode)
    }

    /// A pointer in the centre of its field, in a given mode.
    ///
    /// # Errors
    /// [`PipelineError`] if the decoder does not fit the stream or the mode.
    pub fn in_mode(
        stream: &Layout,
        decoder: &Decoder,
        settings: Settings,
        mode: Mode,
    ) -> Result<Self, PipelineError> {
        let pipeline = PipelineSettings {
            mode: Some(mode),
            // No tags are shown here, and the stream may lack the electrodes that looking needs.
            looking: None,
            ..PipelineSettings::of(&settings)
        };
        let control = alone(settings.control);
        let field = Rect {
            x: 0,
            y: 0,
            width: FIELD_PX,
            height: FIELD_PX,
        };
        Ok(Self {
            pipeline: Pipeline::new(stream, decoder, &pipeline)?,
            governor: Governor::new(control, Screens::new(vec![field])),
            probabilities: vec![1.0 / decoder.classes.len() as f64; decoder.classes.len()],
            classes: decoder.classes.clone(),
            mode,
            place: [FIELD_PX / 2; 2],
            held: Buttons::UP,
            confidence: 0.0,
            watchdog: Watchdog::default(),
            state: State::Starting,
            may_dwell: false,
            targets: Vec::new(),
            spare: Some(Box::new(Targets::with_capacity())),
        })
    }

    /// Sets the targets: the centre of each, and half of its width and height, as fractions of the field.
    pub fn set_targets(&mut self, places: impl IntoIterator<Item = ([f64; 2], [f64; 2])>) {
        let px = |share: f64| (share * f64::from(FIELD_PX)).round() as i32;
        let target = |([x, y], half): ([f64; 2], [f64; 2])| {
            Target::new(
                Rect::new(
                    px(x - half[0]),
                    px(y - half[1]),
                    px(2.0 * half[0]),
                    px(2.0 * half[1]),
                ),
                TargetKind::Button,
            )
        };
        self.targets = places.into_iter().map(target).collect();
    }

    /// Takes a block that has just arrived.
    pub fn take(&mut self, block: &Block, now: HostNanos) {
        let Self {
            pipeline,
            governor,
            probabilities,
            confidence,
            ..
        } = self;
        pipeline.process(block, |step| {
            governor.command(step.command);
            probabilities.copy_from_slice(step.probabilities);
            *confidence = step.intent.confidence;
        });
        // Only arrival counts here: samples of a simulated user have other stamps.
        self.watchdog.feed(StreamNanos(now.0), now);
    }

    /// Advances to a time. Returns the position of the pointer, as fractions of the field.
    pub fn tick(&mut self, now: HostNanos) -> [f64; 2] {
        if self.governor.wants_targets()
            && let Some(mut targets) = self.spare.take()
        {
            targets.set(now, &self.targets);
            self.spare = Some(self.governor.see(targets));
        }
        let input = TickInput {
            signal: self.watchdog.check(now),
            is_pointer_gone: false,
            hand_px: None,
            place_px: Some(self.place),
            buttons: Some(self.held),
        };
        let outcome = self.governor.tick(now, &input);
        self.place[0] += outcome.action.dx_px;
        self.place[1] += outcome.action.dy_px;
        (self.held, self.state) = (outcome.action.buttons, outcome.state);
        self.may_dwell = outcome.may_dwell;
        self.place()
    }

    /// The position of the pointer, as fractions of the field.
    #[must_use]
    pub fn place(&self) -> [f64; 2] {
        self.place.map(|at| f64::from(at) / f64::from(FIELD_PX))
    }

    /// Whether staying here can be intended as a click.
    #[must_use]
    pub fn may_dwell(&self) -> bool {
        self.may_dwell
    }

    /// Puts the pointer at a position, as fractions of the field.
    pub fn put(&mut self, place: [f64; 2]) {
        self.place = place.map(|at| (at * f64::from(FIELD_PX)).round() as i32);
        self.governor.forget_target();
    }

    /// Whether a place is on the second class's side of the dividing line; `None` if no target is being chosen.
    #[must_use]
    pub fn is_second(&self, place: [f64; 2]) -> Option<bool> {
        let choice = self.governor.choice_line()?;
        Some(choice.is_second(place.map(|at| at * f64::from(FIELD_PX))))
    }

    /// Direction of forward motion in mode `steer`, radians clockwise from the right; `None` in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        self.pipeline.heading_rad()
    }

    /// Each class with its probability.
    pub fn evidence(&self) -> impl Iterator<Item = (&str, f64)> {
        let names = self.classes.iter().map(String::as_str);
        names.zip(self.probabilities.iter().copied())
    }

    /// Confidence that an intent is present, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// The driver's state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// How classes move it.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

/// Settings for a pointer that is alone: starting the task is the request to move, and nobody else moves the pointer.
pub(super) fn alone(mut control: ControlSettings) -> ControlSettings {
    (control.pause.at_start, control.pause.after_loss) = (false, false);
    (control.pause.manual_override_ms, control.pause.after_rest_s) = (0, 0);
    control.pause.after_aimless_s = 0;
    (control.dwell.on, control.scroll.on) = (false, false);
    control
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::AssistMode;
    use crate::source::open_recording;
    use crate::starters;

    #[test]
    fn a_patient_who_looks_at_tags_can_practise_without_their_electrodes() {
        let source = open_recording("synthetic:channels=9,trials=4").unwrap();
        let decoder = starters::for_layout(source.layout()).unwrap().unwrap();
        let mut settings = Settings::default();
        settings.control.assist.mode = AssistMode::Look;
        let made = LivePointer::in_mode(source.layout(), &decoder, settings, Mode::Steer);
        assert!(made.is_ok());
    }
}
