//! The keyboard of an X server. enigo writes text: it has a key for every character, also for those that the layout lacks. Shortcuts are sent
//! as one message.

use super::chords::chord;
use super::{Keyboard, KeyboardError};
use crate::pointer::{connect, in_words, keycode};
use crate::writing::{Keys, Shortcut};
use enigo::{Enigo, Keyboard as _};
use std::error::Error;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Keycode};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

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
        let send = |kind, code: Keycode| {
            let (now, nowhere) = (x11rb::CURRENT_TIME, x11rb::NONE);
            let sent = self
                .connection
                .xtest_fake_input(kind, code, now, nowhere, 0, 0, 0);
            sent.map(drop)
        };
        for _ in 0..times {
            held.map_or(Ok(()), |code| send(KEY_PRESS_EVENT, code))?;
            send(KEY_PRESS_EVENT, pressed)?;
            send(KEY_RELEASE_EVENT, pressed)?;
            held.map_or(Ok(()), |code| send(KEY_RELEASE_EVENT, code))?;
        }
        // An answer means that the server has carried out everything before it.
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn code(&self, keysym: u32) -> Result<Keycode, Box<dyn Error>> {
        let code = keycode(&self.connection, keysym)?;
        code.ok_or_else(|| "the layout of its keyboard lacks a key that is needed".into())
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
                    let written = self.writer.text(line);
                    written.map_err(|error| refused(error.to_string()))?;
                }
                Ok(())
            }
        }
    }
}
