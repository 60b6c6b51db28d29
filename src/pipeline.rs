//! Joins the stages. No threads, no clock: blocks in, commands out.

use crate::block::{Block, Layout};
use crate::command::{Command, Mode, SwitchAxis};
use crate::conditioning::Fault;
use crate::decoding::{
    Decoding, DecodingSettings, FaceError, FaceReader, Intent, RoleError, intent,
};
use crate::looking::{Looking, LookingError, LookingSettings, Shown};
use crate::preprocessing::{LayoutError, Preprocessor};
use crate::settings::{Settings, SteeringSettings};
use crate::steering::Steering;
use crate::units::Hertz;
use bci_cursor_calibration::{Decoder, DecoderError, FaceSwitch};
use serde::{Deserialize, Serialize};

/// How a decoder's classes move the pointer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PipelineSettings {
    /// Control mode; none: the one that suits the decoder's classes.
    pub mode: Option<Mode>,
    /// What changes the axis, in mode `axis`; none: nothing.
    #[serde(default)]
    pub switch_axis: Option<SwitchAxis>,
    /// The class that holds the left button down; `None` by default.
    pub press: Option<String>,
    /// A face switch: it clicks, or changes the axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Box<FaceSwitch>>,
    /// Looking at tags; none if looks are not decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking: Option<LookingSettings>,
    /// How evidence becomes intent.
    pub decoding: DecodingSettings,
    /// Speed.
    pub control: SteeringSettings,
}

impl PipelineSettings {
    /// The default settings, combined with a patient's settings.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            decoding: DecodingSettings {
                rest_threshold: settings.decoding.rest_threshold,
                ..DecodingSettings::default()
            },
            control: settings.steering,
            looking: LookingSettings::of(settings),
            ..Self::default()
        }
    }
}

/// The decoder cannot be used with this stream.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The stream does not fit the decoder.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The classes do not fit the mode.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The stream does not fit the face switch.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// Looks cannot be decoded from the stream.
    #[error(transparent)]
    Looking(#[from] LookingError),
    /// The decoder's parts do not fit together.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
}

/// One decoding step and its results.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The decoded intent.
    pub intent: Intent,
    /// The command for the pointer.
    pub command: Command,
    /// Probability of each class.
    pub probabilities: &'a [f64],
    /// Direction of forward motion in mode `steer`, radians clockwise from the right; none in other modes.
    pub heading_rad: Option<f64>,
    /// The fault of each of the decoder's channels, if it has one.
    pub faults: &'a [Option<Fault>],
}

/// Conditioning, features, decoding and steering in sequence.
pub struct Pipeline {
    preprocessor: Preprocessor,
    decoding: Decoding,
    steering: Steering,
    face: Option<FaceReader>,
    /// The face switch changes the axis and does not click.
    face_changes_axis: bool,
    looking: Option<Looking>,
}

impl Pipeline {
    /// A pipeline for a stream and a decoder. Channels are matched by label, in any order; additional channels are
    /// ignored.
    ///
    /// # Errors
    /// [`PipelineError`] if stream, decoder and mode do not fit together.
    pub fn new(
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
        let face = settings.face.as_deref();
        let mains_hz = decoder.conditioning.mains_hz;
        let looking = |looking| Looking::new(stream, looking, mains_hz);
        Ok(Self {
            looking: settings.looking.as_ref().map(looking).transpose()?,
            face: face.map(|face| FaceReader::new(stream, face)).transpose()?,
            face_changes_axis,
            decoding: Decoding::new(decoder, roles, settings.decoding, step_s, steps_per_window)?,
            steering,
            preprocessor,
        })
    }

    /// Samples between two steps.
    #[must_use]
    pub fn hop(&self) -> u64 {
        self.preprocessor.hop()
    }

    /// Number of values that were replaced because they cannot be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.preprocessor.replaced()
    }

    /// Direction of forward motion in mode `steer`, radians clockwise from the right; none in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        self.steering.heading_rad()
    }

    /// The decoding stage, for its counters and state.
    #[must_use]
    pub fn decoding(&self) -> &Decoding {
        &self.decoding
    }

    /// Announces what is shown to be looked at, in the order of samples, before the block that holds its first sample.
    pub fn show(&mut self, shown: Shown) {
        if let Some(looking) = &mut self.looking {
            looking.show(shown);
        }
    }

    /// Whether another scene can be announced without new memory.
    #[must_use]
    pub fn has_room_for_scene(&self) -> bool {
        self.looking.as_ref().is_some_and(Looking::has_room)
    }

    /// Takes a block; calls `emit` for each decoding step in it.
    pub fn process(&mut self, block: &Block, mut emit: impl FnMut(Step<'_>)) {
        let Self {
            preprocessor,
            decoding,
            steering,
            face,
            face_changes_axis,
            looking,
        } = self;
        face.iter_mut().for_each(|face| face.take(block));
        looking.iter_mut().for_each(|looking| looking.take(block));
        preprocessor.process(block, |window| {
            let intent = decoding.step(&window);
            let mut face = face
                .as_mut()
                .is_some_and(|face| face.was_activated_before(window.end));
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
                selection: looking
                    .as_mut()
                    .and_then(|looking| looking.selection_before(window.end)),
                velocity_px_s,
                is_turning: steering.is_turning(&intent),
                has_fault: window.faults.iter().any(Option::is_some),
                is_eeg: decoding.is_eeg(),
                has_gate: decoding.has_gate(),
                buttons,
            };
            emit(Step {
                intent,
                command,
                probabilities: decoding.probabilities(),
                heading_rad: steering.heading_rad(),
                faults: window.faults,
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::motion::Motion;
    use crate::fit::classes::ClassMarker;
    use crate::fit::{FitRequest, fit_recordings};
    use crate::pointer::{Action, Pointer, TracePointer};
    use crate::source::{SourceEvent, open_recording};

    const PATIENT: &str = "synthetic:seed=11,channels=9,trials=16,erd=0.8";

    fn decoder(classes: &[&str]) -> Decoder {
        let class = |class: &&str| ClassMarker::new(*class, *class);
        let request = FitRequest::new(classes.iter().map(class).collect());
        fit_recordings(&[PATIENT.to_owned()], &request).unwrap()
    }

    /// Net motion to the right during each trial, with its class.
    fn trials(pipeline: &mut Pipeline) -> Vec<(String, i64)> {
        let mut source = open_recording(PATIENT).unwrap();
        let mut block = Block::with_capacity(9, 32);
        let mut pointer = TracePointer::default();
        let mut motion = Motion::default();
        let (mut out, mut trial) = (Vec::new(), None);
        loop {
            match source.next(&mut block).unwrap() {
                SourceEvent::Samples => pipeline.process(&block, |step| {
                    let [dx_px, dy_px] = motion.advance(step.command.velocity_px_s, 0.04);
                    let action = Action {
                        dx_px,
                        dy_px,
                        buttons: step.command.buttons,
                        ..Action::default()
                    };
                    pointer.apply(action).unwrap();
                }),
                SourceEvent::Marker(marker) => {
                    let [x, _] = pointer.position_px();
                    if let Some((class, from)) = trial.take() {
                        out.push((class, x - from));
                    }
                    trial = (marker.label != "rest").then_some((marker.label, x));
                }
                SourceEvent::End => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(
            pointer.actions().iter().all(|action| !action.buttons.left),
            "nothing may press"
        );
        out
    }

    #[test]
    fn the_pointer_moves_where_the_patient_imagines() {
        let decoder = decoder(&["left_hand", "right_hand"]);
        let layout = open_recording(PATIENT).unwrap().layout().clone();
        let mut pipeline = Pipeline::new(&layout, &decoder, &PipelineSettings::default()).unwrap();
        let moved = trials(&mut pipeline);
        let right = moved.iter().filter(|(class, dx)| {
            if class == "left_hand" {
                *dx < 0
            } else {
                *dx > 0
            }
        });
        assert!(moved.len() == 16 && right.count() >= 15, "{moved:?}");
    }

    #[test]
    fn the_reference_follows_the_stream_unless_it_is_fixed() {
        let decoder = decoder(&["left_hand", "right_hand"]);
        // Another amplifier: all amplitudes are half as large again.
        let layout = open_recording(PATIENT).unwrap().layout().clone();
        let drift = |recentre: bool| {
            let mut settings = PipelineSettings::default();
            settings.decoding.recentre = recentre;
            let mut pipeline = Pipeline::new(&layout, &decoder, &settings).unwrap();
            let mut source = open_recording(PATIENT).unwrap();
            let mut block = Block::with_capacity(9, 64);
            loop {
                match source.next(&mut block).unwrap() {
                    SourceEvent::Samples => {
                        block.samples_mut().iter_mut().for_each(|x| *x *= 1.5);
                        pipeline.process(&block, |_| {});
                    }
                    SourceEvent::End => return pipeline.decoding().drift(),
                    _ => {}
                }
            }
        };
        assert_eq!(drift(false), None);
        // 1.5² in power on nine eigenvalues, of which the reference has covered a part.
        let whole = (9.0f64).sqrt() * (1.5f64 * 1.5).ln();
        let moved = drift(true).unwrap();
        assert!(
            moved > 0.2 * whole && moved < 1.2 * whole,
            "{moved} of {whole}"
        );
    }

    #[test]
    fn another_rate_is_refused() {
        let decoder = decoder(&["left_hand", "right_hand"]);
        let source = open_recording("synthetic:channels=9,rate=256").unwrap();
        let made = Pipeline::new(source.layout(), &decoder, &PipelineSettings::default());
        let error = made.err().unwrap().to_string();
        assert!(
            error.contains("sampled at 256 Hz") && error.contains("fitted at 250 Hz"),
            "{error}"
        );
    }
}
