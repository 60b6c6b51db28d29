//! A helper's hand on the real mouse, which takes over.

use super::{Governor, TickInput};
use crate::time::HostNanos;

impl Governor {
    /// Somebody else moved the pointer, or holds a button that we do not hold.
    pub(super) fn watch_hand(&mut self, now: HostNanos, ms: f64, input: &TickInput) {
        let pause = &self.settings.pause;
        self.looked_ms += ms;
        if input.is_pointer_gone {
            self.place = None;
        }
        let mut moved = false;
        if let Some(place) = input.place_px {
            self.place = Some(place);
            // Where real mice are felt, the place may be seen seconds after a hand has moved it.
            if input.hand_px.is_some() {
                self.manual_override.learn(place);
            } else {
                let (ms, limit_px) = (self.looked_ms, pause.manual_override_px);
                moved = self.manual_override.look(place, ms, limit_px);
                self.looked_ms = 0.0;
            }
        }
        if let Some(by_px) = input.hand_px {
            let (ms, limit_px) = (self.looked_ms, pause.manual_override_px);
            moved |= self.manual_override.feel(by_px, ms, limit_px);
            self.looked_ms = 0.0;
        }
        // The server may carry out a release one tick later.
        let (held, before) = (self.held, self.held_before);
        let pressed = input.buttons.is_some_and(|down| {
            (down.left && !held.left && !before.left)
                || (down.right && !held.right && !before.right)
                || (down.middle && !held.middle && !before.middle)
        });
        self.held_before = self.held;
        if (moved || pressed) && pause.manual_override_ms > 0 {
            self.machine.override_by_hand(now);
        }
    }
}
