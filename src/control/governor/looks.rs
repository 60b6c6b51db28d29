//! Choosing a target by looking at its tag, by answers to a line, or by both.

use super::super::assist::{AssistInput, Assisted, LookControl};
use super::Governor;
use crate::command::Selection;
use crate::control::{AssistMode, ChoiceLine, LookSettings, Rect};
use crate::settings::LookOffer;

impl Governor {
    /// Sets how many codes tags to look at can show; 0 if there are no tags. Without tags, `look` is as if nothing helped.
    pub fn set_tag_codes(&mut self, codes: usize) {
        self.has_tags = codes > 0;
        self.assist.set_tag_codes(codes);
    }

    /// Number of the scene of tags, and each tag: the target that it belongs to, and its code.
    pub fn tags(&self) -> (u32, impl Iterator<Item = (Rect, u8)>) {
        self.assist.tags()
    }

    /// How targets help.
    pub(super) fn mode(&self) -> AssistMode {
        match self.settings.assist.mode {
            AssistMode::Look if !self.has_tags => AssistMode::Off,
            mode => mode,
        }
    }

    /// The velocity towards what was looked at, and whether a click is asked for.
    pub(super) fn look(
        &mut self,
        wanted_px_s: [f64; 2],
        selection: Option<&Selection>,
        input: &AssistInput,
    ) -> Assisted {
        let dwell = &self.settings.dwell;
        let dwells_s = if dwell.on {
            f64::from(dwell.time_ms) / 1000.0
        } else {
            0.0
        };
        let settings = self.look_settings();
        let control = LookControl {
            settings: &settings,
            screens: &self.screens,
            dwells_s,
            gaze: self
                .auxiliary
                .gaze(input.now, &self.screens, &self.settings),
            imagery: self
                .command
                .as_ref()
                .filter(|command| command.log_odds.is_some() && settings.imagery),
        };
        self.assist.look(wanted_px_s, selection, control, input)
    }

    /// How targets are looked at. While the patient rests, a look at the panel is enough to press it.
    fn look_settings(&self) -> LookSettings {
        let own = self.settings.look;
        if !self.machine.is_resting() {
            return own;
        }
        LookSettings {
            clicks: true,
            confirms: false,
            imagery: false,
            offer: LookOffer::Targets,
            ..own
        }
    }

    /// Whether the imagined class tells on which side of a line the wanted target lies.
    pub(super) fn is_answering(&self) -> bool {
        match self.mode() {
            AssistMode::Choose => true,
            AssistMode::Look => self.settings.look.imagery,
            _ => false,
        }
    }

    /// The line to show while a target is being chosen.
    #[must_use]
    pub fn choice_line(&self) -> Option<ChoiceLine> {
        let has_two = self
            .command
            .is_some_and(|command| command.log_odds.is_some());
        let is_asked = self.is_answering() && has_two && self.machine.may_move();
        let now = self.last_tick.filter(|_| is_asked)?;
        self.assist
            .choice_line(now, self.mode() == AssistMode::Look)
    }

    /// What was chosen, for a frame around it: the pointer goes there or has arrived, or it is divided by looks.
    #[must_use]
    pub fn chosen(&self) -> Option<Rect> {
        if !self.machine.may_move() {
            return None;
        }
        let looked = self.assist.looked_at();
        let looked = looked.filter(|_| self.mode() == AssistMode::Look);
        looked.or_else(|| self.choice_line().and_then(|_| self.assist.answered()))
    }
}
