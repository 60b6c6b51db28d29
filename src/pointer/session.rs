//! The desktop session that this program runs in.

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::x11;
use std::fmt;

/// The kind of a desktop session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// An X server.
    X11,
    /// A Wayland compositor, whether or not it also runs an X server for older programs (XWayland).
    Wayland,
    /// The desktop of another operating system.
    Other,
    /// None is known: a text console, a remote login or a service.
    None,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X11 => "This is an X session. Set DISPLAY to a running X server that lets this user in",
            Self::Wayland => "This is a Wayland session",
            Self::Other => "This is not an X or Wayland session",
            Self::None => "No desktop session is known here. Set DISPLAY to a running X server, or WAYLAND_DISPLAY to a compositor",
        })
    }
}

impl Session {
    /// The session that the environment names. Its display servers are asked, because variables can be left over from
    /// another session, and an X server can be one that a Wayland compositor runs for older programs.
    #[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
    #[must_use]
    pub fn detect() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if crate::wayland::has_compositor() {
            return Self::Wayland;
        }
        let is_called_wayland =
            || variable("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland");
        if variable("DISPLAY").is_some() {
            return match x11::is_xwayland() {
                Some(true) => Self::Wayland,
                Some(false) => Self::X11,
                None if is_called_wayland() => Self::Wayland,
                None => Self::X11,
            };
        }
        if is_called_wayland() || variable("WAYLAND_DISPLAY").is_some() {
            Self::Wayland
        } else {
            Self::None
        }
    }

    /// The session that the environment names.
    #[cfg(not(all(feature = "desktop", unix, not(target_os = "macos"))))]
    #[must_use]
    pub fn detect() -> Self {
        Self::Other
    }
}
