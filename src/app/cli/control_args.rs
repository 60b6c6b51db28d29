//! Options that say how classes control the pointer, shared by `run` and `replay`.

use crate::command::{Axis, Mode, SwitchAxis};
use crate::decoding::DecodingSettings;
use crate::fit::face::load_face;
use crate::pipeline::PipelineSettings;
use crate::settings::{Group, Settings};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How classes control the pointer.
#[derive(Debug, Clone, Args)]
pub(super) struct ControlArgs {
    /// How the classes move the pointer [default: continuous if the decoder has a regressor, cartesian if it has left,
    /// right, up and down, otherwise axis]
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// The axis, in mode axis
    #[arg(long, value_enum, default_value_t = AxisName::Horizontal)]
    axis: AxisName,
    /// What changes the axis in mode axis: 'rest' (1.5 s of rest after motion), 'face' (the switch of --face, which
    /// then does not click), or a class that is imagined for half a second
    #[arg(long, value_name = "rest|face|CLASS")]
    switch_axis: Option<String>,
    /// Hold the left button down while this class is imagined [default: no class presses]
    #[arg(long, value_name = "CLASS")]
    press: Option<String>,
    /// Click with the jaw or with blinks: a switch made by 'bci-cursor fit-switch' [default: none]
    #[arg(long, value_name = "SWITCH.json")]
    face: Option<PathBuf>,
    /// Speed of the pointer at full confidence, pixels per second [default: steering.max_speed_px_s, which is 200
    /// unless changed with 'bci-cursor set']
    #[arg(long, value_name = "PX/S")]
    max_speed: Option<f64>,
    /// Confidence (0 at chance, 1 at certainty) below which the pointer rests [default: decoding.rest_threshold, which
    /// is the decoder's idle gate unless changed]
    #[arg(long, value_name = "0..1")]
    rest_threshold: Option<f64>,
    /// Use the decoder's own reference instead of following the stream. A starter has none and always follows the
    /// stream
    #[arg(long)]
    fixed_reference: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    /// Two classes move along one axis
    Axis,
    /// Four classes move in the plane
    Cartesian,
    /// Two classes: the one for left turns the heading clockwise, the one for right moves forward
    Steer,
    /// A decoder fitted with --continuous moves in every direction
    Continuous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AxisName {
    Horizontal,
    Vertical,
}

/// How long a rest changes the axis, seconds.
const SWITCH_REST_S: f64 = 1.5;

impl ControlArgs {
    /// The pipeline's settings for a patient; command-line options take precedence.
    pub(super) fn pipeline(&self, mut settings: Settings) -> anyhow::Result<PipelineSettings> {
        let flags = [
            ("--max-speed", "steering.max_speed_px_s", self.max_speed),
            (
                "--rest-threshold",
                "decoding.rest_threshold",
                self.rest_threshold,
            ),
        ];
        for (flag, path, number) in flags {
            if let Some(number) = number {
                check_flag(flag, path, number)?;
                settings.put(path, &number.to_string())?;
            }
        }
        let usual = PipelineSettings::of(&settings);
        let axis = match self.axis {
            AxisName::Horizontal => Axis::Horizontal,
            AxisName::Vertical => Axis::Vertical,
        };
        let mode = match self.mode {
            Some(ModeName::Axis) => Some(Mode::Axis(axis)),
            Some(ModeName::Cartesian) => Some(Mode::Cartesian),
            Some(ModeName::Steer) => Some(Mode::Steer),
            Some(ModeName::Continuous) => Some(Mode::Continuous),
            None if self.axis == AxisName::Vertical => Some(Mode::Axis(axis)),
            None => None,
        };
        let switch_axis = self.switch_axis.as_ref().map(|by| match by.as_str() {
            "rest" => SwitchAxis::Rest(SWITCH_REST_S),
            "face" => SwitchAxis::Face,
            class => SwitchAxis::Class(class.to_owned()),
        });
        Ok(PipelineSettings {
            mode,
            switch_axis,
            press: self.press.clone(),
            face: self
                .face
                .as_deref()
                .map(load_face)
                .transpose()?
                .map(Box::new),
            decoding: DecodingSettings {
                recentre: !self.fixed_reference,
                ..usual.decoding
            },
            ..usual
        })
    }
}

/// Checks the number of an option that stands for a setting.
fn check_flag(flag: &str, path: &str, number: f64) -> anyhow::Result<()> {
    let mut wrong = None;
    Settings::default().each(&mut |setting, value| {
        if setting.path == path {
            wrong = setting.out_of_range(flag, number, value.kind());
        }
    });
    wrong.map_or(Ok(()), |wrong| Err(anyhow::anyhow!(wrong)))
}
