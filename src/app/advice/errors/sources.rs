//! Advice for errors of sources.

use super::{Advise, DOCTOR, PORTS};
use crate::source::{ChannelsError, HeadsetError, NoEegReason, SourceError, StreamError};

impl Advise for SourceError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::NoChannels { reason, .. } => match reason {
                NoEegReason::Empty => None,
                NoEegReason::Type(_) => {
                    Some("Or name the EEG channels with --channels to take them anyway".into())
                }
                NoEegReason::NoUnits => {
                    Some("Say which it is with --unit uV (or mV, V, nV)".into())
                }
                NoEegReason::NoVoltage => {
                    Some("Name channels with --channels to take them anyway".into())
                }
            },
            Self::Rate { doubt, .. } => Some(format!(
                "Say which is right: --rate {} or --rate {}",
                doubt.declared_hz, doubt.stamped_hz
            )),
            Self::Channels { error, .. } => error.advice(),
            Self::NoStream { found, .. } if found.is_empty() => Some(DOCTOR.into()),
            Self::Predicate { .. } => Some(
                "Examples: --where \"source_id='abc'\", --where \"type='EEG' and hostname='lab'\""
                    .into(),
            ),
            Self::SeveralStreams { .. } => Some(
                "Choose one with --stream NAME, --where \"source_id='...'\" or --where \"uid='...'\"; --newest takes the one that was \
                 started last"
                    .into(),
            ),
            Self::Headset { error, .. } => error.advice(),
            Self::Stream { error, .. } => error.advice(),
            _ => None,
        }
    }
}

impl Advise for ChannelsError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::ElectrodeCount { .. } => Some("Or choose channels with --channels".into()),
            Self::Synthetic => Some("Leave out --electrodes, --unit and --rate".into()),
            _ => None,
        }
    }
}

impl Advise for HeadsetError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Open(_) | Self::NothingKnown => Some(PORTS.into()),
            Self::StatesItself => Some("Leave out --channels and --unit".into()),
            _ => None,
        }
    }
}

impl Advise for StreamError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Look(_) => Some(DOCTOR.into()),
            Self::Rate {
                declared,
                stamped_hz,
            } => Some(format!(
                "Or say which one holds: --rate {stamped_hz:.0} or --rate {}",
                declared.hz()
            )),
            _ => None,
        }
    }
}
