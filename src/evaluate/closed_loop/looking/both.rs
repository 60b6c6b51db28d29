//! Simulated users who look and imagine at the same time. Nobody has recorded both, so the EEG of a person who looked at lights is paired with
//! that of another person who imagined movements, and each is decoded by itself.
//!
//! Limits: those of looking and of imagery; that doing both at once is harder than doing one of them does not show.

use super::super::{LoopError, LoopSpec, Person};
use super::hands::Hands;
use super::room::{Means, RecordedLooks, Room, Tally};
use super::{LookingFigures, play};
use crate::fit::FitRequest;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source::channels::ReadAs;
use crate::starters::CollectedPeople;
use crate::starters::people::Subject;
use bci_cursor_calibration::Decoder;
use serde::Serialize;

/// The results of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairFigures {
    /// Whose EEG of looking is played.
    pub looks: String,
    /// Whose EEG of imagined movement is played.
    pub imagines: String,
    /// By looking alone: a look that chooses also clicks.
    pub looking: LookingFigures,
    /// By imagined movement alone (`choose`): half a second on a target clicks.
    pub imagery: LookingFigures,
    /// With both, where only looks click.
    pub both: LookingFigures,
    /// With both, where half a second on a target clicks as well.
    pub both_dwelling: LookingFigures,
}

/// How people are paired, and what is known about those who look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairSpec<'a> {
    /// The first person who looks is paired with the imagining person at this place, the second with the next, and so on in a circle.
    pub first: usize,
    /// See [`super::evaluate`].
    pub false_looks_per_min: f64,
    /// How the EEG of looking is read.
    pub read_as: &'a ReadAs,
}

/// Evaluates every person who looks, each with one who imagines. Starters are fitted on the others of those who imagine, as in
/// [`super::super::evaluate`].
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
pub fn evaluate(
    lookers: &[Subject],
    imaginers: Vec<Subject>,
    request: &FitRequest,
    pairs: PairSpec<'_>,
    spec: &LoopSpec,
    on_progress: OnProgress<'_>,
) -> Result<Vec<PairFigures>, LoopError> {
    each_pair(
        lookers,
        imaginers,
        request,
        pairs.first,
        on_progress,
        |looker, imaginer| play_pair(looker, imaginer, request, pairs, spec),
    )
}

/// Plays each person who looks with one who imagines.
pub(super) fn each_pair<T: Send>(
    lookers: &[Subject],
    imaginers: Vec<Subject>,
    request: &FitRequest,
    first: usize,
    on_progress: OnProgress<'_>,
    play: impl Fn(&Subject, &Person<'_>) -> Result<T, LoopError> + Sync,
) -> Result<Vec<T>, LoopError> {
    if imaginers.len() < 2 {
        return Err(LoopError::Alone {
            subject: imaginers
                .first()
                .map_or_else(String::new, |one| one.name.clone()),
        });
    }
    let collected = CollectedPeople::collect(imaginers, request, on_progress)?;
    let count = collected.people().len();
    let mut jobs: Vec<(&Subject, &Subject, Decoder)> = Vec::new();
    for (number, looker) in lookers.iter().enumerate() {
        let place = (first + number) % count;
        let decoder = collected.starter(Some(place), "")?;
        jobs.push((looker, &collected.people()[place], decoder));
    }
    let played = parallel::map_with_progress(
        &jobs,
        "pairs played",
        on_progress,
        |(looker, imaginer, decoder)| {
            let imaginer = Person {
                name: &imaginer.name,
                recordings: &imaginer.imagery,
                decoder,
                read_as: &request.read_as,
            };
            play(looker, &imaginer)
        },
    );
    played.into_iter().collect()
}

/// What was counted with some means: while choosing, and while looking at nothing and imagining nothing.
#[derive(Debug, Default)]
struct Counted {
    chosen: Tally,
    rest: Option<Tally>,
}

const MEANS: [Means; 4] = [
    Means::Looks,
    Means::Imagery,
    Means::Both { dwells: false },
    Means::Both { dwells: true },
];

fn play_pair(
    looker: &Subject,
    imaginer: &Person<'_>,
    request: &FitRequest,
    pairs: PairSpec<'_>,
    spec: &LoopSpec,
) -> Result<PairFigures, LoopError> {
    let bank = imaginer.bank(&request.classes)?;
    let mut counted: [Counted; MEANS.len()] = Default::default();
    let PairSpec {
        false_looks_per_min,
        read_as,
        ..
    } = pairs;
    play(looker, spec, false_looks_per_min, read_as, &mut |looks| {
        for (means, counted) in MEANS.into_iter().zip(&mut counted) {
            let room = |seed: u64| {
                let hands = Hands::new(imaginer.name, bank.play(seed), imaginer.decoder)?;
                looks.room(means, Some(hands))
            };
            count(looks, counted, room)?;
        }
        Ok(())
    })?;
    let figures = counted.map(|one| LookingFigures::new(spec, &one.chosen, one.rest.as_ref()));
    let [looking, imagery, both, both_dwelling] = figures;
    Ok(PairFigures {
        looks: looker.name.clone(),
        imagines: imaginer.name.to_owned(),
        looking,
        imagery,
        both,
        both_dwelling,
    })
}

fn count<'a, 'h>(
    looks: &RecordedLooks<'a>,
    counted: &mut Counted,
    room: impl Fn(u64) -> Result<Room<'a, 'h>, LoopError>,
) -> Result<(), LoopError> {
    let spec = looks.spec;
    counted.chosen.add(room(spec.seed)?.choose(spec));
    if looks.has_rest {
        let rest = room(spec.seed)?.rest(spec.minutes);
        counted.rest.get_or_insert_with(Tally::default).add(rest);
    }
    Ok(())
}
