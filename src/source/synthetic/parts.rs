//! Building blocks of synthetic signals: seeded random numbers, rhythms, 1/f noise, and how electrodes pick up a
//! source.

use crate::montage::{self, Position};
use crate::units::Hertz;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::PI;

/// Seeded random numbers with the same bits on every platform.
#[derive(Debug)]
pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Above 0, up to 1.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 1.0) / (1u64 << 53) as f64
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.0.next_u64() % count.max(1) as u64) as usize
    }

    /// Standard normal (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(2.0 * PI * self.uniform())
    }
}

/// Noise with a spectral peak and unit variance: a driven, damped oscillator (AR(2)).
#[derive(Debug)]
pub(super) struct Rhythm {
    a: [f64; 2],
    drive: f64,
    past: [f64; 2],
}

impl Rhythm {
    pub(super) fn new(centre_hz: f64, width_hz: f64, rate: Hertz) -> Self {
        let radius = libm::exp(-PI * width_hz / rate.hz());
        let a = [
            2.0 * radius * libm::cos(2.0 * PI * centre_hz / rate.hz()),
            -radius * radius,
        ];
        // Variance of an AR(2) process with unit drive, inverted.
        let variance = (1.0 - a[1]) / ((1.0 + a[1]) * ((1.0 - a[1]) * (1.0 - a[1]) - a[0] * a[0]));
        Self {
            a,
            drive: 1.0 / variance.sqrt(),
            past: [0.0; 2],
        }
    }

    pub(super) fn next(&mut self, random: &mut Random) -> f64 {
        let value =
            self.a[0] * self.past[0] + self.a[1] * self.past[1] + self.drive * random.normal();
        self.past = [value, self.past[0]];
        value
    }
}

/// 1/f noise of about unit variance: low-pass noises with corners two octaves apart.
#[derive(Debug)]
pub(super) struct Pink {
    keeps: [f64; 5],
    states: [f64; 5],
}

impl Pink {
    pub(super) fn new(rate: Hertz) -> Self {
        Self {
            keeps: [0.5, 2.0, 8.0, 32.0, 128.0].map(|hz| libm::exp(-2.0 * PI * hz / rate.hz())),
            states: [0.0; 5],
        }
    }

    pub(super) fn next(&mut self, random: &mut Random) -> f64 {
        for (state, keep) in self.states.iter_mut().zip(self.keeps) {
            *state = keep * *state + (1.0 - keep * keep).sqrt() * random.normal();
        }
        self.states.iter().sum::<f64>() / 5f64.sqrt()
    }
}

/// How strongly each electrode picks up a source, relative to an electrode at the source.
pub(super) type Topography = Vec<f64>;

pub(super) fn topography(at: Position, reach: f64, electrodes: &[Position]) -> Topography {
    let see = |electrode: &Position| {
        let distance = montage::distance(at, *electrode) / reach;
        libm::exp(-0.5 * distance * distance)
    };
    electrodes.iter().map(see).collect()
}

/// Goes from 0 to 1 and back to 0 while the phase goes from 0 to 1.
pub(super) fn raised_cosine(phase: f64) -> f64 {
    if (0.0..1.0).contains(&phase) {
        0.5 - 0.5 * libm::cos(2.0 * PI * phase)
    } else {
        0.0
    }
}

/// Envelope (0 to 1, a raised cosine) of events that begin at random, `per_minute` on average.
pub(super) fn burst(
    began: &mut Option<u64>,
    now: u64,
    length_s: f64,
    per_minute: f64,
    rate: Hertz,
    random: &mut Random,
) -> f64 {
    let start = match *began {
        Some(start) => start,
        None if random.uniform() < per_minute / 60.0 / rate.hz() => {
            *began = Some(now);
            now
        }
        None => return 0.0,
    };
    let phase = rate.secs_of(now - start) / length_s;
    if phase >= 1.0 {
        *began = None;
        return 0.0;
    }
    raised_cosine(phase)
}

pub(super) fn add(frame: &mut [f64], value: f64, topography: &[f64]) {
    frame
        .iter_mut()
        .zip(topography)
        .for_each(|(sum, weight)| *sum += value * weight);
}
