//! Keys, alone or with Ctrl or Alt, by what they do in most programs.

use serde::{Deserialize, Serialize};

/// Keys that do something else than writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortcut {
    /// Takes the last change back: Ctrl+Z.
    Undo,
    /// Goes to the page before: Alt+Left.
    Back,
    /// Makes everything larger: Ctrl and the plus of the number pad, which every layout has.
    ZoomIn,
    /// Makes everything smaller: Ctrl and the minus of the number pad.
    ZoomOut,
    /// Enter.
    Enter,
    /// Goes to the next field: Tab.
    Tab,
    /// Leaves a dialog: Escape.
    Escape,
    /// Erases the character before the cursor: Backspace.
    Backspace,
    /// Erases the word before the cursor: Ctrl+Backspace.
    EraseWord,
    /// Moves the cursor to the left.
    Left,
    /// Moves the cursor to the right.
    Right,
}

/// A key, as X and as Linux name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NamedKey {
    /// Its symbol in X (keysymdef.h).
    pub(super) keysym: u32,
    /// Its number in Linux (input-event-codes.h).
    pub(super) code: u32,
}

const fn key(keysym: u32, code: u32) -> NamedKey {
    NamedKey { keysym, code }
}

const CTRL: NamedKey = key(0xffe3, 29);
const ALT: NamedKey = key(0xffe9, 56);
const BACKSPACE: NamedKey = key(0xff08, 14);

impl Shortcut {
    /// The key that is held meanwhile, if any, and the key that is pressed.
    pub(super) fn chord(self) -> (Option<NamedKey>, NamedKey) {
        match self {
            Self::Undo => (Some(CTRL), key(0x7a, 44)),
            Self::Back => (Some(ALT), key(0xff51, 105)),
            Self::ZoomIn => (Some(CTRL), key(0xffab, 78)),
            Self::ZoomOut => (Some(CTRL), key(0xffad, 74)),
            Self::Enter => (None, key(0xff0d, 28)),
            Self::Tab => (None, key(0xff09, 15)),
            Self::Escape => (None, key(0xff1b, 1)),
            Self::Backspace => (None, BACKSPACE),
            Self::EraseWord => (Some(CTRL), BACKSPACE),
            Self::Left => (None, key(0xff51, 105)),
            Self::Right => (None, key(0xff53, 106)),
        }
    }
}
