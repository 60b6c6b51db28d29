//! A simulated user looks at tags, and the driver receives EEG that a person recorded while looking at just that.
//!
//! Limits: a longer look is put together from several recorded ones; the user needs half a second to find a tag, and does not tire.

pub mod both;
mod codes;
mod flicker;
mod hands;
mod room;
#[cfg(feature = "cli")]
pub mod writing;

use super::{LoopError, LoopSpec};
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use room::{Means, RecordedLooks, Tally};
use serde::Serialize;
use std::collections::BTreeMap;

/// The results of one person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LookingFigures {
    /// Number of targets.
    pub targets: usize,
    /// Clicks on the wanted target per minute.
    pub hits_per_min: f64,
    /// Clicks on others per minute.
    pub false_clicks_per_min: f64,
    /// Median time to a hit, seconds; `None` without hits.
    pub time_to_target_s: Option<f64>,
    /// Clicks per minute while the person looks at nothing; `None` without recorded rest.
    pub rest_clicks_per_min: Option<f64>,
}

impl LookingFigures {
    fn new(spec: &LoopSpec, chosen: &Tally, rest: Option<&Tally>) -> Self {
        Self {
            targets: spec.field.shapes(false).len(),
            hits_per_min: chosen.hits_per_min(),
            false_clicks_per_min: chosen.wrong_per_min(),
            time_to_target_s: chosen.time_to_target_s(),
            rest_clicks_per_min: rest.map(Tally::wrong_per_min),
        }
    }
}

/// Evaluates every person for `spec.minutes` of choosing, and as long of looking at nothing. Decoys are not shown. People who looked at codes
/// have a response fitted to other looks than those that are played. Others need none, and `false_looks_per_min` is for them.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
pub fn evaluate(
    people: &[Subject],
    spec: &LoopSpec,
    false_looks_per_min: f64,
    read_as: &ReadAs,
    on_progress: OnProgress<'_>,
) -> Result<BTreeMap<String, LookingFigures>, LoopError> {
    let played = parallel::map_with_progress(people, "people played", on_progress, |person| {
        let (mut chosen, mut rest) = (Tally::default(), None);
        play(person, spec, false_looks_per_min, read_as, &mut |looks| {
            chosen.add(looks.room(Means::Looks, None)?.choose(looks.spec));
            if looks.has_rest {
                let own = looks.room(Means::Looks, None)?.rest(looks.spec.minutes);
                rest.get_or_insert_with(Tally::default).add(own);
            }
            Ok(())
        })?;
        let figures = LookingFigures::new(spec, &chosen, rest.as_ref());
        Ok((person.name.clone(), figures))
    });
    played.into_iter().collect()
}

/// Plays each part of what a person recorded: codes, or else flicker.
fn play(
    person: &Subject,
    spec: &LoopSpec,
    false_looks_per_min: f64,
    read_as: &ReadAs,
    each: &mut dyn FnMut(&RecordedLooks<'_>) -> Result<(), LoopError>,
) -> Result<(), LoopError> {
    if codes::play(person, spec, read_as, each)? {
        return Ok(());
    }
    flicker::play(person, spec, false_looks_per_min, read_as, each)
}
