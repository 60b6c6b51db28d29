//! A virtual keyboard of a Wayland compositor (virtual-keyboard-unstable-v1): sway and others that build on wlroots.
//!
//! It has the American layout, whatever the user's own keyboard has: programs receive the layout together with the keys. Characters that this
//! layout lacks are put on function keys that keyboards do not have.

use super::chords::chord;
use super::us_layout::key_of;
use super::{Keyboard, KeyboardError};
use crate::wayland::{Client, WaylandError, shared_file};
use crate::writing::{Keys, Shortcut};
use std::fmt::Write as _;
use std::os::fd::AsFd;
use wayland_client::protocol::wl_keyboard::KeymapFormat;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;

/// The first of the function keys F13 to F24 in Linux (input-event-codes.h), and how many there are.
const SPARE: u32 = 183;
const SPARES: usize = 12;
/// Shift, Ctrl and Alt among the modifiers of a layout (X11/X.h).
const SHIFT: u32 = 1;
const CTRL: u32 = 4;
const ALT: u32 = 8;
/// The state of a key (wl_keyboard).
const RELEASED: u32 = 0;
const PRESSED: u32 = 1;
/// A compositor ends the connection of a client that sends too much at once. After this many keys we wait for its answer.
const KEYS_AT_ONCE: usize = 32;

/// The keyboard. The compositor removes it when this value is dropped.
pub(super) struct VirtualKeyboard {
    client: Client,
    keyboard: ZwpVirtualKeyboardV1,
    /// What the function keys write.
    spares: Vec<char>,
    /// The time of the last key, milliseconds: each key has a later one.
    now_ms: u32,
}

impl VirtualKeyboard {
    /// Creates a keyboard of the compositor's first seat.
    ///
    /// # Errors
    /// [`KeyboardError::Refused`] if there is no compositor, or it has no virtual keyboards.
    pub(super) fn open() -> Result<Self, KeyboardError> {
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, WaylandError> {
        let client = Client::connect()?;
        let seat: WlSeat = client.bind(1)?;
        let manager: ZwpVirtualKeyboardManagerV1 = client.bind(1)?;
        let keyboard = manager.create_virtual_keyboard(&seat, &client.handle(), ());
        let mut own = Self {
            client,
            keyboard,
            spares: Vec::new(),
            now_ms: 0,
        };
        own.set_layout(Vec::new())?;
        own.client.answer()?;
        Ok(own)
    }

    /// Sends the layout, with these characters on the function keys.
    fn set_layout(&mut self, spares: Vec<char>) -> Result<(), WaylandError> {
        let mut layout = layout(&spares).into_bytes();
        // The protocol wants a string of C.
        layout.push(0);
        let file = shared_file(&layout)?;
        let size = u32::try_from(layout.len()).unwrap_or(u32::MAX);
        let format = u32::from(KeymapFormat::XkbV1);
        self.keyboard.keymap(format, file.as_fd(), size);
        self.spares = spares;
        // The descriptor is sent before the file is closed.
        self.client.flush()
    }

    fn write(&mut self, text: &str) -> Result<(), WaylandError> {
        let characters: Vec<char> = text.chars().collect();
        for part in characters.chunks(SPARES) {
            let mut missing: Vec<char> = part
                .iter()
                .copied()
                .filter(|character| key_of(*character).is_none())
                .collect();
            missing.sort_unstable();
            missing.dedup();
            if !missing.iter().all(|one| self.spares.contains(one)) {
                self.set_layout(missing)?;
            }
            for character in part {
                let spare = || {
                    let place = self.spares.iter().position(|own| own == character)?;
                    Some((SPARE + place as u32, false))
                };
                if let Some((code, is_shifted)) = key_of(*character).or_else(spare) {
                    self.press_key(code, if is_shifted { SHIFT } else { 0 });
                }
            }
            self.client.answer()?;
        }
        Ok(())
    }

    fn shortcut(&mut self, shortcut: Shortcut, times: usize) -> Result<(), WaylandError> {
        let (held, pressed) = chord(shortcut);
        let modifiers = match held.map(|key| key.code) {
            Some(29) => CTRL,
            Some(56) => ALT,
            _ => 0,
        };
        for number in 1..=times {
            self.press_key(pressed.code, modifiers);
            if number % KEYS_AT_ONCE == 0 {
                self.client.answer()?;
            }
        }
        self.client.answer()
    }

    fn press_key(&mut self, code: u32, modifiers: u32) {
        if modifiers != 0 {
            self.keyboard.modifiers(modifiers, 0, 0, 0);
        }
        for state in [PRESSED, RELEASED] {
            self.now_ms = self.now_ms.wrapping_add(1);
            self.keyboard.key(self.now_ms, code, state);
        }
        if modifiers != 0 {
            self.keyboard.modifiers(0, 0, 0, 0);
        }
    }
}

/// A layout as the X keyboard extension describes it: American, with these characters on the function keys. Keys have the numbers of Linux
/// and 8.
fn layout(spares: &[char]) -> String {
    let mut symbols = String::new();
    for (place, character) in spares.iter().enumerate() {
        let (number, unicode) = (place + 13, u32::from(*character));
        let _ = write!(symbols, "key <FK{number}> {{ [ U{unicode:04X} ] }};");
    }
    format!(
        "xkb_keymap {{ xkb_keycodes {{ include \"evdev+aliases(qwerty)\" }}; xkb_types {{ include \"complete\" }}; \
         xkb_compat {{ include \"complete\" }}; xkb_symbols {{ include \"pc+us+inet(evdev)\" {symbols} }}; }};"
    )
}

fn refused(error: WaylandError) -> KeyboardError {
    let cause = match error {
        WaylandError::NotOffered(_) => {
            "this compositor does not offer virtual keyboards (virtual-keyboard-unstable-v1). Sway and others that build on wlroots do"
                .to_owned()
        }
        other => other.to_string(),
    };
    KeyboardError::Refused { cause }
}

impl Keyboard for VirtualKeyboard {
    fn press(&mut self, keys: &Keys) -> Result<(), KeyboardError> {
        let pressed = match keys {
            Keys::Press(shortcut) => self.shortcut(*shortcut, 1),
            Keys::Write { erase, text } => self
                .shortcut(Shortcut::Backspace, *erase)
                .and_then(|()| self.write(text)),
        };
        pressed.map_err(refused)
    }
}

impl Drop for VirtualKeyboard {
    fn drop(&mut self) {
        self.keyboard.destroy();
        // If the compositor is gone, so is the keyboard.
        let _ = self.client.answer();
    }
}
