//! Which pointer fits a desktop session.

#[cfg(feature = "desktop")]
use super::PointerOptions;
#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::board::{check_bluetooth, check_portal};
#[cfg(all(feature = "desktop", target_os = "linux"))]
use super::uinput;
use super::{PointerError, PointerName, Session};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
use super::{kwin, wlr};

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
            #[cfg(all(unix, not(target_os = "macos")))]
            Self::Kwin => kwin::check(),
            #[cfg(target_os = "linux")]
            Self::Uinput => uinput::check(),
            #[cfg(target_os = "linux")]
            Self::Portal => check_portal().map(drop),
            #[cfg(target_os = "linux")]
            Self::Bluetooth => check_bluetooth().map_err(|error| PointerError::Board {
                cause: error.to_string(),
            }),
            other => other.open(&PointerOptions::default()).map(drop),
        }
    }
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
            (PointerName::Kwin, None),
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

#[cfg(all(test, feature = "desktop", unix, not(target_os = "macos")))]
mod tests {
    use super::*;

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
        let chosen = choose_for(Session::Wayland, works(vec![x11, PointerName::Kwin])).unwrap();
        assert_eq!(chosen.pointer, PointerName::Kwin);
        let chosen = choose_for(Session::X11, works(vec![x11, wlr])).unwrap();
        assert_eq!((chosen.pointer, chosen.others[0].0), (x11, wlr));

        let error = choose_for(Session::Wayland, works(vec![x11])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("wlr: no wlr; kwin: no kwin; x11: only programs"),
            "{text}"
        );
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
            let others = 2 + usize::from(session == Session::Wayland);
            assert_eq!(chosen.others.len(), others, "{:?}", chosen.others);
        }
    }
}
