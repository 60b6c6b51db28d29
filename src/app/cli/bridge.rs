use crate::app::out::note;
use crate::printable::{counted, printable};
use crate::runtime::StopFlag;
use crate::runtime::publish::publish_headset;
use crate::source::headset::{HeadsetProtocol, HeadsetSettings, HeadsetSource, MotionKind};
use crate::source::lsl::OutletAbout;
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Publish a headset on a serial port as LSL streams for other programs: EEG, markers, and motion if the headset sends
/// it.
#[derive(Debug, Args)]
pub(super) struct BridgeArgs {
    /// The serial port (see 'bci-cursor ports')
    #[arg(long, value_name = "PORT")]
    port: String,
    /// Protocol of the headset [default: detected]
    #[arg(long, value_enum)]
    protocol: Option<HeadsetProtocol>,
    /// Electrodes of the headset's channels, in order [default: as the headset declares]
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',')]
    electrodes: Vec<String>,
    /// Name of the EEG stream; the other streams are called NAME-markers and NAME-motion
    #[arg(long, default_value = "headset")]
    name: String,
}

pub(super) fn bridge(args: &BridgeArgs) -> anyhow::Result<ExitCode> {
    let mut source = HeadsetSource::open(HeadsetSettings {
        port: args.port.clone(),
        protocol: args.protocol,
        electrodes: args.electrodes.clone(),
        decoder: None,
    })?;
    note!("headset  {} at {}", source.device(), printable(&args.port));
    let device = source.device();
    let id = if device.id.is_empty() {
        &args.port
    } else {
        &device.id
    };
    let about = OutletAbout {
        name: args.name.clone(),
        source_id: format!("bci-cursor-bridge-{id}"),
        manufacturer: match device.protocol {
            HeadsetProtocol::Native => "unknown".into(),
            _ => "OpenBCI".into(),
        },
        model: device.to_string(),
    };
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    let has_motion = source.device().motion != MotionKind::None;
    let beside = if has_motion {
        ", with '-markers' and '-motion'"
    } else {
        ", with '-markers'"
    };
    note!(
        "publishing '{}' on LSL{beside}; Ctrl-C ends it",
        printable(&about.name)
    );
    let sent = publish_headset(&mut source, &about, &stop)?;
    note!("{} published", counted(sent, "sample"));
    Ok(ExitCode::SUCCESS)
}
