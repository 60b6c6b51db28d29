//! Helps the user to reach targets on the screen. The wanted target is inferred from the user's motion, and the more certain it is, the
//! more of the user's own speed is directed towards it. On a target the pointer slows down, so that the user can stop there.
//!
//! The pointer is never faster than the user moves it, so it does not move at rest. A user who pushes away from a target is not pulled
//! back, and is slowed down for no longer than [`RELEASED_S`].
//!
//! A target is more likely the more directly the user moves to it: the ratio between distance saved and distance covered, as for an
//! observed agent that saves effort (Dragan and Srinivasa 2013). "None of the known targets" is always one of the hypotheses.

mod belief;
mod choose;
mod goal;
mod look;
mod targets;

pub use choose::ChoiceLine;
pub(super) use goal::LookControl;
pub use targets::{MOST_TARGETS, Prior, Target, TargetKind, Targets};

use super::{AssistMode, AssistSettings, Rect};
use crate::time::HostNanos;
use belief::{Belief, Candidate};
use choose::{ChooserSettings, TargetChooser};
use look::LookAssist;

/// Distance saved that makes a target e times likelier than none, pixels on a screen 1080 pixels high.
const WAY_PX: f64 = 40.0;
/// Motion counts as evidence for a target if it saves at least this share of the distance covered; below, it counts for none.
const LEAST_SAVED: f64 = 0.5;
/// A target is e times likelier than one this much further away, pixels on a screen 1080 pixels high.
const NEAR_PX: f64 = 300.0;
/// Likelihood that none of the targets is wanted, relative to that of a target under the pointer.
const NONE: f64 = 0.5;
/// Time constant with which past motion is forgotten, seconds.
const FORGET_S: f64 = 4.0;
/// Limit for the belief in a target, log-odds against none.
const SUREST: f64 = 6.0;
/// Below the first probability a target has no effect; from the second on it has full effect.
const ACT_FROM: f64 = 0.3;
const ACT_FULLY: f64 = 0.7;
/// Targets read up to the first time ago count fully; after the second time they no longer count, seconds.
const FRESH_S: f64 = 2.5;
const STALE_S: f64 = 4.0;
/// Targets smaller than this slow the pointer down, pixels on a screen 1080 pixels high. Larger ones need no help.
const HOLDING_PX: f64 = 150.0;
/// A target begins to release the pointer after a push of this length in one direction, and has released it after [`RELEASED_S`], seconds.
const HELD_S: f64 = 0.45;
/// See [`HELD_S`].
const RELEASED_S: f64 = 0.7;
/// Distance at which the pointer has arrived at a chosen place, pixels.
const THERE_PX: f64 = 2.0;

/// The velocity, with help from targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Assisted {
    /// Direction and speed.
    pub(super) velocity_px_s: [f64; 2],
    /// Share of that speed that remains.
    pub(super) speed: f64,
    /// The target under the pointer.
    pub(super) within: Option<Rect>,
    /// Whether staying here can be intended as a click.
    pub(super) may_dwell: bool,
    /// The chosen target has been reached.
    pub(super) is_reached: bool,
    /// The target towards which the velocity was changed; none if it was not changed.
    pub(super) towards: Option<Rect>,
    /// The user asks for a click by looking.
    pub(super) asks_click: bool,
    /// Staying here is no click, even later: the pointer has to move first.
    pub(super) disarms_dwell: bool,
}

impl Assisted {
    /// The user's own velocity, without help.
    pub(super) fn unassisted(velocity_px_s: [f64; 2]) -> Self {
        Self {
            velocity_px_s,
            speed: 1.0,
            within: None,
            may_dwell: true,
            is_reached: false,
            towards: None,
            asks_click: false,
            disarms_dwell: false,
        }
    }
}

/// What the help needs to know at a tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct AssistInput {
    pub(super) now: HostNanos,
    /// Time since the previous tick, seconds.
    pub(super) secs: f64,
    /// Position of the pointer, pixels.
    pub(super) place: [f64; 2],
    /// Screen pixels per pixel of the settings.
    pub(super) scale: f64,
}

/// What is known about the targets, and how likely each is.
#[derive(Debug, Clone)]
pub(super) struct Assist {
    targets: Box<Targets>,
    /// Log-odds of each target against none, from past motion; and memory for those of the next list.
    pull: Vec<f64>,
    next: Vec<f64>,
    /// For each target, its index in the previous list.
    before: Vec<Option<usize>>,
    /// How likely each place is that can be chosen: the targets, or what is offered to be looked at instead.
    belief: Belief,
    /// The line, whose answers are added to the belief.
    choice: TargetChooser,
    /// The tags: looks at them are added to the belief.
    look: LookAssist,
    /// How long the user has pushed on one target, and in which direction, seconds.
    pushes_s: f64,
    pushed: [f64; 2],
}

impl Default for Assist {
    fn default() -> Self {
        Self {
            targets: Box::new(Targets::with_capacity()),
            pull: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
            before: Vec::with_capacity(MOST_TARGETS),
            belief: Belief::new(),
            choice: TargetChooser::new(ChooserSettings::default()),
            look: LookAssist::new(),
            pushes_s: 0.0,
            pushed: [0.0; 2],
        }
    }
}

impl Assist {
    /// Takes a new list of targets and returns the old one. A target that is still in its place keeps its probability.
    pub(super) fn see(&mut self, targets: Box<Targets>) -> Box<Targets> {
        let known = self.targets.list();
        let place_of = |target: &Target| known.iter().position(|known| known.is_at(target));
        self.before.clear();
        self.before.extend(targets.list().iter().map(place_of));
        let pull_of = |before: &Option<usize>| before.map_or(0.0, |before| self.pull[before]);
        self.next.clear();
        self.next.extend(self.before.iter().map(pull_of));
        std::mem::swap(&mut self.pull, &mut self.next);
        if self.look.offers_targets() {
            let candidates = targets.list().iter().map(|target| Candidate {
                middle: target.rect.middle(),
                prior: target.prior.factor(),
            });
            let is_same = self
                .belief
                .renew(candidates.zip(self.before.iter().copied()));
            self.choice.renew(&self.belief, &self.before);
            self.look
                .renew(&mut self.belief, targets.list(), &self.before, is_same);
        }
        std::mem::replace(&mut self.targets, targets)
    }

    /// Forgets everything that could tell which target is wanted.
    pub(super) fn forget(&mut self) {
        self.pull.fill(0.0);
        self.look.forget(&mut self.belief);
        self.choice.follow(&self.belief);
        self.pushes_s = 0.0;
    }

    /// Sets how many codes tags can show.
    pub(super) fn set_tag_codes(&mut self, codes: usize) {
        self.look.set_codes(codes);
    }

    /// Whether the only targets are buttons of the panel.
    pub(super) fn has_only_panel(&self) -> bool {
        let list = self.targets.list();
        !list.is_empty() && list.iter().all(|target| target.kind == TargetKind::Panel)
    }

    /// How much the current list of targets still counts, 0 to 1.
    fn fresh(&self, now: HostNanos) -> f64 {
        between(STALE_S, FRESH_S, now.since(self.targets.at()) as f64 / 1e9)
    }

    /// Number of the scene of tags, and each tag: the target that it belongs to, and its code.
    pub(super) fn tags(&self) -> (u32, impl Iterator<Item = (Rect, u8)>) {
        self.look.tags()
    }

    /// No tags are shown.
    pub(super) fn hide_tags(&mut self) {
        self.look.hide(&mut self.belief);
    }

    /// Nothing can be looked at.
    pub(super) fn leave_looking(&mut self) {
        self.look.leave(&mut self.belief, self.targets.list());
    }

    /// The velocity with help, given the user's velocity and its confidence.
    pub(super) fn step(
        &mut self,
        wanted_px_s: [f64; 2],
        confidence: f64,
        input: &AssistInput,
        settings: &AssistSettings,
    ) -> Assisted {
        let mut assisted = Assisted::unassisted(wanted_px_s);
        let (pull, hold) = match settings.mode {
            AssistMode::Off | AssistMode::Choose | AssistMode::Look => return assisted,
            AssistMode::Gentle => (0.5, 0.6),
            AssistMode::Strong => (0.9, 0.9),
        };
        let fresh = self.fresh(input.now);
        if fresh == 0.0 || !wanted_px_s.iter().all(|v| v.is_finite()) {
            self.forget();
            return assisted;
        }
        self.learn(wanted_px_s, input);
        let Some((rect, likely)) = self.best(input) else {
            return assisted;
        };
        let sure = fresh * between(ACT_FROM, ACT_FULLY, likely);
        let share = pull * sure * confidence.clamp(0.0, 1.0);
        assisted.velocity_px_s = turned(wanted_px_s, &rect, input.place, share);
        match self.within(input.place) {
            Some((target, under)) => {
                assisted.within = Some(under);
                let held = hold * fresh * self.held(target, &under, wanted_px_s, input);
                assisted.speed = 1.0 - held;
            }
            None => self.pushes_s = 0.0,
        }
        let is_assisted = assisted.speed < 1.0 || assisted.velocity_px_s != wanted_px_s;
        assisted.towards = (is_assisted && wanted_px_s != [0.0; 2]).then_some(rect);
        assisted
    }

    /// Updates probabilities from the user's own motion, whatever the pointer does.
    fn learn(&mut self, wanted_px_s: [f64; 2], input: &AssistInput) {
        let AssistInput {
            secs, place, scale, ..
        } = *input;
        let kept = libm::exp(-secs / FORGET_S);
        let way = wanted_px_s.map(|v| v * secs * scale);
        let length = way[0].hypot(way[1]);
        let to = [place[0] + way[0], place[1] + way[1]];
        for (belief, target) in self.pull.iter_mut().zip(self.targets.list()) {
            *belief *= kept;
            let far = target.rect.distance(place);
            // On a target no distance can be saved: the user is late to stop or wants to leave, which later motion will show.
            if length > 0.0 && far > 0.0 {
                let saved = far - target.rect.distance(to);
                let evidence = (saved - LEAST_SAVED * length) / (WAY_PX * scale);
                *belief = (*belief + evidence).clamp(-SUREST, SUREST);
            }
        }
    }

    /// The most likely target, and its probability.
    fn best(&self, input: &AssistInput) -> Option<(Rect, f64)> {
        let mut all = NONE;
        let mut best = None;
        for (belief, target) in self.pull.iter().zip(self.targets.list()) {
            let far = target.rect.distance(input.place) / (NEAR_PX * input.scale);
            let likely = libm::exp(belief - far);
            all += likely;
            if best.is_none_or(|(_, most)| likely > most) {
                best = Some((target.rect, likely));
            }
        }
        best.map(|(rect, likely)| (rect, likely / all))
    }

    /// The smallest target under the pointer.
    fn within(&self, place: [f64; 2]) -> Option<(usize, Rect)> {
        let rects = self.targets.list().iter().map(|target| target.rect);
        let under = rects
            .enumerate()
            .filter(|(_, rect)| rect.distance(place) == 0.0);
        under.min_by_key(|(_, rect)| i64::from(rect.width) * i64::from(rect.height))
    }

    /// How strongly the target under the pointer holds it: fully at first, and no longer after a steady push. Other targets beyond it do
    /// not matter: a user who has reached a target needs a moment to stop.
    fn held(
        &mut self,
        target: usize,
        rect: &Rect,
        wanted_px_s: [f64; 2],
        input: &AssistInput,
    ) -> f64 {
        let along = wanted_px_s[0] * self.pushed[0] + wanted_px_s[1] * self.pushed[1];
        if wanted_px_s == [0.0; 2] {
            self.pushes_s = 0.0;
        } else if along < 0.0 {
            self.pushes_s = input.secs;
        } else {
            self.pushes_s += input.secs;
        }
        self.pushed = wanted_px_s;
        if f64::from(rect.width.min(rect.height)) > HOLDING_PX * input.scale {
            return 0.0;
        }
        let odds = libm::exp(self.pull[target]);
        let sure = between(ACT_FROM, ACT_FULLY, odds / (odds + NONE));
        sure * between(RELEASED_S, HELD_S, self.pushes_s)
    }
}

/// 0 at one value, 1 at the other, and linear between them.
fn between(none: f64, all: f64, value: f64) -> f64 {
    ((value - none) / (all - none)).clamp(0.0, 1.0)
}

/// A velocity with this share of it turned towards a target; less if the motion leads past the target, and none if it leads away from it or
/// has reached it.
fn turned(velocity: [f64; 2], to: &Rect, from: [f64; 2], share: f64) -> [f64; 2] {
    let way = [0, 1].map(|axis: usize| to.middle()[axis] - from[axis]);
    let (far, fast) = (way[0].hypot(way[1]), velocity[0].hypot(velocity[1]));
    if to.distance(from) == 0.0 || fast == 0.0 {
        return velocity;
    }
    let along = (way[0] * velocity[0] + way[1] * velocity[1]) / (far * fast);
    let share = share * between(0.0, 0.5, along);
    [0, 1].map(|axis: usize| (1.0 - share) * velocity[axis] + share * fast * way[axis] / far)
}

#[cfg(test)]
mod tests;
