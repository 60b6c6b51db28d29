//! What a decoder of flicker expects of a person, and how well a window fits it.

use super::locked::{Locked, PHASES};
use super::response::Response;
use super::window::{Sums, power};
use crate::eigen::NotFinite;
use crate::matrix::SymmetricMatrix;

/// The response of any phase, and that of a known shape if one was fitted.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) response: Response,
    pub(super) locked: Option<Locked>,
    /// 1 for each tag and harmonic that the sampling rate can hold, else 0.
    heard: Vec<f64>,
    /// Real and imaginary parts of one coefficient: as it is, and whitened.
    difference: Vec<f64>,
    whitened: Vec<f64>,
}

impl Expected {
    /// `heard` has a 1 for each tag and harmonic, tag-major, that the sampling rate can hold, and a 0 for the others.
    pub(super) fn new(response: Response, locked: Option<Locked>, heard: Vec<f64>) -> Self {
        let length = 2 * response.channels();
        Self {
            response,
            locked,
            heard,
            difference: vec![0.0; length],
            whitened: vec![0.0; length],
        }
    }

    /// What noise scores in a window, about, before this person's response is learnt.
    pub(super) fn usual(&self, window: usize, tag: usize, noise_power: f64) -> f64 {
        let locked = self.locked.as_ref();
        noise_power * self.response.trace(window)
            + locked.map_or(0.0, |locked| locked.usual(window, tag, noise_power))
    }

    /// Adds the score of each tag in a window to `scores`, and shows each whitened coefficient to `see`.
    pub(super) fn score(
        &mut self,
        window: usize,
        sums: &Sums<'_>,
        whitener: &SymmetricMatrix,
        scores: &mut [f64],
        mut see: impl FnMut(usize, &[f64]),
    ) {
        let harmonics = self.response.harmonics();
        for (tag, score) in scores.iter_mut().enumerate() {
            let mut of_phase = [0.0; PHASES];
            for harmonic in 0..harmonics {
                let place = tag * harmonics + harmonic;
                let heard = self.heard[place];
                sums.whitened(place, whitener, &mut self.difference, &mut self.whitened);
                see(place, &self.whitened);
                let weights = self.response.weights(window, harmonic);
                *score += heard * power(weights, &self.whitened);
                if let Some(locked) = &self.locked {
                    locked.add(window, place, heard, &self.whitened, &mut of_phase);
                }
            }
            if let Some(locked) = &self.locked {
                *score += locked.score(window, tag, &of_phase);
            }
        }
    }

    /// A tag was looked at with this probability for `seconds`: takes in the whitened coefficients `z` of its harmonics in `window`, one after another.
    pub(super) fn learn(
        &mut self,
        window: usize,
        tag: usize,
        z: &[f64],
        weight_s: f64,
        noise_power: f64,
    ) {
        let mut of_phase = [0.0; PHASES];
        let harmonics = self.response.harmonics();
        for (harmonic, z) in z.chunks_exact(2 * self.response.channels()).enumerate() {
            self.response.add(harmonic, z, weight_s, noise_power);
            let place = tag * harmonics + harmonic;
            if let Some(locked) = &self.locked {
                locked.add(window, place, self.heard[place], z, &mut of_phase);
            }
        }
        self.response.add_time(weight_s);
        if let Some(locked) = &mut self.locked {
            locked.learn(tag, &of_phase, weight_s);
        }
    }

    /// Computes all weights anew; the prior counts as `prior_s` of looking.
    ///
    /// # Errors
    /// As [`Response::update`].
    pub(super) fn update(&mut self, prior_s: f64) -> Result<(), NotFinite> {
        self.response.update(prior_s)?;
        if let Some(locked) = &mut self.locked {
            locked.update(&self.response);
        }
        Ok(())
    }
}
