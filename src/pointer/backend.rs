//! The back ends by name, how one is chosen, and how each is opened.

#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::board::{BoardPointer, check_portal};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::guard::{Guard, GuardedDisplay};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::guarded::Guarded;
#[cfg(feature = "desktop")]
use super::system;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::wlr;
use super::{
    DonglePointer, GuardProgram, NoPointer, OpenPointer, PointerError, PointerOpener, Session,
};
#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::{PointerObserver, hands::Hands, uinput};

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
    pub guard: Option<GuardProgram>,
    /// Starts the process of a pointer that has one.
    pub board: Option<GuardProgram>,
}

/// Which pointer was chosen, and why not another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The pointer to use.
    pub pointer: PointerName,
    /// The session that it was chosen for.
    pub session: Session,
    /// Pointers that are not used, with the reason. Empty if the pointer was named.
    pub others: Vec<(PointerName, String)>,
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
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => "uinput",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => "portal",
            Self::Dongle => "dongle",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => "gadget",
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
                let pointer = Guarded::new(wlr::VirtualPointer::open()?);
                let guard = options.guard.as_ref();
                let guard = guard.map(|how| Guard::start(how, GuardedDisplay::Wlr));
                Ok(with_hands(pointer.with_guard(guard.transpose()?)))
            }
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => {
                let pointer = Guarded::new(uinput::UinputMouse::open()?);
                let file = pointer.device.file()?;
                let guard = options.guard.as_ref();
                let guard = guard.map(|how| Guard::start_for_mouse(how, file));
                Ok(with_hands(pointer.with_guard(guard.transpose()?)))
            }
            Self::Dongle => {
                let port = options.port.as_deref().unwrap_or_default();
                DonglePointer::open(port).map(OpenPointer::unobserved)
            }
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => open_board(options, READY_S).map(OpenPointer::unobserved),
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => open_board(options, CONSENT_S).map(with_hands),
            Self::None => Ok(OpenPointer::unobserved(NoPointer)),
        }
    }

    /// Returns a function that opens the back end as often as needed, so that a lost pointer can be opened again.
    ///
    /// A desktop that asks its user for consent is asked here, so that no sample waits for the answer. It is not asked
    /// again, because whoever ends the session does not want it.
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
        Box::new(move || self.open(&options))
    }

    /// Chooses the pointer that fits this desktop session, if no other was named.
    ///
    /// In a Wayland session, the X server's pointer is never chosen: only programs that still use X would see it move.
    ///
    /// # Errors
    /// [`PointerError::NoneFits`] if none can be used.
    pub fn choose(self) -> Result<Choice, PointerError> {
        let session = Session::detect();
        #[cfg(feature = "desktop")]
        if self == Self::Auto {
            return choose_for(session, Self::check);
        }
        Ok(Choice {
            pointer: self,
            session,
            others: Vec::new(),
        })
    }

    /// Checks whether the pointer can be used, without moving it.
    ///
    /// # Errors
    /// What is missing.
    #[cfg(feature = "desktop")]
    pub fn check(self) -> Result<(), PointerError> {
        match self {
            #[cfg(all(unix, not(target_os = "macos")))]
            Self::Wlr => wlr::check(),
            #[cfg(target_os = "linux")]
            Self::Uinput => uinput::check(),
            #[cfg(target_os = "linux")]
            Self::Portal => check_portal().map(drop),
            other => other.open(&PointerOptions::default()).map(drop),
        }
    }

    /// Whether this is the pointer of this computer's X server, so that a badge and tags can be shown next to it.
    #[must_use]
    pub fn is_on_this_display(self) -> bool {
        match self {
            #[cfg(feature = "desktop")]
            Self::DESKTOP => true,
            _ => false,
        }
    }

    /// What is seen of hands, in words: the real mouse, and hot keys.
    ///
    /// # Errors
    /// Why nothing is seen.
    pub fn hands(self) -> Result<&'static str, String> {
        if self.is_on_this_display() {
            return Ok("a hand on the real mouse and hot keys");
        }
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self.is_on_this_computer() {
            let seen = Hands::open()?.seen();
            return Ok(match (seen.mice, seen.keyboards) {
                (_, 0) => {
                    "a hand on the real mouse, but no hot keys, because no keyboard is connected"
                }
                (0, _) => "hot keys, but no hand on a mouse, because none is connected",
                _ => "a hand on the real mouse and hot keys",
            });
        }
        Err("nothing of this computer tells it".into())
    }

    /// Whether hot keys are seen.
    #[must_use]
    pub fn sees_hot_keys(self) -> bool {
        if self.is_on_this_display() {
            return true;
        }
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self.is_on_this_computer() {
            return Hands::open().is_ok_and(|hands| hands.seen().keyboards > 0);
        }
        false
    }

    /// Whether this pointer belongs to this computer, and something moves.
    #[must_use]
    pub fn is_on_this_computer(self) -> bool {
        #[cfg(all(feature = "desktop", target_os = "linux"))]
        if self == Self::Gadget {
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
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => "a mouse of the kernel, which the desktop may accelerate",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Portal => {
                "the pointer of this desktop through its portal, which asks for consent"
            }
            Self::Dongle => "a mouse board",
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Gadget => "this computer as a USB mouse",
            Self::None => "nothing moves",
        }
    }

    /// Whether a guard releases its buttons if this program can no longer do so.
    #[must_use]
    pub fn is_guarded(self) -> bool {
        match self {
            #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
            Self::Auto | Self::X11 | Self::Wlr => true,
            #[cfg(all(feature = "desktop", target_os = "linux"))]
            Self::Uinput => true,
            _ => false,
        }
    }
}

/// A pointer that sees nothing, with the real mice and keyboards where they may be read.
#[cfg(all(feature = "desktop", target_os = "linux"))]
fn with_hands(pointer: impl super::Pointer + 'static) -> OpenPointer {
    let hands = Hands::watch().inspect_err(|cause| {
        log::info!("a hand on the mouse and hot keys are not seen: {cause}");
    });
    OpenPointer {
        pointer: Box::new(pointer),
        observer: hands
            .ok()
            .map(|hands| Box::new(hands) as Box<dyn PointerObserver>),
    }
}

#[cfg(all(
    feature = "desktop",
    unix,
    not(any(target_os = "linux", target_os = "macos"))
))]
fn with_hands(pointer: impl super::Pointer + 'static) -> OpenPointer {
    OpenPointer::unobserved(pointer)
}

/// A process that is not ready within this time has failed, seconds.
#[cfg(all(feature = "desktop", target_os = "linux"))]
const READY_S: i64 = 5;
/// So long can the user take to answer the desktop's question, seconds.
#[cfg(all(feature = "desktop", target_os = "linux"))]
const CONSENT_S: i64 = 120;

#[cfg(all(feature = "desktop", target_os = "linux"))]
fn open_board(options: &PointerOptions, ready_within_s: i64) -> Result<BoardPointer, PointerError> {
    let program = options.board.as_ref();
    let program = program.ok_or_else(|| PointerError::Board {
        cause: "no program is named for it".into(),
    })?;
    BoardPointer::open(program, ready_within_s)
}

/// Tries the pointers that fit a session, in order of preference.
#[cfg(feature = "desktop")]
fn choose_for(
    session: Session,
    check: impl Fn(PointerName) -> Result<(), PointerError>,
) -> Result<Choice, PointerError> {
    let mut pointer = None;
    let mut others = Vec::new();
    for (name, unfit) in candidates(session) {
        let cause = match unfit {
            Some(cause) => cause.to_owned(),
            None if pointer.is_some() => continue,
            None => match check(name) {
                Ok(()) => {
                    pointer = Some(name);
                    continue;
                }
                Err(error) => error.cause(),
            },
        };
        others.push((name, cause));
    }
    match pointer {
        Some(pointer) => Ok(Choice {
            pointer,
            session,
            others,
        }),
        None => {
            let causes = others
                .iter()
                .map(|(name, cause)| format!("{}: {cause}", name.name()));
            Err(PointerError::NoneFits {
                causes: causes.collect::<Vec<_>>().join("; "),
                session,
            })
        }
    }
}

/// Pointers for a session, the best first, and why others do not fit.
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
fn candidates(session: Session) -> Vec<(PointerName, Option<&'static str>)> {
    let (x11, wlr) = (PointerName::X11, PointerName::Wlr);
    let mut candidates = match session {
        Session::Wayland => vec![
            (wlr, None),
            (
                x11,
                Some("only programs that still use X would see it move in a Wayland session"),
            ),
        ],
        Session::X11 => vec![(x11, None), (wlr, Some("this is not a Wayland session"))],
        Session::Other | Session::None => vec![
            (x11, Some("DISPLAY is not set")),
            (wlr, Some("WAYLAND_DISPLAY is not set")),
        ],
    };
    // The kernel's mouse fits every session, but sees less of an X server.
    #[cfg(target_os = "linux")]
    candidates.push((PointerName::Uinput, None));
    // It asks for consent, each time on older desktops.
    #[cfg(target_os = "linux")]
    if session == Session::Wayland {
        candidates.push((PointerName::Portal, None));
    }
    candidates
}

/// Other systems have one pointer.
#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
fn candidates(_: Session) -> Vec<(PointerName, Option<&'static str>)> {
    vec![(PointerName::System, None)]
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

    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    #[test]
    fn the_x_server_of_a_wayland_session_is_never_chosen() {
        let works = |working: Vec<PointerName>| {
            move |name: PointerName| match working.contains(&name) {
                true => Ok(()),
                false => Err(PointerError::Apply {
                    cause: format!("no {}", name.name()),
                }),
            }
        };
        let (x11, wlr) = (PointerName::X11, PointerName::Wlr);
        let chosen = choose_for(Session::Wayland, works(vec![x11, wlr])).unwrap();
        assert_eq!((chosen.pointer, chosen.others[0].0), (wlr, x11));
        assert!(chosen.others[0].1.contains("Wayland session"));
        let chosen = choose_for(Session::X11, works(vec![x11, wlr])).unwrap();
        assert_eq!((chosen.pointer, chosen.others[0].0), (x11, wlr));

        let error = choose_for(Session::Wayland, works(vec![x11])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("wlr: no wlr; x11: only programs"), "{text}");
        let error = choose_for(Session::None, works(vec![x11, wlr])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("DISPLAY is not set") && text.contains("Set DISPLAY"),
            "{text}"
        );
        // The kernel's mouse is the last choice.
        #[cfg(target_os = "linux")]
        for session in [Session::Wayland, Session::X11, Session::None] {
            let uinput = PointerName::Uinput;
            let chosen = choose_for(session, works(vec![uinput])).unwrap();
            assert_eq!(chosen.pointer, uinput, "{session:?}");
            assert_eq!(chosen.others.len(), 2, "{:?}", chosen.others);
        }
    }
}
