use super::ProtocolName;
use crate::runtime::StopFlag;
use crate::runtime::publish::{PublishSettings, publish_live};
use crate::source::headset::{HeadsetSettings, HeadsetSource};
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Publish a headset on a serial port as an LSL stream, for every LSL program.
#[derive(Debug, Args)]
pub(super) struct BridgeArgs {
    /// The serial port (see 'bci-cursor ports')
    #[arg(long, value_name = "PORT")]
    port: String,
    /// What the headset speaks [default: it is asked]
    #[arg(long, value_enum)]
    protocol: Option<ProtocolName>,
    /// Electrodes of the headset's channels, in order [default: as the headset says]
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',')]
    electrodes: Vec<String>,
    /// Name of the LSL stream
    #[arg(long, default_value = "headset")]
    name: String,
}

pub(super) fn bridge(args: &BridgeArgs) -> anyhow::Result<ExitCode> {
    let mut source = HeadsetSource::open(HeadsetSettings {
        port: args.port.clone(),
        protocol: args.protocol.map(ProtocolName::protocol),
        electrodes: args.electrodes.clone(),
    })?;
    eprintln!("headset  {} at {}", source.device(), args.port);
    let id = source.device().id.clone();
    let settings = PublishSettings {
        name: args.name.clone(),
        source_id: format!(
            "bci-cursor-bridge-{}",
            if id.is_empty() { &args.port } else { &id }
        ),
        speed: 1.0,
        wait_for_reader: false,
    };
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    eprintln!("publishing '{}' on LSL; Ctrl-C ends it", settings.name);
    let sent = publish_live(&mut source, &settings, &stop)?;
    eprintln!("{sent} samples published");
    Ok(ExitCode::SUCCESS)
}
