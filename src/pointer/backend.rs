//! The back ends by name, and how each is opened.

#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::board::{BoardPointer, Reopening};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::guard::{Guard, GuardedDisplay};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::guarded::Guarded;
#[cfg(feature = "desktop")]
use super::system;
use super::{
    DonglePointer, NoPointer, OpenPointer, PointerError, PointerOpener, PointerProcess, Seen,
};
#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::{PointerObserver, hands::Hands, uinput};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::{kwin, wlr};

/// Which pointer back end to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum PointerName {
    /// The one that fits this desktop session
    #[cfg(feature = "desktop")]
    Auto,
    /// The pointer of the X server
    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    #[cfg_attr(feature = "cli", value(alias = "system"))]
    X11,
    /// The operating system's pointer
    #[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
    System,
    /// A virtual pointer of the Wayland compositor: sway and others that build on wlroots
    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    Wlr,
    /// The pointer of KDE's compositor, KWin
    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    Kwin,
    /// A mouse of the Linux kernel, for every desktop and the console; needs access to /dev/uinput
    #[cfg(all(feature = "desktop", target_os = "linux"))]
    Uinput,
    /// The pointer of a Wayland desktop such as GNOME or KDE, which asks you for consent
    #[cfg(all(feature = "desktop", target_os = "linux"))]
    Portal,
    /// A mouse board on a serial port, plugged into another computer or a tablet
    Dongle,
    /// This computer is a USB mouse of the computer or tablet that its USB port is plugged into
    #[cfg(all(feature = "desktop", target_os = "linux"))]
    Gadget,
    /// This computer is a Bluetooth mouse of a tablet or another computer
    #[cfg(all(feature = "desktop", target_os = "linux"))]
    Bluetooth,
    /// Nothing moves: a dry run
    None,
}

/// Options for opening a back end. Each back end uses those that apply to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointerOptions {
    /// The serial port of a mouse board.
    pub port: Option<String>,
    /// Starts a guard, which releases buttons if this program can no longer do so. Without a guard, the pointer of a
    /// display still moves and presses.
    pub guard: Option<PointerProcess>,
    /// Starts the process of a pointer that has one.
    pub board: Option<PointerProcess>,
}

impl PointerName {
    /// The pointer of this program's own display.
    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    pub const DESKTOP: Self = Self::X11;
    /// The pointer of this program's own display.
    #[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
    pub const DESKTOP: Self = Self::System;

    /// Its name, as a user writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "desktop")]
            Self::Auto => "auto",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::X11 => "x11",
            #[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
            Self::System => "system",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Wlr => "wlr",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Kwin => "kwin",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => "uinput",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => "portal",
            Self::Dongle => "dongle",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => "gadget",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Bluetooth => "bluetooth",
            Self::None => "none",
        }
    }

    /// Opens the back end.
    ///
    /// # Errors
    /// [`PointerError`] if the pointer cannot be reached or may not be controlled.
    pub fn open(self, options: &PointerOptions) -> Result<OpenPointer, PointerError> {
        match self {
            #[cfg(feature = "desktop")]
            Self::Auto => self.choose()?.pointer.open(options),
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::X11 => system::open(options.guard.as_ref()),
            #[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
            Self::System => system::open(options.guard.as_ref()),
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Wlr => {
                let pointer = wlr::VirtualPointer::open()?;
                let socket = pointer.socket_copy()?;
                let pointer = guarded(pointer, options, (GuardedDisplay::Wlr, socket))?;
                let sight = wlr::Sight::new(&pointer.device, hands());
                Ok(OpenPointer {
                    pointer: Box::new(pointer),
                    observer: Some(Box::new(sight)),
                })
            }
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Kwin => {
                let pointer = kwin::FakeInput::open()?;
                let socket = pointer.socket_copy()?;
                guarded(pointer, options, (GuardedDisplay::Kwin, socket)).map(with_hands)
            }
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => {
                let pointer = uinput::UinputMouse::open()?;
                let file = pointer.file()?;
                guarded(pointer, options, (GuardedDisplay::Uinput, file)).map(with_hands)
            }
            Self::Dongle => {
                let port = options.port.as_deref().unwrap_or_default();
                DonglePointer::open(port).map(OpenPointer::unobserved)
            }
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => open_board(options, READY_S).map(OpenPointer::unobserved),
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => open_board(options, CONSENT_S).map(with_hands),
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Bluetooth => open_board(options, CONSENT_S).map(OpenPointer::unobserved),
            Self::None => Ok(OpenPointer::unobserved(NoPointer)),
        }
    }

    /// Returns a function that opens the back end as often as needed, so that a lost pointer can be opened again.
    ///
    /// A desktop that asks its user for consent is asked here, so that no sample waits for the answer. It is not asked
    /// again after the session has ended, because somebody ended it on purpose.
    #[must_use]
    pub fn opener(self, options: PointerOptions) -> PointerOpener {
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self == Self::Portal {
            let mut asked = Some(open_board(&options, CONSENT_S));
            return Box::new(move || {
                let first = asked.take().unwrap_or(Err(PointerError::ConsentEnded));
                first.map(with_hands)
            });
        }
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self == Self::Bluetooth {
            let mut asked = Some(open_board(&options, CONSENT_S));
            let mut again = Reopening::default();
            return Box::new(move || {
                let opened = match asked.take() {
                    Some(first) => first,
                    None => board_program(&options).and_then(|program| again.open(program)),
                };
                opened.map(OpenPointer::unobserved)
            });
        }
        Box::new(move || self.open(&options))
    }

    /// Whether this is the pointer of this computer's X server.
    #[must_use]
    pub fn is_on_this_display(self) -> bool {
        match self {
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::X11 => true,
            _ => false,
        }
    }

    /// Whether it is seen where the pointer is, so that something can be shown there, or it can be sent to a place.
    #[must_use]
    pub fn sees_its_place(self) -> bool {
        match self {
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Wlr => true,
            _ => self.is_on_this_display(),
        }
    }

    /// What is seen of hands.
    ///
    /// # Errors
    /// Why nothing is seen.
    pub fn hands(self) -> Result<Seen, String> {
        if self.is_on_this_display() {
            return Ok(Seen::OF_A_DISPLAY);
        }
        #[cfg(all(feature = "desktop", windows))]
        if self == Self::System {
            return Ok(Seen::OF_A_DISPLAY);
        }
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self.is_on_this_computer() {
            let hands = Hands::open().map_err(|error| format!("/dev/input: {error}"))?;
            return match hands.seen() {
                Seen {
                    mice: 0,
                    keyboards: 0,
                    refused: 0,
                } => Err("no mouse and no keyboard is connected".into()),
                Seen {
                    mice: 0,
                    keyboards: 0,
                    ..
                } => Err("this user may not read mice and keyboards in /dev/input".into()),
                seen => Ok(seen),
            };
        }
        Err("nothing of this computer tells it".into())
    }

    /// Whether this pointer belongs to this computer, and something moves.
    #[must_use]
    pub fn is_on_this_computer(self) -> bool {
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if matches!(self, Self::Gadget | Self::Bluetooth) {
            return false;
        }
        !matches!(self, Self::Dongle | Self::None)
    }

    /// A few words about it.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            #[cfg(feature = "desktop")]
            Self::Auto => "the pointer that fits this session",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::X11 => "the pointer of the X server",
            #[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
            Self::System => "the operating system's pointer",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Wlr => "a virtual pointer of the Wayland compositor",
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Kwin => "the pointer of KDE's compositor",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => "a mouse of the kernel, which the desktop may accelerate",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => {
                "the pointer of this desktop through its portal, which asks for consent"
            }
            Self::Dongle => "a mouse board",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => "this computer as a USB mouse",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Bluetooth => "this computer as a Bluetooth mouse",
            Self::None => "nothing moves",
        }
    }

    /// Whether a guard releases its buttons if this program can no longer do so.
    #[must_use]
    pub fn is_guarded(self) -> bool {
        match self {
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Auto | Self::X11 | Self::Wlr | Self::Kwin => true,
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => true,
            #[cfg(all(feature = "desktop", windows))]
            Self::Auto | Self::System => true,
            _ => false,
        }
    }
}

/// A pointer with a guard that has this file of it open, too.
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
fn guarded<D: super::device::Device>(
    device: D,
    options: &PointerOptions,
    (display, file): (GuardedDisplay, std::os::fd::OwnedFd),
) -> Result<Guarded<D>, PointerError> {
    let how = options.guard.as_ref();
    let guard = how.map(|how| Guard::start_with(how, display, file));
    Ok(Guarded::new(device).with_guard(guard.transpose()?))
}

/// A pointer that sees nothing, with the real mice and keyboards where they may be read.
#[cfg(all(feature = "desktop", target_os = "linux"))]
fn with_hands(pointer: impl super::Pointer + 'static) -> OpenPointer {
    OpenPointer {
        pointer: Box::new(pointer),
        observer: hands(),
    }
}

/// The real mice and keyboards, where they may be read.
#[cfg(all(feature = "desktop", target_os = "linux"))]
fn hands() -> Option<Box<dyn PointerObserver>> {
    let hands = Hands::open().inspect_err(|cause| {
        log::info!("a hand on the mouse and hot keys are not seen: {cause}");
    });
    hands
        .ok()
        .map(|hands| Box::new(hands) as Box<dyn PointerObserver>)
}

#[cfg(all(
    feature = "desktop",
    unix,
    not(any(target_os = "linux", target_os = "macos"))
))]
fn hands() -> Option<Box<dyn super::PointerObserver>> {
    None
}

/// A process that is not ready within this time has failed, seconds.
#[cfg(all(feature = "desktop", target_os = "linux"))]
const READY_S: i64 = 5;
/// How long the user may take to answer the desktop's question, seconds.
#[cfg(all(feature = "desktop", target_os = "linux"))]
const CONSENT_S: i64 = 120;

#[cfg(all(feature = "desktop", target_os = "linux"))]
fn open_board(options: &PointerOptions, ready_within_s: i64) -> Result<BoardPointer, PointerError> {
    BoardPointer::open(board_program(options)?, ready_within_s)
}

#[cfg(all(feature = "desktop", target_os = "linux"))]
fn board_program(options: &PointerOptions) -> Result<&PointerProcess, PointerError> {
    let program = options.board.as_ref();
    program.ok_or_else(|| PointerError::Board {
        cause: "no program is named for it".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pointer::Action;

    #[test]
    fn a_dry_run_moves_nothing_and_sees_nothing() {
        let mut open = PointerName::None.opener(PointerOptions::default());
        for _ in 0..2 {
            let mut opened = open().unwrap();
            opened.pointer.apply(Action::default()).unwrap();
            assert!(opened.observer.is_none());
        }
        assert!(!PointerName::None.is_on_this_display());
    }

    #[test]
    fn the_error_names_a_missing_mouse_board() {
        let options = PointerOptions {
            port: Some("/dev/no-such-board".into()),
            ..PointerOptions::default()
        };
        let error = PointerName::Dongle.open(&options).err().unwrap();
        assert!(error.to_string().contains("/dev/no-such-board"), "{error}");
    }
}
