//! Copying a sequence of targets by looking at them: the choices, and their figures.

use super::PracticeFigures;
use crate::looking::figures::{PAUSE_S, bits_per_min};

/// Name of the task in session files.
pub const COPY: &str = "copy";

/// A target that was to be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Copied {
    /// The target, by its number.
    pub wanted: usize,
    /// The target that was chosen; `None` if the time ran out.
    pub chosen: Option<usize>,
    /// For how long it was looked at, seconds.
    pub took_s: f64,
}

impl Copied {
    /// Whether the wanted target was chosen.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.chosen == Some(self.wanted)
    }
}

/// The figures of a sequence. `targets` is the number of targets that each look chooses from. A look that ran out of time counts as a wrong
/// choice. As in a calibration, there is a pause of [`PAUSE_S`] after each look.
#[must_use]
pub fn copy_figures(copied: &[Copied], targets: usize) -> PracticeFigures {
    let hits: Vec<f64> = copied
        .iter()
        .filter(|copied| copied.is_right())
        .map(|copied| copied.took_s)
        .collect();
    let time_outs = copied.iter().filter(|copied| copied.chosen.is_none());
    let time_outs = time_outs.count();
    let looked_s: f64 = copied.iter().map(|copied| copied.took_s).sum();
    let seconds = looked_s + PAUSE_S * copied.len() as f64;
    let right = hits.len() as f64 / copied.len().max(1) as f64;
    PracticeFigures {
        hits: hits.len(),
        misses: copied.len() - hits.len() - time_outs,
        time_outs,
        seconds,
        hits_per_min: 60.0 * hits.len() as f64 / seconds.max(1e-9),
        time_to_target_s: super::figures::median(hits),
        bits_per_min: Some(bits_per_min(right, targets, copied.len(), seconds)),
        needs_motion: true,
        ..PracticeFigures::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_ran_out_is_no_choice_and_costs_information() {
        let copied = |chosen, took_s| Copied {
            wanted: 3,
            chosen,
            took_s,
        };
        let mut all = vec![copied(Some(3), 2.5); 8];
        all.extend([copied(Some(4), 1.5), copied(None, 13.5)]);
        let figures = copy_figures(&all, 12);
        assert_eq!((figures.hits, figures.misses, figures.time_outs), (8, 1, 1));
        assert_eq!((figures.seconds, figures.hits_per_min), (40.0, 12.0));
        assert_eq!(figures.time_to_target_s, Some(2.5));
        // Wolpaw: log2 12 + 0.8 log2 0.8 + 0.2 log2 (0.2 / 11) bits a look, ten looks in 40 s.
        let bits = 12f64.log2() + 0.8 * 0.8f64.log2() + 0.2 * (0.2f64 / 11.0).log2();
        let found = figures.bits_per_min.unwrap();
        assert!((found - 15.0 * bits).abs() < 1e-9, "{found}");
        // Guessing carries nothing, and neither does an empty sequence.
        let guessed = [copied(Some(4), 2.0); 12];
        assert_eq!(copy_figures(&guessed, 12).bits_per_min, Some(0.0));
        let empty = copy_figures(&[], 12);
        assert_eq!((empty.hits_per_min, empty.bits_per_min), (0.0, Some(0.0)));
    }

    #[test]
    fn figures_of_other_tasks_are_stored_as_before() {
        let text = serde_json::to_string(&PracticeFigures::default()).unwrap();
        assert!(!text.contains("bits_per_min"), "{text}");
        let read: PracticeFigures = serde_json::from_str(&text).unwrap();
        assert_eq!(read, PracticeFigures::default());
    }
}
