//! Advice for each type of error.

mod sources;

use crate::decoding::{FaceError, RoleError};
use crate::evaluate::closed_loop::{DesktopError, LoopError};
use crate::evaluate::latency::LatencyError;
use crate::evaluate::quality::QualityError;
use crate::evaluate::rest::RestError;
use crate::evaluate::subjects::EvaluateError;
use crate::fit::FitError;
use crate::fit::face::FaceSwitchError;
use crate::patient::profile::ProfileError;
use crate::pipeline::PipelineError;
use crate::pointer::PointerError;
use crate::preprocessing::LayoutError;
use crate::printable::printable;
use crate::recording::convert::ConvertError;
use crate::recording::edf::EdfError;
use crate::replay::trace::TraceError;
use crate::replay::verify::VerifyError;
use crate::report::ReportError;
use crate::runtime::RunError;
use crate::runtime::record_streams::RecordError;
#[cfg(unix)]
use crate::runtime::simulate::SimulateError;
#[cfg(unix)]
use crate::runtime::virtual_dongle::DongleError;
use crate::source::SourceError;
use crate::starters::{NoStarter, StarterError};
use bci_cursor_calibration::DecoderError;
use bci_cursor_calibration::face_switch::SwitchFileError;
use std::error::Error;

const DOCTOR: &str = "'bci-cursor doctor' checks this computer's side";
#[cfg(target_os = "linux")]
const BOARD: &str = "'bci-cursor doctor' checks Bluetooth and the desktop's portal; 'sudo bci-cursor-usb-mouse up' sets up a USB port, and says what it \
     needs: then plug its cable into the other computer or the tablet, and unlock it";
const PORTS: &str = "'bci-cursor ports' lists what is there";

/// Advice for an error of any type of the library.
pub(super) fn advice(error: &(dyn Error + 'static)) -> Option<String> {
    fn of<E: Advise + 'static>(error: &(dyn Error + 'static)) -> Option<String> {
        error.downcast_ref::<E>()?.advice()
    }
    let known = [
        of::<SourceError>,
        of::<LayoutError>,
        of::<RoleError>,
        of::<FaceError>,
        of::<ProfileError>,
        of::<PipelineError>,
        of::<DecoderError>,
        of::<SwitchFileError>,
        of::<FitError>,
        of::<FaceSwitchError>,
        of::<StarterError>,
        of::<NoStarter>,
        of::<PointerError>,
        of::<RunError>,
        of::<RecordError>,
        of::<ConvertError>,
        of::<TraceError>,
        of::<VerifyError>,
        of::<EvaluateError>,
        of::<RestError>,
        of::<QualityError>,
        of::<LoopError>,
        of::<DesktopError>,
        of::<LatencyError>,
        of::<ReportError>,
        #[cfg(unix)]
        of::<SimulateError>,
        #[cfg(unix)]
        of::<DongleError>,
    ];
    known.into_iter().find_map(|of| of(error))
}

/// An error with advice, or that may contain an error with advice.
trait Advise: Error {
    fn advice(&self) -> Option<String>;
}

impl Advise for ProfileError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::FlickerNotAllowed { patient } => Some(format!(
                "'bci-cursor allow-flicker --patient {}' asks",
                printable(patient)
            )),
            _ => None,
        }
    }
}

impl Advise for LayoutError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::MissingChannels { .. } => Some("'bci-cursor fit --channels ...' fits one".into()),
            _ => None,
        }
    }
}

impl Advise for RoleError {
    fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Axis { found } if found.len() > 2 => "Use --mode cartesian",
            Self::Axis { .. } => "Fit a decoder with two classes, such as left_hand and right_hand",
            Self::Cartesian { .. } => "Use --mode axis, or fit a decoder with four classes",
            Self::NoRegressor => {
                "Fit one with 'bci-cursor fit --continuous', or use another --mode"
            }
            Self::Class { .. } => return None,
            Self::NoFace => "Name its file with --face ('bci-cursor fit-switch' makes one)",
            Self::Switch { .. } => "Use --mode axis, or leave out --switch-axis",
        };
        Some(advice.into())
    }
}

impl Advise for FaceError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::MissingChannels { .. } => Some("'bci-cursor fit-switch' fits one".into()),
            Self::Design(_) => None,
        }
    }
}

impl Advise for PipelineError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Layout(error) => error.advice(),
            Self::Role(error) => error.advice(),
            Self::Face(error) => error.advice(),
            Self::Looking(_) | Self::NothingToDecode => None,
            Self::Decoder(error) => error.advice(),
        }
    }
}

impl Advise for DecoderError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Malformed(_) | Self::Format { .. } => {
                Some("Make one with 'bci-cursor fit'".into())
            }
            Self::Version { .. } => None,
            Self::Inconsistent(_) => Some("Fit it again with 'bci-cursor fit'".into()),
        }
    }
}

impl Advise for SwitchFileError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Malformed(_) | Self::Format { .. } => {
                Some("Make one with 'bci-cursor fit-switch'".into())
            }
            Self::Inconsistent(_) => Some("Fit it again with 'bci-cursor fit-switch'".into()),
        }
    }
}

impl Advise for FitError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Directions { .. } => {
                Some("Name such classes with --classes, or leave out --continuous".into())
            }
            Self::WindowTooLong { .. } => Some("Use a shorter --window, or a later --to".into()),
            Self::Layout {
                error: LayoutError::Design(_),
                ..
            } => Some("Name other bands, such as --bands 8-12,12-20".into()),
            Self::Layout { error, .. } => error.advice(),
            Self::Source(error) => error.advice(),
            Self::Decoder { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for FaceSwitchError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Fit(error) => error.advice(),
            Self::File { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for NoStarter {
    fn advice(&self) -> Option<String> {
        Some(
            "Or name the channels with --electrodes if they have only numbers, or fit a decoder to these electrodes with 'bci-cursor fit' \
             and name it with --model"
                .into(),
        )
    }
}

impl Advise for StarterError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Folder(_) => None,
            Self::Subject { error, .. } | Self::Fit(error) => error.advice(),
        }
    }
}

impl Advise for PointerError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Open { .. } | Self::Guard { .. } => Some("'bci-cursor doctor' checks it".into()),
            Self::Wayland { .. } | Self::Uinput { .. } | Self::NoneFits { .. } => {
                Some("'bci-cursor doctor' says what each pointer needs; --pointer names one".into())
            }
            Self::Dongle { .. } => Some(PORTS.into()),
            #[cfg(target_os = "linux")]
            Self::Board { .. } => Some(BOARD.into()),
            _ => None,
        }
    }
}

impl Advise for RunError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Pipeline(error) => error.advice(),
            Self::Pointer(error) => error.advice(),
            _ => None,
        }
    }
}

impl Advise for RecordError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            _ => None,
        }
    }
}

impl Advise for EdfError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            _ => None,
        }
    }
}

impl Advise for ConvertError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Edf(error) => error.advice(),
            Self::Io(_) => None,
        }
    }
}

impl Advise for TraceError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Pipeline(error) => error.advice(),
        }
    }
}

impl Advise for VerifyError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Pipeline(error) => error.advice(),
            _ => None,
        }
    }
}

impl Advise for EvaluateError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::NoPopulation { .. } => {
                Some("Name a folder of other people with --population".into())
            }
            Self::Source(error) => error.advice(),
            Self::Layout { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for RestError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Subject { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for QualityError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Layout(error) => error.advice(),
        }
    }
}

impl Advise for LoopError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Starter(error) => error.advice(),
            Self::Source { error, .. } => error.advice(),
            Self::Objection { .. } => Some("--classes names the classes".into()),
            Self::Pipeline { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for DesktopError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Json { .. } => Some("Expected what 'bci-cursor targets --json' writes".into()),
            Self::TooFew(_) => None,
        }
    }
}

impl Advise for LatencyError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Fit(error) => error.advice(),
            Self::Source(error) => error.advice(),
            Self::Run(error) => error.advice(),
            Self::Pointer(error) => error.advice(),
            _ => None,
        }
    }
}

impl Advise for ReportError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Quality(error) => error.advice(),
            Self::Fit(error) => error.advice(),
            _ => None,
        }
    }
}

#[cfg(unix)]
impl Advise for SimulateError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Channels { .. } => Some("Choose some with --channels".into()),
            _ => None,
        }
    }
}

#[cfg(unix)]
impl Advise for DongleError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Pointer(error) => error.advice(),
            _ => None,
        }
    }
}
