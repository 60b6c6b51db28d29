//! Choosing one of the targets: answers to a line, looks at tags and gaze are added to one belief, and the pointer goes to what is likely enough.

use super::belief::{AT_ITS_WORD, UNKNOWN};
use super::look::LookInput;
use super::{Assist, AssistInput, Assisted, ChoiceLine, THERE_PX};
use crate::command::{Command, Selection};
use crate::control::auxiliary::GazeArea;
use crate::control::{LookSettings, Rect, Screens};
use crate::time::HostNanos;

/// Speed towards a target that is chosen by answers, pixels per second on a screen 1080 pixels high.
const CHOSEN_PX_S: f64 = 400.0;
/// The same towards a target that was looked at: nothing is answered on the way, so it only has to be seen.
const LOOKED_PX_S: f64 = 1000.0;
/// Time over which the pointer slows down before a target that is chosen by answers, and before one that was looked at, seconds.
const ARRIVE_S: f64 = 0.15;
const LOOKED_ARRIVE_S: f64 = 0.35;

/// What the help needs to know about looking.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct LookControl<'a> {
    pub(in super::super) settings: &'a LookSettings,
    pub(in super::super) screens: &'a Screens,
    /// How long dwelling takes, seconds; 0 if it is off.
    pub(in super::super) dwells_s: f64,
    /// Where an eye tracker says that the eyes look.
    pub(in super::super) gaze: Option<GazeArea>,
    /// Imagined movement, if its answers count beside looks.
    pub(in super::super) imagery: Option<&'a Command>,
}

impl Assist {
    /// The line to show while it is answered; none if there is nothing to choose from. `is_beside_tags`: only while targets have tags.
    pub(in super::super) fn choice_line(
        &self,
        now: HostNanos,
        is_beside_tags: bool,
    ) -> Option<ChoiceLine> {
        let is_choice = self.fresh(now) > 0.0 && self.targets.list().len() > 1;
        let is_asked = is_choice && (!is_beside_tags || self.look.asks_for_targets());
        is_asked.then(|| self.choice.line())
    }

    /// Moves to the chosen target while an intent is detected. Without targets to choose from, or without two classes to choose with, the
    /// pointer moves as the user moves it.
    pub(in super::super) fn choose(&mut self, command: &Command, input: &AssistInput) -> Assisted {
        let mut assisted = Assisted::unassisted(command.velocity_px_s);
        self.belief.expect(AT_ITS_WORD);
        if command.log_odds.is_some() && self.choice_line(input.now, false).is_some() {
            assisted.velocity_px_s = [0.0; 2];
            self.answer(command, input, &mut assisted);
        }
        assisted
    }

    /// Moves to what was looked at, and, where imagery counts as well, to what was chosen by it. Until then the pointer moves as the user moves
    /// it with other inputs.
    pub(in super::super) fn look(
        &mut self,
        wanted_px_s: [f64; 2],
        selection: Option<&Selection>,
        control: LookControl<'_>,
        input: &AssistInput,
    ) -> Assisted {
        let mut assisted = Assisted::unassisted(wanted_px_s);
        let is_fresh = self.fresh(input.now) > 0.0;
        self.belief.expect(if control.settings.imagery {
            UNKNOWN
        } else {
            AT_ITS_WORD
        });
        let looks = LookInput {
            selection,
            settings: control.settings,
            screens: control.screens,
            targets: if is_fresh { self.targets.list() } else { &[] },
            dwells_s: control.dwells_s,
            gaze: control.gaze,
            has_imagery: control.imagery.is_some(),
            at: input,
        };
        let looked = self.look.step(&looks, &mut self.belief);
        assisted.within = self.within(input.place).map(|(_, rect)| rect);
        (assisted.is_reached, assisted.may_dwell) = (looked.is_reached, looked.may_dwell);
        (assisted.asks_click, assisted.disarms_dwell) = (looked.asks_click, looked.disarms_dwell);
        if let Some(rect) = looked.goes_to {
            (assisted.velocity_px_s, assisted.towards) =
                towards(&rect, [LOOKED_PX_S, LOOKED_ARRIVE_S], input);
        }
        if let Some(command) = control.imagery
            && self.choice_line(input.now, true).is_some()
        {
            self.answer(command, input, &mut assisted);
        }
        assisted
    }

    /// Adds the answer to the line of one step, with all evidence: rest counts for both sides alike. While an intent is detected, the pointer
    /// goes to a target that is likely enough.
    fn answer(&mut self, command: &Command, input: &AssistInput, assisted: &mut Assisted) {
        self.choice.follow(&self.belief);
        if let Some(log_odds) = command.log_odds {
            self.choice.step(log_odds, input.secs, &mut self.belief);
        }
        let has_intent = command.class.is_some();
        let goal = self.answered();
        assisted.within = self.within(input.place).map(|(_, rect)| rect);
        assisted.is_reached = goal.is_some_and(|rect| rect.distance(input.place) == 0.0);
        // While the user is still answering, the pointer is not where they want it, and nothing on its way may be clicked.
        assisted.may_dwell = assisted.is_reached || (goal.is_none() && !has_intent);
        if let Some(rect) = goal.filter(|_| has_intent) {
            (assisted.velocity_px_s, assisted.towards) =
                towards(&rect, [CHOSEN_PX_S, ARRIVE_S], input);
        }
    }

    /// The target that answers to the line have made likely enough.
    pub(in super::super) fn answered(&self) -> Option<Rect> {
        let target = self.targets.list().get(self.choice.goal()?)?;
        Some(target.rect)
    }

    /// What was looked at: the pointer goes there or has arrived, or it is divided.
    pub(in super::super) fn looked_at(&self) -> Option<Rect> {
        self.look.chosen()
    }
}

/// The velocity that brings the pointer to the middle of a target, and the target, unless it is there.
fn towards(
    rect: &Rect,
    [most_px_s, arrive_s]: [f64; 2],
    input: &AssistInput,
) -> ([f64; 2], Option<Rect>) {
    let way = [0, 1].map(|axis: usize| rect.middle()[axis] - input.place[axis]);
    let far = way[0].hypot(way[1]);
    // A thin target is reached closer to its middle.
    let quarter = 0.25 * f64::from(rect.width.min(rect.height));
    if far <= THERE_PX.min(quarter).max(0.5) {
        return ([0.0; 2], None);
    }
    let fast = most_px_s.min(far / (arrive_s * input.scale));
    (way.map(|way| fast * way / far), Some(*rect))
}
