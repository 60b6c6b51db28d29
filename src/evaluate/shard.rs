//! Splits an evaluation over several machines: each evaluates some of the people, and fits on all.

use crate::printable::printable;
use std::ops::Range;
use std::str::FromStr;

/// One part of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0 on.
    part: usize,
    of: usize,
}

impl Shard {
    /// All people.
    pub const ALL: Self = Self { part: 0, of: 1 };

    /// The people that belong to this part. Each person belongs to exactly one part, and part sizes differ by at most one.
    #[must_use]
    pub fn range(self, people: usize) -> Range<usize> {
        people * self.part / self.of..people * (self.part + 1) / self.of
    }
}

/// A text that is not a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a part, expected for example 2/8, which means the second of eight", printable(.0))]
pub struct NotAShard(String);

impl FromStr for Shard {
    type Err = NotAShard;

    /// Parses text such as `2/8`.
    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let read = || {
            let (part, of) = text.split_once('/')?;
            let (part, of) = (part.parse::<usize>().ok()?, of.parse::<usize>().ok()?);
            (1..=100_000).contains(&of).then_some(())?;
            (1..=of)
                .contains(&part)
                .then(|| Self { part: part - 1, of })
        };
        read().ok_or_else(|| NotAShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_person_is_in_exactly_one_part(people in 0..300usize, of in 1..40usize) {
            let parts = (1..=of).map(|part| format!("{part}/{of}").parse::<Shard>().unwrap());
            let ranges: Vec<_> = parts.map(|shard| shard.range(people)).collect();
            let all: Vec<usize> = ranges.iter().cloned().flatten().collect();
            prop_assert_eq!(all, Vec::from_iter(0..people));
            let lengths = ranges.iter().map(ExactSizeIterator::len);
            prop_assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
        }
    }

    #[test]
    fn invalid_parts_are_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "a/3", "1/3/4", "-1/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("1/1".parse(), Ok(Shard::ALL));
    }
}
