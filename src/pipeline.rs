//! Joins the stages. No threads, no clock: blocks in, commands out.

mod beside;
mod imagery;

use crate::block::{Block, Layout};
use crate::command::{Command, Mode, SwitchAxis};
use crate::conditioning::Fault;
use crate::decoding::{Decoding, DecodingSettings, FaceError, FaceReader, Intent, RoleError};
use crate::looking::{CodeFrame, Looking, LookingError, LookingSettings, Shown};
use crate::preprocessing::LayoutError;
use crate::settings::{Settings, SteeringSettings};
use crate::time::SampleIndex;
use bci_cursor_calibration::{Decoder, DecoderError, FaceSwitch};
use beside::{Beside, Stages};
use imagery::Imagery;
use serde::{Deserialize, Serialize};

/// Time between two steps where only looks are decoded, milliseconds.
const HOP_MS: u32 = 40;
/// Without a decoder, the line frequency is not known.
const EITHER_MAINS_HZ: [f64; 2] = [50.0, 60.0];

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
    /// There is neither a decoder nor a setting that asks for looking.
    #[error(
        "there is nothing to decode: no decoder of imagined movement, and looking is not asked for"
    )]
    NothingToDecode,
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
    /// The fault of each of [`Pipeline::channels`], if it has one.
    pub faults: &'a [Option<Fault>],
}

/// Imagined movement, looking and the face switch, side by side.
pub struct Pipeline {
    /// None if only looks are decoded.
    imagery: Option<Imagery>,
    stages: Stages,
    /// Samples between two steps.
    hop: u64,
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
        let imagery = Imagery::new(stream, decoder, settings)?;
        let hop = imagery.preprocessor.hop();
        let mains_hz = decoder.conditioning.mains_hz;
        let stages = stages(stream, &decoder.channels, mains_hz.as_slice(), settings)?;
        Ok(Self {
            imagery: Some(imagery),
            stages,
            hop,
        })
    }

    /// A pipeline without imagined movement: the pointer goes where was looked, and a face switch may click.
    ///
    /// # Errors
    /// [`PipelineError`] if the settings do not ask for looking, or the stream does not fit it.
    pub fn for_looking(
        stream: &Layout,
        settings: &PipelineSettings,
    ) -> Result<Self, PipelineError> {
        if settings.looking.is_none() {
            return Err(PipelineError::NothingToDecode);
        }
        Ok(Self {
            imagery: None,
            stages: stages(stream, &[], &EITHER_MAINS_HZ, settings)?,
            hop: stream.rate.samples_in_ms(HOP_MS).max(1),
        })
    }

    /// The channels that are decoded: those of imagined movement, then the electrodes of looking that are not among them.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        self.stages.channels()
    }

    /// Samples between two steps.
    #[must_use]
    pub fn hop(&self) -> u64 {
        self.hop
    }

    /// Number of values that were replaced because they cannot be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        match &self.imagery {
            Some(imagery) => imagery.preprocessor.replaced(),
            None => self.looking().map_or(0, Looking::replaced),
        }
    }

    /// Direction of forward motion in mode `steer`, radians clockwise from the right; none in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        self.imagery.as_ref()?.steering.heading_rad()
    }

    /// The decoding of imagined movement, for its counters and state; none if only looks are decoded.
    #[must_use]
    pub fn decoding(&self) -> Option<&Decoding> {
        Some(&self.imagery.as_ref()?.decoding)
    }

    /// Announces what is shown to be looked at, in the order of samples, before the block that holds its first sample.
    pub fn show(&mut self, shown: Shown) {
        if let Some(looking) = &mut self.stages.looking {
            looking.show(shown);
        }
    }

    /// Announces a frame of the display, in order of time: see [`Looking::show_frame`].
    pub fn show_frame(&mut self, frame: CodeFrame) {
        if let Some(looking) = &mut self.stages.looking {
            looking.show_frame(frame);
        }
    }

    /// The decoding of looks, if looks are decoded.
    #[must_use]
    pub fn looking(&self) -> Option<&Looking> {
        self.stages.looking.as_ref()
    }

    /// Whether another scene can be announced without new memory.
    #[must_use]
    pub fn has_room_for_scene(&self) -> bool {
        self.looking().is_some_and(Looking::has_room)
    }

    /// Takes a block; calls `emit` for each decoding step in it.
    pub fn process(&mut self, block: &Block, mut emit: impl FnMut(Step<'_>)) {
        self.stages.begin(block);
        match &mut self.imagery {
            Some(imagery) => imagery.process(block, &mut self.stages, emit),
            None => step_without_imagery(block, self.hop, &mut self.stages, &mut emit),
        }
        self.stages.end(block);
    }
}

/// The stages beside imagined movement, which has these channels.
fn stages(
    stream: &Layout,
    imagery: &[String],
    mains_hz: &[f64],
    settings: &PipelineSettings,
) -> Result<Stages, PipelineError> {
    let looking = |looking| Looking::new(stream, looking, mains_hz);
    let looking = settings.looking.as_ref().map(looking).transpose()?;
    let face = settings.face.as_deref();
    let face = face.map(|face| FaceReader::new(stream, face)).transpose()?;
    Ok(Stages::new(stream, imagery, face, looking))
}

/// Steps at every multiple of `hop` samples, so that they do not depend on the size of blocks.
fn step_without_imagery(
    block: &Block,
    hop: u64,
    stages: &mut Stages,
    emit: &mut impl FnMut(Step<'_>),
) {
    let SampleIndex(first) = block.first;
    let end = first + block.frames() as u64;
    let mut at = (first / hop + 1) * hop;
    while at <= end {
        let Beside {
            face,
            selection,
            has_fault,
            is_eeg,
        } = stages.before(block, SampleIndex(at), &[]);
        emit(Step {
            intent: Intent::REST,
            command: Command {
                face,
                selection,
                has_fault,
                is_eeg,
                ..Command::at_rest(SampleIndex(at), block.acquired(), block.received)
            },
            probabilities: &[],
            heading_rad: None,
            faults: stages.faults(),
        });
        at += hop;
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
    use crate::units::Hertz;

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
                    SourceEvent::End => return pipeline.decoding().unwrap().drift(),
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

    #[test]
    fn without_imagery_steps_do_not_depend_on_blocks() {
        let layout = Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: ["Oz", "O1", "POz"].map(str::to_owned).to_vec(),
        };
        let settings = PipelineSettings {
            looking: Some(LookingSettings::with_flicker(vec![13.0, 16.0], 8.0)),
            ..PipelineSettings::default()
        };
        let steps = |frames: usize| {
            let mut pipeline = Pipeline::for_looking(&layout, &settings).unwrap();
            let (mut block, mut at, mut ends) = (Block::with_capacity(3, frames), 7, Vec::new());
            while at < 1000 {
                // A gap in the middle.
                at += if (500..500 + frames as u64).contains(&at) {
                    33
                } else {
                    0
                };
                block.restart(SampleIndex(at));
                (0..frames).for_each(|_| block.push_frame().unwrap().fill(0.0));
                at += frames as u64;
                pipeline.process(&block, |step| ends.push(step.command.at.0));
            }
            ends
        };
        let one = steps(1);
        assert!(one.iter().all(|end| end % 10 == 0), "every 40 ms");
        assert_eq!(one[..40], steps(5)[..40]);
        let none = PipelineSettings::default();
        assert!(Pipeline::for_looking(&layout, &none).is_err());
    }
}
