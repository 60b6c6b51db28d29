//! A click over time: button down, button up, twice for a double click.

use super::{ClickKind, ClickSettings};
use crate::command::Buttons;

/// Presses and releases buttons.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clicker {
    /// The kind of the next click, if it was requested; otherwise the settings decide.
    next: Option<ClickKind>,
    /// The button that is pressed, the presses and pauses that remain, and how long the current one still lasts, milliseconds.
    pressed: Buttons,
    phases: u8,
    left_ms: f64,
    is_dragging: bool,
    rests_ms: f64,
}

impl Clicker {
    /// Begins a click. Returns false during another click or its refractory time, or if the kind of click is none.
    pub fn click(&mut self, settings: &ClickSettings) -> bool {
        if self.phases > 0 || self.rests_ms > 0.0 {
            return false;
        }
        let kind = self.kind(settings);
        if !settings.lock {
            self.next = Some(ClickKind::Left);
        }
        self.rests_ms = settings.refractory_ms.into();
        let one = |button| (button, 1);
        (self.pressed, self.phases) = match kind {
            ClickKind::Left => one(Buttons::LEFT),
            ClickKind::Right => one(Buttons {
                right: true,
                ..Buttons::UP
            }),
            ClickKind::Middle => one(Buttons {
                middle: true,
                ..Buttons::UP
            }),
            ClickKind::Double => (Buttons::LEFT, 3),
            ClickKind::Drag => {
                self.is_dragging = !self.is_dragging;
                // The next click of the same kind releases a drag.
                if self.is_dragging {
                    self.next = Some(ClickKind::Drag);
                }
                (Buttons::UP, 0)
            }
            ClickKind::None => {
                self.rests_ms = 0.0;
                return false;
            }
        };
        self.left_ms = settings.down_ms.into();
        true
    }

    /// Begins a left click that changes nothing about the kind of the next one. Returns false as [`click`](Self::click) does, and while
    /// something is dragged.
    pub fn click_left(&mut self, settings: &ClickSettings) -> bool {
        if self.phases > 0 || self.rests_ms > 0.0 || self.is_dragging {
            return false;
        }
        self.rests_ms = settings.refractory_ms.into();
        (self.pressed, self.phases) = (Buttons::LEFT, 1);
        self.left_ms = settings.down_ms.into();
        true
    }

    /// Sets the kind of the next click. A drag in progress ends first.
    pub fn set_kind(&mut self, kind: ClickKind) {
        if !self.is_dragging {
            self.next = Some(kind);
        }
    }

    /// The kind of the next click.
    #[must_use]
    pub fn kind(&self, settings: &ClickSettings) -> ClickKind {
        self.next.unwrap_or(settings.kind)
    }

    /// Whether a click or a drag is in progress.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.phases > 0 || self.is_dragging
    }

    /// Returns to the kind of click that the settings name.
    pub fn forget_kind(&mut self) {
        if !self.is_dragging {
            self.next = None;
        }
    }

    /// The buttons that are down for a further `ms`.
    pub fn step(&mut self, ms: f64, settings: &ClickSettings) -> Buttons {
        let is_down = self.phases % 2 == 1;
        let down = if is_down { self.pressed } else { Buttons::UP };
        if self.phases > 0 {
            self.left_ms -= ms;
            if self.left_ms <= 0.0 {
                self.phases -= 1;
                self.left_ms = settings.down_ms.into();
            }
        } else {
            self.rests_ms = (self.rests_ms - ms).max(0.0);
        }
        Buttons {
            left: down.left || self.is_dragging,
            ..down
        }
    }

    /// Whether something is dragged.
    #[must_use]
    pub fn is_dragging(&self) -> bool {
        self.is_dragging
    }

    /// Releases everything at once. The kind of the next click stays, unless it would end a drag.
    pub fn let_go(&mut self) {
        if self.is_dragging {
            self.next = None;
        }
        (self.phases, self.is_dragging) = (0, false);
    }

    /// Releases everything at once and forgets the click in progress.
    pub fn release(&mut self) {
        (self.phases, self.is_dragging, self.next) = (0, false, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses and releases of each button in steps of 10 ms.
    fn edges(
        clicker: &mut Clicker,
        settings: &ClickSettings,
        steps: usize,
    ) -> Vec<(usize, Buttons)> {
        let mut last = Buttons::UP;
        let mut out = Vec::new();
        for k in 0..steps {
            let now = clicker.step(10.0, settings);
            if now != last {
                out.push((k, now));
            }
            last = now;
        }
        out
    }

    fn of(kind: ClickKind) -> ClickSettings {
        ClickSettings {
            kind,
            ..ClickSettings::default()
        }
    }

    #[test]
    fn each_kind_presses_what_it_says() {
        let (left, up) = (Buttons::LEFT, Buttons::UP);
        let right = Buttons { right: true, ..up };
        let middle = Buttons { middle: true, ..up };
        for (kind, expected) in [
            (ClickKind::Left, vec![(0, left), (6, up)]),
            (ClickKind::Right, vec![(0, right), (6, up)]),
            (ClickKind::Middle, vec![(0, middle), (6, up)]),
            (
                ClickKind::Double,
                vec![(0, left), (6, up), (12, left), (18, up)],
            ),
            (ClickKind::Drag, vec![(0, left)]),
        ] {
            let mut clicker = Clicker::default();
            assert!(clicker.click(&of(kind)));
            assert_eq!(edges(&mut clicker, &of(kind), 50), expected, "{kind:?}");
        }
        assert!(!Clicker::default().click(&of(ClickKind::None)));
    }

    #[test]
    fn a_drag_ends_with_the_next_click_and_with_release() {
        let settings = of(ClickKind::Drag);
        let mut clicker = Clicker::default();
        assert!(clicker.click(&settings) && !clicker.click(&settings));
        assert_eq!(edges(&mut clicker, &settings, 200), [(0, Buttons::LEFT)]);
        assert!(clicker.click(&settings));
        assert_eq!(clicker.step(10.0, &settings), Buttons::UP);
        edges(&mut clicker, &settings, 200);
        // The kind applied to one click; the next is a left click again.
        assert!(clicker.click(&settings));
        assert_eq!(edges(&mut clicker, &settings, 200).len(), 2);
        clicker.forget_kind();
        assert!(clicker.click(&settings));
        assert_eq!(clicker.step(10.0, &settings), Buttons::LEFT);
        clicker.release();
        assert_eq!(clicker.step(10.0, &settings), Buttons::UP);
    }

    #[test]
    fn a_left_click_for_the_panel_leaves_the_kind_of_the_next_click_alone() {
        let (left, up) = (Buttons::LEFT, Buttons::UP);
        for kind in [ClickKind::Right, ClickKind::Drag, ClickKind::None] {
            let mut clicker = Clicker::default();
            clicker.set_kind(kind);
            assert!(clicker.click_left(&of(ClickKind::Double)));
            let seen = edges(&mut clicker, &of(ClickKind::Double), 200);
            assert_eq!(seen, [(0, left), (6, up)], "{kind:?}");
            assert_eq!(clicker.kind(&of(ClickKind::Double)), kind);
        }
        // What is dragged stays where it is, and so does the kind that ends the drag.
        let mut clicker = Clicker::default();
        assert!(clicker.click(&of(ClickKind::Drag)));
        edges(&mut clicker, &of(ClickKind::Drag), 200);
        clicker.set_kind(ClickKind::Left);
        assert!(!clicker.click_left(&of(ClickKind::Drag)));
        assert_eq!(clicker.kind(&of(ClickKind::Left)), ClickKind::Drag);
    }

    #[test]
    fn a_second_click_waits_for_its_time() {
        let settings = of(ClickKind::Left);
        let mut clicker = Clicker::default();
        assert!(clicker.click(&settings));
        let waited = (0..1000).find(|_| {
            clicker.step(10.0, &settings);
            clicker.click(&settings)
        });
        assert_eq!(waited, Some(105));
        let locked = ClickSettings {
            kind: ClickKind::Right,
            lock: true,
            ..ClickSettings::default()
        };
        let mut clicker = Clicker::default();
        for _ in 0..2 {
            assert!(clicker.click(&locked));
            assert!(clicker.step(10.0, &locked).right);
            edges(&mut clicker, &locked, 200);
        }
    }
}
