//! An on-screen keyboard: which keys it has, what each does to the text, and how likely each is. It knows nothing of screens: the patient's panel shows
//! it, and the evaluation of writing presses its keys.

mod keyboard;
mod keys;
mod strokes;

pub use keyboard::{OnScreenKeyboard, Pressed};
pub use keys::{Cell, Key, Layer, columns};
pub use strokes::{Keys, Shortcut};
