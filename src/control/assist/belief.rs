//! How likely each of several places is the one that the user wants. Answers to a dividing line, looks and gaze add log-likelihoods to it; what
//! acts on it does not know where the evidence came from.
//!
//! How much imagined movement tells differs between people, and nobody knows it beforehand. So there is a belief for each [`FACTORS`] of its log
//! odds, and each counts as much as it has foreseen what came (a mixture of experts with one posterior: Bishop 2006, section 14.1). Where answers
//! contradict looks, or each other, the factor of 0 gains: then only looks count.

use super::MOST_TARGETS;

/// Factors of the log odds of imagined movement, of which one is right: it tells nothing, or what it says.
pub(super) const FACTORS: [f64; 2] = [0.0, 1.0];
/// A value for each factor.
pub(super) type ForEach = [f64; FACTORS.len()];

/// The probability of each factor before anything is known: imagined movement is taken at its word.
pub(super) const AT_ITS_WORD: ForEach = [0.0, 1.0];
/// The same where looks can show how much it tells. Who switches this on has tried imagined movement alone.
pub(super) const UNKNOWN: ForEach = [0.05, 0.95];

/// Share of the probability of each factor that is as before anything was known, after each start of the belief: people tire, and caps move.
const DOUBT: f64 = 0.05;

/// A place that can be wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Its centre, pixels of the desktop.
    pub(super) middle: [f64; 2],
    /// The probability that it is wanted.
    pub(super) probability: f64,
    /// The same before anything was known, relative to other places.
    prior: f64,
    /// The probability if a factor is right.
    given: ForEach,
}

/// A place for a list: its centre, pixels of the desktop, and how likely it is before anything is known, relative to the usual place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) middle: [f64; 2],
    pub(super) prior: f64,
}

#[cfg(test)]
impl Candidate {
    /// A place that is as likely as others.
    pub(super) fn usual(middle: [f64; 2]) -> Self {
        Self { middle, prior: 1.0 }
    }
}

/// A probability for each of up to [`MOST_TARGETS`] places; all of them together have 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    places: Vec<Place>,
    /// Memory for the next list.
    next: Vec<Place>,
    /// The probability of each factor, now and before anything was known.
    factors: ForEach,
    prior: ForEach,
    /// How often it has started again, and whether nothing has changed since.
    starts: u32,
    is_new: bool,
}

impl Belief {
    /// Without places, with memory for the largest possible number.
    pub(super) fn new() -> Self {
        Self {
            places: Vec::with_capacity(MOST_TARGETS),
            next: Vec::with_capacity(MOST_TARGETS),
            factors: AT_ITS_WORD,
            prior: AT_ITS_WORD,
            starts: 0,
            is_new: true,
        }
    }

    /// The places.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The probability of a place; 0 for one that is not in the list.
    pub(super) fn of(&self, place: usize) -> f64 {
        self.places.get(place).map_or(0.0, |at| at.probability)
    }

    /// What the evidence alone says about a place, relative to others; 0 for one that is not in the list.
    pub(super) fn evidence(&self, place: usize) -> f64 {
        let place = self.places.get(place);
        place.map_or(0.0, |at| at.probability / at.prior)
    }

    /// How often everything was forgotten. What was asked before says nothing about the places now.
    pub(super) fn starts(&self) -> u32 {
        self.starts
    }

    /// Says what is known about imagined movement before any evidence: the probability of each factor. Another value than before forgets what
    /// was learnt about it.
    pub(super) fn expect(&mut self, prior: ForEach) {
        if prior != self.prior {
            (self.prior, self.factors) = (prior, prior);
            self.normalise();
        }
    }

    /// Replaces the places by others, of which nothing is known.
    pub(super) fn replace(&mut self, candidates: impl Iterator<Item = Candidate>) {
        let place = |Candidate { middle, prior }| Place {
            middle,
            probability: prior,
            prior,
            given: [prior; FACTORS.len()],
        };
        self.places.clear();
        self.places.extend(candidates.take(MOST_TARGETS).map(place));
        self.is_new = false;
        self.restart();
    }

    /// Replaces the list. Each new place names the old one that it continues, if any, and keeps what is known about it; others have the
    /// probability of the average place. Returns whether the list is still the same, though perhaps in another order.
    pub(super) fn renew(
        &mut self,
        candidates: impl Iterator<Item = (Candidate, Option<usize>)>,
    ) -> bool {
        let had = self.places.len();
        let mean = 1.0 / had.max(1) as f64;
        let (mut is_same, mut is_as_likely) = (true, true);
        self.next.clear();
        for (Candidate { middle, prior }, before) in candidates.take(MOST_TARGETS) {
            let known = before.and_then(|before| self.places.get(before)).copied();
            is_same &= known.is_some();
            let mut place = known.unwrap_or(Place {
                middle,
                probability: mean,
                prior: 1.0,
                given: [mean; FACTORS.len()],
            });
            if place.prior != prior {
                is_as_likely = false;
                let change = prior / place.prior;
                place.given.iter_mut().for_each(|given| *given *= change);
            }
            self.next.push(Place {
                middle,
                prior,
                ..place
            });
        }
        is_same &= self.next.len() == had;
        std::mem::swap(&mut self.places, &mut self.next);
        if !(is_same && is_as_likely) {
            self.normalise();
            self.is_new &= is_same;
        }
        is_same
    }

    /// Forgets all evidence; what was learnt about imagined movement stays. Returns whether there was anything to forget.
    pub(super) fn restart(&mut self) -> bool {
        if std::mem::replace(&mut self.is_new, true) {
            return false;
        }
        for place in &mut self.places {
            place.given = [place.prior; FACTORS.len()];
        }
        for (factor, prior) in self.factors.iter_mut().zip(self.prior) {
            *factor += DOUBT * (prior - *factor);
        }
        self.normalise();
        self.starts = self.starts.wrapping_add(1);
        true
    }

    /// Forgets looks: where imagined movement tells nothing, all places are as likely again as before anything was known.
    pub(super) fn forget_looks(&mut self) {
        for (k, factor) in FACTORS.into_iter().enumerate() {
            if factor == 0.0 {
                self.places.iter_mut().for_each(|at| at.given[k] = at.prior);
            }
        }
        self.normalise();
    }

    /// Adds evidence that has nothing to do with imagined movement: the log-likelihood of each place.
    pub(super) fn add(&mut self, mut log_likelihood: impl FnMut(usize, &Place) -> f64) {
        self.weigh(0.0, [0.0; FACTORS.len()], |number, place| {
            [log_likelihood(number, place); FACTORS.len()]
        });
    }

    /// Adds evidence: the log-likelihood of each place if a factor is right, and what it has in common for all places. No place keeps less than
    /// about `least`, so that later evidence can correct this.
    pub(super) fn weigh(
        &mut self,
        least: f64,
        common: ForEach,
        mut log_likelihood: impl FnMut(usize, &Place) -> ForEach,
    ) {
        if self.places.is_empty() {
            return;
        }
        let mut totals = [0.0; FACTORS.len()];
        for (number, place) in self.places.iter_mut().enumerate() {
            let logs = log_likelihood(number, place);
            for ((given, log), total) in place.given.iter_mut().zip(logs).zip(&mut totals) {
                *given = (*given * libm::exp(log)).max(least);
                *total += *given;
            }
        }
        // What each factor had foreseen. Only differences matter; the largest of those that can be right is taken away, so that one of them stays.
        let foreseen: ForEach = std::array::from_fn(|k| libm::log(totals[k]) + common[k]);
        let possible = foreseen.iter().zip(self.factors);
        let possible = possible.filter(|(_, factor)| *factor > 0.0);
        let most = possible.fold(f64::NEG_INFINITY, |most, (log, _)| most.max(*log));
        for (factor, log) in self.factors.iter_mut().zip(foreseen) {
            *factor *= libm::exp(log - most);
        }
        self.normalise();
        self.is_new = false;
    }

    fn normalise(&mut self) {
        let mut totals = [0.0; FACTORS.len()];
        for place in &self.places {
            for (total, given) in totals.iter_mut().zip(place.given) {
                *total += given;
            }
        }
        let all: f64 = self.factors.iter().sum();
        self.factors.iter_mut().for_each(|factor| *factor /= all);
        for place in &mut self.places {
            place.probability = 0.0;
            for ((given, total), factor) in place.given.iter_mut().zip(totals).zip(self.factors) {
                *given /= total;
                place.probability += factor * *given;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn belief(count: usize) -> Belief {
        let mut belief = Belief::new();
        belief.replace((0..count).map(|k| candidate(k, 1.0)));
        belief
    }

    fn candidate(k: usize, prior: f64) -> Candidate {
        Candidate {
            middle: [k as f64, 0.0],
            prior,
        }
    }

    fn is_even(belief: &Belief) -> bool {
        belief
            .places()
            .iter()
            .all(|at| at.probability == belief.of(0))
    }

    fn probabilities(belief: &Belief) -> Vec<f64> {
        belief.places().iter().map(|at| at.probability).collect()
    }

    /// Bayes: two independent observations with odds of 3 and 5 to 1 give 15 to 1.
    #[test]
    fn log_likelihoods_of_all_sources_add_up() {
        let mut belief = belief(2);
        belief.add(|place, _| if place == 0 { 3f64.ln() } else { 0.0 });
        assert!((belief.of(0) - 0.75).abs() < 1e-12);
        belief.add(|place, _| if place == 0 { 5f64.ln() } else { 0.0 });
        assert!((belief.of(0) - 15.0 / 16.0).abs() < 1e-12);
        let starts = belief.starts();
        assert!(!is_even(&belief) && belief.restart());
        assert_eq!((belief.of(0), is_even(&belief)), (0.5, true));
        assert_ne!(belief.starts(), starts);
        // There is nothing left to forget.
        assert!(!belief.restart());
    }

    #[test]
    fn a_place_keeps_its_probability_while_it_is_there() {
        let mut belief = belief(4);
        belief.add(|place, _| place as f64);
        let before = probabilities(&belief);
        // The same list in another order.
        let reversed = (0..4).rev().map(|k| (candidate(k, 1.0), Some(k)));
        assert!(belief.renew(reversed));
        let now = probabilities(&belief);
        assert!((0..4).all(|k| now[k] == before[3 - k]), "{now:?}");
        // The likeliest one goes, and another comes.
        let list = [(2, Some(1)), (1, Some(2)), (9, None)];
        assert!(!belief.renew(list.map(|(x, k)| (candidate(x, 1.0), k)).into_iter()));
        let now = probabilities(&belief);
        assert!((now[0] / now[1] - before[2] / before[1]).abs() < 1e-12);
        assert!((now[2] / now[0] - 0.25 / before[2]).abs() < 1e-12);
        belief.renew(std::iter::empty());
        assert!(belief.places().is_empty());
    }

    /// Bayes again: a place that is three times as likely beforehand stays so with the same evidence.
    #[test]
    fn what_is_likely_beforehand_needs_less_evidence() {
        let mut belief = Belief::new();
        belief.replace([candidate(0, 3.0), candidate(1, 1.0)].into_iter());
        assert_eq!(probabilities(&belief), [0.75, 0.25]);
        belief.add(|place, _| if place == 0 { 2f64.ln() } else { 0.0 });
        assert!((belief.of(0) - 6.0 / 7.0).abs() < 1e-12);
        // Another text was written meanwhile: the evidence stays.
        let changed = [(candidate(0, 1.0), Some(0)), (candidate(1, 1.0), Some(1))];
        assert!(belief.renew(changed.into_iter()));
        assert!((belief.of(0) - 2.0 / 3.0).abs() < 1e-12);
        assert!(belief.restart());
        assert_eq!(probabilities(&belief), [0.5, 0.5]);
        // What has changed beforehand is no evidence that could be forgotten.
        belief.renew([(candidate(0, 4.0), Some(0)), (candidate(1, 1.0), Some(1))].into_iter());
        assert_eq!(
            (probabilities(&belief), belief.restart()),
            (vec![0.8, 0.2], false)
        );
    }

    /// Somebody answers to lines between eight places with these log odds; `truth`: whether an answer is right. A clear look then tells the
    /// place. Returns the probability that answers tell what they say, after some choices.
    fn learnt(log_odds: f64, truth: impl Fn(usize) -> bool, choices: usize) -> f64 {
        let mut belief = belief(8);
        belief.expect(UNKNOWN);
        for choice in 0..choices {
            let wanted = (5 * choice) % 8;
            for bit in 0..3 {
                let side = |place: usize| place >> bit & 1 == 1;
                let answers_right = truth(3 * choice + bit);
                let told = if side(wanted) == answers_right {
                    log_odds
                } else {
                    -log_odds
                };
                let common = FACTORS.map(|factor| -libm::log(libm::cosh(0.5 * factor * told)));
                belief.weigh(1e-4, common, |place, _| {
                    FACTORS.map(|factor| 0.5 * factor * if side(place) { told } else { -told })
                });
            }
            belief.add(|place, _| if place == wanted { 0.0 } else { -4.0 });
            belief.restart();
        }
        belief.factors[1]
    }

    /// Answers with log odds of 2 are right in 88 % if they tell what they say.
    #[test]
    fn answers_count_as_much_as_looks_agree_with_them() {
        let honest = learnt(2.0, |k| k % 8 != 5, 12);
        assert!(honest > 0.9, "{honest}");
        let chance = learnt(2.0, |k| k % 2 == 0, 12);
        assert!(chance < 0.1, "{chance}");
        let opposite = learnt(2.0, |_| false, 4);
        assert!(opposite < 0.1, "{opposite}");
        // Somebody who was decoded well, and is no longer.
        let later = learnt(2.0, |k| k < 60 || k % 2 == 0, 32);
        assert!(later < 0.1, "{later}");
        // Answers of nobody.
        let unknown = learnt(0.0, |_| true, 5);
        assert!((unknown - UNKNOWN[1]).abs() < 1e-12, "{unknown}");
    }

    /// If they tell nothing, neither do they here: what was looked at has the probability that looks alone give.
    #[test]
    fn where_answers_tell_nothing_only_looks_count() {
        let mut belief = belief(4);
        belief.expect([1.0, 0.0]);
        belief.weigh(0.0, [0.0, -0.4], |place, _| {
            FACTORS.map(|factor| factor * place as f64)
        });
        assert!(is_even(&belief));
        belief.add(|place, _| if place == 1 { 3f64.ln() } else { 0.0 });
        assert!((belief.of(1) - 0.5).abs() < 1e-12);
        // Forgotten looks leave what was imagined.
        belief.expect(UNKNOWN);
        belief.forget_looks();
        let even = belief.places().iter().all(|at| at.given[0] == 0.25);
        assert!(even && belief.of(3) > belief.of(2));
    }

    proptest! {
        /// Whatever is added, they stay probabilities, none is lost, and memory never grows.
        #[test]
        fn probabilities_stay_probabilities(
            count in 1..400usize, evidence in prop::collection::vec((0..400usize, -700.0..700.0f64), 0..50),
        ) {
            let mut belief = belief(count);
            let memory = belief.places.capacity();
            for (place, log) in evidence {
                belief.weigh(1e-4, [0.0; 2], |at, _| if at == place % count { [log; 2] } else { [0.0; 2] });
                let all = probabilities(&belief);
                prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                prop_assert!(all.iter().all(|one| *one > 0.0));
            }
            prop_assert_eq!(belief.places.capacity(), memory);
            prop_assert!(belief.places().len() == count.min(MOST_TARGETS));
        }
    }
}
