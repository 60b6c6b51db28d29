//! Buttons that close, minimise or maximise a window. Nobody should press them by mistake, so they are told apart from others: by their place in
//! the title bar, and by their names in the languages of the larger desktops.

use super::{AccessibilityTree, BusResult, Node, Window, is_silence};
use crate::rect::Rect;

/// Height of a title bar, pixels: GTK's are 46, and twice as high on a large screen.
const TITLE_BAR_PX: i32 = 100;
/// No button of a title bar is larger, pixels.
const MOST_PX: i32 = 100;

/// What GTK, Qt and Chromium call them, in small letters.
const NAMES: [&str; 54] = [
    // English, Dutch, Swedish, Danish, Norwegian
    "close",
    "close window",
    "minimize",
    "minimise",
    "maximize",
    "maximise",
    "restore",
    "sluiten",
    "minimaliseren",
    "maximaliseren",
    "herstellen",
    "stäng",
    "minimera",
    "maximera",
    "luk",
    "lukk",
    "minimer",
    "maksimer",
    // German
    "schließen",
    "minimieren",
    "maximieren",
    "wiederherstellen",
    // French, Spanish, Portuguese, Italian
    "fermer",
    "réduire",
    "minimiser",
    "maximiser",
    "agrandir",
    "restaurer",
    "cerrar",
    "minimizar",
    "maximizar",
    "restaurar",
    "fechar",
    "chiudi",
    "minimizza",
    "massimizza",
    "ripristina",
    // Polish, Czech, Russian
    "zamknij",
    "minimalizuj",
    "maksymalizuj",
    "zavřít",
    "minimalizovat",
    "maximalizovat",
    "закрыть",
    "свернуть",
    "развернуть",
    // Chinese, Japanese, Korean
    "关闭",
    "最小化",
    "最大化",
    "还原",
    "閉じる",
    "元に戻す",
    "닫기",
    "최소화",
];

impl AccessibilityTree {
    /// A button in a title bar whose name says that it closes or resizes the window. It is asked for its name only once.
    pub(super) fn is_window_button(
        &mut self,
        node: &Node,
        rect: &Rect,
        window: &Window,
    ) -> BusResult<bool> {
        if !is_in_title_bar(rect, &window.rect) {
            return Ok(false);
        }
        let is_known = self.titles.get(node).copied();
        let is_one = match is_known {
            Some(is_one) => is_one,
            None => match self.name(node) {
                Ok(name) => closes_window(&name),
                Err(error) if is_silence(&error) => return Err(error),
                // It has no name.
                Err(_) => false,
            },
        };
        self.titles.insert(node.clone(), is_one);
        Ok(is_one)
    }
}

/// Whether a rectangle is small, and in the title bar of a window.
fn is_in_title_bar(rect: &Rect, window: &Rect) -> bool {
    rect.width.max(rect.height) <= MOST_PX && rect.y + rect.height <= window.y + TITLE_BAR_PX
}

/// Whether a button's name says that it closes, minimises or maximises the window.
fn closes_window(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_of_a_window_is_told_from_its_other_buttons() {
        let window = Rect::new(200, 100, 800, 600);
        assert!(is_in_title_bar(&Rect::new(950, 105, 36, 36), &window));
        // An answer of a dialog, and a wide button of a tool bar.
        assert!(!is_in_title_bar(&Rect::new(900, 650, 90, 40), &window));
        assert!(!is_in_title_bar(&Rect::new(210, 105, 300, 36), &window));
        assert!(
            ["Close", " Minimize ", "Schließen", "最小化"]
                .iter()
                .all(|name| closes_window(name))
        );
        assert!(
            !["", "Close tab", "OK", "Closed captions"]
                .iter()
                .any(|name| closes_window(name))
        );
    }
}
