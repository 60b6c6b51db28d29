//! How well a person's looks at codes are recognised: figures that are measured when the response is fitted.

use bci_cursor_calibration::idle_gate::poisson_interval;
use bci_cursor_calibration::looking::cvep::{CvepModel, GRID_HZ};
use bci_cursor_calibration::statistics::{wilson_interval, wolpaw_bits};
use serde::{Deserialize, Serialize};

/// Time between two selections, for choices and bits per minute, seconds.
pub const PAUSE_S: f64 = 0.5;
/// A good response recognises at least this share of looks after this time, seconds.
const GOOD_SHARE: f64 = 0.9;
const GOOD_AFTER_S: f64 = 3.0;
/// A response that recognises fewer, in the longest time that was measured, cannot be used.
const LEAST_SHARE: f64 = 0.6;

/// Figures of a response. Each look was decoded with the response to all other looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookingFigures {
    /// Number of looks.
    pub looks: usize,
    /// Tags from which a look chose, on average.
    pub tags: usize,
    /// Looks that are recognised after some times, in order of time.
    pub after: Vec<Recognised>,
    /// The same where each look ends as soon as it is clear.
    pub dynamic: Dynamic,
    /// Selections while no tag is looked at; missing in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
}

/// Selections of codes that were not shown, in the same EEG.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Their number.
    pub selections: usize,
    /// Time for which codes were decoded, minutes.
    pub minutes: f64,
}

impl Elsewhere {
    /// Expected selections an hour.
    #[must_use]
    pub fn per_hour(&self) -> f64 {
        self.selections as f64 * 60.0 / self.minutes
    }

    /// 95 % interval of this rate.
    #[must_use]
    pub fn interval_per_hour(&self) -> [f64; 2] {
        poisson_interval(self.selections).map(|count| count * 60.0 / self.minutes)
    }
}

/// Looks that are recognised after a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognised {
    /// The time, seconds.
    pub seconds: f64,
    /// Looks whose target is recognised.
    pub right: usize,
    /// Looks that are as long.
    pub looks: usize,
}

/// Looks that end as soon as one tag is likely enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dynamic {
    /// Looks whose target is recognised.
    pub right: usize,
    /// Mean length of a look, seconds.
    pub mean_s: f64,
    /// Wolpaw's rate, with [`PAUSE_S`] after each look.
    pub bits_per_min: f64,
}

/// What a response is good for, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookingVerdict {
    /// It cannot be used: it is hardly better than guessing, or most choices would be wrong.
    NoGo,
    /// It works slowly, or with errors.
    Weak,
    /// It works well.
    Good,
}

impl Recognised {
    /// Share of looks that are recognised.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.right as f64 / self.looks.max(1) as f64
    }

    /// 95 % interval of the share.
    #[must_use]
    pub fn interval(&self) -> [f64; 2] {
        wilson_interval(self.right, self.looks.max(1))
    }
}

impl LookingFigures {
    /// What the response is good for.
    #[must_use]
    pub fn verdict(&self) -> LookingVerdict {
        let Some(longest) = self.after.last() else {
            return LookingVerdict::NoGo;
        };
        let guessed = 1.0 / self.tags.max(2) as f64;
        if longest.share() < LEAST_SHARE || longest.interval()[0] <= guessed {
            return LookingVerdict::NoGo;
        }
        let good =
            |after: &Recognised| after.seconds <= GOOD_AFTER_S && after.share() >= GOOD_SHARE;
        if self.after.iter().any(good) {
            LookingVerdict::Good
        } else {
            LookingVerdict::Weak
        }
    }

    /// Choices a minute, with [`PAUSE_S`] after each look.
    #[must_use]
    pub fn choices_per_min(&self) -> f64 {
        60.0 / (self.dynamic.mean_s + PAUSE_S)
    }

    /// Share of these choices that are right.
    #[must_use]
    pub fn right_share(&self) -> f64 {
        self.dynamic.right as f64 / self.looks.max(1) as f64
    }
}

/// The response of each channel when it is strongest in all together.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// For each channel, in standard deviations of the noise.
    pub values: Vec<f64>,
    /// Time after the change of brightness, milliseconds.
    pub after_ms: f64,
}

/// The peaks of the responses to a rise and to a fall of brightness.
#[must_use]
pub fn peaks(response: &CvepModel) -> [Peak; 2] {
    response.responses().map(|response| {
        let at = |lag: usize| response.iter().map(move |channel| channel[lag]);
        let power = |lag: &usize| at(*lag).map(|value| value * value).sum::<f64>();
        let best = (0..response.columns()).max_by(|a, b| power(a).total_cmp(&power(b)));
        let best = best.unwrap_or(0);
        Peak {
            values: at(best).collect(),
            after_ms: 1000.0 * best as f64 / GRID_HZ,
        }
    })
}

/// Wolpaw's bits per minute, for looks of this total length (with pauses) and this share of right ones.
#[must_use]
pub fn bits_per_min(accuracy: f64, tags: usize, looks: usize, seconds: f64) -> f64 {
    if looks == 0 || accuracy <= 1.0 / tags as f64 {
        return 0.0;
    }
    wolpaw_bits(accuracy, tags) * looks as f64 * 60.0 / seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(after: &[(f64, usize)], looks: usize, tags: usize) -> LookingFigures {
        let after = after.iter().map(|(seconds, right)| Recognised {
            seconds: *seconds,
            right: *right,
            looks,
        });
        LookingFigures {
            looks,
            tags,
            after: after.collect(),
            dynamic: Dynamic {
                right: looks - 1,
                mean_s: 1.5,
                bits_per_min: 80.0,
            },
            elsewhere: None,
        }
    }

    #[test]
    fn a_verdict_follows_from_the_looks_that_are_recognised() {
        use LookingVerdict::{Good, NoGo, Weak};
        let verdict = |after: &[(f64, usize)], looks, tags| figures(after, looks, tags).verdict();
        assert_eq!(verdict(&[(1.0, 9), (2.0, 18), (3.0, 19)], 20, 9), Good);
        assert_eq!(verdict(&[(1.0, 5), (2.0, 12), (3.0, 16)], 20, 9), Weak);
        // Four seconds are too long for a good response.
        assert_eq!(verdict(&[(3.0, 17), (4.0, 20)], 20, 9), Weak);
        assert_eq!(verdict(&[(1.0, 3), (3.0, 11)], 20, 9), NoGo);
        // Two tags, and eight of twelve: guessing does that, too.
        assert_eq!(verdict(&[(3.0, 8)], 12, 2), NoGo);
        assert_eq!(verdict(&[], 20, 9), NoGo);
        assert!(NoGo < Weak && Weak < Good);
    }

    #[test]
    fn a_choice_takes_a_look_and_a_pause() {
        let figures = figures(&[(3.0, 20)], 20, 9);
        assert_eq!(figures.choices_per_min(), 30.0);
        assert_eq!(figures.right_share(), 0.95);
    }
}
