//! Steady-state visual evoked potentials: which flickering tag is looked at, without any training.
//!
//! The signal is whitened in time by a running autoregressive model and in space by its running covariance. The Fourier
//! coefficients at a tag's frequency and its harmonics, over several windows that end now, then have a known distribution without a
//! response, and one with a response as [`Response`] expects it. `Response` starts with what other people showed at each electrode
//! and learns this person's own from confident moments. The nearest published relatives are the minimum-energy and the
//! filter-bank methods (Friman et al. 2007, doi:10.1109/TBME.2006.889160; Chen et al. 2015, doi:10.1088/1741-2560/12/4/046008).

use super::dark::DarkLevels;
use super::demodulation::Demodulation;
use super::expected::Expected;
use super::flicker_fit::FlickerResponse;
use super::front::{Front, frames};
use super::locked::Locked;
use super::log_odds::CALIBRATIONS;
pub use super::log_odds::WINDOWS_S;
use super::response::Response;
use super::scores::{Means, Scores, log_sum_exp};
pub use super::spec::SsvepSpec;
use super::spec::{harmonics_of, is_heard};
use super::window::Sums;
use crate::eigen::NotFinite;

/// No answer before this much signal, seconds.
const WARM_UP_S: f64 = 5.0;
/// What a tag's score usually is: a running mean over everything, which starts as a guess of this weight.
const MEAN_HALF_LIFE_S: f64 = 60.0;
const MEAN_PRIOR_S: f64 = 10.0;
/// The window in which a disturbance is measured while a tag is dark: its place in [`WINDOWS_S`]. Tags are often dark for little longer.
const DARK_WINDOW: usize = 1;
/// White noise leaves residuals a little above one.
const NOISE_POWER: f64 = 1.2;
/// The shortest window that may choose, seconds.
const SHORTEST_CHOICE_S: f64 = 1.5;
/// The window from which the response is learnt: its place in [`WINDOWS_S`].
const LEARN_WINDOW: usize = 5;
const LEARN_SLOPE: f64 = 0.22;
const LEARN_OFFSET: f64 = 3.2;
const LEARN_FROM_PROBABILITY: f64 = 0.8;
const LEARN_PRIOR_S: f64 = 60.0;
const FRAMES_A_RESPONSE_UPDATE: u64 = 8;
/// A fitted response counts as this many seconds of looking, and this share of it varies from look to look. Chosen on V01 to V04, as the
/// constants of [`Locked`].
const FITTED_S: f64 = 120.0;
const VARYING_SHARE: f64 = 0.5;

/// Decodes conditioned EEG (high-pass at 2 Hz, mains removed; µV) into log odds of tags, every eighth of a second.
///
/// The result does not depend on how samples are grouped into calls. Nothing is allocated after construction, and the cost of a sample does
/// not grow with the time looked.
#[derive(Debug, Clone)]
pub struct SsvepDecoder {
    rate_hz: f64,
    channels: usize,
    front: Front,
    demodulation: Demodulation,
    expected: Expected,
    /// Whitened coefficients of [`LEARN_WINDOW`], tag-major, then harmonics.
    learnt: Vec<f64>,
    scores: Scores,
    /// A running mean of all scores, and one of those in which a tag was not looked at.
    mean: Means,
    unattended: Means,
    probability: Vec<f64>,
    /// Log odds between tags, before they are made to sum to one.
    between: Vec<f64>,
    odds: Vec<f64>,
    /// What white noise scores in each window, before this person's response is learnt.
    noise_score: [f64; WINDOWS_S.len()],
    dark: DarkLevels,
    first_sample: u64,
}

/// The beginning of a window, and what was usual then.
#[derive(Debug, Clone)]
pub struct Mark {
    samples: u64,
    sums: Vec<f64>,
    expected: Expected,
    mean: Means,
    unattended: Means,
}

/// What one window tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Probability of each tag, given that one of them is looked at.
    pub probability: Vec<f64>,
    /// By how much the highest score exceeds what is usual when its tag is not looked at.
    pub excess: f64,
}

impl SsvepDecoder {
    /// A decoder that has seen nothing.
    ///
    /// # Errors
    /// [`NotFinite`] where the prior holds a NaN or an infinity.
    pub fn new(spec: SsvepSpec) -> Result<Self, NotFinite> {
        let response = Response::new(spec.prior, WINDOWS_S[LEARN_WINDOW], &WINDOWS_S)?;
        Ok(Self::of(spec.rate_hz, &spec.frequencies_hz, response, None))
    }

    /// A decoder that begins with a person's fitted response. The fitted frequencies are used instead of those of `spec`.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// If the prior has another number of channels or harmonics than the fitted response.
    pub fn with_response(spec: SsvepSpec, fitted: &FlickerResponse) -> Result<Self, NotFinite> {
        let window_s = WINDOWS_S[LEARN_WINDOW];
        let mut response = Response::new(spec.prior, window_s, &WINDOWS_S)?;
        response.begin_with(fitted.covariance(), FITTED_S, VARYING_SHARE);
        response.update(LEARN_PRIOR_S)?;
        let locked = Locked::new(fitted.expected(), &response, window_s, &WINDOWS_S);
        let frequencies_hz = fitted.frequencies_hz();
        Ok(Self::of(
            spec.rate_hz,
            frequencies_hz,
            response,
            Some(locked),
        ))
    }

    fn of(
        rate_hz: f64,
        frequencies_hz: &[f64],
        response: Response,
        locked: Option<Locked>,
    ) -> Self {
        let (tags, harmonics) = (frequencies_hz.len(), response.harmonics());
        let channels = response.channels();
        let noise_score = std::array::from_fn(|window| response.trace(window));
        let all_hz = harmonics_of(frequencies_hz, harmonics);
        let heard = |hz: &f64| f64::from(u8::from(is_heard(*hz, rate_hz)));
        let expected = Expected::new(response, locked, all_hz.iter().map(heard).collect());
        let places = (0..WINDOWS_S.len() * tags).map(|k| (k / tags, k % tags));
        let usual = Scores {
            tags,
            values: places
                .map(|(window, tag)| expected.usual(window, tag, NOISE_POWER))
                .collect(),
        };
        let longest = frames(WINDOWS_S[WINDOWS_S.len() - 1]);
        Self {
            rate_hz,
            channels,
            front: Front::new(channels, rate_hz),
            demodulation: Demodulation::new(channels, rate_hz, &all_hz, longest),
            learnt: vec![0.0; tags * harmonics * 2 * channels],
            scores: Scores {
                tags,
                values: vec![0.0; WINDOWS_S.len() * tags],
            },
            mean: Means::new(&usual, MEAN_PRIOR_S),
            unattended: Means::new(&usual, MEAN_PRIOR_S),
            probability: vec![0.0; tags],
            between: vec![0.0; tags],
            odds: vec![f64::NEG_INFINITY; tags],
            noise_score,
            dark: DarkLevels::new(tags, WINDOWS_S[DARK_WINDOW], rate_hz),
            expected,
            first_sample: 0,
        }
    }

    /// Takes one sample of all channels. At the end of a frame it returns, for each tag, the natural logarithm of the odds that it is looked
    /// at against nothing being looked at; `-∞` while no window has passed since [`Self::restart`].
    ///
    /// # Errors
    /// [`NotFinite`] where the signal held a NaN or an infinity. The decoder is then of no more use.
    pub fn push(&mut self, sample: &[f64]) -> Result<Option<&[f64]>, NotFinite> {
        let is_frame = self.front.push(sample);
        self.demodulation.push(self.front.residual());
        if !is_frame {
            return Ok(None);
        }
        self.demodulation.end_frame();
        if (self.demodulation.samples() as f64) < WARM_UP_S * self.rate_hz {
            return Ok(None);
        }
        self.score()?;
        self.allow_for_disturbances();
        self.find_odds();
        self.learn()?;
        Ok(Some(&self.odds))
    }

    /// From now on nothing before now counts: after a selection, a change of tags, or a pause.
    pub fn restart(&mut self) {
        self.first_sample = self.demodulation.samples();
    }

    /// From now on, a tag flickers or does not; at first, all do. What is at its frequency while it does not is a disturbance, and must be
    /// exceeded later.
    pub fn set_shown(&mut self, tag: usize, is_shown: bool) {
        self.dark.set(tag, is_shown, self.demodulation.samples());
    }

    /// Remembers now as the beginning of a window, for [`Self::since`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            samples: self.demodulation.samples(),
            sums: self.demodulation.sums().to_vec(),
            expected: self.expected.clone(),
            mean: self.mean.clone(),
            unattended: self.unattended.clone(),
        }
    }

    /// Looks at the window that began at `mark` and ends now, with what was usual when it began. `window` is the place in [`WINDOWS_S`] of
    /// the window that is nearest in length.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn since(&mut self, mark: &Mark, window: usize) -> Result<Look, NotFinite> {
        let tags = self.scores.tags;
        let samples = self.demodulation.samples() - mark.samples;
        let sums = Sums {
            now: self.demodulation.sums(),
            then: &mark.sums,
            samples,
        };
        let mut scores = vec![0.0; tags];
        let mut expected = mark.expected.clone();
        expected.score(
            window,
            &sums,
            self.front.whitener()?,
            &mut scores,
            |_, _| {},
        );
        let less = |means: &Means| -> Vec<f64> {
            scores
                .iter()
                .enumerate()
                .map(|(tag, score)| score - means.get(window, tag))
                .collect()
        };
        let slope = CALIBRATIONS[window].between;
        let between: Vec<f64> = less(&mark.mean).iter().map(|score| slope * score).collect();
        let sum = log_sum_exp(&between);
        Ok(Look {
            probability: between.iter().map(|value| libm::exp(value - sum)).collect(),
            excess: less(&mark.unattended)
                .into_iter()
                .fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Scores of the tags in the last frame, for a window of [`WINDOWS_S`].
    #[must_use]
    pub fn scores(&self, window: usize) -> &[f64] {
        self.scores.of(window)
    }

    /// Fills `scores`: `Σ zᴴ W z` over harmonics, for each window and tag.
    fn score(&mut self) -> Result<(), NotFinite> {
        let frame_samples = self.front.frame_samples();
        let whitener = self.front.whitener()?;
        let (tags, length) = (self.scores.tags, 2 * self.channels);
        self.scores.values.fill(0.0);
        let learnt = &mut self.learnt;
        for (window, window_s) in WINDOWS_S.iter().enumerate() {
            let back = frames(*window_s);
            let Some(then) = self.demodulation.sums_before(back) else {
                continue;
            };
            let sums = Sums {
                now: self.demodulation.sums(),
                then,
                samples: back as u64 * frame_samples,
            };
            let scores = &mut self.scores.values[window * tags..][..tags];
            self.expected
                .score(window, &sums, whitener, scores, |place, z| {
                    if window == LEARN_WINDOW {
                        learnt[place * length..][..length].copy_from_slice(z);
                    }
                });
        }
        Ok(())
    }

    /// Measures disturbances at tags that are dark, and divides each score by what it would be without its tag.
    fn allow_for_disturbances(&mut self) {
        let now = self.demodulation.samples();
        let seconds = self.frame_s();
        let usual = self
            .expected
            .response
            .trace(DARK_WINDOW)
            .max(f64::MIN_POSITIVE);
        for tag in 0..self.scores.tags {
            let score = self.scores.of(DARK_WINDOW)[tag] / usual;
            self.dark.add(tag, score, now, seconds);
            let windows = self.scores.values.chunks_exact_mut(self.scores.tags);
            for (window_s, scores) in WINDOWS_S.iter().zip(windows) {
                scores[tag] /= self.dark.of(tag, *window_s);
            }
        }
    }

    /// Fills `odds` from the windows that began after the last restart: for each tag the highest.
    fn find_odds(&mut self) {
        self.odds.fill(f64::NEG_INFINITY);
        let since = self.demodulation.samples() - self.first_sample;
        for (window, window_s) in WINDOWS_S.iter().enumerate() {
            let samples = frames(*window_s) as u64 * self.front.frame_samples();
            if *window_s < SHORTEST_CHOICE_S || samples > since {
                continue;
            }
            let calibration = &CALIBRATIONS[window];
            let scores = self.scores.of(window);
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let looking = calibration.slope
                * (highest - calibration.usual * self.noise_score[window])
                - calibration.offset;
            for (tag, (between, score)) in self.between.iter_mut().zip(scores).enumerate() {
                *between = calibration.between * (score - self.mean.get(window, tag));
            }
            let sum = log_sum_exp(&self.between);
            for (odds, between) in self.odds.iter_mut().zip(&self.between) {
                *odds = odds.max(between - sum + looking);
            }
        }
    }

    /// Follows the usual scores, and learns the response from moments in which a tag was probably looked at.
    fn learn(&mut self) -> Result<(), NotFinite> {
        let seconds = self.frame_s();
        let decay = libm::exp2(-seconds / MEAN_HALF_LIFE_S);
        self.find_probability();
        for (tag, probability) in self.probability.iter().enumerate() {
            self.mean.add(tag, &self.scores, decay, seconds);
            let unattended_s = (1.0 - probability) * seconds;
            self.unattended.add(tag, &self.scores, decay, unattended_s);
        }
        let length = self.learnt.len() / self.scores.tags.max(1);
        if let Some(locked) = &mut self.expected.locked {
            locked.forget(seconds);
        }
        for (tag, probability) in self.probability.iter().enumerate() {
            let is_disturbed = self.dark.of(tag, WINDOWS_S[LEARN_WINDOW]) > 1.0;
            if *probability <= LEARN_FROM_PROBABILITY || is_disturbed {
                continue;
            }
            let z = &self.learnt[tag * length..][..length];
            self.expected
                .learn(LEARN_WINDOW, tag, z, probability * seconds, NOISE_POWER);
        }
        let ended = self.demodulation.ended();
        if ended.is_multiple_of(FRAMES_A_RESPONSE_UPDATE) {
            self.expected.update(LEARN_PRIOR_S)?;
        }
        Ok(())
    }

    /// Length of a frame, seconds.
    fn frame_s(&self) -> f64 {
        self.front.frame_samples() as f64 / self.rate_hz
    }

    /// How probable it is that each tag is looked at, by the window from which the response is learnt.
    fn find_probability(&mut self) {
        let scores = self.scores.of(LEARN_WINDOW);
        for (tag, (between, score)) in self.between.iter_mut().zip(scores).enumerate() {
            *between = LEARN_SLOPE * (score - self.unattended.get(LEARN_WINDOW, tag));
        }
        let looking = log_sum_exp(&self.between) - LEARN_OFFSET;
        let looking = 1.0 / (1.0 + libm::exp(-looking.clamp(-30.0, 30.0)));
        for (tag, (between, score)) in self.between.iter_mut().zip(scores).enumerate() {
            *between = LEARN_SLOPE * (score - self.mean.get(LEARN_WINDOW, tag));
        }
        let sum = log_sum_exp(&self.between);
        for (probability, between) in self.probability.iter_mut().zip(&self.between) {
            *probability = libm::exp(between - sum) * looking;
        }
    }
}
