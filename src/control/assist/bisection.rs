//! Choosing by halves: a line parts the places that can be meant, one class means this side, the other that side, and what is decoded
//! moves belief. With a noisy decoder this wastes least (posterior matching: Horstein 1963; for EEG, Omar, Johnson and Coleman 2011):
//! each question is the one whose answer is least known, and an error is undone by later answers.

use super::MOST_TARGETS;
use std::f64::consts::PI;

/// How answers are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BisectionSettings {
    /// What is decoded counts from this long after a question on, seconds: it is seen, answered, and the decoder's window fills.
    pub(super) dead_s: f64,
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

impl Default for BisectionSettings {
    fn default() -> Self {
        Self {
            dead_s: 1.0,
            window_s: 1.0,
            side: 0.75,
            choose: 0.85,
            leave: 0.5,
        }
    }
}

/// Angles of the line that are tried.
const ANGLES: usize = 16;
/// A line with less room than this between the places beside it is taken only where there is no other: nobody could see on which side
/// they are, pixels.
const CLEAR_PX: f64 = 10.0;
/// Evidence of one observation counts no more than this, log-odds.
const MOST_LOG_ODDS: f64 = 4.0;

/// A line that parts what can be meant: the second class means what lies to its right or below it, the first class the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Question {
    /// Direction from the first side to the second, radians clockwise from the right.
    pub normal_rad: f64,
    /// Where the line is along it, pixels.
    pub offset_px: f64,
}

impl Question {
    /// Whether a place is on the second class's side.
    #[must_use]
    pub fn is_second(&self, [x, y]: [f64; 2]) -> bool {
        let (sin, cos) = libm::sincos(self.normal_rad);
        x * cos + y * sin > self.offset_px
    }
}

/// A line that may be asked with; less even is worse, and one without room at its sides is worse than any other.
#[derive(Debug, Clone, Copy)]
struct Line {
    unevenness: f64,
    question: Question,
}

/// A line is asked with anew where it parts belief better by so much; others are looked at again when belief in one side has grown so much.
const BETTER: f64 = 0.05;
const GROWN: f64 = 0.01;

/// A line, and what is believed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bisection {
    settings: BisectionSettings,
    places: Vec<[f64; 2]>,
    belief: Vec<f64>,
    /// Whether each place is on the second class's side.
    second: Vec<bool>,
    question: Question,
    asked_s: f64,
    /// How unevenly belief was parted when other lines were last looked at.
    tried: f64,
    goal: Option<usize>,
    /// Nothing has been told since it began anew.
    is_new: bool,
    /// Room to sort in, and for the beliefs of other places.
    order: Vec<usize>,
    next: Vec<f64>,
}

impl Bisection {
    /// Without a place; there is room for all there can be.
    pub(super) fn new(settings: BisectionSettings) -> Self {
        Self {
            settings,
            places: Vec::with_capacity(MOST_TARGETS),
            belief: Vec::with_capacity(MOST_TARGETS),
            second: Vec::with_capacity(MOST_TARGETS),
            question: Question::default(),
            asked_s: 0.0,
            tried: 0.0,
            goal: None,
            is_new: false,
            order: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
        }
    }

    /// Takes places, each with the one that it was before, if any: of that the same is believed as before. The question stays where it
    /// still parts them.
    pub(super) fn renew(&mut self, places: impl Iterator<Item = ([f64; 2], Option<usize>)>) {
        self.is_new = false;
        let (goal, had) = (self.goal.take(), self.places.len());
        let even = 1.0 / had.max(1) as f64;
        self.places.clear();
        self.next.clear();
        for (place, before) in places.take(MOST_TARGETS) {
            if before.is_some() && before == goal {
                self.goal = Some(self.places.len());
            }
            let known = before.and_then(|before| self.belief.get(before));
            self.places.push(place);
            self.next.push(known.copied().unwrap_or(even));
        }
        let total: f64 = self.next.iter().sum();
        self.next.iter_mut().for_each(|belief| *belief /= total);
        std::mem::swap(&mut self.belief, &mut self.next);
        self.order.clear();
        self.order.extend(0..self.places.len());
        self.part();
        if had == 0 || self.second.iter().all(|is| *is == self.second[0]) {
            self.ask();
        }
    }

    /// Nothing is known any more.
    pub(super) fn restart(&mut self) {
        if std::mem::replace(&mut self.is_new, true) {
            return;
        }
        let even = 1.0 / self.places.len().max(1) as f64;
        self.belief.fill(even);
        self.goal = None;
        self.ask();
    }

    /// What is asked now.
    pub(super) fn question(&self) -> Question {
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
        self.asked_s += step_s;
        if self.asked_s <= self.settings.dead_s {
            return;
        }
        let told = log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS) * step_s / self.settings.window_s;
        let likelihood = [libm::exp(-0.5 * told), libm::exp(0.5 * told)];
        let mut total = 0.0;
        for (belief, second) in self.belief.iter_mut().zip(&self.second) {
            // Never none: every error can be undone.
            *belief = (*belief * likelihood[usize::from(*second)]).max(1e-4);
            total += *belief;
        }
        self.belief.iter_mut().for_each(|belief| *belief /= total);
        self.settle();
    }

    /// Goes to what is believed, and asks anew where an answer is clear.
    fn settle(&mut self) {
        let best =
            (0..self.belief.len()).max_by(|a, b| self.belief[*a].total_cmp(&self.belief[*b]));
        let Some(best) = best else { return };
        let most = self.belief[best];
        if self
            .goal
            .is_some_and(|goal| self.belief[goal] < self.settings.leave)
        {
            self.goal = None;
        }
        if most >= self.settings.choose {
            self.goal = Some(best);
        }
        let second = self.belief.iter().zip(&self.second);
        let second: f64 = second
            .filter(|(_, is)| **is)
            .map(|(belief, _)| belief)
            .sum();
        let unevenness = (second - 0.5).abs();
        if unevenness < self.settings.side - 0.5 {
            self.tried = 0.0;
        } else if unevenness > self.tried + GROWN {
            // Looking at all lines takes a while, so not at every step. Where none parts belief better (a place is alone on its side, or
            // among others, where none can be), answers to this one go on counting.
            self.tried = unevenness;
            let line = self.best_line();
            if line.unevenness < unevenness - BETTER {
                self.ask_with(line);
            }
        }
    }

    fn ask(&mut self) {
        let line = self.best_line();
        self.ask_with(line);
    }

    fn ask_with(&mut self, line: Line) {
        (self.asked_s, self.tried) = (0.0, 0.0);
        self.question = line.question;
        self.part();
    }

    /// The line that parts belief most evenly.
    fn best_line(&mut self) -> Line {
        let mut best = Line {
            unevenness: f64::INFINITY,
            question: Question::default(),
        };
        for turn in 0..ANGLES {
            // From left and right over slanting lines to up and down; the plainer one wins where two are as good.
            let step = turn.div_ceil(2);
            let sign = if turn % 2 == 1 { 1.0 } else { -1.0 };
            let angle = sign * step as f64 * PI / ANGLES as f64;
            let (sin, cos) = libm::sincos(angle);
            let along = |k: &usize| self.places[*k][0] * cos + self.places[*k][1] * sin;
            let mut order = std::mem::take(&mut self.order);
            order.sort_unstable_by(|a, b| along(a).total_cmp(&along(b)).then(a.cmp(b)));
            let mut first = 0.0;
            for pair in order.windows(2) {
                first += self.belief[pair[0]];
                let gap = along(&pair[1]) - along(&pair[0]);
                let unclear = if gap < CLEAR_PX { 1.0 } else { 0.0 };
                let unevenness = (first - 0.5).abs() + unclear;
                if gap > 0.0 && unevenness < best.unevenness - 1e-3 {
                    best = Line {
                        unevenness,
                        question: Question {
                            normal_rad: angle,
                            offset_px: along(&pair[0]) + 0.5 * gap,
                        },
                    };
                }
            }
            self.order = order;
        }
        best
    }

    fn part(&mut self) {
        self.second.clear();
        let is_second = |place: &[f64; 2]| self.question.is_second(*place);
        self.second.extend(self.places.iter().map(is_second));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn circle(count: usize) -> Vec<[f64; 2]> {
        (0..count)
            .map(|k| {
                let (sin, cos) = libm::sincos(2.0 * PI * k as f64 / count as f64);
                [300.0 * cos, 300.0 * sin]
            })
            .collect()
    }

    fn among(places: Vec<[f64; 2]>) -> Bisection {
        let mut bisection = Bisection::new(BisectionSettings::default());
        bisection.renew(places.into_iter().map(|place| (place, None)));
        bisection
    }

    /// Steps until a target is gone to, where each answer is so clear and right for all but the first so many steps.
    fn steps(count: usize, wanted: usize, log_odds: f64, wrong: usize) -> Option<usize> {
        let mut bisection = among(circle(count));
        (0..5000).find(|k| {
            let right = if bisection.second[wanted] {
                log_odds
            } else {
                -log_odds
            };
            bisection.step(if *k < wrong { -right } else { right }, 0.04);
            bisection.goal() == Some(wanted)
        })
    }

    #[test]
    fn the_first_line_is_upright_and_parts_evenly() {
        let bisection = among(circle(8));
        let seconds = (0..8).filter(|k| bisection.second[*k]).count();
        assert_eq!(seconds, 4);
        // To the right of it is what lies to the right.
        assert!(bisection.second[0] && !bisection.second[4]);
    }

    #[test]
    fn a_line_leaves_room_to_see_on_which_side_a_place_is() {
        // In rows and columns, and each half a pixel beside its place, as middles of rectangles are.
        let places = (0..20).map(|k| {
            [
                f64::from(60 * (k % 5)) + 0.5 * f64::from(k % 2),
                f64::from(40 * (k / 5)),
            ]
        });
        let mut bisection = among(places.collect());
        for _ in 0..200 {
            let question = bisection.question();
            let (sin, cos) = libm::sincos(question.normal_rad);
            for [x, y] in &bisection.places {
                assert!((x * cos + y * sin - question.offset_px).abs() >= 0.4 * CLEAR_PX);
            }
            bisection.step(if bisection.second[7] { 1.0 } else { -1.0 }, 0.04);
        }
    }

    #[test]
    fn a_place_among_others_is_found_as_soon_as_one_at_the_edge() {
        // The middle of five by five is on no side alone.
        let places: Vec<[f64; 2]> = (0..25)
            .map(|k| [f64::from(k % 5) * 100.0, f64::from(k / 5) * 70.0])
            .collect();
        let took = [12, 0].map(|wanted| {
            let mut bisection = among(places.clone());
            let found = (0..5000).find(|_| {
                let is_second = bisection.second[wanted];
                bisection.step(if is_second { 1.5 } else { -1.5 }, 0.04);
                bisection.goal() == Some(wanted)
            });
            found.unwrap() as f64 * 0.04
        });
        assert!(took[0] < 2.0 * took[1] && took[0] < 40.0, "{took:?}");
    }

    #[test]
    fn what_is_decoded_before_a_question_can_be_answered_does_not_count() {
        let mut bisection = among(circle(8));
        (0..24).for_each(|_| bisection.step(4.0, 0.04));
        assert!(
            bisection
                .belief
                .iter()
                .all(|belief| (belief - 0.125).abs() < 1e-12)
        );
    }

    #[test]
    fn what_is_believed_and_asked_goes_on_where_places_are_seen_again() {
        let mut bisection = among(circle(8));
        (0..60).for_each(|_| bisection.step(2.0, 0.04));
        let (asked, belief) = (bisection.question(), bisection.belief.clone());
        // The other way round, and one more.
        let places = circle(8);
        let seen = (0..8).rev().map(|k| (places[k], Some(k)));
        bisection.renew(seen.chain([([30.0, 60.0], None)]));
        assert_eq!(bisection.question(), asked);
        assert!((bisection.belief[7] / bisection.belief[3] - belief[0] / belief[4]).abs() < 1e-9);
        assert!((bisection.belief.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // All that is left lies on one side: another line is needed.
        let left: Vec<usize> = (0..9).filter(|k| bisection.second[*k]).collect();
        let there = |k: &usize| (bisection.places[*k], Some(*k));
        let left: Vec<_> = left[..2].iter().map(there).collect();
        bisection.renew(left.into_iter());
        assert_ne!(bisection.question(), asked);
        assert_ne!(bisection.second[0], bisection.second[1]);
        bisection.renew(std::iter::empty());
        bisection.step(1.0, 0.04);
        assert_eq!(bisection.goal(), None);
    }

    proptest! {
        #[test]
        fn every_target_is_found_and_errors_are_undone(
            count in 2..20usize, place in 0..20usize, log_odds in 0.5..4.0f64, wrong in 0..200usize,
        ) {
            let found = steps(count, place % count, log_odds, wrong);
            prop_assert!(found.is_some());
        }

        #[test]
        fn belief_stays_belief(told in proptest::collection::vec(-1e9..1e9f64, 1..500)) {
            let mut bisection = among(circle(7));
            for log_odds in told {
                bisection.step(log_odds, 0.04);
                let sum: f64 = bisection.belief.iter().sum();
                prop_assert!((sum - 1.0).abs() < 1e-9);
                prop_assert!(bisection.belief.iter().all(|belief| *belief > 0.0));
            }
        }
    }

    #[test]
    fn clearer_answers_find_it_sooner() {
        let [clear, vague] = [3.0, 0.8].map(|log_odds| steps(8, 3, log_odds, 0).unwrap());
        assert!(clear < vague, "{clear} {vague}");
    }
}
