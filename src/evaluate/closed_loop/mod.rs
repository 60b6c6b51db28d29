//! Closed-loop evaluation with recorded people: a simulated user decides what to imagine, and the pipeline receives EEG
//! that a person recorded while imagining just that, in recordings that the decoder was not fitted on.
//!
//! Limits: the simulated user does not learn or tire, and the EEG follows a decision at once.

mod bank;
mod driven;
mod field;
mod information;
pub mod looking;
pub mod report;
mod scheme;
mod task;
mod user;

pub use bank::{At, Bank, Cut, IMAGERY, Playing};
pub use field::{Desktop, DesktopError, Field};
pub use information::Information;
pub use scheme::{Help, Scheme};
pub use task::LoopFigures;
pub use user::{ClassMeaning, User, View};

use super::shard::Shard;
use crate::block::Block;
use crate::fit::FitRequest;
use crate::fit::classes::ClassMarker;
use crate::fit::looking::LooksError;
use crate::fit::reading::read_as_for;
use crate::pipeline::PipelineError;
use crate::printable::printable;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::settings::SteeringSettings;
use crate::source::SourceError;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use crate::starters::{self, CollectedPeople, Objection, StarterError};
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

/// Before anything counts, the classes are played in turn so that the reference settles: duration of each, and of all,
/// seconds.
const TURN_S: f64 = 4.0;
const SETTLE_S: f64 = 40.0;
/// Ticks of the pointer per decoding step.
const TICKS: i64 = 3;

/// Settings of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSpec {
    /// The targets.
    pub field: Field,
    /// Duration of each scheme, minutes.
    pub minutes: f64,
    /// Number of decoys around the wanted target. The driver treats person as targets too.
    pub decoys: usize,
    /// Seed for the order of targets and of stretches of EEG.
    pub seed: u64,
}

/// The results of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectLoop {
    /// The person's name.
    pub subject: String,
    /// The information in the evidence.
    pub information: Information,
    /// The results of each scheme with each kind of help.
    pub schemes: BTreeMap<Scheme, BTreeMap<Help, LoopFigures>>,
}

/// A person who cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// No starter can be fitted on the other people.
    #[error(transparent)]
    Starter(#[from] StarterError),
    /// There are no other people to fit a decoder on.
    #[error(
        "{} is alone: a decoder is fitted on other people, so it takes two",
        printable(subject)
    )]
    Alone {
        /// The person's name.
        subject: String,
    },
    /// A recording cannot be read.
    #[error("{}: {error}", printable(subject))]
    Source {
        /// The person's name.
        subject: String,
        /// The cause.
        error: SourceError,
    },
    /// The decoder has other classes, or was fitted on this EEG, so the result would be meaningless.
    #[error(
        "{}: the decoder cannot be used, {objection}. Give recordings that it was not fitted on, and classes that it knows",
        printable(subject)
    )]
    Objection {
        /// The person's name.
        subject: String,
        /// What is wrong.
        objection: Objection,
    },
    /// There is no EEG of a class.
    #[error(
        "{}: no stretch of '{}' is long enough, so it cannot be played",
        printable(subject),
        printable(class)
    )]
    Class {
        /// The person's name.
        subject: String,
        /// The class.
        class: String,
    },
    /// Nobody looked at a light in the recordings.
    #[error(
        "{}: no marker says what was looked at, expected markers such as ssvep_13hz and rest, or trial target=3 with a Stimulus stream",
        printable(subject)
    )]
    NoLook {
        /// The person's name.
        subject: String,
    },
    /// The recordings of looks at codes cannot be used.
    #[error("{}: {error}", printable(subject))]
    Looks {
        /// The person's name.
        subject: String,
        /// The cause.
        error: Box<LooksError>,
    },
    /// Looks cannot be decoded from the EEG.
    #[error("{}: {error}", printable(subject))]
    Looking {
        /// The person's name.
        subject: String,
        /// The cause.
        error: crate::looking::LookingError,
    },
    /// The decoder does not fit the EEG.
    #[error("{}: {error}", printable(subject))]
    Pipeline {
        /// The person's name.
        subject: String,
        /// The cause.
        error: crate::pipeline::PipelineError,
    },
}

/// Evaluates every person of a shard, each with a starter fitted on all other people of the whole folder. `request`:
/// two classes with their markers; the first moves left or turns, the second moves right or forward.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
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
            let person = Person {
                name: &person.name,
                recordings: &person.imagery,
                decoder,
                read_as: &request.read_as,
            };
            person.play(&request.classes, spec)
        });
    played.into_iter().collect()
}

/// Evaluates one person with their own decoder, on recordings that it was not fitted on.
///
/// # Errors
/// [`LoopError`] if the decoder was fitted on these recordings, or the person cannot be evaluated.
pub fn evaluate_one(
    person: &Person<'_>,
    classes: &[ClassMarker],
    spec: &LoopSpec,
) -> Result<SubjectLoop, LoopError> {
    let names = person.recordings.iter().map(|path| path.to_string_lossy());
    let names: Vec<String> = names.map(String::from).collect();
    if let Some(objection) = starters::objection(person.decoder, classes, &names) {
        return Err(LoopError::Objection {
            subject: person.name.to_owned(),
            objection,
        });
    }
    // In the decoder's order.
    let own = |name: &String| classes.iter().find(|class| class.class == *name).cloned();
    let classes: Vec<ClassMarker> = person.decoder.classes.iter().filter_map(own).collect();
    person.play(&classes, spec)
}

/// A person to evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The person's name.
    pub name: &'a str,
    /// EEG that the decoder was not fitted on.
    pub recordings: &'a [PathBuf],
    /// A decoder of two or four classes.
    pub decoder: &'a Decoder,
    /// How to read the EEG, if not as it declares itself or as the decoder's recordings were read.
    pub read_as: &'a ReadAs,
}

impl Person<'_> {
    /// Their EEG, sorted by class.
    fn bank(&self, classes: &[ClassMarker]) -> Result<Bank, LoopError> {
        let subject = || self.name.to_owned();
        let read_as = read_as_for(self.decoder, self.read_as);
        let bank = Bank::read(
            self.recordings,
            classes,
            &self.decoder.channels,
            &read_as,
            IMAGERY,
        );
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
        Ok(bank)
    }

    fn play(&self, classes: &[ClassMarker], spec: &LoopSpec) -> Result<SubjectLoop, LoopError> {
        let subject = || self.name.to_owned();
        let bank = self.bank(classes)?;
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

    /// Reaches targets one after another.
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

/// Chooses the next target and the decoys around it.
struct Order {
    shapes: Vec<Shape>,
    decoys: usize,
    /// The target on which the pointer already is, if it does not return to the centre.
    on: Option<usize>,
    is_from_middle: bool,
    /// For targets and for decoys, so that the number of decoys does not change the targets.
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

/// The median over people, with a 95 % bootstrap interval (Efron 1979, percentiles).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Middle {
    /// The median.
    pub median: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

/// Number of bootstrap samples.
const DRAWN: usize = 2000;

/// The median of a figure over people; `None` if nobody has it.
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
