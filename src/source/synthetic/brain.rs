//! Sources in the head, and how electrodes pick them up.

use super::Spec;
use super::parts::{Pink, Random, Rhythm, Topography, add, burst, raised_cosine, topography};
use crate::montage::{self, Position};
use crate::units::Hertz;
use bci_cursor_calibration::face_switch::Gesture;
use std::f64::consts::PI;

#[derive(Debug)]
pub(super) struct Brain {
    rate: Hertz,
    random: Random,
    background: Vec<(Pink, Topography)>,
    /// Mu and beta rhythms under C3, Cz and C4.
    rhythms: Vec<([Rhythm; 2], Topography)>,
    /// Current attenuation of each, which follows what is imagined.
    weakening: [f64; 3],
    alpha: (Rhythm, Topography),
    blink: (Topography, Option<u64>),
    muscle: (Topography, Option<u64>),
    line: Vec<f64>,
    line_hz: f64,
    sample: u64,
}

const BACKGROUND_PATCHES: usize = 24;
const BACKGROUND_UV: f64 = 3.0;
const MU_UV: f64 = 9.0;
const BETA_UV: f64 = 4.5;
const ALPHA_UV: f64 = 12.0;
const BLINK_UV: f64 = 120.0;
const MUSCLE_UV: f64 = 15.0;
const LINE_UV: f64 = 4.0;
const SENSOR_UV: f64 = 0.7;
/// Time constant with which rhythms follow imagery, seconds.
const ERD_TIME_S: f64 = 0.25;
const BLINK_S: f64 = 0.3;
const MUSCLE_S: f64 = 0.5;
/// Reaction time to a cue, duration and amplitude of a clench, and interval and number of blinks.
const REACTION_S: f64 = 0.5;
const CLENCH_S: f64 = 0.9;
const CLENCH_UV: f64 = 80.0;
const BLINK_EVERY_S: f64 = 0.4;
const BLINKS: i32 = 3;

impl Brain {
    pub(super) fn new(spec: &Spec, electrodes: &[Position], mut random: Random) -> Self {
        let rate = spec.rate;
        let at = |label: &str| montage::position(label).unwrap_or([0.0, 0.0, 1.0]);
        let background = (0..BACKGROUND_PATCHES)
            .map(|_| {
                let place = [random.normal(), random.normal(), random.normal().abs()];
                let length = montage::distance(place, [0.0; 3]).max(1e-9);
                (
                    Pink::new(rate),
                    topography(place.map(|x| x / length), 0.5, electrodes),
                )
            })
            .collect();
        let rhythms = ["C3", "Cz", "C4"]
            .map(|label| {
                let mu_hz = 10.5 + 0.5 * random.normal();
                let beta_hz = 21.0 + random.normal();
                (
                    [
                        Rhythm::new(mu_hz, 1.5, rate),
                        Rhythm::new(beta_hz, 3.0, rate),
                    ],
                    topography(at(label), 0.3, electrodes),
                )
            })
            .into();
        let temples: Topography = topography(at("T7"), 0.3, electrodes)
            .iter()
            .zip(topography(at("T8"), 0.3, electrodes))
            .map(|(left, right)| left - right)
            .collect();
        Self {
            rate,
            background,
            rhythms,
            weakening: [0.0; 3],
            alpha: (
                Rhythm::new(10.0, 1.0, rate),
                topography(at("Oz"), 0.5, electrodes),
            ),
            blink: (topography(at("Fpz"), 0.4, electrodes), None),
            muscle: (temples, None),
            line: electrodes
                .iter()
                .map(|_| LINE_UV * (0.5 + random.uniform()))
                .collect(),
            line_hz: spec.mains_hz,
            random,
            sample: 0,
        }
    }

    pub(super) fn frame(&mut self, weakened: [f64; 3], frame: &mut [f64]) {
        let follow = 1.0 - libm::exp(-1.0 / (ERD_TIME_S * self.rate.hz()));
        let time_s = self.rate.secs_of(self.sample);
        let line = libm::sin(2.0 * PI * self.line_hz * time_s);
        for (value, amplitude) in frame.iter_mut().zip(&self.line) {
            *value = amplitude * line + SENSOR_UV * self.random.normal();
        }
        for (pink, topography) in &mut self.background {
            add(
                frame,
                BACKGROUND_UV * pink.next(&mut self.random),
                topography,
            );
        }
        for (k, ([mu, beta], topography)) in self.rhythms.iter_mut().enumerate() {
            self.weakening[k] += follow * (weakened[k] - self.weakening[k]);
            let left = 1.0 - self.weakening[k];
            let value = MU_UV * mu.next(&mut self.random) + BETA_UV * beta.next(&mut self.random);
            add(frame, left * value, topography);
        }
        add(
            frame,
            ALPHA_UV * self.alpha.0.next(&mut self.random),
            &self.alpha.1,
        );

        let blink = burst(
            &mut self.blink.1,
            self.sample,
            BLINK_S,
            12.0,
            self.rate,
            &mut self.random,
        );
        if blink > 0.0 {
            add(frame, BLINK_UV * blink, &self.blink.0);
        }
        let muscle = burst(
            &mut self.muscle.1,
            self.sample,
            MUSCLE_S,
            4.0,
            self.rate,
            &mut self.random,
        );
        if muscle > 0.0 {
            add(
                frame,
                MUSCLE_UV * muscle * self.random.normal(),
                &self.muscle.0,
            );
        }
        self.sample += 1;
    }
}

impl Brain {
    /// Adds a facial gesture that was cued this many seconds ago.
    pub(super) fn make(&mut self, gesture: Gesture, since_s: f64, frame: &mut [f64]) {
        match gesture {
            Gesture::Clench => {
                let strength = raised_cosine((since_s - REACTION_S) / CLENCH_S);
                if strength > 0.0 {
                    let value = CLENCH_UV * strength * self.random.normal();
                    add(frame, value, &self.muscle.0);
                }
            }
            Gesture::Blinks => {
                let blink = |k: i32| {
                    let from_s = REACTION_S + BLINK_EVERY_S * f64::from(k);
                    raised_cosine((since_s - from_s) / BLINK_S)
                };
                let sum: f64 = (0..BLINKS).map(blink).sum();
                add(frame, BLINK_UV * sum, &self.blink.0);
            }
        }
    }
}
