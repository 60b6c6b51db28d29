//! Targets reached by recorded people: a simulated user decides what to imagine, and the EEG that reaches the pipeline is drawn from
//! what a person recorded while they imagined just that, in recordings that the decoder has not seen.
//!
//! What it cannot show: nobody learns here, nobody tires, and EEG follows a wish at once.

mod bank;
mod driven;
mod field;
mod information;
pub mod report;
mod task;
mod user;

pub use bank::{Bank, Playing};
pub use field::{Desktop, DesktopError, Field};
pub use information::Information;
pub use task::LoopFigures;
pub use user::{ClassMeaning, User, View};

use super::shard::Shard;
use crate::block::Block;
use crate::command::{Axis, Mode};
use crate::control::AssistMode;
use crate::decoding::intent::offered_mode;
use crate::fit::FitRequest;
use crate::fit::classes::ClassMarker;
use crate::fit::reading::read_as_for;
use crate::pipeline::PipelineError;
use crate::printable::printable;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::settings::SteeringSettings;
use crate::source::SourceError;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use crate::starters::{self, CollectedPeople, StarterError};
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;
use driven::Driven;
use field::Shape;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use task::{Task, median};

/// The reference follows the classes in turn, so long each, for so long before anything counts, seconds.
const TURN_S: f64 = 4.0;
const SETTLE_S: f64 = 40.0;
/// Ticks of the pointer in a step of decoding.
const TICKS: i64 = 3;

/// How the pointer is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Two classes go left and right; there are two targets.
    Axis,
    /// One class turns, the other goes forward.
    Steer,
    /// The classes mean one side or the other of a line that parts the targets.
    #[serde(rename = "bisection")]
    // The name that reports have had from the start; programs read them.
    Choose,
    /// Four classes go left, right, up and down.
    Cartesian,
    /// A regressor on four classes says where to go.
    Continuous,
}

impl Scheme {
    /// Those by which a decoder can reach the targets of a field.
    #[must_use]
    pub fn of(decoder: &Decoder, field: &Field) -> &'static [Self] {
        match (offered_mode(decoder, &[]), field) {
            (Mode::Continuous, _) => &[Self::Cartesian, Self::Continuous],
            (Mode::Cartesian, _) => &[Self::Cartesian],
            (_, Field::CentreOut) => &[Self::Axis, Self::Steer, Self::Choose],
            // On one axis nothing above or below is reached.
            _ => &[Self::Steer, Self::Choose],
        }
    }

    /// As in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axis => "axis",
            Self::Steer => "steer",
            Self::Choose => "bisection",
            Self::Cartesian => "cartesian",
            Self::Continuous => "continuous",
        }
    }

    /// How it can be helped.
    #[must_use]
    pub fn helps(self) -> &'static [Help] {
        match self {
            Self::Choose => &[Help::On],
            _ => &[Help::Off, Help::Gentle, Help::Strong],
        }
    }

    fn mode(self) -> Mode {
        match self {
            Self::Axis | Self::Choose => Mode::Axis(Axis::Horizontal),
            Self::Steer => Mode::Steer,
            Self::Cartesian => Mode::Cartesian,
            Self::Continuous => Mode::Continuous,
        }
    }
}

/// What the driver does with the targets that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

    fn assist(self) -> AssistMode {
        match self {
            Self::Off => AssistMode::Off,
            Self::Gentle => AssistMode::Gentle,
            Self::Strong => AssistMode::Strong,
            Self::On => AssistMode::Choose,
        }
    }
}

/// How it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSpec {
    /// What is to be reached.
    pub field: Field,
    /// Length of each scheme, minutes.
    pub minutes: f64,
    /// Number of decoys around the wanted target. The driver treats them as targets too.
    pub decoys: usize,
    /// Targets, stretches of EEG and their order follow from it.
    pub seed: u64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    #[error(
        "{} is alone: a decoder is fitted on other people, so it takes two",
        printable(subject)
    )]
    Alone {
        /// Who.
        subject: String,
    },
    /// Recordings.
    #[error("{}: {error}", printable(subject))]
    Source {
        /// Who.
        subject: String,
        /// Why.
        error: SourceError,
    },
    /// A decoder of other classes, or one that has seen this EEG, with which a loop would show nothing.
    #[error(
        "{}: the decoder cannot be used, {}. Give recordings that it was not fitted on, and --classes that it knows",
        printable(subject),
        printable(what)
    )]
    Objection {
        /// Who.
        subject: String,
        /// What is wrong.
        what: String,
    },
    /// EEG of a class is missing.
    #[error(
        "{}: no stretch of '{}' is long enough, so it cannot be imagined",
        printable(subject),
        printable(class)
    )]
    Class {
        /// Who.
        subject: String,
        /// Which.
        class: String,
    },
    /// Decoder and EEG.
    #[error("{}: {error}", printable(subject))]
    Pipeline {
        /// Who.
        subject: String,
        /// Why.
        error: crate::pipeline::PipelineError,
    },
}

/// Plays every person of a part, each with a starter of all the others, of whichever part. `request`: two classes and their markers, left or
/// turning and right or forward.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be played.
pub fn evaluate(
    people: Vec<Subject>,
    request: &FitRequest,
    spec: &LoopSpec,
    shard: Shard,
    on_progress: OnProgress<'_>,
) -> Result<Vec<SubjectLoop>, LoopError> {
    if let [only] = people.as_slice() {
        return Err(LoopError::Alone {
            subject: only.name.clone(),
        });
    }
    let collected = CollectedPeople::collect(people, request, on_progress)?;
    let places: Vec<usize> = shard.range(collected.people().len()).collect();
    let decoders = places
        .iter()
        .map(|place| collected.starter(Some(*place), ""))
        .collect::<Result<Vec<Decoder>, _>>()?;
    let people = places.iter().map(|place| &collected.people()[*place]);
    let jobs: Vec<(&Subject, Decoder)> = people.zip(decoders).collect();
    let played =
        parallel::map_with_progress(&jobs, "people played", on_progress, |(person, decoder)| {
            let them = Person {
                name: &person.name,
                recordings: &person.imagery,
                decoder,
                read_as: &request.read_as,
            };
            them.play(&request.classes, spec)
        });
    played.into_iter().collect()
}

/// Plays one person with a decoder of their own, by recordings that it was not fitted on.
///
/// # Errors
/// [`LoopError`] where it was, or they cannot be played.
pub fn evaluate_one(
    them: &Person<'_>,
    classes: &[ClassMarker],
    spec: &LoopSpec,
) -> Result<SubjectLoop, LoopError> {
    let names = them.recordings.iter().map(|path| path.to_string_lossy());
    let names: Vec<String> = names.map(String::from).collect();
    if let Some(what) = starters::objection(them.decoder, classes, &names) {
        return Err(LoopError::Objection {
            subject: them.name.to_owned(),
            what,
        });
    }
    // In the decoder's order.
    let own = |name: &String| classes.iter().find(|class| class.class == *name).cloned();
    let classes: Vec<ClassMarker> = them.decoder.classes.iter().filter_map(own).collect();
    them.play(&classes, spec)
}

/// Whose EEG is played, and what decodes it.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Who.
    pub name: &'a str,
    /// EEG that the decoder was not fitted on.
    pub recordings: &'a [PathBuf],
    /// Of two classes or four.
    pub decoder: &'a Decoder,
    /// How the EEG is read, where that is not what it says of itself, nor as the decoder's recordings were read.
    pub read_as: &'a ReadAs,
}

impl Person<'_> {
    fn play(&self, classes: &[ClassMarker], spec: &LoopSpec) -> Result<SubjectLoop, LoopError> {
        let subject = || self.name.to_owned();
        let read_as = read_as_for(self.decoder, self.read_as);
        let bank = Bank::read(self.recordings, classes, &self.decoder.channels, &read_as);
        let bank = bank.map_err(|error| LoopError::Source {
            subject: subject(),
            error,
        })?;
        let all = classes.iter().map(|class| class.class.as_str());
        for (class, count) in all.chain(["rest"]).zip(bank.counts()) {
            if count == 0 {
                return Err(LoopError::Class {
                    subject: subject(),
                    class: class.into(),
                });
            }
        }
        let failed = |error| LoopError::Pipeline {
            subject: subject(),
            error,
        };
        let information = information::measure(&bank, self.decoder, spec.seed).map_err(failed)?;
        let mut schemes = BTreeMap::new();
        for scheme in Scheme::of(self.decoder, &spec.field) {
            let helps = scheme.helps().iter();
            let reached = helps.map(|help| Ok((*help, self.reach(&bank, *scheme, *help, spec)?)));
            let reached = reached.collect::<Result<_, _>>().map_err(failed)?;
            schemes.insert(*scheme, reached);
        }
        Ok(SubjectLoop {
            subject: subject(),
            information,
            schemes,
        })
    }

    /// Targets one after another.
    fn reach(
        &self,
        bank: &Bank,
        scheme: Scheme,
        help: Help,
        spec: &LoopSpec,
    ) -> Result<LoopFigures, PipelineError> {
        let shapes = spec.field.shapes(scheme == Scheme::Axis);
        let (mode, assist) = (scheme.mode(), help.assist());
        let mut pointer = Driven::new(bank.layout(), self.decoder, mode, assist, shapes.clone())?;
        let rate = bank.layout().rate;
        let hop = rate.samples_in_ms(self.decoder.features.hop_ms);
        let hop_s = rate.secs_of(hop);
        let mut block = Block::with_capacity(bank.layout().channel_count(), hop as usize);
        let mut playing = bank.play(spec.seed);
        let mut user = User::new(SteeringSettings::default().turn_deg_s.to_radians());
        let mut order = Order::new(shapes, spec);
        let mut task = Task::default();
        let settle = (SETTLE_S / hop_s) as usize;
        let steps = settle + (60.0 * spec.minutes / hop_s) as usize;
        for step in 0..steps {
            let now_s = step as f64 * hop_s;
            let counts = step >= settle;
            if counts {
                let wanted = task.wanted.unwrap_or_else(|| {
                    let (wanted, decoys) = order.next();
                    pointer.show(&decoys);
                    pointer.begin(spec.field.is_from_middle());
                    task.begin(wanted, &order.shapes, pointer.place(), now_s);
                    wanted
                });
                playing.imagine(user.look(now_s, &pointer.view(wanted)));
            } else {
                let classes = self.decoder.classes.len();
                playing.imagine(Some((now_s / TURN_S) as usize % classes));
            }
            playing.fill(&mut block, hop as usize);
            let at = |share: f64| HostNanos(((now_s + share * hop_s) * 1e9) as i64);
            pointer.take(&block, at(1.0));
            for tick in 1..=TICKS {
                let now = at(tick as f64 / TICKS as f64);
                let place = pointer.tick(now);
                if counts {
                    task.step(
                        now.0 as f64 / 1e9,
                        place,
                        pointer.may_dwell(),
                        &order.shapes,
                    );
                }
            }
        }
        Ok(task.figures(order.shapes.len(), 60.0 * spec.minutes))
    }
}

/// Which target comes next, and what lies around it.
struct Order {
    shapes: Vec<Shape>,
    decoys: usize,
    /// Where the pointer stays where it is, it is on this one already.
    on: Option<usize>,
    is_from_middle: bool,
    /// Of the targets, and of the decoys: with more of these, the targets are the same.
    random: [ChaCha8Rng; 2],
}

impl Order {
    fn new(shapes: Vec<Shape>, spec: &LoopSpec) -> Self {
        let mut others = ChaCha8Rng::seed_from_u64(spec.seed);
        others.set_stream(1);
        Self {
            shapes,
            decoys: spec.decoys,
            on: None,
            is_from_middle: spec.field.is_from_middle(),
            random: [ChaCha8Rng::seed_from_u64(spec.seed), others],
        }
    }

    fn next(&mut self) -> (usize, Vec<Shape>) {
        let [targets, decoys] = &mut self.random;
        let mut draw = || (targets.next_u64() % self.shapes.len() as u64) as usize;
        let mut wanted = draw();
        while self.on == Some(wanted) {
            wanted = draw();
        }
        self.on = (!self.is_from_middle).then_some(wanted);
        (
            wanted,
            field::decoys(&self.shapes[wanted], self.decoys, decoys),
        )
    }
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
