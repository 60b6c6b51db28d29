//! Division of trials for cross-validation.

/// Fold in which each of `trials` trials is held out. Folds are contiguous in time and never shuffled: neighbouring EEG trials resemble each
/// other, so shuffling would leak the test set into the training set.
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
