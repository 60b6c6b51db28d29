//! Clicks and held buttons: from dwelling, and from the class that presses.

use super::super::assist::Assisted;
use super::super::dwell::Progress;
use super::Governor;
use crate::command::Buttons;
use crate::control::PressMeaning;
use crate::time::HostNanos;

impl Governor {
    /// Progress of dwelling, and whether dwelling or the class that presses requests a click now.
    pub(super) fn wants_click(
        &mut self,
        now: HostNanos,
        place: [f64; 2],
        ms: f64,
        presses: bool,
        assisted: &Assisted,
    ) -> (f64, bool) {
        let settings = &self.settings;
        let before_ms = self.press_ms;
        self.press_ms = match (presses, before_ms) {
            (false, _) => Some(0.0),
            (true, before) => before.map(|before| before + ms),
        };
        if !self.machine.may_click(now) {
            self.dwell.restart(place);
            self.press_ms = self.press_ms.filter(|_| !presses);
            return (0.0, false);
        }
        let hold_ms = f64::from(settings.click.hold_ms);
        let requests_click = settings.click.press == PressMeaning::Click
            && presses
            && before_ms.zip(self.press_ms).is_some_and(|(before, now)| {
                // Exactly when it has been held long enough; 0: at once.
                now >= hold_ms && (before < hold_ms || before == 0.0)
            });
        if !settings.dwell.on || settings.scroll.on {
            return (0.0, requests_click);
        }
        let auxiliary = &self.auxiliary;
        // A user who turns the heading intends to move on.
        if !assisted.may_dwell
            || self.is_turning()
            || !auxiliary.lets_dwell(now, place, &self.screens, settings)
        {
            self.dwell.leave(place);
            return (0.0, requests_click);
        }
        let scale = self.screens.scale(Some(place.map(|at| at as i32)));
        match self
            .dwell
            .step(place, assisted.within, ms, scale, &settings.dwell)
        {
            Progress::Waiting => (0.0, requests_click),
            Progress::Staying(share) => (share, requests_click),
            Progress::Click => (1.0, true),
        }
    }

    /// The buttons that are down for a further `ms`.
    pub(super) fn buttons(&mut self, ms: f64, presses: bool) -> Buttons {
        let clicked = self.clicker.step(ms, &self.settings.click);
        let is_held =
            self.settings.click.press == PressMeaning::Hold && presses && self.press_ms.is_some();
        Buttons {
            left: clicked.left || is_held,
            ..clicked
        }
    }
}
