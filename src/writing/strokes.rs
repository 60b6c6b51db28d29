//! What a keyboard is asked to do.

use serde::{Deserialize, Serialize};

/// What is done with the keyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// Erases characters before the cursor, and writes others.
    Write {
        /// How many characters are erased.
        erase: usize,
        /// What is written.
        text: String,
    },
    /// Presses a key, or several at once.
    Press(Shortcut),
}

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
    /// Erases the character before the cursor: Backspace.
    Backspace,
    /// Erases the word before the cursor: Ctrl+Backspace.
    EraseWord,
    /// Moves the cursor to the left.
    Left,
    /// Moves the cursor to the right.
    Right,
}
