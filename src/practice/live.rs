//! A pointer on a field of its own, driven by EEG as the real one is: for practice.

use crate::block::{Block, Layout};
use crate::command::{Axis, Buttons, Mode};
use crate::control::watchdog::Watchdog;
use crate::control::{Governor, Rect, Screens, State, Target, TargetKind, Targets, TickInput};
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use crate::settings::Settings;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Decoder;

/// Pixels of the field's side.
const FIELD_PX: i32 = 1000;

/// Pipeline and control together, with a pointer that nobody else has.
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
    /// What can be pointed at, and where to write it down.
    targets: Vec<Target>,
    spare: Option<Box<Targets>>,
}

impl LivePointer {
    /// In the middle of its field. `on_axis`: two classes go left and right; otherwise they steer.
    ///
    /// # Errors
    /// [`PipelineError`] where the decoder does not fit the stream.
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

    /// In the middle of its field, in a mode.
    ///
    /// # Errors
    /// [`PipelineError`] where the decoder does not fit the stream or the mode.
    pub fn in_mode(
        stream: &Layout,
        decoder: &Decoder,
        settings: Settings,
        mode: Mode,
    ) -> Result<Self, PipelineError> {
        let pipeline = PipelineSettings {
            mode: Some(mode),
            ..PipelineSettings::of(&settings)
        };
        let mut control = settings.control;
        // It is asked for by beginning, and nobody else moves this pointer.
        (control.pause.at_start, control.pause.after_loss) = (false, false);
        (control.pause.manual_override_ms, control.pause.after_rest_s) = (0, 0);
        control.pause.after_aimless_s = 0;
        (control.dwell.on, control.scroll.on) = (false, false);
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

    /// These can be pointed at: the middle of each, and half of its width and height, as shares of the field.
    pub fn set_targets(&mut self, places: impl IntoIterator<Item = ([f64; 2], [f64; 2])>) {
        let px = |share: f64| (share * f64::from(FIELD_PX)).round() as i32;
        let target = |([x, y], half): ([f64; 2], [f64; 2])| Target {
            rect: Rect {
                x: px(x - half[0]),
                y: px(y - half[1]),
                width: px(2.0 * half[0]),
                height: px(2.0 * half[1]),
            },
            kind: TargetKind::Button,
        };
        self.targets = places.into_iter().map(target).collect();
    }

    /// Takes a block, which came now.
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
        // Only arrival counts here: the samples of a simulated user have other stamps.
        self.watchdog.feed(StreamNanos(now.0), now);
    }

    /// Goes on to a time; where the pointer is, as shares of the field.
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

    /// Where the pointer is, as shares of the field.
    #[must_use]
    pub fn place(&self) -> [f64; 2] {
        self.place.map(|at| f64::from(at) / f64::from(FIELD_PX))
    }

    /// Whether staying where it is can be on purpose.
    #[must_use]
    pub fn may_dwell(&self) -> bool {
        self.may_dwell
    }

    /// Puts the pointer somewhere, as shares of the field.
    pub fn put(&mut self, place: [f64; 2]) {
        self.place = place.map(|at| (at * f64::from(FIELD_PX)).round() as i32);
        self.governor.forget_target();
    }

    /// Whether a place is on the second class's side, where targets are chosen by halves.
    #[must_use]
    pub fn is_second(&self, place: [f64; 2]) -> Option<bool> {
        let choice = self.governor.choice_line()?;
        Some(choice.is_second(place.map(|at| at * f64::from(FIELD_PX))))
    }

    /// Where forward is in mode `steer`, radians clockwise from the right; none in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        self.pipeline.heading_rad()
    }

    /// Classes with the probability of each.
    pub fn evidence(&self) -> impl Iterator<Item = (&str, f64)> {
        let names = self.classes.iter().map(String::as_str);
        names.zip(self.probabilities.iter().copied())
    }

    /// How sure it is that anything is meant.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// What it is doing.
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
