use crate::app::out::say;
use crate::pointer::{PointerName, PointerOptions};
use crate::runtime::StopFlag;
use crate::runtime::virtual_dongle::VirtualDongle;
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Simulate a mouse board: takes reports over a pseudo-terminal, and moves this session's pointer. Prints "port PATH".
#[derive(Debug, Args)]
pub(super) struct DongleArgs {}

pub(super) fn dongle(_: &DongleArgs) -> anyhow::Result<ExitCode> {
    // No guard: a board releases its buttons when reports stop.
    let name = PointerName::Auto.choose()?.pointer;
    #[cfg(target_os = "linux")]
    let board = match name {
        PointerName::Portal => Some(super::board::portal_process()?),
        _ => None,
    };
    #[cfg(not(target_os = "linux"))]
    let board = None;
    let mut open = name.open(&PointerOptions {
        board,
        ..PointerOptions::default()
    })?;
    let mut dongle = VirtualDongle::new()?;
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    say!("port {}", dongle.port())?;
    dongle.work(open.pointer.as_mut(), &stop)?;
    Ok(ExitCode::SUCCESS)
}
