//! Which pointers can be used here, what the others lack, and who can take over.

use super::{Check, Verdict};
use crate::app::cli::pointer::READ_HANDS;
use crate::pointer::{PointerError, PointerName, Session, SystemPointer};
use crate::printable::printable;

/// How the desktop's acceleration is switched off.
#[cfg(target_os = "linux")]
const FLAT: &str = "To switch acceleration off: in sway, input type:pointer accel_profile flat; in GNOME, gsettings set \
                    org.gnome.desktop.peripherals.mouse accel-profile flat; in KDE, system settings, mouse";

/// How KWin is told that this program may control its pointer. Its own path must be the whole command.
#[cfg(all(unix, not(target_os = "macos")))]
const ALLOW_KWIN: &str = r#"log in to KDE with Wayland. If bci-cursor was not installed by its package: mkdir -p ~/.local/share/applications; printf '[Desktop Entry]\nType=Application\nName=bci-cursor\nNoDisplay=true\nExec=%s\nX-KDE-Wayland-Interfaces=org_kde_kwin_fake_input\n' "$(realpath "$(command -v bci-cursor)")" > ~/.local/share/applications/bci-cursor-kwin.desktop"#;

/// Checks the display, the pointer that a run would use, every other pointer, and who can take over from it.
pub(super) fn checks() -> Vec<Check> {
    let session = Session::detect();
    let chosen = PointerName::Auto.choose().map(|choice| choice.pointer);
    let mut checks = vec![session_kind(session)];
    checks.extend(display(session));
    checks.push(used(&chosen));
    let named = back_ends().into_iter();
    checks.extend(named.map(|(what, name)| back_end(what, name, chosen.as_ref().ok())));
    checks.extend(chosen.ok().map(take_over));
    checks
}

/// Every pointer of this computer, with the name of its check.
#[cfg(all(unix, not(target_os = "macos")))]
fn back_ends() -> Vec<(&'static str, PointerName)> {
    vec![
        ("pointer x11", PointerName::X11),
        ("pointer wlr", PointerName::Wlr),
        ("pointer kwin", PointerName::Kwin),
        #[cfg(target_os = "linux")]
        ("pointer uinput", PointerName::Uinput),
        #[cfg(target_os = "linux")]
        ("pointer portal", PointerName::Portal),
        #[cfg(target_os = "linux")]
        ("pointer bluetooth", PointerName::Bluetooth),
    ]
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn back_ends() -> Vec<(&'static str, PointerName)> {
    Vec::new()
}

fn session_kind(session: Session) -> Check {
    let kind = std::env::var("XDG_SESSION_TYPE").unwrap_or_default();
    let found = match session {
        Session::Wayland => "Wayland".into(),
        Session::X11 => "X11".into(),
        Session::Other if cfg!(windows) => "Windows".into(),
        Session::Other | Session::None if kind.is_empty() => "unknown session type".into(),
        Session::Other | Session::None => printable(&kind).into_owned(),
    };
    Check::good("session", found)
}

/// The display, on systems that name theirs.
fn display(session: Session) -> Option<Check> {
    if session == Session::Other {
        return None;
    }
    let set = ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .filter_map(|name| {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
            Some(format!("{name} is {}", printable(&value)))
        });
    let set: Vec<String> = set.collect();
    if session == Session::None || set.is_empty() {
        let mend = "start a desktop and set DISPLAY or WAYLAND_DISPLAY (for a trial without one: Xvfb :9 & export DISPLAY=:9)";
        let found = "neither DISPLAY nor WAYLAND_DISPLAY is set".into();
        return Some(Check::bad("display", Verdict::Missing, found, mend));
    }
    Some(Check::good("display", set.join(", ")))
}

/// The pointer that a run uses unless another one is named.
fn used(chosen: &Result<PointerName, PointerError>) -> Check {
    match chosen {
        Ok(name) => {
            let found = format!(
                "a run uses {}, {}, unless --pointer names another one",
                name.name(),
                name.describe()
            );
            Check::good("pointer", found)
        }
        Err(error) => {
            let mend = "use one of the pointers below";
            Check::bad("pointer", Verdict::Missing, error.to_string(), mend)
        }
    }
}

/// One kind of pointer. One that is not needed in this session is never missing.
fn back_end(what: &'static str, name: PointerName, chosen: Option<&PointerName>) -> Check {
    let verdict = match chosen {
        Some(_) => Verdict::Good,
        None => Verdict::Warning,
    };
    match name.check() {
        Ok(()) => Check::good(what, describe(name)),
        Err(error) if verdict == Verdict::Good => {
            let found = format!(
                "not needed here, and it would lack something: {}",
                error.cause()
            );
            Check::bad(what, verdict, found, how_to_get(name))
        }
        Err(error) => Check::bad(what, verdict, error.cause(), how_to_get(name)),
    }
}

/// What works with a pointer that can be used. Does not move it: puts it where it already is.
fn describe(name: PointerName) -> String {
    #[cfg(target_os = "linux")]
    if name == PointerName::Uinput {
        return format!("{}: it can be used. {FLAT}", name.describe());
    }
    if !name.is_on_this_display() {
        return format!("{}: it can be used", name.describe());
    }
    let place = SystemPointer::open().and_then(|mut pointer| {
        let place = pointer.location_px()?;
        pointer.place(place)?;
        Ok(place)
    });
    match (place, Session::detect()) {
        (Ok([x, y]), Session::Wayland) => format!(
            "at {x},{y}; only programs that still use X see it move, because this is a Wayland session"
        ),
        (Ok([x, y]), _) => format!("at {x},{y}; it can be moved (XTEST)"),
        (Err(error), _) => error.cause(),
    }
}

/// How to get what a pointer lacks.
#[cfg(all(unix, not(target_os = "macos")))]
fn how_to_get(name: PointerName) -> &'static str {
    match name {
        PointerName::X11 => {
            "the X server must be running, let this user in (xhost +SI:localuser:$USER, or the right XAUTHORITY) and have the \
             XTEST extension"
        }
        PointerName::Wlr => {
            "log in to sway or another compositor that builds on wlroots, and start bci-cursor in a terminal there; its library \
             is in the package libwayland-client0"
        }
        PointerName::Kwin => ALLOW_KWIN,
        #[cfg(target_os = "linux")]
        PointerName::Uinput => {
            "sudo modprobe uinput loads it; the udev rule of the package (70-bci-cursor.rules) lets in the user at this computer"
        }
        #[cfg(target_os = "linux")]
        PointerName::Portal => {
            "log in to GNOME or KDE, and install the packages xdg-desktop-portal and xdg-desktop-portal-gnome or -kde"
        }
        #[cfg(target_os = "linux")]
        PointerName::Bluetooth => {
            "it makes this computer the mouse of a tablet or another computer, and needs an adapter for Bluetooth low energy, the \
             package bluez, and: sudo systemctl start bluetooth; bluetoothctl power on"
        }
        _ => "",
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn how_to_get(_: PointerName) -> &'static str {
    ""
}

/// Who can take over from the pointer that a run uses.
fn take_over(name: PointerName) -> Check {
    const WHAT: &str = "taking over";
    let cause = match name.hands() {
        Ok(seen) => return Check::good(WHAT, seen.to_string()),
        Err(cause) => cause,
    };
    let found = format!(
        "with {}, neither a hand on the real mouse nor a hot key stops the pointer: {cause}",
        name.name()
    );
    let mend = format!(
        "{READ_HANDS}; or use run --window, whose buttons pause and stop; or run --without-override, if somebody can use Ctrl-C or \
         'bci-cursor stop'"
    );
    Check::bad(WHAT, Verdict::Warning, found, &mend)
}
