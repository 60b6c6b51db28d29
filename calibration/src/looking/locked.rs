//! A response whose shape is known and whose phase is not: the lights keep their phase, so that each look tells it for the next ones.

use super::response::Response;
use super::scores::log_sum_exp;
use super::window::of_channels;
use std::f64::consts::PI;

/// Phases of a light that are told apart.
pub(super) const PHASES: usize = 24;
/// What is known about a phase fades with this half-life, seconds: the clocks of lights and headset drift.
const PHASE_HALF_LIFE_S: f64 = 120.0;
/// Share of the fitted response that is expected again.
const AMPLITUDE: f64 = 0.8;

/// Expected responses of all tags, and how likely each phase of each light is.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    channels: usize,
    harmonics: usize,
    /// Length of the windows for which responses are expected, seconds.
    window_s: f64,
    windows_s: Vec<f64>,
    /// Tag-major, then harmonics: real parts of all channels, then imaginary ones.
    expected: Vec<f64>,
    /// For each window what coefficients are multiplied with, in the order of `expected`.
    filters: Vec<f64>,
    /// For each window and tag the score of no signal at all.
    constants: Vec<f64>,
    /// Natural logarithm of the probability of each phase, tag-major.
    log_phase: Vec<f64>,
    /// Cosine and sine of each phase's multiples, phase-major.
    turns: Vec<[f64; 2]>,
}

impl Locked {
    /// `expected` has a whitened coefficient of a window of `window_s` for each tag and harmonic: real parts of all channels, then imaginary ones.
    pub(super) fn new(
        expected: &[Vec<f64>],
        response: &Response,
        window_s: f64,
        windows_s: &[f64],
    ) -> Self {
        let harmonics = response.harmonics();
        let tags = expected.len() / harmonics;
        let turns = (0..PHASES * harmonics).map(|k| {
            let phase = 2.0 * PI * (k / harmonics) as f64 / PHASES as f64;
            let (sin, cos) = libm::sincos(phase * (k % harmonics + 1) as f64);
            [cos, sin]
        });
        let expected: Vec<f64> = expected.iter().flatten().map(|v| AMPLITUDE * v).collect();
        let mut new = Self {
            channels: response.channels(),
            harmonics,
            window_s,
            windows_s: windows_s.to_vec(),
            filters: vec![0.0; windows_s.len() * expected.len()],
            constants: vec![0.0; windows_s.len() * tags],
            log_phase: vec![-libm::log(PHASES as f64); tags * PHASES],
            turns: turns.collect(),
            expected,
        };
        new.update(response);
        new
    }

    /// Follows the weights of the part of the response that varies.
    pub(super) fn update(&mut self, response: &Response) {
        let (length, places) = (2 * self.channels, self.expected.len() / (2 * self.channels));
        self.constants.fill(0.0);
        for (window, window_s) in self.windows_s.iter().enumerate() {
            let scale = libm::sqrt(window_s / self.window_s);
            for place in 0..places {
                let expected = &self.expected[place * length..][..length];
                let filter = &mut self.filters[(window * places + place) * length..][..length];
                let weights = response.weights(window, place % self.harmonics);
                of_channels(weights, expected, filter);
                let mut power = 0.0;
                for (filter, expected) in filter.iter_mut().zip(expected) {
                    *filter = scale * (expected - *filter);
                    power += scale * *filter * expected;
                }
                self.constants[window * (places / self.harmonics) + place / self.harmonics] -=
                    power;
            }
        }
    }

    /// Adds what a whitened coefficient says about each phase, if it is `heard` (1, else 0).
    pub(super) fn add(
        &self,
        window: usize,
        place: usize,
        heard: f64,
        z: &[f64],
        of_phase: &mut [f64; PHASES],
    ) {
        let at = window * self.expected.len() + place * z.len();
        let filter = &self.filters[at..at + z.len()];
        let (mut real, mut imaginary) = (0.0, 0.0);
        for c in 0..self.channels {
            let (b, bi) = (filter[c], filter[c + self.channels]);
            let (x, xi) = (z[c], z[c + self.channels]);
            real += b * x + bi * xi;
            imaginary += b * xi - bi * x;
        }
        let turns = self.turns.iter().skip(place % self.harmonics);
        for (of_phase, [cos, sin]) in of_phase.iter_mut().zip(turns.step_by(self.harmonics)) {
            *of_phase += 2.0 * heard * (cos * real + sin * imaginary);
        }
    }

    /// The score of a tag, to be added to that of the part that varies.
    pub(super) fn score(&self, window: usize, tag: usize, of_phase: &[f64; PHASES]) -> f64 {
        let tags = self.log_phase.len() / PHASES;
        let known = &self.log_phase[tag * PHASES..][..PHASES];
        let both: [f64; PHASES] = std::array::from_fn(|phase| of_phase[phase] + known[phase]);
        self.constants[window * tags + tag] + log_sum_exp(&both)
    }

    /// What noise scores, about, while no phase is known: a coefficient of the usual size (its real part has the variance `power` / 2) and of any phase.
    pub(super) fn usual(&self, window: usize, tag: usize, power: f64) -> f64 {
        let length = 2 * self.channels * self.harmonics;
        let at = window * self.expected.len() + tag * length;
        let square: f64 = self.filters[at..at + length].iter().map(|b| b * b).sum();
        let size = libm::sqrt(power * square);
        let both: [f64; PHASES] = std::array::from_fn(|phase| {
            2.0 * size * self.turns[phase * self.harmonics][0] - libm::log(PHASES as f64)
        });
        let tags = self.log_phase.len() / PHASES;
        self.constants[window * tags + tag] + log_sum_exp(&both)
    }

    /// A tag was looked at for `seconds` (times the probability of that), and the window that ended then said this about its phase.
    pub(super) fn learn(&mut self, tag: usize, of_phase: &[f64; PHASES], seconds: f64) {
        let weight = seconds / self.window_s;
        let known = &mut self.log_phase[tag * PHASES..][..PHASES];
        for (known, of_phase) in known.iter_mut().zip(of_phase) {
            *known += weight * of_phase;
        }
        let sum = log_sum_exp(known);
        known.iter_mut().for_each(|known| *known -= sum);
    }

    /// Forgets for `seconds`.
    pub(super) fn forget(&mut self, seconds: f64) {
        let decay = libm::exp2(-seconds / PHASE_HALF_LIFE_S);
        for known in self.log_phase.chunks_exact_mut(PHASES) {
            known.iter_mut().for_each(|known| *known *= decay);
            let sum = log_sum_exp(known);
            known.iter_mut().for_each(|known| *known -= sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Locked, PHASES};
    use crate::looking::response::Response;
    use crate::matrix::SymmetricMatrix;

    const WINDOWS_S: [f64; 2] = [1.0, 2.0];

    /// Two tags with one harmonic and two channels: the first tag's response is 3 on the first channel, the second's 2i on the second.
    fn locked() -> (Response, Locked) {
        let prior = SymmetricMatrix::from_values(vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        let response = Response::new(vec![prior], 2.0, &WINDOWS_S).unwrap();
        let expected = [vec![3.0, 0.0, 0.0, 0.0], vec![0.0, 0.0, 0.0, 2.0]];
        let locked = Locked::new(&expected, &response, 2.0, &WINDOWS_S);
        (response, locked)
    }

    fn score(locked: &Locked, window: usize, tag: usize, z: &[f64; 4]) -> f64 {
        let mut of_phase = [0.0; PHASES];
        locked.add(window, tag, 1.0, z, &mut of_phase);
        locked.score(window, tag, &of_phase)
    }

    #[test]
    fn a_phase_counts_after_it_was_seen_and_is_forgotten_again() {
        let (_, mut locked) = locked();
        // The first tag's response, a quarter of a turn later, and against that.
        let (seen, against) = ([0.0, 0.0, 3.0, 0.0], [0.0, 0.0, -3.0, 0.0]);
        let before = score(&locked, 1, 0, &seen);
        assert!((before - score(&locked, 1, 0, &against)).abs() < 1e-9);
        for _ in 0..16 {
            let mut of_phase = [0.0; PHASES];
            locked.add(1, 0, 1.0, &seen, &mut of_phase);
            locked.learn(0, &of_phase, 0.125);
        }
        let known = score(&locked, 1, 0, &seen);
        assert!(
            known > before + 1.0 && score(&locked, 1, 0, &against) < before - 5.0,
            "{known}, {before}"
        );
        locked.forget(3600.0);
        assert!((score(&locked, 1, 0, &seen) - before).abs() < 1e-3);
    }

    #[test]
    fn constants_follow_the_weights() {
        let (_, locked) = locked();
        // 0.8 · 3 on a channel that varies by one: S = 1/2 after two seconds, 2/3 after one. The other channel does not vary.
        let silence = [0.0; 4];
        let expected = [
            (0, 0, -2.4 * 2.4 * 0.5 * 2.0 / 3.0),
            (1, 0, -2.4 * 2.4 * 0.5),
            (0, 1, -1.6 * 1.6 * 0.5),
            (1, 1, -1.6 * 1.6),
        ];
        for (window, tag, score_of_silence) in expected {
            let found = score(&locked, window, tag, &silence);
            assert!((found - score_of_silence).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn what_the_rate_cannot_hold_says_nothing() {
        let (_, locked) = locked();
        let mut of_phase = [0.0; PHASES];
        locked.add(1, 0, 0.0, &[5.0, 0.0, 0.0, 0.0], &mut of_phase);
        assert_eq!(of_phase, [0.0; PHASES]);
    }
}
