//! Which target gets which code.

use std::collections::BTreeMap;

/// A place on the screen, pixels.
pub type Place = [f64; 2];

/// Gives codes to targets so that neighbours get the least similar ones. A target keeps its code for as long as it exists.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Likeness of each pair of codes, row-major; 0 for codes that have nothing in common.
    likeness: Vec<f64>,
    codes: usize,
    /// Target's number to its place and code.
    given: BTreeMap<u64, (Place, usize)>,
}

impl Assignment {
    /// Nothing is given yet. `likeness` of two codes is at least 0 and the larger the easier they are confused.
    #[must_use]
    pub fn new(codes: usize, likeness: impl Fn(usize, usize) -> f64) -> Self {
        Self {
            likeness: (0..codes * codes)
                .map(|pair| likeness(pair / codes, pair % codes))
                .collect(),
            codes,
            given: BTreeMap::new(),
        }
    }

    /// Follows the targets that exist now. Codes of those that are gone become free; new targets get the free code that is least like their
    /// neighbours', in the order in which they stand here. Without a free code, a target gets none.
    pub fn follow(&mut self, targets: &[(u64, Place)]) {
        self.given
            .retain(|number, _| targets.iter().any(|(known, _)| known == number));
        for (number, place) in targets {
            if let Some((known, _)) = self.given.get_mut(number) {
                *known = *place;
            }
        }
        for (number, place) in targets {
            if self.given.contains_key(number) {
                continue;
            }
            let free =
                (0..self.codes).filter(|code| self.given.values().all(|(_, taken)| taken != code));
            let costs = free.map(|code| (code, self.cost(code, *place)));
            if let Some((code, _)) = costs.min_by(|a, b| a.1.total_cmp(&b.1)) {
                self.given.insert(*number, (*place, code));
            }
        }
    }

    /// The code of a target.
    #[must_use]
    pub fn code(&self, number: u64) -> Option<usize> {
        self.given.get(&number).map(|(_, code)| *code)
    }

    /// How easily a code here is confused with those around it: likeness over the square of the distance.
    fn cost(&self, code: usize, [x, y]: Place) -> f64 {
        let of = |([there_x, there_y], other): &(Place, usize)| {
            let square = (there_x - x) * (there_x - x) + (there_y - y) * (there_y - y);
            self.likeness[code * self.codes + other] / square.max(1.0)
        };
        self.given.values().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Assignment;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_target_gets_the_least_similar_code() {
        // Codes on a line: the nearer their numbers, the more alike.
        let mut codes = Assignment::new(4, |a, b| 1.0 / (1.0 + a.abs_diff(b) as f64));
        codes.follow(&[(7, [0.0, 0.0]), (8, [10.0, 0.0])]);
        assert_eq!((codes.code(7), codes.code(8)), (Some(0), Some(3)));
        codes.follow(&[(7, [0.0, 0.0]), (8, [10.0, 0.0]), (9, [11.0, 0.0])]);
        assert_eq!(codes.code(9), Some(1), "beside the target with code 3");
    }

    proptest! {
        #[test]
        fn codes_are_kept_and_never_shared(
            rounds in proptest::collection::vec(proptest::collection::btree_map(0..12_u64, [0.0..999.0, 0.0..999.0_f64], 0..12), 1..6),
        ) {
            let mut codes = Assignment::new(8, |a, b| f64::from(u8::from(a != b)));
            let mut before: Vec<(u64, usize)> = Vec::new();
            for targets in rounds {
                let targets: Vec<(u64, [f64; 2])> = targets.into_iter().collect();
                codes.follow(&targets);
                let now: Vec<(u64, usize)> =
                    targets.iter().filter_map(|(number, _)| Some((*number, codes.code(*number)?))).collect();
                prop_assert_eq!(now.len(), targets.len().min(8));
                let mut taken: Vec<usize> = now.iter().map(|(_, code)| *code).collect();
                taken.sort_unstable();
                taken.dedup();
                prop_assert_eq!(taken.len(), now.len());
                for (number, code) in &before {
                    if targets.iter().any(|(known, _)| known == number) {
                        prop_assert_eq!(codes.code(*number), Some(*code));
                    }
                }
                before = now;
            }
        }
    }
}
