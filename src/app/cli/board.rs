use crate::patient::files::{create_private_folder, write_atomically};
use crate::pointer::{
    BoardKind, PointerProcess, PortalToken, ScreenSize, bluetooth_board, portal_mouse, usb_board,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Move and press as a driver at the other end of standard input says. 'run' starts it.
#[derive(Debug, Args)]
pub(super) struct BoardArgs {
    #[command(subcommand)]
    of: Board,
}

#[derive(Debug, Subcommand)]
enum Board {
    /// The computer or tablet that the USB port of this one is plugged into
    Usb {
        /// The file of the port
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        pen: PenArgs,
    },
    /// This desktop, through its portal
    Portal,
    /// A tablet or another computer, over Bluetooth
    Bluetooth(PenArgs),
}

/// What the other device takes this computer for.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct PenArgs {
    /// Report places on a screen of this size, as a pen does, instead of motion; with --pointer gadget and bluetooth
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    pen: Option<ScreenSize>,
}

impl PenArgs {
    pub(super) fn kind(self) -> BoardKind {
        self.pen.map_or(BoardKind::Mouse, BoardKind::Pen)
    }

    /// The same option for another process.
    fn arg(self) -> Option<String> {
        self.pen
            .map(|size| format!("--pen={}x{}", size.width, size.height))
    }
}

pub(super) fn board(args: &BoardArgs) -> anyhow::Result<ExitCode> {
    match &args.of {
        Board::Usb { file, pen } => usb_board(file, pen.kind())?,
        Board::Portal => portal()?,
        Board::Bluetooth(pen) => bluetooth_board(pen.kind())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Consent is kept in this file of the user's data folder.
const TOKEN: &str = "bci-cursor/portal-token";

fn portal() -> anyhow::Result<()> {
    let home = directories::BaseDirs::new();
    let file = home.map(|home| home.data_dir().join(TOKEN));
    let earlier = file
        .as_ref()
        .and_then(|file| std::fs::read_to_string(file).ok());
    let keep = |token: &str| {
        if let Some(Err(error)) = file.as_ref().map(|file| keep_in(file, token)) {
            log::warn!(
                "the desktop will ask for consent again, because its token cannot be kept: {error}"
            );
        }
    };
    portal_mouse(&PortalToken {
        earlier: earlier.as_deref(),
        keep: &keep,
    })?;
    Ok(())
}

fn keep_in(file: &Path, token: &str) -> std::io::Result<()> {
    file.parent().map_or(Ok(()), create_private_folder)?;
    write_atomically(file, token.as_bytes())
}

/// How to start this program as the mouse of a USB port.
pub(super) fn usb_process(file: &str, pen: PenArgs) -> anyhow::Result<PointerProcess> {
    process(["usb", file].into_iter().chain(pen.arg().as_deref()))
}

/// How to start this program as the mouse of a desktop's portal.
pub(super) fn portal_process() -> anyhow::Result<PointerProcess> {
    process(["portal"])
}

/// How to start this program as a Bluetooth mouse.
pub(super) fn bluetooth_process(pen: PenArgs) -> anyhow::Result<PointerProcess> {
    process(["bluetooth"].into_iter().chain(pen.arg().as_deref()))
}

fn process<'a>(args: impl IntoIterator<Item = &'a str>) -> anyhow::Result<PointerProcess> {
    Ok(PointerProcess {
        program: std::env::current_exe().context("this program's file was not found")?,
        args: std::iter::once("board")
            .chain(args)
            .map(Into::into)
            .collect(),
    })
}
