//! Scores of tags, and what they usually are.

/// One score for each window and tag, window-major.
#[derive(Debug, Clone)]
pub(super) struct Scores {
    pub(super) tags: usize,
    pub(super) values: Vec<f64>,
}

impl Scores {
    pub(super) fn of(&self, window: usize) -> &[f64] {
        &self.values[window * self.tags..(window + 1) * self.tags]
    }
}

/// Decayed sums of scores and their weights, seconds.
#[derive(Debug, Clone)]
pub(super) struct Means {
    sums: Scores,
    weights_s: Vec<f64>,
}

impl Means {
    /// Means that start at `usual`, one for each window and tag, with the weight of `prior_s` seconds.
    pub(super) fn new(usual: &Scores, prior_s: f64) -> Self {
        let values = usual.values.iter().map(|usual| prior_s * usual);
        Self {
            sums: Scores {
                tags: usual.tags,
                values: values.collect(),
            },
            weights_s: vec![prior_s; usual.tags],
        }
    }

    pub(super) fn get(&self, window: usize, tag: usize) -> f64 {
        self.sums.of(window)[tag] / self.weights_s[tag]
    }

    /// Takes in one tag's scores in all windows, for `seconds`.
    pub(super) fn add(&mut self, tag: usize, scores: &Scores, decay: f64, seconds: f64) {
        let tags = self.sums.tags;
        let all = self.sums.values.iter_mut().zip(&scores.values);
        for (sum, score) in all.skip(tag).step_by(tags) {
            *sum = decay * *sum + seconds * score;
        }
        self.weights_s[tag] = decay * self.weights_s[tag] + seconds;
    }
}

/// `log Σ exp(x)`.
pub(super) fn log_sum_exp(values: &[f64]) -> f64 {
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    highest + libm::log(values.iter().map(|value| libm::exp(value - highest)).sum())
}
