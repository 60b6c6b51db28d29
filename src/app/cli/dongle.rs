use crate::app::out::say;
use crate::pointer::SystemPointer;
use crate::runtime::StopFlag;
use crate::runtime::virtual_dongle::VirtualDongle;
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Simulate a mouse board: takes reports over a pseudo-terminal, and moves this display's pointer. Prints "port PATH".
#[derive(Debug, Args)]
pub(super) struct DongleArgs {}

pub(super) fn dongle(_: &DongleArgs) -> anyhow::Result<ExitCode> {
    let mut pointer = SystemPointer::open()?;
    let mut dongle = VirtualDongle::new()?;
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    say!("port {}", dongle.port())?;
    dongle.work(&mut pointer, &stop)?;
    Ok(ExitCode::SUCCESS)
}
