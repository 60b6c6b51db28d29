//! How trials are divided for cross-validation.

/// Held-out fold of each of `trials` trials: contiguous blocks in order of time, never shuffled, because
/// neighbouring EEG trials resemble each other and a shuffle would let the test set leak.
#[must_use]
pub fn blocked_folds(trials: usize, folds: usize) -> Vec<usize> {
    (0..trials).map(|trial| trial * folds / trials).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_contiguous_and_even() {
        assert_eq!(blocked_folds(7, 3), [0, 0, 0, 1, 1, 2, 2]);
    }
}
