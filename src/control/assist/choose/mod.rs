//! Chooses a target by halves. A line divides the candidate targets, each of two classes stands for one side, and decoded evidence is added to
//! the [`Belief`] in each target. With a noisy decoder this needs the fewest answers (posterior matching: Horstein 1963; for EEG, Omar,
//! Johnson and Coleman 2011): each line is the one whose answer is least certain, and later answers correct an error.

use super::MOST_TARGETS;
use super::belief::{Belief, FACTORS, ForEach};
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

/// What a user who wants a target would answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Answer {
    /// The target lies on the second class's side of the line.
    is_second: bool,
    /// The class that they would use (-1: the first, 1: the second), delayed in stages. The evidence decoded now is compared with the last
    /// stage; otherwise strong evidence for the previous line would count against the very target that it supports.
    delayed: [f64; STAGES],
}

impl Answer {
    /// Advances the delayed answer by one step; `kept` is the share that each stage keeps.
    fn advance(&mut self, kept: f64) {
        let mut answer = if self.is_second { 1.0 } else { -1.0 };
        for stage in &mut self.delayed {
            *stage = kept * *stage + (1.0 - kept) * answer;
            answer = *stage;
        }
    }

    /// The answer that is being decoded now.
    fn decoded(&self) -> f64 {
        self.delayed[STAGES - 1]
    }
}

/// Asks on which side of a line the wanted target lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TargetChooser {
    settings: ChooserSettings,
    /// One for each place of the belief, in its order.
    answers: Vec<Answer>,
    line: ChoiceLine,
    shown_s: f64,
    /// Probability of the less likely side when lines were last compared.
    last_lesser: f64,
    goal: Option<usize>,
    /// The start of the belief that it follows.
    start: u32,
    /// Scratch memory for sorting, and for the next list of targets.
    order: Vec<usize>,
    next: Vec<Answer>,
}

impl TargetChooser {
    /// Without targets, with memory for the largest possible number.
    pub(super) fn new(settings: ChooserSettings) -> Self {
        Self {
            settings,
            answers: Vec::with_capacity(MOST_TARGETS),
            line: ChoiceLine::default(),
            shown_s: 0.0,
            last_lesser: 1.0,
            goal: None,
            start: 0,
            order: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
        }
    }

    /// Follows a belief that was renewed: each of its places names the old one that it continues, if any. The line stays while it still
    /// divides them.
    pub(super) fn renew(&mut self, belief: &Belief, before: &[Option<usize>]) {
        let (goal, had) = (self.goal.take(), self.answers.len());
        self.next.clear();
        for before in before.iter().take(belief.places().len()) {
            if before.is_some() && *before == goal {
                self.goal = Some(self.next.len());
            }
            let known = before.and_then(|before| self.answers.get(before));
            self.next.push(known.copied().unwrap_or_default());
        }
        std::mem::swap(&mut self.answers, &mut self.next);
        self.divide(belief);
        let first = self.answers.first().map(|answer| answer.is_second);
        if had == 0
            || self
                .answers
                .iter()
                .all(|answer| Some(answer.is_second) == first)
        {
            self.draw_best(belief);
        }
    }

    /// If the belief has started again, or holds other places, everything that was asked is forgotten.
    pub(super) fn follow(&mut self, belief: &Belief) {
        if std::mem::replace(&mut self.start, belief.starts()) == belief.starts() {
            return;
        }
        self.answers.clear();
        let answers = belief.places().iter().map(|_| Answer::default());
        self.answers.extend(answers);
        self.goal = None;
        self.draw_best(belief);
    }

    /// The line that is shown now.
    pub(super) fn line(&self) -> ChoiceLine {
        self.line
    }

    /// The chosen target, if any.
    pub(super) fn goal(&self) -> Option<usize> {
        self.goal
    }

    /// Adds the evidence of one step: log-odds of the second class against the first.
    pub(super) fn step(&mut self, log_odds: f64, step_s: f64, belief: &mut Belief) {
        if log_odds.is_nan() {
            return;
        }
        self.shown_s += step_s;
        let log_odds = log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS);
        let evidence = log_odds * step_s / self.settings.window_s;
        let kept = libm::exp(-step_s * STAGES as f64 / self.settings.lag_s);
        let answers = &mut self.answers;
        answers.iter_mut().for_each(|answer| answer.advance(kept));
        let squares: f64 = answers.iter().map(|at| at.decoded() * at.decoded()).sum();
        let observed = step_s / self.settings.window_s * squares / answers.len().max(1) as f64;
        let common = FACTORS.map(|factor| -observed * log_cosh(0.5 * factor * log_odds));
        belief.weigh(LEAST_BELIEF, common, |place, _| -> ForEach {
            let answer = answers.get(place).map_or(0.0, Answer::decoded);
            FACTORS.map(|factor| 0.5 * factor * (evidence * answer))
        });
        self.choose(belief);
        self.redraw_if_answered(belief);
    }

    /// Chooses or leaves a target according to its probability.
    fn choose(&mut self, belief: &Belief) {
        let places = 0..belief.places().len();
        let (leave, choose) = (self.settings.leave, self.settings.choose);
        self.goal = self
            .goal
            .filter(|goal| belief.of(*goal) >= leave)
            .or_else(|| places.into_iter().find(|place| belief.of(*place) >= choose));
    }

    /// Shows another line once this one has been answered.
    fn redraw_if_answered(&mut self, belief: &Belief) {
        let both = self.answers.iter().zip(belief.places());
        let second = both.filter(|(answer, _)| answer.is_second);
        let second: f64 = second.map(|(_, place)| place.probability).sum();
        let lesser = second.min(1.0 - second);
        if lesser > 1.0 - self.settings.side || self.shown_s < self.settings.least_s {
            self.last_lesser = 1.0;
        } else if lesser < LESS * self.last_lesser {
            // Comparing all lines takes time, so it is not done at every step. If none is better (one target is alone on its side), answers
            // to this line continue to count.
            self.last_lesser = lesser;
            let candidate = self.best_line(belief);
            if candidate.lesser > BETTER * lesser {
                self.draw(candidate, belief);
            }
        }
    }

    fn draw_best(&mut self, belief: &Belief) {
        let candidate = self.best_line(belief);
        self.draw(candidate, belief);
    }

    fn draw(&mut self, candidate: CandidateLine, belief: &Belief) {
        (self.shown_s, self.last_lesser) = (0.0, 1.0);
        self.line = candidate.line;
        self.divide(belief);
    }

    /// The line that divides the probability most evenly.
    fn best_line(&mut self, belief: &Belief) -> CandidateLine {
        let mut best = CandidateLine {
            lesser: 0.0,
            line: ChoiceLine::default(),
        };
        let places = belief.places();
        self.order.clear();
        self.order.extend(0..places.len());
        for turn in 0..ANGLES {
            // From vertical over slanted to horizontal lines; among equally good lines the one closer to vertical wins.
            let step = turn.div_ceil(2);
            let sign = if turn % 2 == 1 { 1.0 } else { -1.0 };
            let angle = sign * step as f64 * PI / ANGLES as f64;
            let (sin, cos) = libm::sincos(angle);
            let along = |k: &usize| places[*k].middle[0] * cos + places[*k].middle[1] * sin;
            self.order
                .sort_unstable_by(|a, b| along(a).total_cmp(&along(b)).then(a.cmp(b)));
            let mut first = 0.0;
            for pair in self.order.windows(2) {
                first += places[pair[0]].probability;
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

    fn divide(&mut self, belief: &Belief) {
        for (answer, place) in self.answers.iter_mut().zip(belief.places()) {
            answer.is_second = self.line.is_second(place.middle);
        }
    }
}

/// `ln cosh x`. The probabilities of two answers with log odds of `2 x` are `exp(±x) / (2 cosh x)`.
fn log_cosh(x: f64) -> f64 {
    let x = x.abs();
    x + libm::log1p(libm::exp(-2.0 * x)) - std::f64::consts::LN_2
}

#[cfg(test)]
mod tests;
