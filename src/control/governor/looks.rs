//! Choosing a target by looking at its tag.

use super::super::assist::{AssistInput, Assisted, LookControl};
use super::Governor;
use crate::command::Selection;
use crate::control::{AssistMode, Rect};

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
        let control = LookControl {
            settings: &self.settings.look,
            screens: &self.screens,
            dwells_s,
            gaze: self
                .auxiliary
                .gaze(input.now, &self.screens, &self.settings),
        };
        self.assist.look(wanted_px_s, selection, control, input)
    }

    /// What was looked at, for a frame around it: the pointer goes there or has arrived, or it is divided.
    #[must_use]
    pub fn looked_at(&self) -> Option<Rect> {
        let is_on = self.mode() == AssistMode::Look && self.machine.may_move();
        self.assist.looked_at().filter(|_| is_on)
    }
}
