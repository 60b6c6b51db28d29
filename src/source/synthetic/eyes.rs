//! A patient with eyes: the visual cortex answers to changes of the light that is looked at.

use super::parts::{Topography, add, topography};
use super::{Spec, SyntheticPatient};
use crate::block::{Block, Layout};
use crate::montage::{self, Position};
use crate::source::{Source, SourceError, SourceEvent};
use crate::units::Hertz;
use std::f64::consts::PI;

/// The response follows the light after this time (Norcia et al. 2015, doi:10.1167/15.6.4), seconds.
const LATENCY_S: f64 = 0.12;
/// The visual cortex follows changes of this speed, Hz.
const FOLLOWS_HZ: [f64; 2] = [8.0, 45.0];
/// Response to a light that changes between dark and bright, above the visual cortex: a strong one. With half of it, nothing is selected within
/// ten seconds.
const RESPONSE_UV: f64 = 22.0;
/// How far the response spreads over the head, whose radius is 1.
const SPREAD: f64 = 0.5;

/// The brightness (0 to 1) of what the patient looked at, at a time in seconds from the patient's first sample; `None` if it did not change.
pub type Sight = Box<dyn FnMut(f64) -> Option<f64> + Send>;

/// A [`SyntheticPatient`] who looks at lights.
pub struct SeeingPatient {
    patient: SyntheticPatient,
    sight: Sight,
    follows: Follows,
    cortex: Topography,
}

impl SeeingPatient {
    /// Gives eyes to a patient who was made from `spec`.
    #[must_use]
    pub fn new(spec: &Spec, patient: SyntheticPatient, sight: Sight) -> Self {
        let electrodes: Vec<Position> = spec
            .labels
            .iter()
            .map(|label| montage::position(label).unwrap_or_default())
            .collect();
        let oz = montage::position("Oz").unwrap_or_default();
        Self {
            cortex: topography(oz, SPREAD, &electrodes),
            follows: Follows::new(spec.rate),
            patient,
            sight,
        }
    }
}

/// Passes on changes that are neither too slow nor too fast: two filters of first order.
#[derive(Debug)]
struct Follows {
    /// Share of the way to the input that each goes in a sample.
    shares: [f64; 2],
    slow: f64,
    fast: f64,
}

impl Follows {
    fn new(rate: Hertz) -> Self {
        Self {
            shares: FOLLOWS_HZ.map(|hz| 1.0 - libm::exp(-2.0 * PI * hz / rate.hz())),
            slow: 0.0,
            fast: 0.0,
        }
    }

    fn next(&mut self, light: f64) -> f64 {
        let [slow, fast] = self.shares;
        self.fast += fast * (light - self.fast);
        self.slow += slow * (self.fast - self.slow);
        self.fast - self.slow
    }
}

impl Source for SeeingPatient {
    fn layout(&self) -> &Layout {
        self.patient.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let event = self.patient.next(into)?;
        let rate = self.patient.layout().rate;
        let channels = self.patient.layout().channel_count();
        let indices = into.first.0..;
        for (index, frame) in indices.zip(into.samples_mut().chunks_exact_mut(channels)) {
            let seen = (self.sight)(rate.secs_of(index) - LATENCY_S);
            let light = seen.map_or(0.0, |brightness| brightness - 0.5);
            let response = RESPONSE_UV * self.follows.next(light);
            add(frame, response, &self.cortex);
        }
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::synthetic::Imagination;

    /// Power of a frequency at an electrode while the patient looks at 15 Hz, µV².
    fn power(label: &str, hz: f64) -> f64 {
        let spec = Spec {
            trials: 0,
            labels: vec![label.into()],
            ..Spec::default()
        };
        let patient = SyntheticPatient::new(&spec)
            .unwrap()
            .then_live(Imagination::rest());
        let flicker = |at_s: f64| Some(0.5 + 0.5 * libm::sin(2.0 * PI * 15.0 * at_s));
        let mut patient = SeeingPatient::new(&spec, patient, Box::new(flicker));
        let mut block = Block::with_capacity(1, 5000);
        patient.next(&mut block).unwrap();
        let (mut cos, mut sin) = (0.0, 0.0);
        for (k, value) in block.samples().iter().enumerate() {
            let angle = 2.0 * PI * hz * spec.rate.secs_of(k as u64);
            cos += value * libm::cos(angle) / 2500.0;
            sin += value * libm::sin(angle) / 2500.0;
        }
        cos * cos + sin * sin
    }

    #[test]
    fn the_visual_cortex_follows_the_light() {
        assert!(power("Oz", 15.0) > 10.0, "{}", power("Oz", 15.0));
        assert!(power("Oz", 15.0) > 30.0 * power("Oz", 17.0));
        assert!(power("Oz", 15.0) > 10.0 * power("Fz", 15.0));
    }
}
