use crate::app::out::say;
use crate::printable::printable;
use crate::source::headset;
use clap::Args;
use std::process::ExitCode;

/// List the serial ports of this computer.
#[derive(Debug, Args)]
pub(super) struct PortsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &PortsArgs) -> anyhow::Result<ExitCode> {
    let ports = headset::ports()?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&ports)?)?;
    } else if ports.is_empty() {
        say!(
            "No serial port found. Is the headset's dongle plugged in, and is this user in the group dialout?"
        )?;
    } else {
        for port in ports {
            say!("{}  {}", printable(&port.port), printable(&port.what))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
