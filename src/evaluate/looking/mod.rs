//! How well what a person looks at is recognised, on recordings.
//!
//! Recordings with cues such as `ssvep_13hz` and `rest` are of `flicker`. XDF recordings with a stream of what was shown (type `Stimulus`)
//! and markers such as `trial target=3` are of `codes`. Everything is causal: filters and statistics run from the first sample of a
//! recording.

mod codes;
mod error;
mod flicker;
mod score;

pub use error::LookingError;
pub use flicker::CurvePoint;
pub use score::{LookingScore, LookingScores};

use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use std::collections::BTreeMap;

/// Whether the decoder of codes may know what was looked at in a person's other looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// The response is fitted to all looks but the one that is decoded.
    Known,
    /// Each look is decoded from itself and the looks before it, without any label.
    Unknown,
}

/// Figures of people, in recordings of looking at flicker or codes. Flicker needs no labels.
///
/// # Errors
/// [`LookingError`] for the first person who cannot be evaluated.
pub fn evaluate(
    subjects: &[Subject],
    read_as: &ReadAs,
    labels: Labels,
    on_progress: OnProgress<'_>,
) -> Result<LookingScores, LookingError> {
    let scored = parallel::map_with_progress(subjects, "people judged", on_progress, |subject| {
        Ok((subject.name.clone(), of_subject(subject, read_as, labels)?))
    });
    let subjects: BTreeMap<String, LookingScore> =
        scored.into_iter().collect::<Result<_, LookingError>>()?;
    Ok(LookingScores::new(subjects))
}

fn of_subject(
    subject: &Subject,
    read_as: &ReadAs,
    labels: Labels,
) -> Result<LookingScore, LookingError> {
    match codes::read(subject, read_as)? {
        Some(trials) => codes::of_subject(subject, &trials, labels),
        None => flicker::of_subject(subject, read_as),
    }
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}
