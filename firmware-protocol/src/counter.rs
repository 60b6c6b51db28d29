//! Counters that wrap.

/// Follows a counter that wraps at a power of two, and counts losses.
#[derive(Debug, Clone, Copy)]
pub struct Unwrap {
    bits: u32,
    last: Option<u64>,
}

impl Unwrap {
    /// A counter of `bits` bits (1 to 32).
    #[must_use]
    pub const fn new(bits: u32) -> Self {
        Self { bits, last: None }
    }

    /// Takes the next value. Returns how many values were lost before it, or `None` if it is a duplicate or late: equal
    /// to the last value, or behind it by less than half of the range.
    pub fn take(&mut self, value: u32) -> Option<u64> {
        let range = 1u64 << self.bits.clamp(1, 32);
        let value = u64::from(value) % range;
        let Some(last) = self.last else {
            self.last = Some(value);
            return Some(0);
        };
        let step = (value + range - last % range) % range;
        // With a counter of one bit, a loss looks like a repetition.
        if step == 0 || (range > 2 && step > range / 2) {
            return None;
        }
        self.last = Some(last + step);
        Some(step - 1)
    }

    /// Starts again after the device was restarted.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn losses_are_counted_across_the_wrap() {
        let mut counter = Unwrap::new(8);
        let lost = [250, 251, 254, 1, 1, 0, 2, 130].map(|value| counter.take(value));
        assert_eq!(
            lost,
            [
                Some(0),
                Some(0),
                Some(2),
                Some(2),
                None,
                None,
                Some(0),
                Some(127)
            ]
        );
    }

    proptest! {
        #[test]
        fn steps_up_to_half_of_the_range_are_exact(start: u8, steps in proptest::collection::vec(1..=128u64, 1..200)) {
            let mut counter = Unwrap::new(8);
            let mut at = u64::from(start);
            counter.take(start.into());
            for step in steps {
                at += step;
                prop_assert_eq!(counter.take((at % 256) as u32), Some(step - 1));
            }
        }
    }
}
