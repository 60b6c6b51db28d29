//! Keys, alone or with Ctrl or Alt, by what they do in most programs.

use crate::writing::Shortcut;

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

/// The key that is held meanwhile, if any, and the key that is pressed.
pub(super) fn chord(shortcut: Shortcut) -> (Option<NamedKey>, NamedKey) {
    match shortcut {
        Shortcut::Undo => (Some(CTRL), key(0x7a, 44)),
        Shortcut::Back => (Some(ALT), key(0xff51, 105)),
        Shortcut::ZoomIn => (Some(CTRL), key(0xffab, 78)),
        Shortcut::ZoomOut => (Some(CTRL), key(0xffad, 74)),
        Shortcut::Enter => (None, key(0xff0d, 28)),
        Shortcut::Tab => (None, key(0xff09, 15)),
        Shortcut::Backspace => (None, BACKSPACE),
        Shortcut::EraseWord => (Some(CTRL), BACKSPACE),
        Shortcut::Left => (None, key(0xff51, 105)),
        Shortcut::Right => (None, key(0xff53, 106)),
    }
}
