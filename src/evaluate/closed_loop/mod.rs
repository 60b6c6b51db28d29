//! Targets reached by recorded people: a simulated user decides what to imagine, and the EEG that reaches the pipeline is drawn from
//! what a person recorded while they imagined just that, in recordings that the decoder has not seen.
//!
//! What it cannot show: nobody learns here, nobody tires, and EEG follows a wish at once.

mod bank;
mod information;
mod user;

pub use bank::{Bank, Playing};
pub use information::Information;
pub use user::{User, View};

use crate::block::Block;
use crate::control::{Axis, ControlSettings, Mode, SteeringSettings};
use crate::runtime::parallel;
use crate::session::fit::FitRequest;
use crate::session::live::LivePointer;
use crate::session::people::Subject;
use crate::session::starter::{CollectedPeople, StarterError};
use crate::source::SourceError;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Targets lie so far from the middle, and are so large, as shares of the field (300 and 50 of 1000 pixels).
const FAR: f64 = 0.3;
const RADIUS: f64 = 0.05;
/// A target is hit when it is held for so long, seconds; after this long it is given up.
const HOLD_S: f64 = 0.5;
const LIMIT_S: f64 = 60.0;
/// The reference follows the classes in turn for so long before anything counts, seconds.
const SETTLE_S: f64 = 40.0;
/// Ticks of the pointer in a step of decoding.
const TICKS: i64 = 3;

/// How it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSpec {
    /// Two classes and their markers: left or turning, right or forward.
    pub request: FitRequest,
    /// Modes.
    pub modes: Vec<Mode>,
    /// Length of each, minutes.
    pub minutes: f64,
    /// Targets, stretches of EEG and their order follow from it.
    pub seed: u64,
}

/// What a person reached in a mode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LoopFigures {
    /// Targets hit in a minute.
    pub hits_per_min: f64,
    /// Median time to a hit, seconds; none without hits.
    pub time_to_target_s: Option<f64>,
    /// Median time to the first touch, of targets that were hit, seconds.
    pub first_touch_s: Option<f64>,
    /// Median time from the first touch to the hit, beyond the time of holding, seconds.
    pub dial_in_s: Option<f64>,
    /// Mean of straight way over way that was gone, of hits.
    pub path_efficiency: Option<f64>,
    /// `log2(targets) x (hits - other targets held) / time`, not below 0.
    pub bits_per_s: f64,
    /// Other targets held, a minute.
    pub false_clicks_per_min: f64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubjectLoop {
    /// Who.
    pub subject: String,
    /// What the evidence tells.
    pub information: Information,
    /// By mode.
    pub modes: BTreeMap<&'static str, LoopFigures>,
}

/// Somebody whose loop cannot be closed.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// A starter cannot be fitted on the others.
    #[error(transparent)]
    Starter(#[from] StarterError),
    /// Nobody is left to learn from.
    #[error("{subject} is alone: a decoder is fitted on other people, so it takes two")]
    Alone {
        /// Who.
        subject: String,
    },
    /// Recordings.
    #[error("{subject}: {error}")]
    Source {
        /// Who.
        subject: String,
        /// Why.
        error: SourceError,
    },
    /// EEG of a class is missing.
    #[error("{subject}: no stretch of '{class}' is long enough, so it cannot be imagined")]
    Class {
        /// Who.
        subject: String,
        /// Which.
        class: String,
    },
    /// Decoder and EEG.
    #[error("{subject}: {error}")]
    Pipeline {
        /// Who.
        subject: String,
        /// Why.
        error: crate::pipeline::PipelineError,
    },
}

/// Plays every person of a folder, each with a starter of all the others.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be played.
pub fn evaluate(people: Vec<Subject>, spec: &LoopSpec) -> Result<Vec<SubjectLoop>, LoopError> {
    if let [only] = people.as_slice() {
        return Err(LoopError::Alone {
            subject: only.name.clone(),
        });
    }
    let collected = CollectedPeople::collect(people, &spec.request)?;
    let places: Vec<usize> = (0..collected.people().len()).collect();
    let decoders = places
        .iter()
        .map(|place| collected.starter(Some(*place), ""))
        .collect::<Result<Vec<Decoder>, _>>()?;
    let jobs: Vec<(&Subject, Decoder)> = collected.people().iter().zip(decoders).collect();
    let played = parallel::map(&jobs, |(person, decoder)| play(person, decoder, spec));
    played.into_iter().collect()
}

fn play(person: &Subject, decoder: &Decoder, spec: &LoopSpec) -> Result<SubjectLoop, LoopError> {
    let name = || person.name.clone();
    let classes = &spec.request.classes;
    let bank = Bank::read(&person.imagery, classes, &decoder.channels).map_err(|error| {
        LoopError::Source {
            subject: name(),
            error,
        }
    })?;
    let all = classes.iter().map(|class| class.class.as_str());
    for (class, count) in all.chain(["rest"]).zip(bank.counts()) {
        if count == 0 {
            return Err(LoopError::Class {
                subject: name(),
                class: class.into(),
            });
        }
    }
    let failed = |error| LoopError::Pipeline {
        subject: name(),
        error,
    };
    let information = information::measure(&bank, decoder, spec.seed).map_err(failed)?;
    let mut modes = BTreeMap::new();
    for mode in &spec.modes {
        let figures = reach(&bank, decoder, *mode, spec).map_err(failed)?;
        modes.insert(name_of(*mode), figures);
    }
    Ok(SubjectLoop {
        subject: name(),
        information,
        modes,
    })
}

fn name_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Axis(_) => "axis",
        Mode::Cartesian => "cartesian",
        Mode::Steer => "steer",
        Mode::Continuous => "continuous",
    }
}

/// Where targets are, as shares of the field; on one axis there are two.
fn targets(mode: Mode) -> Vec<[f64; 2]> {
    let count = if matches!(mode, Mode::Axis(_)) { 2 } else { 8 };
    (0..count)
        .map(|k| {
            let (sin, cos) = libm::sincos(TAU * f64::from(k) / f64::from(count));
            [0.5 + FAR * cos, 0.5 + FAR * sin]
        })
        .collect()
}

/// Targets one after another, each from the middle.
fn reach(
    bank: &Bank,
    decoder: &Decoder,
    mode: Mode,
    spec: &LoopSpec,
) -> Result<LoopFigures, crate::pipeline::PipelineError> {
    let mut live = LivePointer::in_mode(bank.layout(), decoder, ControlSettings::default(), mode)?;
    let rate = bank.layout().rate;
    let hop = rate.samples_in_ms(decoder.features.hop_ms);
    let mut block = Block::with_capacity(bank.layout().channel_count(), hop as usize);
    let mut playing = bank.play(spec.seed);
    let mut user = User::new(SteeringSettings::default().turn_deg_s.to_radians());
    let mut random = ChaCha8Rng::seed_from_u64(spec.seed);
    let targets = targets(mode);
    let hop_ns = (rate.secs_of(hop) * 1e9) as i64;
    let mut now = HostNanos(1_000_000_000);
    let mut task = Task::default();
    let settle = (SETTLE_S / rate.secs_of(hop)) as usize;
    let steps = settle + (60.0 * spec.minutes / rate.secs_of(hop)) as usize;
    for step in 0..steps {
        let now_s = now.0 as f64 / 1e9;
        if step < settle {
            // Four seconds of each class.
            let turn = (4.0 * step as f64 / settle as f64 * SETTLE_S / 16.0) as usize;
            playing.imagine(Some(turn % 2));
        } else {
            if task.wanted.is_none() {
                live.put([0.5; 2]);
                task.begin((random.next_u64() % targets.len() as u64) as usize, now_s);
            }
            let view = View {
                at: live.place(),
                target: targets[task.wanted.unwrap_or(0)],
                radius: RADIUS,
                heading_rad: live.heading_rad(),
            };
            playing.imagine(user.look(now_s, &view, mode));
        }
        playing.fill(&mut block, hop as usize);
        live.take(&block, HostNanos(now.0 + hop_ns));
        for tick in 1..=TICKS {
            let at = HostNanos(now.0 + hop_ns * tick / TICKS);
            let place = live.tick(at);
            if step >= settle {
                task.step(at.0 as f64 / 1e9, place, &targets);
            }
        }
        now = HostNanos(now.0 + hop_ns);
    }
    Ok(task.figures(targets.len(), 60.0 * spec.minutes))
}

/// Targets one after another.
#[derive(Debug, Clone, Default)]
struct Task {
    wanted: Option<usize>,
    since_s: f64,
    path: f64,
    last: Option<[f64; 2]>,
    touched_s: Option<f64>,
    held: Option<(usize, f64)>,
    hits: Vec<Hit>,
    false_clicks: usize,
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    took_s: f64,
    touched_s: f64,
    path: f64,
}

impl Task {
    fn begin(&mut self, wanted: usize, now_s: f64) {
        (self.wanted, self.since_s) = (Some(wanted), now_s);
        (self.path, self.last) = (0.0, None);
        (self.touched_s, self.held) = (None, None);
    }

    fn step(&mut self, now_s: f64, at: [f64; 2], targets: &[[f64; 2]]) {
        let Some(wanted) = self.wanted else { return };
        if let Some([x, y]) = self.last {
            self.path += (at[0] - x).hypot(at[1] - y);
        }
        self.last = Some(at);
        let is_in = |target: &[f64; 2]| (at[0] - target[0]).hypot(at[1] - target[1]) <= RADIUS;
        let touched = targets.iter().position(is_in);
        if touched == Some(wanted) && self.touched_s.is_none() {
            self.touched_s = Some(now_s - self.since_s);
        }
        self.held = match (touched, self.held) {
            (Some(which), Some((before, since_s))) if which == before => Some((which, since_s)),
            (Some(which), _) => Some((which, now_s)),
            (None, _) => None,
        };
        match self.held {
            Some((which, since_s)) if now_s - since_s >= HOLD_S => {
                if which == wanted {
                    self.hits.push(Hit {
                        took_s: now_s - self.since_s,
                        touched_s: self.touched_s.unwrap_or(0.0),
                        path: self.path,
                    });
                    self.wanted = None;
                } else {
                    self.false_clicks += 1;
                    // It counts again only where it is left and held again.
                    self.held = Some((which, f64::INFINITY));
                }
            }
            _ if now_s - self.since_s > LIMIT_S => self.wanted = None,
            _ => {}
        }
    }

    fn figures(&self, targets: usize, seconds: f64) -> LoopFigures {
        let hits = self.hits.len() as f64;
        let of = |value: &dyn Fn(&Hit) -> f64| median(self.hits.iter().map(value).collect());
        let straight = FAR - RADIUS;
        let efficiency = |hit: &Hit| (straight / hit.path.max(straight)).min(1.0);
        let efficiencies: f64 = self.hits.iter().map(efficiency).sum();
        let right = (hits - self.false_clicks as f64).max(0.0);
        LoopFigures {
            hits_per_min: 60.0 * hits / seconds,
            time_to_target_s: of(&|hit| hit.took_s),
            first_touch_s: of(&|hit| hit.touched_s),
            dial_in_s: of(&|hit| (hit.took_s - hit.touched_s - HOLD_S).max(0.0)),
            path_efficiency: (hits > 0.0).then(|| efficiencies / hits),
            bits_per_s: libm::log2(targets as f64) * right / seconds,
            false_clicks_per_min: 60.0 * self.false_clicks as f64 / seconds,
        }
    }
}

/// The middle of values; none of none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => values.get(middle).copied(),
        _ => Some(0.5 * (values[middle - 1] + values[middle])),
    }
}

/// Modes that two classes can be played in.
pub const MODES: [Mode; 2] = [Mode::Axis(Axis::Horizontal), Mode::Steer];
