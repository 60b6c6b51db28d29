//! Which pointer a run controls, and who can take over from it.

#[cfg(target_os = "linux")]
use super::board::{PenArgs, bluetooth_process, portal_process, usb_process};
use super::guard::guard_process;
use crate::app::out::note;
#[cfg(target_os = "linux")]
use crate::pointer::BoardKind;
use crate::pointer::{PointerName, PointerOpener, PointerOptions, PointerProcess, Session};
use anyhow::{Context, bail};
use clap::Args;

/// How this user may read mice and keyboards.
pub(super) const READ_HANDS: &str =
    "let this user read mice and keyboards (sudo usermod -aG input $USER, then log in again)";

/// Selects a pointer.
#[derive(Debug, Clone, Args)]
pub(super) struct PointerArgs {
    /// Which pointer to control
    #[arg(long, value_enum, default_value_t = PointerName::Auto)]
    pointer: PointerName,
    /// Serial port of the mouse board, with --pointer dongle
    #[arg(long, value_name = "PORT", required_if_eq("pointer", "dongle"))]
    dongle: Option<String>,
    /// File of the USB port, with --pointer gadget
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "FILE", default_value = "/dev/hidg0")]
    gadget: String,
    #[cfg(target_os = "linux")]
    #[command(flatten)]
    pen: PenArgs,
    /// Start although no hand on the mouse and no hot key can stop this pointer. Somebody must be able to use Ctrl-C or
    /// 'bci-cursor stop'
    #[arg(long)]
    without_override: bool,
}

/// The pointer of a run.
#[derive(Debug, Clone)]
pub(super) struct RunPointer {
    pub(super) name: PointerName,
    session: Session,
    options: PointerOptions,
}

impl RunPointer {
    /// Opens it as often as needed.
    pub(super) fn opener(&self) -> PointerOpener {
        self.name.opener(self.options.clone())
    }

    /// Which pointer it is.
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    pub(super) fn name(&self) -> PointerName {
        self.name
    }

    /// Whether it is seen where it is on the display of this session, so that something can be shown there, and it can be sent to targets.
    pub(super) fn is_seen(&self) -> bool {
        let is_of_the_session = self.session != Session::Wayland || !self.name.is_on_this_display();
        self.name.sees_its_place() && is_of_the_session
    }

    /// Says how the run can be stopped and paused.
    pub(super) fn report_stopping(&self) {
        note!("running; Ctrl-C stops and releases every button");
        if self.name.hands().is_ok_and(|seen| seen.keyboards > 0) {
            note!(
                "         Ctrl+Alt+P or 'bci-cursor pause' and 'resume' pause and resume the pointer"
            );
        } else {
            note!(
                "         'bci-cursor pause' and 'resume' pause and resume the pointer; hot keys do not"
            );
        }
    }
}

impl PointerArgs {
    /// Chooses the pointer, and says which one and why not another. `has_window` says whether a window has buttons to pause
    /// and stop.
    ///
    /// # Errors
    /// If no pointer can be used, or nobody could take over from it.
    pub(super) fn choose(&self, has_window: bool) -> anyhow::Result<RunPointer> {
        let choice = self.pointer.choose()?;
        let name = choice.pointer;
        #[cfg(target_os = "linux")]
        self.check_pen(name)?;
        if self.pointer != name {
            note!("pointer  {}, {}", name.name(), name.describe());
            for (other, cause) in &choice.others {
                note!("         {} is not used: {cause}", other.name());
            }
        } else if choice.session == Session::Wayland && name.is_on_this_display() {
            log::warn!(
                "only programs that still use X see this pointer move, because this is a Wayland session. --pointer auto chooses one that all \
                 programs see"
            );
        }
        if name.is_on_this_computer()
            && !has_window
            && !self.without_override
            && let Err(cause) = name.hands()
        {
            bail!(
                "nobody could take over from this pointer: with --pointer {} neither a hand on the real mouse nor a hot key is seen, because \
                 {cause}. Do one of these: {READ_HANDS}; --window shows a console with buttons to pause and stop; --without-override starts \
                 anyway, if somebody can use Ctrl-C or 'bci-cursor stop'",
                name.name()
            );
        }
        Ok(RunPointer {
            name,
            session: choice.session,
            options: PointerOptions {
                port: self.dongle.clone(),
                guard: match name.is_guarded() {
                    true => guard_process().context("this program's file was not found")?,
                    false => None,
                },
                board: self.board_process(name)?,
            },
        })
    }

    /// Only what this computer reports to another one can be a pen.
    #[cfg(target_os = "linux")]
    fn check_pen(&self, name: PointerName) -> anyhow::Result<()> {
        if self.pen.kind() == BoardKind::Mouse {
            return Ok(());
        }
        if !matches!(name, PointerName::Gadget | PointerName::Bluetooth) {
            bail!(
                "--pen works with --pointer gadget and --pointer bluetooth only, not with {}",
                name.name()
            );
        }
        note!(
            "pointer  a pen has neither a middle button nor a wheel: middle clicks and scrolling do nothing"
        );
        Ok(())
    }

    /// Starts the process of a pointer that has one.
    #[cfg(target_os = "linux")]
    fn board_process(&self, name: PointerName) -> anyhow::Result<Option<PointerProcess>> {
        match name {
            PointerName::Gadget => usb_process(&self.gadget, self.pen).map(Some),
            PointerName::Portal => portal_process().map(Some),
            PointerName::Bluetooth => bluetooth_process(self.pen).map(Some),
            _ => Ok(None),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn board_process(&self, _: PointerName) -> anyhow::Result<Option<PointerProcess>> {
        Ok(None)
    }
}
