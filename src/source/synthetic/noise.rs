//! Signals without intent, for which a decoder must not move the pointer.

use super::Spec;
use super::brain::Brain;
use super::parts::{Pink, Random, Rhythm, Topography, add, raised_cosine, topography};
use crate::montage::{self, Position};
use crate::units::Hertz;
use std::f64::consts::PI;
use std::fmt;

/// Kinds of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseKind {
    /// White noise of 8 µV: a part of 0.6 that all electrodes share, and a part of 0.6 of each electrode's own.
    White,
    /// 1/f noise, mixed in the same way.
    Pink,
    /// 1/f noise with bursts of alpha at random places on the head.
    Bursts,
    /// Mu rhythm that is suppressed on a random side for random times: a patient without intent.
    Laterality,
    /// A sine whose frequency sweeps from 1 to 45 Hz, repeatedly.
    Sweep,
    /// 1/f noise with blinks, a clenched jaw, movements, line noise and jumps of single electrodes.
    Artifacts,
    /// The same 1/f noise on all electrodes: a gel bridge, or a cap that nobody wears.
    Bridge,
}

impl NoiseKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::White,
        Self::Pink,
        Self::Bursts,
        Self::Laterality,
        Self::Sweep,
        Self::Artifacts,
        Self::Bridge,
    ];

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Pink => "pink",
            Self::Bursts => "bursts",
            Self::Laterality => "laterality",
            Self::Sweep => "sweep",
            Self::Artifacts => "artifacts",
            Self::Bridge => "bridge",
        }
    }
}

impl fmt::Display for NoiseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Amplitude of the background that all electrodes share, and of each electrode's own, as fractions.
const SHARE: f64 = 0.6;
const BACKGROUND_UV: f64 = 8.0;
const SENSOR_UV: f64 = 0.5;
const SWEEP_UV: f64 = 10.0;
const SWEEP_HZ: [f64; 2] = [1.0, 45.0];
/// Minimum and maximum time during which one side, or neither, is suppressed, seconds.
const SIDE_S: [f64; 2] = [0.5, 6.0];
/// Fraction of a rhythm's amplitude that suppression removes.
const SUPPRESSION: f64 = 0.6;

/// Generates noise, frame by frame.
#[derive(Debug)]
pub(super) struct Noise {
    rate: Hertz,
    random: Random,
    sample: u64,
    signal: Signal,
}

#[derive(Debug)]
enum Signal {
    White,
    Background {
        background: Background,
        events: Vec<Event>,
    },
    Head {
        brain: Box<Brain>,
        suppressed: Option<usize>,
        until: u64,
    },
    Sweep {
        gains: Topography,
        length_s: f64,
        phase: f64,
    },
    Bridge(Pink),
}

impl Noise {
    /// Noise of a kind at these electrodes.
    pub(super) fn new(spec: &Spec, kind: NoiseKind, electrodes: &[Position]) -> Self {
        let mut random = Random::new(spec.seed);
        let rate = spec.rate;
        let with = |events: Vec<Event>| Signal::Background {
            background: Background::new(rate, electrodes.len()),
            events,
        };
        let event = |transient: Transient| Event::new(transient, electrodes);
        let signal = match kind {
            NoiseKind::White => Signal::White,
            NoiseKind::Pink => with(Vec::new()),
            NoiseKind::Bursts => with(vec![event(Transient::Alpha), event(Transient::Alpha)]),
            NoiseKind::Artifacts => with(
                [
                    Transient::Blink,
                    Transient::Jaw,
                    Transient::Movement,
                    Transient::Line,
                    Transient::Jump,
                ]
                .map(event)
                .into(),
            ),
            NoiseKind::Laterality => Signal::Head {
                brain: Box::new(Brain::new(spec, electrodes, Random::new(!spec.seed))),
                suppressed: None,
                until: 0,
            },
            NoiseKind::Sweep => Signal::Sweep {
                gains: electrodes.iter().map(|_| 0.5 + random.uniform()).collect(),
                length_s: 5.0 + 35.0 * random.uniform(),
                phase: 0.0,
            },
            NoiseKind::Bridge => Signal::Bridge(Pink::new(rate)),
        };
        Self {
            rate,
            random,
            sample: 0,
            signal,
        }
    }

    /// The next frame, µV.
    pub(super) fn frame(&mut self, frame: &mut [f64]) {
        let Self {
            rate,
            random,
            sample,
            signal,
        } = self;
        let now_s = rate.secs_of(*sample);
        match signal {
            Signal::White => {
                let common = random.normal();
                for value in frame {
                    *value = BACKGROUND_UV * SHARE * (common + random.normal());
                }
            }
            Signal::Background { background, events } => {
                background.frame(random, frame);
                events
                    .iter_mut()
                    .for_each(|event| event.add_to(frame, now_s, *rate, random));
            }
            Signal::Head {
                brain,
                suppressed,
                until,
            } => {
                if *sample >= *until {
                    *suppressed = Some(random.below(3)).filter(|side| *side < 2);
                    let secs = SIDE_S[0] + (SIDE_S[1] - SIDE_S[0]) * random.uniform();
                    *until = *sample + rate.samples_in_ms((1e3 * secs) as u32);
                }
                let mut weakened = [0.0; 3];
                if let Some(side) = *suppressed {
                    weakened[2 * side] = SUPPRESSION;
                }
                brain.frame(weakened, frame);
            }
            Signal::Sweep {
                gains,
                length_s,
                phase,
            } => {
                let share = (now_s / *length_s).fract();
                let hz = SWEEP_HZ[0] + (SWEEP_HZ[1] - SWEEP_HZ[0]) * share;
                *phase = (*phase + hz / rate.hz()).fract();
                let value = SWEEP_UV * libm::sin(2.0 * PI * *phase);
                for (own, gain) in frame.iter_mut().zip(gains) {
                    *own = *gain * value + SENSOR_UV * random.normal();
                }
            }
            Signal::Bridge(pink) => {
                let value = BACKGROUND_UV * pink.next(random);
                frame.fill(value);
            }
        }
        *sample += 1;
    }
}

/// 1/f noise, partly shared by all electrodes.
#[derive(Debug)]
struct Background {
    common: Pink,
    own: Vec<Pink>,
}

impl Background {
    fn new(rate: Hertz, electrodes: usize) -> Self {
        Self {
            common: Pink::new(rate),
            own: (0..electrodes).map(|_| Pink::new(rate)).collect(),
        }
    }

    fn frame(&mut self, random: &mut Random, frame: &mut [f64]) {
        let common = self.common.next(random);
        for (value, own) in frame.iter_mut().zip(&mut self.own) {
            *value = BACKGROUND_UV * SHARE * (common + own.next(random));
        }
    }
}

/// A transient event.
#[derive(Debug, Clone, Copy)]
enum Transient {
    /// A burst of alpha at a random place on the head.
    Alpha,
    Blink,
    Jaw,
    Movement,
    /// Line noise.
    Line,
    /// One electrode jumps and drifts back.
    Jump,
}

impl Transient {
    /// Number of events per minute, and their minimum and maximum duration, seconds.
    fn pace(self) -> (f64, [f64; 2]) {
        match self {
            Self::Alpha => (20.0, [0.5, 2.5]),
            Self::Blink => (12.0, [0.2, 0.4]),
            Self::Jaw => (4.0, [0.3, 2.0]),
            Self::Movement => (3.0, [0.5, 4.0]),
            Self::Line => (1.0, [2.0, 20.0]),
            Self::Jump => (3.0, [2.0, 4.0]),
        }
    }

    /// Its amplitude, µV.
    fn amplitude_uv(self) -> f64 {
        match self {
            Self::Alpha => 20.0,
            Self::Blink => 120.0,
            Self::Jaw => 60.0,
            Self::Movement => 200.0,
            Self::Line => 30.0,
            Self::Jump => 300.0,
        }
    }
}

/// A transient that begins at random times.
#[derive(Debug)]
struct Event {
    transient: Transient,
    electrodes: Vec<Position>,
    gains: Topography,
    rhythm: Option<Rhythm>,
    began_s: Option<f64>,
    length_s: f64,
}

impl Event {
    fn new(transient: Transient, electrodes: &[Position]) -> Self {
        Self {
            transient,
            electrodes: electrodes.to_vec(),
            gains: Vec::new(),
            rhythm: None,
            began_s: None,
            length_s: 0.0,
        }
    }

    fn add_to(&mut self, frame: &mut [f64], now_s: f64, rate: Hertz, random: &mut Random) {
        let (per_minute, [least_s, most_s]) = self.transient.pace();
        let Some(began_s) = self.began_s else {
            if random.uniform() < per_minute / 60.0 / rate.hz() {
                self.began_s = Some(now_s);
                self.length_s = least_s + (most_s - least_s) * random.uniform();
                self.begin(rate, random);
            }
            return;
        };
        let since_s = now_s - began_s;
        if since_s >= self.length_s {
            self.began_s = None;
            return;
        }
        let envelope = raised_cosine(since_s / self.length_s);
        let wave = match self.transient {
            Transient::Blink => envelope,
            Transient::Alpha => match &mut self.rhythm {
                Some(rhythm) => envelope * rhythm.next(random),
                None => 0.0,
            },
            Transient::Jaw => envelope * random.normal(),
            Transient::Movement => envelope * libm::sin(2.0 * PI * 0.8 * since_s),
            Transient::Line => envelope * libm::sin(2.0 * PI * 50.0 * now_s),
            Transient::Jump => libm::exp(-since_s / 0.5),
        };
        add(frame, self.transient.amplitude_uv() * wave, &self.gains);
    }

    /// Chooses which electrodes pick it up this time.
    fn begin(&mut self, rate: Hertz, random: &mut Random) {
        let electrodes = &self.electrodes;
        let named = |label: &str, reach: f64| {
            let at = montage::position(label).unwrap_or([0.0, 0.0, 1.0]);
            topography(at, reach, electrodes)
        };
        self.gains = match self.transient {
            Transient::Alpha => {
                self.rhythm = Some(Rhythm::new(8.0 + 5.0 * random.uniform(), 1.0, rate));
                let at = electrodes.get(random.below(electrodes.len())).copied();
                topography(at.unwrap_or([0.0, 0.0, 1.0]), 0.4, electrodes)
            }
            Transient::Blink => named("Fpz", 0.6),
            Transient::Jaw => {
                let side = if random.below(2) == 0 { "T7" } else { "T8" };
                named(side, 0.7)
            }
            Transient::Movement | Transient::Line => {
                electrodes.iter().map(|_| 2.0 * random.uniform()).collect()
            }
            Transient::Jump => {
                let own = random.below(electrodes.len());
                let is_own = |k: usize| if k == own { 1.0 } else { 0.0 };
                (0..electrodes.len()).map(is_own).collect()
            }
        };
    }
}
