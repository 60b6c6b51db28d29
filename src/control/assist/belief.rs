//! How likely each of several places is the one that the user wants. Answers to a dividing line, looks and gaze add log-likelihoods to it; what
//! acts on it does not know where the evidence came from.

use super::MOST_TARGETS;

/// A place that can be wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Its centre, pixels of the desktop.
    pub(super) middle: [f64; 2],
    /// The probability that it is wanted.
    pub(super) probability: f64,
}

/// A probability for each of up to [`MOST_TARGETS`] places; all of them together have 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    places: Vec<Place>,
    /// Memory for the next list.
    next: Vec<Place>,
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

    /// Whether all places are equally likely.
    pub(super) fn is_even(&self) -> bool {
        let first = self.of(0);
        self.places.iter().all(|at| at.probability == first)
    }

    /// How often all places have become equally likely again. What was asked before says nothing about them.
    pub(super) fn starts(&self) -> u32 {
        self.starts
    }

    /// Replaces the places by others, all equally likely.
    pub(super) fn replace(&mut self, middles: impl Iterator<Item = [f64; 2]>) {
        let place = |middle| Place {
            middle,
            probability: 1.0,
        };
        self.places.clear();
        self.places.extend(middles.take(MOST_TARGETS).map(place));
        self.is_new = false;
        self.restart();
    }

    /// Replaces the list. Each new place names the old one that it continues, if any, and keeps its probability; others have that of the
    /// average place. Returns whether the list is still the same, though perhaps in another order.
    pub(super) fn renew(
        &mut self,
        middles: impl Iterator<Item = ([f64; 2], Option<usize>)>,
    ) -> bool {
        let had = self.places.len();
        let mean = 1.0 / had.max(1) as f64;
        let mut is_same = true;
        self.next.clear();
        for (middle, before) in middles.take(MOST_TARGETS) {
            let known = before.and_then(|before| self.places.get(before));
            is_same &= known.is_some();
            self.next.push(Place {
                middle,
                probability: known.map_or(mean, |known| known.probability),
            });
        }
        is_same &= self.next.len() == had;
        std::mem::swap(&mut self.places, &mut self.next);
        if !is_same {
            self.normalise();
            self.is_new = false;
        }
        is_same
    }

    /// Makes all places equally likely again. Returns whether there was anything to forget.
    pub(super) fn restart(&mut self) -> bool {
        if std::mem::replace(&mut self.is_new, true) {
            return false;
        }
        for place in &mut self.places {
            place.probability = 1.0;
        }
        self.normalise();
        self.starts = self.starts.wrapping_add(1);
        true
    }

    /// Adds evidence: the log-likelihood of each place. No place keeps less than about `least`, so that later evidence can correct this.
    pub(super) fn add(&mut self, least: f64, mut log_likelihood: impl FnMut(usize, &Place) -> f64) {
        for (number, place) in self.places.iter_mut().enumerate() {
            let likelihood = libm::exp(log_likelihood(number, place));
            place.probability = (place.probability * likelihood).max(least);
        }
        self.normalise();
        self.is_new = false;
    }

    fn normalise(&mut self) {
        let total: f64 = self.places.iter().map(|place| place.probability).sum();
        for place in &mut self.places {
            place.probability /= total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn belief(count: usize) -> Belief {
        let mut belief = Belief::new();
        belief.replace((0..count).map(|k| [k as f64, 0.0]));
        belief
    }

    fn probabilities(belief: &Belief) -> Vec<f64> {
        belief.places().iter().map(|at| at.probability).collect()
    }

    /// Bayes: two independent observations with odds of 3 and 5 to 1 give 15 to 1.
    #[test]
    fn log_likelihoods_of_all_sources_add_up() {
        let mut belief = belief(2);
        belief.add(0.0, |place, _| if place == 0 { 3f64.ln() } else { 0.0 });
        assert!((belief.of(0) - 0.75).abs() < 1e-12);
        belief.add(0.0, |place, _| if place == 0 { 5f64.ln() } else { 0.0 });
        assert!((belief.of(0) - 15.0 / 16.0).abs() < 1e-12);
        let starts = belief.starts();
        assert!(!belief.is_even() && belief.restart());
        assert_eq!((belief.of(0), belief.is_even()), (0.5, true));
        assert_ne!(belief.starts(), starts);
        // There is nothing left to forget.
        assert!(!belief.restart());
    }

    #[test]
    fn a_place_keeps_its_probability_while_it_is_there() {
        let mut belief = belief(4);
        belief.add(0.0, |place, _| place as f64);
        let before = probabilities(&belief);
        // The same list in another order.
        let reversed = (0..4).rev().map(|k| ([k as f64, 0.0], Some(k)));
        assert!(belief.renew(reversed));
        let now = probabilities(&belief);
        assert!((0..4).all(|k| now[k] == before[3 - k]), "{now:?}");
        // The likeliest one goes, and another comes.
        let list = [(2.0, Some(1)), (1.0, Some(2)), (9.0, None)];
        assert!(!belief.renew(list.map(|(x, k)| ([x, 0.0], k)).into_iter()));
        let now = probabilities(&belief);
        assert!((now[0] / now[1] - before[2] / before[1]).abs() < 1e-12);
        assert!((now[2] / now[0] - 0.25 / before[2]).abs() < 1e-12);
        belief.renew(std::iter::empty());
        assert!(belief.places().is_empty());
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
                belief.add(1e-4, |at, _| if at == place % count { log } else { 0.0 });
                let all = probabilities(&belief);
                prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                prop_assert!(all.iter().all(|one| *one > 0.0));
            }
            prop_assert_eq!(belief.places.capacity(), memory);
            prop_assert!(belief.places().len() == count.min(MOST_TARGETS));
        }
    }
}
