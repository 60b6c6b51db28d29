//! Targets reached by recorded people: a simulated user decides what to imagine, and the EEG that reaches the pipeline is drawn from
//! what a person recorded while they imagined just that, in recordings that the decoder has not seen.
//!
//! What it cannot show: nobody learns here, nobody tires, and EEG follows a wish at once.

mod bank;
mod driven;
mod information;
mod task;
mod user;

pub use bank::{Bank, Playing};
pub use information::Information;
pub use task::LoopFigures;
pub use user::{Sight, User, View};

use crate::block::Block;
use crate::control::{AssistMode, Axis, Mode, SteeringSettings};
use crate::pipeline::PipelineError;
use crate::runtime::parallel;
use crate::session::fit::FitRequest;
use crate::session::people::Subject;
use crate::session::starter::{CollectedPeople, StarterError};
use crate::source::SourceError;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;
use driven::Driven;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use std::collections::BTreeMap;
use task::{Task, around, decoys, median};

/// The reference follows the classes in turn, so long each, for so long before anything counts, seconds.
const TURN_S: f64 = 4.0;
const SETTLE_S: f64 = 40.0;
/// Ticks of the pointer in a step of decoding.
const TICKS: i64 = 3;

/// How the pointer is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Two classes go left and right; there are two targets.
    Axis,
    /// One class turns, the other goes forward.
    Steer,
    /// The classes mean one side or the other of a line that parts the targets.
    Bisection,
}

/// All of them.
pub const SCHEMES: [Scheme; 3] = [Scheme::Axis, Scheme::Steer, Scheme::Bisection];

impl Scheme {
    /// Targets that can be reached.
    #[must_use]
    pub fn targets(self) -> usize {
        if self == Self::Axis { 2 } else { 8 }
    }

    /// As in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axis => "axis",
            Self::Steer => "steer",
            Self::Bisection => "bisection",
        }
    }

    /// How it can be helped.
    #[must_use]
    pub fn helps(self) -> &'static [Help] {
        match self {
            Self::Axis | Self::Steer => &[Help::Off, Help::Gentle, Help::Strong],
            Self::Bisection => &[Help::On],
        }
    }

    fn pointer(self, help: Help, bank: &Bank, decoder: &Decoder) -> Result<Driven, PipelineError> {
        let mode = match self {
            Self::Axis | Self::Bisection => Mode::Axis(Axis::Horizontal),
            Self::Steer => Mode::Steer,
        };
        let assist = match help {
            Help::Off => AssistMode::Off,
            Help::Gentle => AssistMode::Gentle,
            Help::Strong => AssistMode::Strong,
            Help::On => AssistMode::Choose,
        };
        let targets = around(self.targets());
        Driven::new(bank.layout(), decoder, mode, assist, targets)
    }
}

/// What the driver does with the targets that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Help {
    /// It does not know them.
    Off,
    /// They pull and hold the pointer a little.
    Gentle,
    /// They pull and hold the pointer as much as they may.
    Strong,
    /// One of them is chosen.
    On,
}

impl Help {
    /// As in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Gentle => "gentle",
            Self::Strong => "strong",
            Self::On => "on",
        }
    }
}

/// How it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSpec {
    /// Two classes and their markers: left or turning, right or forward.
    pub request: FitRequest,
    /// Length of each scheme, minutes.
    pub minutes: f64,
    /// So many other things lie around the target that is wanted, and the driver takes them for targets, too.
    pub decoys: usize,
    /// Targets, stretches of EEG and their order follow from it.
    pub seed: u64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubjectLoop {
    /// Who.
    pub subject: String,
    /// What the evidence tells.
    pub information: Information,
    /// What they reached.
    pub schemes: BTreeMap<Scheme, BTreeMap<Help, LoopFigures>>,
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
    let mut schemes = BTreeMap::new();
    for scheme in SCHEMES {
        let helps = scheme.helps().iter();
        let reached = helps.map(|help| Ok((*help, reach(&bank, decoder, scheme, *help, spec)?)));
        schemes.insert(scheme, reached.collect::<Result<_, _>>().map_err(failed)?);
    }
    Ok(SubjectLoop {
        subject: name(),
        information,
        schemes,
    })
}

/// Targets one after another, each from the middle.
fn reach(
    bank: &Bank,
    decoder: &Decoder,
    scheme: Scheme,
    help: Help,
    spec: &LoopSpec,
) -> Result<LoopFigures, PipelineError> {
    let mut pointer = scheme.pointer(help, bank, decoder)?;
    let targets = around(scheme.targets());
    let rate = bank.layout().rate;
    let hop = rate.samples_in_ms(decoder.features.hop_ms);
    let hop_s = rate.secs_of(hop);
    let mut block = Block::with_capacity(bank.layout().channel_count(), hop as usize);
    let mut playing = bank.play(spec.seed);
    let mut user = User::new(SteeringSettings::default().turn_deg_s.to_radians());
    let mut random = ChaCha8Rng::seed_from_u64(spec.seed);
    let mut task = Task::default();
    let settle = (SETTLE_S / hop_s) as usize;
    let steps = settle + (60.0 * spec.minutes / hop_s) as usize;
    for step in 0..steps {
        let now_s = step as f64 * hop_s;
        let counts = step >= settle;
        if counts {
            let wanted = task.wanted.unwrap_or_else(|| {
                let wanted = (random.next_u64() % targets.len() as u64) as usize;
                pointer.begin(&decoys(targets[wanted], spec.decoys, &mut random));
                task.begin(wanted, now_s);
                wanted
            });
            playing.imagine(user.look(now_s, &pointer.view(wanted)));
        } else {
            playing.imagine(Some((now_s / TURN_S) as usize % 2));
        }
        playing.fill(&mut block, hop as usize);
        let at = |share: f64| HostNanos(((now_s + share * hop_s) * 1e9) as i64);
        pointer.take(&block, at(1.0));
        for tick in 1..=TICKS {
            let now = at(tick as f64 / TICKS as f64);
            let place = pointer.tick(now);
            if counts {
                task.step(now.0 as f64 / 1e9, place, &targets);
            }
        }
    }
    Ok(task.figures(targets.len(), 60.0 * spec.minutes))
}

/// The middle of what people reached, with a 95 % bootstrap interval over people (Efron 1979, percentiles).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Middle {
    /// Median.
    pub median: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

/// Samples of the people that are drawn.
const DRAWN: usize = 2000;

/// The median of a figure over people; none where nobody has it.
#[must_use]
pub fn middle(values: &[f64], seed: u64) -> Option<Middle> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut one = || values[(random.next_u64() % values.len() as u64) as usize];
    let found = median(values.to_vec())?;
    let mut drawn: Vec<f64> = (0..DRAWN)
        .filter_map(|_| median((0..values.len()).map(|_| one()).collect()))
        .collect();
    drawn.sort_by(f64::total_cmp);
    Some(Middle {
        median: found,
        interval: [drawn[DRAWN / 40], drawn[DRAWN - 1 - DRAWN / 40]],
    })
}
