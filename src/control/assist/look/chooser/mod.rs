//! Chooses a target by looking. Targets are dealt to the codes that tags can show, a selection of one code is added to the [`Belief`] in each
//! target, and the targets are dealt again until one of them is nearly certain. With as many codes as targets, one look is enough.
//!
//! A selection counts only for the scene in which it was made. Whatever changes the scene gives it a new number, so that evidence about
//! one scene is never used for another.

use super::super::belief::{Belief, Candidate};
use super::MOST_TARGETS;
use crate::command::{MOST_CODES, Selection};
use crate::control::auxiliary::GazeArea;

/// The pointer goes to a target with at least this probability.
const CHOOSE: f64 = 0.9;
/// Lower limit for the probability that a look was at another code than it seems, so that every error can be corrected. Each other code has an
/// equal share of it.
const LEAST_ERROR: f64 = 0.04;
/// The same for an eye tracker, at each place.
const LEAST_SEEN: f64 = 0.02;
/// Targets for which the evidence is less than this share of that for the best one are not tagged: fewer tags flicker. How likely they were
/// beforehand does not matter, because an unlikely target must stay in reach.
const LEAST_SHARE: f64 = 0.02;
/// Without a selection for this long, everything that was looked at is forgotten, seconds: the user has looked away, or found no tag where
/// the wanted target is.
const FORGET_S: f64 = 12.0;

/// Asks which code is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LookChooser {
    /// Number of codes.
    codes: usize,
    /// The code of each place of the belief, in its order.
    dealt: Vec<Option<u8>>,
    /// Memory for the next list of targets, and for dealing.
    next: Vec<Option<u8>>,
    order: Vec<usize>,
    scene: u32,
    is_shown: bool,
    goal: Option<usize>,
    /// Time since the last selection, seconds.
    waits_s: f64,
    /// Number of selections, each soon after the one before.
    looks: u32,
}

impl LookChooser {
    /// Without targets, with memory for the largest possible number.
    pub(super) fn new(codes: usize) -> Self {
        Self {
            codes: codes.clamp(1, MOST_CODES),
            dealt: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
            order: Vec::with_capacity(MOST_TARGETS),
            scene: 0,
            is_shown: false,
            goal: None,
            waits_s: 0.0,
            looks: 0,
        }
    }

    /// Sets the number of codes. Targets are dealt to them from the next scene on.
    pub(super) fn set_codes(&mut self, codes: usize) {
        self.codes = codes.clamp(1, MOST_CODES);
    }

    /// Follows a belief that was renewed: each of its places names the old one that it continues, if any, and keeps its code. `is_same`: no
    /// place has come or gone.
    pub(super) fn renew(&mut self, belief: &mut Belief, before: &[Option<usize>], is_same: bool) {
        let goal = self.goal.take();
        self.next.clear();
        for before in before.iter().take(belief.places().len()) {
            if before.is_some() && *before == goal {
                self.goal = Some(self.next.len());
            }
            let known = before.and_then(|before| self.dealt.get(before).copied());
            self.next.push(known.flatten());
        }
        std::mem::swap(&mut self.dealt, &mut self.next);
        if is_same {
            return;
        }
        // A goal that has gone is chosen again; other targets keep their codes.
        if goal.is_some() && self.goal.is_none() {
            self.restart(belief);
        } else {
            self.deal_rest(belief);
            self.scene = self.scene.wrapping_add(1);
        }
    }

    /// Replaces the targets by others, of which nothing is known.
    pub(super) fn replace(
        &mut self,
        belief: &mut Belief,
        candidates: impl Iterator<Item = Candidate>,
    ) {
        belief.replace(candidates);
        self.begin(belief);
    }

    /// Forgets everything that was looked at.
    pub(super) fn restart(&mut self, belief: &mut Belief) {
        if belief.restart() {
            self.begin(belief);
        }
    }

    fn begin(&mut self, belief: &Belief) {
        (self.goal, self.waits_s, self.looks) = (None, 0.0, 0);
        // Nothing speaks against any target yet, however unlikely it is beforehand.
        self.deal(belief, 0.0);
    }

    /// Says whether the tags are shown, and advances the time. Returns whether the user has looked at no tag for [`FORGET_S`]. Looks are forgotten
    /// then; `has_imagery`: not what was imagined.
    pub(super) fn step(
        &mut self,
        belief: &mut Belief,
        is_shown: bool,
        secs: f64,
        has_imagery: bool,
    ) -> bool {
        if is_shown != self.is_shown {
            self.is_shown = is_shown;
            self.scene = self.scene.wrapping_add(1);
        }
        self.waits_s += if is_shown { secs } else { 0.0 };
        let is_over = self.waits_s > FORGET_S;
        if is_over {
            (self.waits_s, self.looks) = (0.0, 0);
            if has_imagery {
                belief.forget_looks();
                self.tag_all(belief);
            } else {
                self.restart(belief);
            }
        }
        is_over
    }

    /// Tags every target, however unlikely, if one has no tag: the user may want just that one.
    fn tag_all(&mut self, belief: &Belief) {
        if self.dealt.contains(&None) {
            self.deal(belief, 0.0);
        }
    }

    /// Takes a selection, and where an eye tracker says that the eyes look. A selection of another scene is out of date and changes nothing.
    pub(super) fn look(
        &mut self,
        belief: &mut Belief,
        selection: &Selection,
        gaze: Option<&GazeArea>,
        has_imagery: bool,
    ) {
        if selection.scene != self.scene || !self.is_shown {
            return;
        }
        (self.waits_s, self.looks) = (0.0, self.looks.saturating_add(1));
        let least = libm::log(LEAST_ERROR / (self.codes.max(2) - 1) as f64);
        belief.add(|place, at| {
            let code = self.dealt.get(place).copied().flatten();
            let looked = code
                .and_then(|code| selection.log_probability.get(usize::from(code)))
                .map_or(least, |log| log.max(least));
            let seen = gaze.map(|gaze| gaze.likelihood(at.middle).max(LEAST_SEEN));
            looked + seen.map_or(0.0, libm::log)
        });
        // Imagery is no evidence that anything is looked at. Where looking alone needs two looks or more, it may save all but two.
        let count = belief.places().len();
        let needed = if has_imagery && count > self.codes {
            2
        } else {
            1
        };
        let is_enough = self.looks >= needed;
        self.goal = (0..count).find(|place| is_enough && belief.of(*place) >= CHOOSE);
        self.deal(belief, LEAST_SHARE);
    }

    /// The chosen target, if any.
    pub(super) fn goal(&self) -> Option<usize> {
        self.goal
    }

    /// Whether the tags are shown.
    pub(super) fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Number of the scene: it changes whenever the tags do.
    pub(super) fn scene(&self) -> u32 {
        self.scene
    }

    /// The code of each tagged target, by the target's place in the list; none while no tags are shown.
    pub(super) fn tags(&self) -> impl Iterator<Item = (usize, u8)> {
        let shown = if self.is_shown { &self.dealt[..] } else { &[] };
        shown
            .iter()
            .enumerate()
            .filter_map(|(place, code)| Some((place, (*code)?)))
    }

    /// Deals all targets for which the evidence is this share of that for the best one to the codes: neighbours share one, and each code gets
    /// about the same probability.
    fn deal(&mut self, belief: &Belief, least_share: f64) {
        self.scene = self.scene.wrapping_add(1);
        let least = least_share * best_evidence(belief);
        self.dealt.clear();
        self.dealt.extend(belief.places().iter().map(|_| None));
        let places = 0..belief.places().len();
        self.order.clear();
        self.order
            .extend(places.filter(|place| belief.evidence(*place) >= least));
        let axis = self.widest_axis(belief);
        self.order.sort_unstable_by(|a, b| {
            let along = |place: usize| belief.places()[place].middle[axis];
            along(*a).total_cmp(&along(*b)).then(a.cmp(b))
        });
        let mut rest: f64 = self.order.iter().map(|place| belief.of(*place)).sum();
        let (mut code, mut share) = (0, 0.0);
        for place in &self.order {
            let probability = belief.of(*place);
            let fair = rest / (self.codes - code) as f64;
            if share > 0.0 && share + 0.5 * probability > fair && code + 1 < self.codes {
                rest -= share;
                (code, share) = (code + 1, 0.0);
            }
            self.dealt[*place] = u8::try_from(code).ok();
            share += probability;
        }
    }

    /// Gives each target that has no code, and against which little speaks, the code with the least probability. The others keep theirs.
    fn deal_rest(&mut self, belief: &Belief) {
        let least_tagged = LEAST_SHARE * best_evidence(belief);
        for place in 0..self.dealt.len() {
            if self.dealt[place].is_some() || belief.evidence(place) < least_tagged {
                continue;
            }
            let mut shares = [0.0; MOST_CODES];
            for (code, other) in self.dealt.iter().zip(belief.places()) {
                if let Some(share) = code.and_then(|code| shares.get_mut(usize::from(code))) {
                    *share += other.probability;
                }
            }
            let least = (0..self.codes).min_by(|a, b| shares[*a].total_cmp(&shares[*b]));
            self.dealt[place] = least.and_then(|code| u8::try_from(code).ok());
        }
    }

    /// The axis along which the likely targets are spread more widely.
    fn widest_axis(&self, belief: &Belief) -> usize {
        let spread = |axis: usize| {
            let along = self
                .order
                .iter()
                .map(|place| belief.places()[*place].middle[axis]);
            let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                (low.min(at), high.max(at))
            });
            high - low
        };
        usize::from(spread(1) > spread(0))
    }
}

fn best_evidence(belief: &Belief) -> f64 {
    let places = 0..belief.places().len();
    places
        .map(|place| belief.evidence(place))
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests;
