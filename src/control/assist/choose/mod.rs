//! Chooses a target by halves. A line divides the candidate targets, each of two classes stands for one side, and decoded evidence updates
//! the probability of each target. With a noisy decoder this needs the fewest answers (posterior matching: Horstein 1963; for EEG, Omar,
//! Johnson and Coleman 2011): each line is the one whose answer is least certain, and later answers correct an error.

use super::MOST_TARGETS;
use std::f64::consts::PI;

/// How answers are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChooserSettings {
    /// Delay between showing a line and the evidence about it, seconds: the user must see it and respond, and the decoder's window must
    /// fill.
    pub(super) lag_s: f64,
    /// Shortest time for which a line is shown, seconds: the user has to read it.
    pub(super) least_s: f64,
    /// Duration of evidence that counts as one observation, seconds. Windows overlap, so this is longer than one step. A shorter duration
    /// is faster, but chooses wrongly more often.
    pub(super) window_s: f64,
    /// A line has been answered when one of its sides has this probability.
    pub(super) side: f64,
    /// The pointer goes to a target with at least this probability, and leaves it when its probability falls below `leave`.
    pub(super) choose: f64,
    /// See `choose`.
    pub(super) leave: f64,
}

impl Default for ChooserSettings {
    fn default() -> Self {
        Self {
            lag_s: 1.2,
            least_s: 1.0,
            window_s: 1.0,
            side: 0.75,
            choose: 0.92,
            leave: 0.5,
        }
    }
}

/// The delay of an answer is modelled by this many leaky averages in series, which spread it around its mean.
const STAGES: usize = 4;
/// Number of line angles that are tried.
const ANGLES: usize = 16;
/// Targets with less room than this between them are hard to tell apart, pixels.
const CLEAR_PX: f64 = 10.0;
/// Factor for the probability on the lesser side of a line that leaves too little room.
const UNCLEAR: f64 = 0.6;
/// Limit for the evidence of one observation, log-odds.
const MOST_LOG_ODDS: f64 = 4.0;
/// Lower limit for the probability of a target, so that every error can be corrected.
const LEAST_BELIEF: f64 = 1e-4;

/// A line that divides the targets: the second class stands for the targets to its right or below it, the first class for the others.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ChoiceLine {
    /// Direction from the first side to the second, radians clockwise from the right.
    pub normal_rad: f64,
    /// Position of the line along that direction, pixels.
    pub offset_px: f64,
}

impl ChoiceLine {
    /// Whether a place is on the second class's side.
    #[must_use]
    pub fn is_second(&self, [x, y]: [f64; 2]) -> bool {
        let (sin, cos) = libm::sincos(self.normal_rad);
        x * cos + y * sin > self.offset_px
    }
}

/// A line that could be shown, with the probability of its less likely side.
#[derive(Debug, Clone, Copy)]
struct CandidateLine {
    lesser: f64,
    line: ChoiceLine,
}

/// A new line replaces the present one if its less likely side is this many times as likely. This is a ratio and not a difference: if one
/// target has nearly all the probability, and is wrong, the next line must separate that target from the rest, however improbable the
/// others are.
const BETTER: f64 = 1.25;
/// Lines are compared again when the probability of the less likely side has fallen to this share of what it was at the last comparison.
const LESS: f64 = 0.96;

/// A target that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    middle: [f64; 2],
    belief: f64,
    is_second: bool,
    /// The class that a user who wants this target would use (-1: the first, 1: the second), delayed in stages. The evidence decoded now is
    /// compared with the last stage; otherwise strong evidence for the previous line would count against the very target that it supports.
    answer: [f64; STAGES],
}

impl Place {
    /// Advances the delayed answer by one step; `kept` is the share that each stage keeps. Returns the answer that is being decoded now.
    fn answer(&mut self, kept: f64) -> f64 {
        let mut answer = if self.is_second { 1.0 } else { -1.0 };
        for stage in &mut self.answer {
            *stage = kept * *stage + (1.0 - kept) * answer;
            answer = *stage;
        }
        answer
    }
}

/// Chooses among targets: the line that is shown, and the probability of each target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TargetChooser {
    settings: ChooserSettings,
    places: Vec<Place>,
    line: ChoiceLine,
    shown_s: f64,
    /// Probability of the less likely side when lines were last compared.
    last_lesser: f64,
    goal: Option<usize>,
    /// No evidence has arrived since the last restart.
    is_new: bool,
    /// Scratch memory for sorting, and for the next list of targets.
    order: Vec<usize>,
    next: Vec<Place>,
}

impl TargetChooser {
    /// Without targets, with memory for the largest possible number.
    pub(super) fn new(settings: ChooserSettings) -> Self {
        Self {
            settings,
            places: Vec::with_capacity(MOST_TARGETS),
            line: ChoiceLine::default(),
            shown_s: 0.0,
            last_lesser: 1.0,
            goal: None,
            is_new: false,
            order: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
        }
    }

    /// Replaces the targets. Each new target names the old one that it continues, if any, and keeps its probability. The line stays while
    /// it still divides them.
    pub(super) fn renew(&mut self, middles: impl Iterator<Item = ([f64; 2], Option<usize>)>) {
        self.is_new = false;
        let (goal, had) = (self.goal.take(), self.places.len());
        let new = Place {
            middle: [0.0; 2],
            belief: 1.0 / had.max(1) as f64,
            is_second: false,
            answer: [0.0; STAGES],
        };
        self.next.clear();
        for (middle, before) in middles.take(MOST_TARGETS) {
            if before.is_some() && before == goal {
                self.goal = Some(self.next.len());
            }
            let known = before.and_then(|before| self.places.get(before));
            let place = known.copied().unwrap_or(new);
            self.next.push(Place { middle, ..place });
        }
        std::mem::swap(&mut self.places, &mut self.next);
        self.normalise();
        self.order.clear();
        self.order.extend(0..self.places.len());
        self.part();
        let first = self.places.first().map(|place| place.is_second);
        if had == 0
            || self
                .places
                .iter()
                .all(|place| Some(place.is_second) == first)
        {
            self.draw_best();
        }
    }

    /// Starts again with equal probabilities.
    pub(super) fn restart(&mut self) {
        if std::mem::replace(&mut self.is_new, true) {
            return;
        }
        for place in &mut self.places {
            (place.belief, place.answer) = (1.0, [0.0; STAGES]);
        }
        self.normalise();
        self.goal = None;
        self.draw_best();
    }

    /// The line that is shown now.
    pub(super) fn line(&self) -> ChoiceLine {
        self.line
    }

    /// The chosen target, if any.
    pub(super) fn goal(&self) -> Option<usize> {
        self.goal
    }

    /// Takes the evidence of one step: log-odds of the second class against the first.
    pub(super) fn step(&mut self, log_odds: f64, step_s: f64) {
        if log_odds.is_nan() {
            return;
        }
        self.is_new = false;
        self.shown_s += step_s;
        let evidence =
            log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS) * step_s / self.settings.window_s;
        let kept = libm::exp(-step_s * STAGES as f64 / self.settings.lag_s);
        for place in &mut self.places {
            let agrees = evidence * place.answer(kept);
            place.belief = (place.belief * libm::exp(0.5 * agrees)).max(LEAST_BELIEF);
        }
        self.normalise();
        self.choose();
        self.redraw_if_answered();
    }

    fn normalise(&mut self) {
        let total: f64 = self.places.iter().map(|place| place.belief).sum();
        for place in &mut self.places {
            place.belief /= total;
        }
    }

    /// Chooses or leaves a target according to its probability.
    fn choose(&mut self) {
        let belief = |place: &usize| self.places[*place].belief;
        self.goal = self
            .goal
            .filter(|goal| belief(goal) >= self.settings.leave)
            .or_else(|| (0..self.places.len()).find(|place| belief(place) >= self.settings.choose));
    }

    /// Shows another line once this one has been answered.
    fn redraw_if_answered(&mut self) {
        let second = self.places.iter().filter(|place| place.is_second);
        let second: f64 = second.map(|place| place.belief).sum();
        let lesser = second.min(1.0 - second);
        if lesser > 1.0 - self.settings.side || self.shown_s < self.settings.least_s {
            self.last_lesser = 1.0;
        } else if lesser < LESS * self.last_lesser {
            // Comparing all lines takes time, so it is not done at every step. If none is better (one target is alone on its side), answers
            // to this line continue to count.
            self.last_lesser = lesser;
            let candidate = self.best_line();
            if candidate.lesser > BETTER * lesser {
                self.draw(candidate);
            }
        }
    }

    fn draw_best(&mut self) {
        let candidate = self.best_line();
        self.draw(candidate);
    }

    fn draw(&mut self, candidate: CandidateLine) {
        (self.shown_s, self.last_lesser) = (0.0, 1.0);
        self.line = candidate.line;
        self.part();
    }

    /// The line that divides the probability most evenly.
    fn best_line(&mut self) -> CandidateLine {
        let mut best = CandidateLine {
            lesser: 0.0,
            line: ChoiceLine::default(),
        };
        for turn in 0..ANGLES {
            // From vertical over slanted to horizontal lines; among equally good lines the one closer to vertical wins.
            let step = turn.div_ceil(2);
            let sign = if turn % 2 == 1 { 1.0 } else { -1.0 };
            let angle = sign * step as f64 * PI / ANGLES as f64;
            let (sin, cos) = libm::sincos(angle);
            let places = &self.places;
            let along = |k: &usize| places[*k].middle[0] * cos + places[*k].middle[1] * sin;
            self.order
                .sort_unstable_by(|a, b| along(a).total_cmp(&along(b)).then(a.cmp(b)));
            let mut first = 0.0;
            for pair in self.order.windows(2) {
                first += places[pair[0]].belief;
                let gap = along(&pair[1]) - along(&pair[0]);
                let clear = if gap < CLEAR_PX { UNCLEAR } else { 1.0 };
                let lesser = clear * first.min(1.0 - first);
                if gap > 0.0 && lesser > 1.002 * best.lesser {
                    best = CandidateLine {
                        lesser,
                        line: ChoiceLine {
                            normal_rad: angle,
                            offset_px: along(&pair[0]) + 0.5 * gap,
                        },
                    };
                }
            }
        }
        best
    }

    fn part(&mut self) {
        for place in &mut self.places {
            place.is_second = self.line.is_second(place.middle);
        }
    }
}

#[cfg(test)]
mod tests;
