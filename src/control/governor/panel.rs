//! What the patient's panel needs from the pointer: clicks on it are left clicks, and it can turn the wheel where the user works.

use super::{Governor, Outcome};
use crate::command::{Action, Buttons};
use crate::control::{AssistMode, Rect};
use crate::time::HostNanos;

/// The pointer rests if it moves no further than this from tick to tick, pixels, for at least this long, milliseconds.
const REST_PX: u32 = 1;
const REST_MS: f64 = 500.0;

/// The panel, and what it has asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Panel {
    rect: Option<Rect>,
    /// Where the user works: where the pointer last clicked or rested off the panel.
    work_px: Option<[i32; 2]>,
    /// Where the pointer was at the last tick, and for how long it has rested, milliseconds.
    last_px: [i32; 2],
    rested_ms: f64,
    /// Turns the wheel once no button is down.
    errand: Option<Errand>,
}

/// The way to where the user works, to turn the wheel there, and back, a tick each: programs take the wheel where they last saw the
/// pointer.
#[derive(Debug, Clone, Copy)]
struct Errand {
    wheel_steps: i32,
    stage: Stage,
    /// The way from the panel, pixels.
    went_px: [i32; 2],
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Go,
    Turn,
    Return,
}

impl Panel {
    pub(super) fn set_rect(&mut self, rect: Option<Rect>) {
        self.rect = rect;
    }

    /// Whether a place is on the panel.
    pub(super) fn contains(&self, place_px: Option<[i32; 2]>) -> bool {
        self.rect
            .zip(place_px)
            .is_some_and(|(rect, place)| rect.contains(place))
    }

    /// Asks for the wheel. What is asked for while it turns is added.
    pub(super) fn scroll(&mut self, wheel_steps: i32) {
        let Some(errand) = &mut self.errand else {
            self.errand = Some(Errand {
                wheel_steps,
                stage: Stage::Go,
                went_px: [0; 2],
            });
            return;
        };
        match errand.stage {
            Stage::Go | Stage::Turn => {
                errand.wheel_steps = errand.wheel_steps.saturating_add(wheel_steps);
            }
            // It is still there.
            Stage::Return => (errand.stage, errand.wheel_steps) = (Stage::Turn, wheel_steps),
        }
    }

    /// Nothing moves: what was asked for is not done later.
    pub(super) fn forget(&mut self) {
        self.errand = None;
    }

    /// Follows the pointer for a further `ms`, to know where the user works.
    pub(super) fn follow(&mut self, place_px: Option<[i32; 2]>, ms: f64, clicks: bool) {
        let Some(place) = place_px.filter(|_| !self.contains(place_px)) else {
            return;
        };
        let last = std::mem::replace(&mut self.last_px, place);
        let is_still = (0..2).all(|axis: usize| place[axis].abs_diff(last[axis]) <= REST_PX);
        self.rested_ms = if is_still { self.rested_ms + ms } else { 0.0 };
        if clicks || self.rested_ms >= REST_MS {
            self.work_px = Some(place);
        }
    }

    /// The way from a place on the panel to where the user works; none where either is not known.
    fn way_px(&self, place_px: Option<[i32; 2]>) -> [i32; 2] {
        let from = place_px.filter(|_| self.contains(place_px));
        let both = from.zip(self.work_px);
        both.map_or([0; 2], |(from, to)| [to[0] - from[0], to[1] - from[1]])
    }
}

impl Governor {
    /// While the patient rests, only the panel can be looked at: the pointer goes there, and nothing else can be pressed. `None` if that is not
    /// possible now, or if everything has yet to stop.
    pub(super) fn rest(
        &mut self,
        now: HostNanos,
        secs: f64,
        place: [f64; 2],
        presses: bool,
    ) -> Option<Outcome> {
        let is_possible = self.machine.is_resting()
            && !self.could_move
            && self.mode() == AssistMode::Look
            && !self.settings.scroll.on
            && self.panel.rect.is_some()
            && self.assist.has_only_panel();
        if !is_possible {
            return None;
        }
        self.panel.forget();
        let assisted = self.assisted(now, [0.0; 2], secs, place);
        let mut action = self.motion(&assisted, secs);
        let settings = &self.settings.click;
        let clicks = assisted.asks_click
            && self.panel.contains(self.place)
            && self.clicker.click_left(settings);
        action.buttons = self.clicker.step(1e3 * secs, settings);
        if clicks {
            self.assist.forget();
        }
        (self.held, self.face) = (action.buttons, false);
        self.dwell.restart(place);
        self.auxiliary.take_nod(&self.settings);
        // A press that began here is not carried out later.
        self.press_ms = (!presses).then_some(0.0);
        Some(Outcome {
            action,
            state: self.state(),
            dwell: 0.0,
            may_dwell: false,
            clicks,
            assisted: assisted.towards,
        })
    }

    /// What the panel has asked for, once no button is down. It takes the place of all other motion.
    pub(super) fn errand(&mut self) -> Option<Action> {
        if self.held != Buttons::UP || self.clicker.is_busy() {
            return None;
        }
        let errand = self.panel.errand.as_mut()?;
        let mut action = Action::default();
        match errand.stage {
            Stage::Go => {
                errand.stage = Stage::Turn;
                let way = self.panel.way_px(self.place);
                let went_px = self.screens.cut(self.place.unwrap_or_default(), way);
                if let Some(errand) = &mut self.panel.errand {
                    errand.went_px = went_px;
                }
                [action.dx_px, action.dy_px] = went_px;
            }
            Stage::Turn => {
                errand.stage = Stage::Return;
                action.wheel[1] = errand.wheel_steps;
            }
            Stage::Return => {
                [action.dx_px, action.dy_px] = errand.went_px.map(|way| -way);
                self.panel.errand = None;
            }
        }
        self.dynamics.stop();
        self.moved([action.dx_px, action.dy_px]);
        if self.panel.errand.is_none() && self.panel.contains(self.place) {
            // Staying on the panel's button asks for more.
            self.dwell.repeat(self.place());
        } else {
            self.dwell.restart(self.place());
        }
        Some(action)
    }
}
