//! Text inside HTML and SVG.

use crate::printable::printable;

/// Text that cannot become markup.
pub(super) fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
