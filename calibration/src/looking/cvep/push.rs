//! Decodes sample after sample.

use super::basis::LAGS;
use super::edges::Edge;
use super::innovations::{ORDER, weight};
use super::latency::{self, COUNT, LONGEST};
use super::{CvepError, CvepModel, RANK};
use crate::matrix::Matrix;
use crate::vectors::dot;

/// Times for which responses are expected: [`LONGEST`] samples of the past, now, and the rest of a response.
const SLOTS: usize = LAGS + LONGEST.unsigned_abs() as usize;

/// Log odds of each tag, from EEG and from what the tags show.
///
/// The result does not depend on when it is asked for. After construction nothing is allocated, and the cost of a sample does not grow with
/// the time looked: a change of brightness adds a response to the expected signal once, and everything else is running sums.
#[derive(Debug, Clone)]
pub struct CvepDecoder {
    channels: usize,
    whitener: Matrix,
    directions: Matrix,
    /// Responses to a rise and to a fall, lag by lag.
    kernels: [[[f64; RANK]; LAGS]; 2],
    log_latency: [f64; COUNT],
    null_variance: f64,
    /// The last samples, oldest first; the current one at the end.
    recent: Vec<f64>,
    /// Whether `recent` holds samples that directly precede the next one.
    knows_past: bool,
    whitened: Vec<f64>,
    /// Weight of the last sample.
    weight: f64,
    tags: usize,
    most_tags: usize,
    brightness: Vec<f64>,
    /// Expected components of each tag, a row of tags per slot. `now` is the slot of the next sample.
    expected: Vec<[f64; RANK]>,
    now: usize,
    /// Log likelihood ratio of each tag against none, a row of tags per latency.
    sums: Vec<f64>,
    odds: Vec<f64>,
    posterior: Vec<f64>,
}

impl CvepDecoder {
    /// A decoder for up to `most_tags` tags, which shows none yet.
    #[must_use]
    pub fn new(model: &CvepModel, most_tags: usize) -> Self {
        let parts = model.parts();
        let channels = model.channels();
        let kernel = |matrix: &Matrix| {
            std::array::from_fn(|lag| std::array::from_fn(|rank| matrix[(rank, lag)]))
        };
        Self {
            channels,
            whitener: parts.whitener.clone(),
            directions: parts.directions.clone(),
            kernels: Edge::ALL.map(|edge| match edge {
                Edge::Rise => kernel(&parts.rise),
                Edge::Fall => kernel(&parts.fall),
            }),
            log_latency: latency::log_prior(parts.latency_deviation),
            null_variance: parts.null_variance,
            recent: vec![0.0; channels * (ORDER + 1)],
            knows_past: false,
            whitened: vec![0.0; channels],
            weight: 1.0,
            tags: 0,
            most_tags,
            brightness: vec![0.0; most_tags],
            expected: vec![[0.0; RANK]; SLOTS * most_tags],
            now: 0,
            sums: vec![0.0; COUNT * most_tags],
            odds: vec![0.0; most_tags],
            posterior: vec![0.0; most_tags + 1],
        }
    }

    /// Number of channels of a sample.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Begins with other tags, which have been dark until now. All evidence is dropped.
    ///
    /// # Errors
    /// [`CvepError::TooManyTags`] if there are more tags than the decoder was made for. The old ones then remain.
    pub fn begin(&mut self, tags: usize) -> Result<(), CvepError> {
        if tags > self.most_tags {
            return Err(CvepError::TooManyTags {
                found: tags,
                most: self.most_tags,
            });
        }
        self.tags = tags;
        self.brightness.fill(0.0);
        self.expected.fill([0.0; RANK]);
        self.restart();
        Ok(())
    }

    /// Drops all evidence. Responses to what the tags have shown are still expected.
    pub fn restart(&mut self) {
        self.sums.fill(0.0);
    }

    /// How much the last sample that was judged counted: 1 if its power was as usual or lower, less if it was higher.
    #[must_use]
    pub fn last_weight(&self) -> f64 {
        self.weight
    }

    /// Forgets all evidence against tags, so that a look may begin at any time: the cumulative sum test (Page 1954,
    /// doi:10.1093/biomet/41.1-2.100). Call it after each sample.
    pub fn forget_doubt(&mut self) {
        self.sums.iter_mut().for_each(|sum| *sum = sum.max(0.0));
    }

    /// Takes a sample (one value a channel, band-passed), and for how much of the time since the last sample each tag was bright (0 to 1). A
    /// sample with a value that is not finite counts as missing.
    ///
    /// # Panics
    /// If the sample has another number of channels, or there is another number of tags.
    pub fn push(&mut self, sample: &[f64], brightness: &[f64]) {
        assert_eq!(sample.len(), self.channels, "a value for each channel");
        if !sample.iter().all(|value| value.is_finite()) {
            return self.push_missing(brightness);
        }
        self.show(brightness);
        self.remember(sample);
        for (value, row) in self.whitened.iter_mut().zip(self.whitener.iter()) {
            *value = dot(row, &self.recent);
        }
        self.score();
        self.advance();
    }

    /// Takes a sample that is no evidence for or against any tag, because it is not known what the tags showed just before. A tag whose brightness
    /// is not finite is taken to be as bright as before.
    ///
    /// # Panics
    /// If the sample has another number of channels, or there is another number of tags.
    pub fn push_unjudged(&mut self, sample: &[f64], brightness: &[f64]) {
        assert_eq!(sample.len(), self.channels, "a value for each channel");
        if !sample.iter().all(|value| value.is_finite()) {
            return self.push_missing(brightness);
        }
        self.show(brightness);
        self.remember(sample);
        self.advance();
    }

    /// Takes what the tags show while the EEG is unknown. It is no evidence for or against any tag.
    ///
    /// # Panics
    /// If there is another number of tags.
    pub fn push_missing(&mut self, brightness: &[f64]) {
        self.show(brightness);
        self.knows_past = false;
        self.advance();
    }

    /// Adds the response to each change of brightness to what is expected from now on.
    fn show(&mut self, brightness: &[f64]) {
        assert_eq!(brightness.len(), self.tags, "a brightness for each tag");
        let both = self.brightness.iter_mut().zip(brightness);
        for (tag, (before, now)) in both.enumerate() {
            if !now.is_finite() {
                continue;
            }
            let edge = Edge::between(*before, *now);
            *before = *now;
            let Some((edge, size)) = edge else { continue };
            for (lag, response) in self.kernels[edge as usize].iter().enumerate() {
                let slot = (self.now + lag) % SLOTS;
                let expected = &mut self.expected[slot * self.most_tags + tag];
                for (expected, response) in expected.iter_mut().zip(response) {
                    *expected += size * response;
                }
            }
        }
    }

    fn remember(&mut self, sample: &[f64]) {
        if !self.knows_past {
            for past in self.recent.chunks_exact_mut(self.channels) {
                past.copy_from_slice(sample);
            }
            self.knows_past = true;
            return;
        }
        self.recent.copy_within(self.channels.., 0);
        let last = self.channels * ORDER;
        self.recent[last..].copy_from_slice(sample);
    }

    /// Adds the evidence of the whitened sample.
    fn score(&mut self) {
        self.weight = weight(&self.whitened);
        let scale = self.weight / self.null_variance;
        let mut found = [0.0; RANK];
        for (found, direction) in found.iter_mut().zip(self.directions.iter()) {
            *found = dot(direction, &self.whitened);
        }
        let rows = self.sums.chunks_exact_mut(self.most_tags.max(1));
        for (latency, sums) in latency::all().zip(rows) {
            let slot = (self.now as i32 + SLOTS as i32 - latency) as usize % SLOTS;
            let expected = &self.expected[slot * self.most_tags..][..self.tags];
            for (sum, expected) in sums.iter_mut().zip(expected) {
                let gain: f64 = found
                    .iter()
                    .zip(expected)
                    .map(|(found, expected)| expected * (found - 0.5 * expected))
                    .sum();
                *sum += scale * gain;
            }
        }
    }

    /// The slot that is no longer needed becomes the last one of the future.
    fn advance(&mut self) {
        let oldest = (self.now + LAGS) % SLOTS;
        self.expected[oldest * self.most_tags..][..self.most_tags].fill([0.0; RANK]);
        self.now = (self.now + 1) % SLOTS;
    }

    /// Natural log odds of each tag against none of them, from the evidence since the last restart.
    pub fn log_odds(&mut self) -> &[f64] {
        for (tag, odds) in self.odds[..self.tags].iter_mut().enumerate() {
            let sums = self.sums.iter().skip(tag).step_by(self.most_tags);
            let mut log = self.log_latency;
            log.iter_mut().zip(sums).for_each(|(log, sum)| *log += sum);
            *odds = crate::looking::scores::log_sum_exp(&log);
        }
        &self.odds[..self.tags]
    }

    /// Probability of each tag, and last that of none of them, if `none` was its probability before (0 to 1) and all tags were equally
    /// likely.
    pub fn posterior(&mut self, none: f64) -> &[f64] {
        let tags = self.tags;
        self.log_odds();
        let each = libm::log((1.0 - none) / tags.max(1) as f64);
        for (log, odds) in self.posterior.iter_mut().zip(&self.odds[..tags]) {
            *log = odds + each;
        }
        self.posterior[tags] = libm::log(none);
        let all = &mut self.posterior[..=tags];
        let total = crate::looking::scores::log_sum_exp(all);
        all.iter_mut()
            .for_each(|log| *log = libm::exp(*log - total));
        all
    }
}
