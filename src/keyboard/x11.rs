//! The keyboard of an X server. Characters that the user's layout has are written with its own keys; for others, enigo puts them on keys that the
//! layout does not use. A program that is slow may read the layout after it was changed back, so that is the last resort.

use super::chords::chord;
use super::{Keyboard, KeyboardError};
use crate::pointer::{connect, in_words, keycode};
use crate::writing::{Keys, Shortcut};
use enigo::{Enigo, Keyboard as _};
use std::error::Error;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Keycode};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// The symbol of the key for capitals (X11/keysymdef.h).
const SHIFT: u32 = 0xffe1;

/// Two connections to the server.
pub(super) struct XKeyboard {
    writer: Enigo,
    connection: RustConnection,
}

impl XKeyboard {
    /// Connects.
    ///
    /// # Errors
    /// [`KeyboardError::Refused`] if the display cannot be reached.
    pub(super) fn open() -> Result<Self, KeyboardError> {
        let writer = connect().map_err(|error| refused(error.cause()))?;
        let (connection, _) = x11rb::connect(None).map_err(|error| refused(error.to_string()))?;
        Ok(Self { writer, connection })
    }

    fn shortcut(&self, shortcut: Shortcut, times: usize) -> Result<(), Box<dyn Error>> {
        let (held, pressed) = chord(shortcut);
        let held = held.map(|key| self.code(key.keysym)).transpose()?;
        let pressed = self.code(pressed.keysym)?;
        for _ in 0..times {
            self.send(held, pressed)?;
        }
        self.settle()
    }

    /// Writes a line with the keys of the layout, and asks enigo for the others.
    fn line(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let layout = self.layout()?;
        let shift = self.code(SHIFT)?;
        for character in line.chars() {
            if let Some((code, is_shifted)) = layout.key_of(character) {
                let held = is_shifted.then_some(shift);
                self.send(held, code)?;
            } else {
                // What was sent before comes first.
                self.settle()?;
                let mut buffer = [0; 4];
                let written = self.writer.text(character.encode_utf8(&mut buffer));
                written.map_err(|error| error.to_string())?;
            }
        }
        self.settle()
    }

    /// Presses a key, and the key that is held meanwhile, in one message.
    fn send(&self, held: Option<Keycode>, pressed: Keycode) -> Result<(), Box<dyn Error>> {
        let send = |kind, code: Keycode| {
            let (now, nowhere) = (x11rb::CURRENT_TIME, x11rb::NONE);
            let sent = self
                .connection
                .xtest_fake_input(kind, code, now, nowhere, 0, 0, 0);
            sent.map(drop)
        };
        held.map_or(Ok(()), |code| send(KEY_PRESS_EVENT, code))?;
        send(KEY_PRESS_EVENT, pressed)?;
        send(KEY_RELEASE_EVENT, pressed)?;
        held.map_or(Ok(()), |code| send(KEY_RELEASE_EVENT, code))?;
        Ok(())
    }

    /// Returns once the server has carried out everything before.
    fn settle(&self) -> Result<(), Box<dyn Error>> {
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn layout(&self) -> Result<Layout, Box<dyn Error>> {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let mapping = self
            .connection
            .get_keyboard_mapping(first, count)?
            .reply()?;
        Ok(Layout {
            first,
            per_key: usize::from(mapping.keysyms_per_keycode.max(1)),
            keysyms: mapping.keysyms,
        })
    }

    fn code(&self, keysym: u32) -> Result<Keycode, Box<dyn Error>> {
        let code = keycode(&self.connection, keysym)?;
        code.ok_or_else(|| "the layout of its keyboard lacks a key that is needed".into())
    }
}

/// The user's layout: for each key the symbols of its levels.
struct Layout {
    first: Keycode,
    per_key: usize,
    keysyms: Vec<u32>,
}

impl Layout {
    /// The key of a character in the first group, and whether Shift is held.
    fn key_of(&self, character: char) -> Option<(Keycode, bool)> {
        let keysym = keysym_of(character);
        let mut keys = (self.first..=Keycode::MAX).zip(self.keysyms.chunks(self.per_key));
        keys.find_map(|(code, symbols)| {
            let level = |number: usize| symbols.get(number).copied().unwrap_or(0);
            // A key with one letter writes the capital with Shift.
            let capital = char::from_u32(level(0)).map(|letter| letter.to_ascii_uppercase());
            let is_capital =
                level(1) == 0 && character.is_ascii_uppercase() && capital == Some(character);
            if level(0) == keysym {
                Some((code, false))
            } else if level(1) == keysym || is_capital {
                Some((code, true))
            } else {
                None
            }
        })
    }
}

/// The symbol of a character (X11/keysymdef.h): its own number in Latin-1, and else its number in Unicode with a mark.
fn keysym_of(character: char) -> u32 {
    match u32::from(character) {
        latin @ (0x20..=0x7e | 0xa0..=0xff) => latin,
        unicode => unicode | 0x0100_0000,
    }
}

fn refused(cause: String) -> KeyboardError {
    KeyboardError::Refused { cause }
}

impl Keyboard for XKeyboard {
    fn press(&mut self, keys: &Keys) -> Result<(), KeyboardError> {
        let in_plain_words = |error: Box<dyn Error>| refused(in_words(error.as_ref()));
        match keys {
            Keys::Press(shortcut) => self.shortcut(*shortcut, 1).map_err(in_plain_words),
            Keys::Write { erase, text } => {
                self.shortcut(Shortcut::Backspace, *erase)
                    .map_err(in_plain_words)?;
                // A new line is a key, not a character.
                for (number, line) in text.split('\n').enumerate() {
                    if number > 0 {
                        self.shortcut(Shortcut::Enter, 1).map_err(in_plain_words)?;
                    }
                    self.line(line).map_err(in_plain_words)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_at_both_levels_of_a_layout() {
        let layout = Layout {
            first: 8,
            per_key: 2,
            // Nothing; a and A; one with its mark; a letter alone; a dead accent; the euro.
            keysyms: vec![
                0,
                0,
                0x61,
                0x41,
                0x31,
                0x21,
                0x71,
                0,
                0xfe52,
                0,
                0x20ac,
                0x0100_20ac,
            ],
        };
        for (character, expected) in [
            ('a', Some((9, false))),
            ('A', Some((9, true))),
            ('!', Some((10, true))),
            ('q', Some((11, false))),
            ('Q', Some((11, true))),
            ('^', None),
            ('\u{20ac}', Some((13, true))),
            ('\u{4f60}', None),
        ] {
            assert_eq!(layout.key_of(character), expected, "{character}");
        }
        assert_eq!(keysym_of('\u{e9}'), 0xe9);
        // A keyboard may have all keys that there can be.
        let whole = Layout {
            first: 8,
            per_key: 1,
            keysyms: vec![0; 248],
        };
        assert_eq!(whole.key_of('a'), None);
    }
}
