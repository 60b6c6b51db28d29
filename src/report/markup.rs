//! Escapes text inside HTML and SVG.

use crate::printable::printable;

/// Text with all markup characters escaped.
pub(super) fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
