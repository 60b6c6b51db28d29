//! Choosing by halves: a line parts the places that can be meant, one class means this side, the other that side, and what is decoded
//! moves belief. With a noisy decoder this wastes least (posterior matching: Horstein 1963; for EEG, Omar, Johnson and Coleman 2011):
//! each question is the one whose answer is least known, and an error is undone by later answers.

use super::MOST_TARGETS;
use std::f64::consts::PI;

/// How answers are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChooserSettings {
    /// What is decoded is about what was asked so long before, seconds: a question is seen, answered, and the decoder's window fills.
    pub(super) lag_s: f64,
    /// No question is asked for less, seconds: it has to be read.
    pub(super) least_s: f64,
    /// Evidence of so long counts as one observation, seconds: windows overlap, so this is not one step of them. The shorter, the faster,
    /// and the more is chosen wrongly.
    pub(super) window_s: f64,
    /// A question is over when one of its sides is believed so much.
    pub(super) side: f64,
    /// The pointer goes to a place that is believed so much, and leaves it where it is believed less than `leave`.
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

/// An answer comes through the lag as through so many leaky averages, one after another: neither at once nor for ever.
const STAGES: usize = 4;
/// Angles of the line that are tried.
const ANGLES: usize = 16;
/// Nobody sees well on which side of a line places are that have less room than this between them, pixels,
const CLEAR_PX: f64 = 10.0;
/// so such a line counts as if there was so much less belief on each of its sides.
const UNCLEAR: f64 = 0.6;
/// Evidence of one observation counts no more than this, log-odds.
const MOST_LOG_ODDS: f64 = 4.0;
/// No place is believed less, so every error can be undone.
const LEAST_BELIEF: f64 = 1e-4;

/// A line that parts what can be meant: the second class means what lies to its right or below it, the first class the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ChoiceLine {
    /// Direction from the first side to the second, radians clockwise from the right.
    pub normal_rad: f64,
    /// Where the line is along it, pixels.
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

/// A line that may be asked with: how much the side is believed that is believed less.
#[derive(Debug, Clone, Copy)]
struct CandidateLine {
    lesser: f64,
    line: ChoiceLine,
}

/// A line is asked with where its lesser side has so many times the belief of the one before. Not a difference: where nearly all belief is
/// in one place, and wrong, what is asked must be whether it is that place, however little belief the others have.
const BETTER: f64 = 1.25;
/// Others are looked at again when the lesser side has this share of the belief that it had then.
const LESS: f64 = 0.96;

/// What can be meant.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    middle: [f64; 2],
    belief: f64,
    is_second: bool,
    /// The class of those who mean it, -1 the first and 1 the second, as it comes through the lag: what is decoded now agrees with the last
    /// stage. Strong evidence that is left of the question before would else count against the very place that it speaks for.
    answer: [f64; STAGES],
}

impl Place {
    /// Follows the question for a step; `kept` is what each stage keeps of what it was. The answer that is decoded now.
    fn answer(&mut self, kept: f64) -> f64 {
        let mut answer = if self.is_second { 1.0 } else { -1.0 };
        for stage in &mut self.answer {
            *stage = kept * *stage + (1.0 - kept) * answer;
            answer = *stage;
        }
        answer
    }
}

/// A line, and what is believed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TargetChooser {
    settings: ChooserSettings,
    places: Vec<Place>,
    line: ChoiceLine,
    shown_s: f64,
    /// Belief of the lesser side when other lines were last looked at.
    last_lesser: f64,
    goal: Option<usize>,
    /// Nothing has been told since it began anew.
    is_new: bool,
    /// Room to sort in, and for other places.
    order: Vec<usize>,
    next: Vec<Place>,
}

impl TargetChooser {
    /// Without a place; there is room for all there can be.
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

    /// Takes places, each with the one that it was before, if any: of that the same is believed as before. The question stays where it
    /// still parts them.
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

    /// Nothing is known any more.
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

    /// What is asked now.
    pub(super) fn line(&self) -> ChoiceLine {
        self.question
    }

    /// Where the pointer goes, if anywhere.
    pub(super) fn goal(&self) -> Option<usize> {
        self.goal
    }

    /// Takes what is decoded in a step: log-odds of the second class against the first.
    pub(super) fn step(&mut self, log_odds: f64, step_s: f64) {
        if log_odds.is_nan() {
            return;
        }
        self.is_new = false;
        self.shown_s += step_s;
        let told = log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS) * step_s / self.settings.window_s;
        let kept = libm::exp(-step_s * STAGES as f64 / self.settings.lag_s);
        for place in &mut self.places {
            let agrees = told * place.answer(kept);
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

    /// Goes to what is believed.
    fn choose(&mut self) {
        let belief = |place: &usize| self.places[*place].belief;
        self.goal = self
            .goal
            .filter(|goal| belief(goal) >= self.settings.leave)
            .or_else(|| (0..self.places.len()).find(|place| belief(place) >= self.settings.choose));
    }

    /// Asks anew where an answer is clear.
    fn redraw_if_answered(&mut self) {
        let second = self.places.iter().filter(|place| place.is_second);
        let second: f64 = second.map(|place| place.belief).sum();
        let lesser = second.min(1.0 - second);
        if lesser > 1.0 - self.settings.side || self.shown_s < self.settings.least_s {
            self.last_lesser = 1.0;
        } else if lesser < LESS * self.last_lesser {
            // Looking at all lines takes a while, so not at every step. Where none is better (a place is alone on its side), answers to this
            // one go on counting.
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

    /// The line that parts belief most evenly.
    fn best_line(&mut self) -> CandidateLine {
        let mut best = CandidateLine {
            lesser: 0.0,
            line: ChoiceLine::default(),
        };
        for turn in 0..ANGLES {
            // From left and right over slanting lines to up and down; the plainer one wins where two are as good.
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
