//! Imagined movement: conditioning, features, decoding and steering in sequence.

use super::beside::{Beside, Stages};
use super::{PipelineError, PipelineSettings, Step};
use crate::block::{Block, Layout};
use crate::command::{Command, Mode, SwitchAxis};
use crate::decoding::{Decoding, RoleError, intent};
use crate::preprocessing::{LayoutError, Preprocessor};
use crate::steering::Steering;
use crate::units::Hertz;
use bci_cursor_calibration::Decoder;

/// Decodes imagined movement.
pub(super) struct Imagery {
    pub(super) preprocessor: Preprocessor,
    pub(super) decoding: Decoding,
    pub(super) steering: Steering,
    /// The face switch changes the axis and does not click.
    face_changes_axis: bool,
}

impl Imagery {
    pub(super) fn new(
        stream: &Layout,
        decoder: &Decoder,
        settings: &PipelineSettings,
    ) -> Result<Self, PipelineError> {
        let expected = decoder.rate_hz.and_then(Hertz::new).unwrap_or(stream.rate);
        // Stream headers round rates (160 Hz as 159.999): 0.1 % does not move any band edge noticeably.
        if (stream.rate.hz() - expected.hz()).abs() > 0.001 * expected.hz() {
            return Err(LayoutError::Rate {
                found: stream.rate,
                expected,
            }
            .into());
        }
        let mut preprocessor = Preprocessor::new(
            stream,
            &decoder.channels,
            &decoder.conditioning,
            &decoder.features,
        )?;
        if !settings.decoding.leaves_out_unplaced {
            preprocessor.leave_none_out();
        }
        let (classes, press) = (&decoder.classes, settings.press.as_deref());
        let switch = match &settings.switch_axis {
            Some(SwitchAxis::Class(class)) => Some(class.as_str()),
            _ => None,
        };
        let taken: Vec<&str> = press.into_iter().chain(switch).collect();
        let mode = settings
            .mode
            .unwrap_or_else(|| intent::offered_mode(decoder, &taken));
        if mode == Mode::Continuous && decoder.model.velocity.is_none() {
            return Err(RoleError::NoRegressor.into());
        }
        let roles = intent::roles(classes, mode, press, switch)?;
        let step_s = stream.rate.secs_of(preprocessor.hop());
        let steps_per_window = preprocessor.window() / preprocessor.hop();
        let mut steering = Steering::new(mode, settings.control, step_s);
        if let Some(switch) = &settings.switch_axis {
            let found = match mode {
                Mode::Axis(_) => None,
                Mode::Cartesian => Some("cartesian"),
                Mode::Steer => Some("steer"),
                Mode::Continuous => Some("continuous"),
            };
            if let Some(found) = found {
                return Err(RoleError::Switch { found }.into());
            }
            steering = steering.with_switch(switch, classes);
        }
        let face_changes_axis = settings.switch_axis == Some(SwitchAxis::Face);
        if face_changes_axis && settings.face.is_none() {
            return Err(RoleError::NoFace.into());
        }
        Ok(Self {
            decoding: Decoding::new(decoder, roles, settings.decoding, step_s, steps_per_window)?,
            face_changes_axis,
            steering,
            preprocessor,
        })
    }

    /// Takes a block; calls `emit` for each decoding step in it.
    pub(super) fn process(
        &mut self,
        block: &Block,
        stages: &mut Stages,
        mut emit: impl FnMut(Step<'_>),
    ) {
        let Self {
            preprocessor,
            decoding,
            steering,
            face_changes_axis,
        } = self;
        preprocessor.process(block, |window| {
            let intent = decoding.step(&window);
            let Beside {
                mut face,
                selection,
                has_fault,
                is_eeg,
            } = stages.before(block, window.end, window.faults);
            if face && *face_changes_axis {
                steering.change_axis();
                face = false;
            }
            let (velocity_px_s, buttons) = steering.step(&intent);
            let command = Command {
                at: window.end,
                acquired: block.acquired(),
                received: block.received,
                class: intent.class,
                log_odds: decoding.log_odds(),
                confidence: intent.confidence,
                face,
                selection,
                velocity_px_s,
                is_turning: steering.is_turning(&intent),
                has_fault: has_fault || window.faults.iter().any(Option::is_some),
                is_eeg: is_eeg && decoding.is_eeg(),
                has_gate: decoding.has_gate(),
                buttons,
            };
            emit(Step {
                intent,
                command,
                probabilities: decoding.probabilities(),
                heading_rad: steering.heading_rad(),
                faults: stages.faults(),
            });
        });
    }
}
