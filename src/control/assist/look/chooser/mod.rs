//! Chooses a target by looking. Targets are dealt to the codes that tags can show, a selection of one code updates the probability of each
//! target, and the targets are dealt again until one of them is nearly certain. With as many codes as targets, one look is enough.
//!
//! A selection counts only for the scene in which it was made. Whatever changes the scene gives it a new number, so that evidence about
//! one scene is never used for another.

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
/// Targets that are less likely than this share of the likeliest one are not tagged: fewer tags flicker.
const LEAST_SHARE: f64 = 0.02;
/// Without a selection for this long, all targets are equally likely again, seconds: the user has looked away, or found no tag where
/// the wanted target is.
const FORGET_S: f64 = 12.0;

/// A target that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    middle: [f64; 2],
    belief: f64,
    code: Option<u8>,
}

/// Chooses among targets by looks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LookChooser {
    /// Number of codes.
    codes: usize,
    places: Vec<Place>,
    /// Memory for the next list of targets, and for dealing.
    next: Vec<Place>,
    order: Vec<usize>,
    scene: u32,
    is_shown: bool,
    goal: Option<usize>,
    /// Time since the last selection, seconds.
    waits_s: f64,
}

impl LookChooser {
    /// Without targets, with memory for the largest possible number.
    pub(super) fn new(codes: usize) -> Self {
        Self {
            codes: codes.clamp(1, MOST_CODES),
            places: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
            order: Vec::with_capacity(MOST_TARGETS),
            scene: 0,
            is_shown: false,
            goal: None,
            waits_s: 0.0,
        }
    }

    /// Sets the number of codes. Targets are dealt to them from the next scene on.
    pub(super) fn set_codes(&mut self, codes: usize) {
        self.codes = codes.clamp(1, MOST_CODES);
    }

    /// Replaces the targets. Each new target names the old one that it continues, if any, and keeps its probability and its code.
    pub(super) fn renew(&mut self, middles: impl Iterator<Item = ([f64; 2], Option<usize>)>) {
        let (goal, had) = (self.goal.take(), self.places.len());
        let mean = 1.0 / had.max(1) as f64;
        let mut is_same = true;
        self.next.clear();
        for (middle, before) in middles.take(MOST_TARGETS) {
            let known = before.and_then(|before| self.places.get(before));
            is_same &= known.is_some();
            if before.is_some() && before == goal {
                self.goal = Some(self.next.len());
            }
            let (belief, code) = known.map_or((mean, None), |known| (known.belief, known.code));
            self.next.push(Place {
                middle,
                belief,
                code,
            });
        }
        is_same &= self.next.len() == had;
        std::mem::swap(&mut self.places, &mut self.next);
        if is_same {
            return;
        }
        self.normalise();
        // A goal that has gone is chosen again; other targets keep their codes.
        if goal.is_some() && self.goal.is_none() {
            self.restart();
        } else {
            self.deal_rest();
            self.scene = self.scene.wrapping_add(1);
        }
    }

    /// Replaces the targets by others, all equally likely.
    pub(super) fn replace(&mut self, middles: impl Iterator<Item = [f64; 2]>) {
        self.places.clear();
        let place = |middle| Place {
            middle,
            belief: 1.0,
            code: None,
        };
        self.places.extend(middles.take(MOST_TARGETS).map(place));
        self.restart();
    }

    /// Starts again with equal probabilities.
    pub(super) fn restart(&mut self) {
        for place in &mut self.places {
            place.belief = 1.0;
        }
        self.normalise();
        (self.goal, self.waits_s) = (None, 0.0);
        self.deal();
    }

    /// Says whether the tags are shown, and advances the time. Returns whether the user has looked at no tag for [`FORGET_S`].
    pub(super) fn step(&mut self, is_shown: bool, secs: f64) -> bool {
        if is_shown != self.is_shown {
            self.is_shown = is_shown;
            self.scene = self.scene.wrapping_add(1);
        }
        self.waits_s += if is_shown { secs } else { 0.0 };
        let is_over = self.waits_s > FORGET_S;
        if is_over {
            self.waits_s = 0.0;
            if self
                .places
                .iter()
                .any(|place| place.belief != self.places[0].belief)
            {
                self.restart();
            }
        }
        is_over
    }

    /// Takes a selection, and where an eye tracker says that the eyes look. A selection of another scene is out of date and changes nothing.
    pub(super) fn look(&mut self, selection: &Selection, gaze: Option<&GazeArea>) {
        if selection.scene != self.scene || !self.is_shown {
            return;
        }
        self.waits_s = 0.0;
        let least = LEAST_ERROR / (self.codes.max(2) - 1) as f64;
        for place in &mut self.places {
            let likelihood = place
                .code
                .and_then(|code| selection.log_probability.get(usize::from(code)))
                .map_or(0.0, |log| libm::exp(*log));
            let seen = gaze.map_or(1.0, |gaze| gaze.likelihood(place.middle));
            place.belief *= likelihood.max(least) * seen.max(LEAST_SEEN);
        }
        self.normalise();
        self.goal = (0..self.places.len()).find(|place| self.places[*place].belief >= CHOOSE);
        self.deal();
    }

    /// The chosen target, if any.
    pub(super) fn goal(&self) -> Option<usize> {
        self.goal
    }

    /// Number of the scene: it changes whenever the tags do.
    pub(super) fn scene(&self) -> u32 {
        self.scene
    }

    /// The code of each tagged target, by the target's place in the list; none while no tags are shown.
    pub(super) fn tags(&self) -> impl Iterator<Item = (usize, u8)> {
        let shown = if self.is_shown { &self.places[..] } else { &[] };
        shown
            .iter()
            .enumerate()
            .filter_map(|(place, at)| Some((place, at.code?)))
    }

    fn normalise(&mut self) {
        let total: f64 = self.places.iter().map(|place| place.belief).sum();
        for place in &mut self.places {
            place.belief /= total;
        }
    }

    /// Deals all likely targets to the codes: neighbours share one, and each code gets about the same probability.
    fn deal(&mut self) {
        self.scene = self.scene.wrapping_add(1);
        let likeliest = self
            .places
            .iter()
            .map(|place| place.belief)
            .fold(0.0, f64::max);
        let least = LEAST_SHARE * likeliest;
        self.order.clear();
        for (place, at) in self.places.iter_mut().enumerate() {
            at.code = None;
            if at.belief >= least {
                self.order.push(place);
            }
        }
        let axis = self.widest_axis();
        let places = &self.places;
        self.order.sort_unstable_by(|a, b| {
            let along = |place: usize| places[place].middle[axis];
            along(*a).total_cmp(&along(*b)).then(a.cmp(b))
        });
        let mut rest: f64 = self
            .order
            .iter()
            .map(|place| self.places[*place].belief)
            .sum();
        let (mut code, mut share) = (0, 0.0);
        for place in &self.order {
            let at = &mut self.places[*place];
            let fair = rest / (self.codes - code) as f64;
            if share > 0.0 && share + 0.5 * at.belief > fair && code + 1 < self.codes {
                rest -= share;
                (code, share) = (code + 1, 0.0);
            }
            at.code = u8::try_from(code).ok();
            share += at.belief;
        }
    }

    /// Gives each target that has no code, and is likely, the code with the least probability. The others keep theirs.
    fn deal_rest(&mut self) {
        let likeliest = self
            .places
            .iter()
            .map(|place| place.belief)
            .fold(0.0, f64::max);
        for place in 0..self.places.len() {
            let at = self.places[place];
            if at.code.is_some() || at.belief < LEAST_SHARE * likeliest {
                continue;
            }
            let mut shares = [0.0; MOST_CODES];
            for other in &self.places {
                if let Some(share) = other
                    .code
                    .and_then(|code| shares.get_mut(usize::from(code)))
                {
                    *share += other.belief;
                }
            }
            let least = (0..self.codes).min_by(|a, b| shares[*a].total_cmp(&shares[*b]));
            self.places[place].code = least.and_then(|code| u8::try_from(code).ok());
        }
    }

    /// The axis along which the likely targets are spread more widely.
    fn widest_axis(&self) -> usize {
        let spread = |axis: usize| {
            let along = self
                .order
                .iter()
                .map(|place| self.places[*place].middle[axis]);
            let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                (low.min(at), high.max(at))
            });
            high - low
        };
        usize::from(spread(1) > spread(0))
    }
}

#[cfg(test)]
mod tests;
