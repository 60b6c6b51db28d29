//! Observes an X server: the pointer's position, the buttons, hot keys and screens.

use super::{PointerError, PointerObserver, PointerState};
use crate::command::Buttons;
use crate::control::{Rect, Screens};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, KeyButMask, Keycode, ModMask, Window};
use x11rb::protocol::{ErrorKind, Event};
use x11rb::rust_connection::RustConnection;
use x11rb::x11_utils::X11Error;

/// The hot keys, with Ctrl+Alt: P pauses and resumes, S stops the run.
const TOGGLE_KEYSYM: u32 = b'p' as u32;
const STOP_KEYSYM: u32 = b's' as u32;

/// An observer with its own connection, which never moves the pointer.
pub(super) struct X11Observer {
    connection: RustConnection,
    root: Window,
    /// Grabbed at the first look, because a program that only moves the pointer needs no hot keys.
    keys: Option<HotKeys>,
    /// When a hot key was last pressed, milliseconds of the server's clock, wrapping.
    pressed_ms: Option<u32>,
}

/// The hot keys that we have; `None` for a key that another program uses.
#[derive(Clone, Copy)]
struct HotKeys {
    toggle: Option<Keycode>,
    stop: Option<Keycode>,
}

/// A key that is held down repeats. Presses closer together than this count as one.
const REPEATS_MS: u32 = 600;

impl X11Observer {
    /// Connects to the display.
    ///
    /// # Errors
    /// The server's error.
    pub(super) fn open() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = x11rb::connect(None)?;
        let roots = &connection.setup().roots;
        let root = roots.get(screen).ok_or("there is no screen")?.root;
        Ok(Self {
            connection,
            root,
            keys: None,
            pressed_ms: None,
        })
    }

    /// Grabs the hot keys.
    fn hot_keys(&self) -> HotKeys {
        let key = |keysym, what| {
            let key = keycode(&self.connection, keysym).ok().flatten()?;
            if let Err(error) = grab(&self.connection, self.root, key) {
                let why = in_words(error.as_ref());
                log::warn!("the hot key to {what} does not work here: {why}");
                return None;
            }
            Some(key)
        };
        HotKeys {
            toggle: key(TOGGLE_KEYSYM, "pause and resume (Ctrl+Alt+P)"),
            stop: key(STOP_KEYSYM, "stop (Ctrl+Alt+S)"),
        }
    }

    fn observe(&mut self) -> Result<PointerState, Box<dyn Error>> {
        let keys = match self.keys {
            Some(keys) => keys,
            None => *self.keys.insert(self.hot_keys()),
        };
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let is_down = |mask: KeyButMask| pointer.mask.contains(mask);
        let mut state = PointerState {
            place_px: Some([pointer.root_x.into(), pointer.root_y.into()]),
            buttons: Some(Buttons {
                left: is_down(KeyButMask::BUTTON1),
                middle: is_down(KeyButMask::BUTTON2),
                right: is_down(KeyButMask::BUTTON3),
            }),
            ..PointerState::default()
        };
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::KeyPress(press) = event {
                let before = self.pressed_ms.replace(press.time);
                let repeats = |before| press.time.wrapping_sub(before) < REPEATS_MS;
                state.toggle_key |=
                    keys.toggle == Some(press.detail) && !before.is_some_and(repeats);
                state.stop_key |= keys.stop == Some(press.detail);
            }
        }
        Ok(state)
    }

    /// The monitors, or the whole desktop if the server does not list them.
    ///
    /// # Errors
    /// The server's error.
    fn monitors(&self) -> Result<Screens, Box<dyn Error>> {
        let monitors = self.connection.randr_get_monitors(self.root, true);
        let monitors = monitors.map(|cookie| cookie.reply());
        if let Ok(Ok(reply)) = monitors
            && !reply.monitors.is_empty()
        {
            let rect = |m: x11rb::protocol::randr::MonitorInfo| Rect {
                x: m.x.into(),
                y: m.y.into(),
                width: m.width.into(),
                height: m.height.into(),
            };
            return Ok(Screens::new(reply.monitors.into_iter().map(rect).collect()));
        }
        let whole = self.connection.get_geometry(self.root)?.reply()?;
        Ok(Screens::new(vec![Rect {
            x: 0,
            y: 0,
            width: whole.width.into(),
            height: whole.height.into(),
        }]))
    }
}

impl PointerObserver for X11Observer {
    fn look(&mut self) -> Result<PointerState, PointerError> {
        self.observe().map_err(|error| PointerError::Apply {
            cause: in_words(error.as_ref()),
        })
    }

    fn screens(&self) -> Option<Screens> {
        self.monitors().ok()
    }
}

/// Whether the X server of DISPLAY is one that a Wayland compositor runs for older programs. `None` if none answers.
pub(super) fn is_xwayland() -> Option<bool> {
    let (connection, screen) = x11rb::connect(None).ok()?;
    // Servers from 2023 on have an extension of this name; all name their outputs after it.
    let extension = connection.query_extension(b"XWAYLAND").ok()?.reply().ok()?;
    if extension.present {
        return Some(true);
    }
    let root = connection.setup().roots.get(screen)?.root;
    let is_named = |output| {
        let info = connection.randr_get_output_info(output, 0).ok()?;
        Some(info.reply().ok()?.name.starts_with(b"XWAYLAND"))
    };
    let resources = connection.randr_get_screen_resources_current(root).ok()?;
    // A server without RandR is not XWayland.
    let outputs = resources.reply().map(|reply| reply.outputs);
    let mut outputs = outputs.unwrap_or_default().into_iter();
    Some(outputs.any(|output| is_named(output) == Some(true)))
}

/// An error of the X library in plain words.
pub(crate) fn in_words(error: &(dyn Error + 'static)) -> String {
    let refused = |error: &X11Error| {
        let request = error.request_name.unwrap_or("unknown request");
        format!("the display refused it ({:?}, {request})", error.error_kind)
    };
    let lost = |error: &ConnectionError| match error {
        ConnectionError::IoError(cause) => {
            format!("the connection to the display is lost ({cause})")
        }
        _ => "the connection to the display is lost".into(),
    };
    if let Some(error) = error.downcast_ref::<ConnectionError>() {
        return lost(error);
    }
    match error.downcast_ref::<ReplyError>() {
        Some(ReplyError::X11Error(error)) => return refused(error),
        Some(ReplyError::ConnectionError(error)) => return lost(error),
        None => {}
    }
    match error.downcast_ref::<ReplyOrIdError>() {
        Some(ReplyOrIdError::X11Error(error)) => refused(error),
        Some(ReplyOrIdError::ConnectionError(error)) => lost(error),
        Some(ReplyOrIdError::IdsExhausted) => "the display has no more room for windows".into(),
        None => error.to_string(),
    }
}

/// The key code that produces a symbol.
///
/// # Errors
/// The server's error.
pub(crate) fn keycode(
    connection: &RustConnection,
    keysym: u32,
) -> Result<Option<Keycode>, Box<dyn Error>> {
    let (first, last) = (
        connection.setup().min_keycode,
        connection.setup().max_keycode,
    );
    let count = last.saturating_sub(first).saturating_add(1);
    let mapping = connection.get_keyboard_mapping(first, count)?.reply()?;
    let per_key = usize::from(mapping.keysyms_per_keycode.max(1));
    let keys = mapping.keysyms.chunks(per_key);
    let place = keys
        .take(usize::from(count))
        .position(|symbols| symbols.contains(&keysym));
    Ok(place.map(|place| first + place as u8))
}

/// Grabs a key with Ctrl and Alt, in any state of Caps Lock and Num Lock.
fn grab(connection: &RustConnection, root: Window, key: Keycode) -> Result<(), Box<dyn Error>> {
    let base = ModMask::CONTROL | ModMask::M1;
    for locks in [
        ModMask::default(),
        ModMask::LOCK,
        ModMask::M2,
        ModMask::LOCK | ModMask::M2,
    ] {
        let mode = GrabMode::ASYNC;
        connection
            .grab_key(false, root, base | locks, key, mode, mode)?
            .check()
            .map_err(|error| match error {
                ReplyError::X11Error(error) if error.error_kind == ErrorKind::Access => {
                    "another program, such as another bci-cursor, uses it".into()
                }
                other => Box::<dyn Error>::from(other),
            })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_x_library_are_put_into_plain_words() {
        let error = X11Error {
            error_kind: ErrorKind::Value,
            error_code: 2,
            sequence: 7,
            bad_value: 0,
            minor_opcode: 0,
            major_opcode: 33,
            extension_name: None,
            request_name: Some("GrabKey"),
        };
        let lost = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let refused = "the display refused it (Value, GrabKey)";
        let is_lost = "the connection to the display is lost (connection reset)";
        let cases: [(Box<dyn Error>, &str); 5] = [
            (ReplyError::from(error.clone()).into(), refused),
            (ReplyOrIdError::from(error).into(), refused),
            (ReplyError::from(lost()).into(), is_lost),
            (ConnectionError::from(lost()).into(), is_lost),
            ("there is no screen".into(), "there is no screen"),
        ];
        for (error, expected) in cases {
            assert_eq!(in_words(error.as_ref()), expected);
        }
    }
}
