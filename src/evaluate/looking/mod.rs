//! How well the flicker that a person looks at is recognised, on recordings with cues such as `ssvep_13hz` and `rest`.
//!
//! Everything is causal: filters and statistics run from the first sample of a recording. Nothing of the person is known before.

mod selections;
mod session;

use crate::conditioning::design::DesignError;
use crate::looking::prior::{PriorError, response_prior};
use crate::printable::{printable, printable_path};
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source::SourceError;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::looking::ssvep::{Look, Mark, SsvepDecoder, SsvepSpec, WINDOWS_S};
use bci_cursor_calibration::statistics::{argmax, auc, wolpaw_bits};
pub use selections::CurvePoint;
use serde::Serialize;
use session::Session;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Windows begin this long after a cue, seconds: a person first finds the light (as MOABB cuts this kind of data).
const FIND_S: f64 = 2.0;
/// The longest window, seconds.
const LONGEST_S: f64 = 3.0;
/// Dynamic stopping ends a look at this probability of error.
const ERROR: f64 = 0.05;
/// Time between two selections, for bits per minute, seconds.
const PAUSE_S: f64 = 0.5;

/// Figures of one person, or their mean.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LookingScore {
    /// Share of looks of which one second is recognised.
    pub accuracy_1s: f64,
    /// The same for two seconds.
    pub accuracy_2s: f64,
    /// The same for three seconds.
    pub accuracy_3s: f64,
    /// Wolpaw's rate with dynamic stopping.
    pub bits_per_min: f64,
    /// Share of looks that dynamic stopping recognises.
    pub accuracy_dynamic: f64,
    /// Area under the ROC curve of looking against rest, after two seconds.
    pub rest_auc: f64,
    /// False selections per minute of rest, where nothing says when a look begins.
    pub false_per_min: f64,
    /// Share of looks that are then selected within four seconds.
    pub selected_4s: f64,
    /// The last two figures and wrong selections, at several thresholds.
    pub curve: Vec<CurvePoint>,
}

/// Figures of all people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookingScores {
    /// By name.
    pub subjects: BTreeMap<String, LookingScore>,
    /// Their mean.
    pub mean: LookingScore,
}

/// Recordings that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum LookingError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording says of no moment what was looked at.
    #[error(
        "{}: no marker says what was looked at, expected markers such as ssvep_13hz and rest",
        printable_path(path)
    )]
    NoCue {
        /// The recording.
        path: PathBuf,
    },
    /// The sampling rate is too low.
    #[error("{}: {error}", printable_path(path))]
    Filter {
        /// The recording.
        path: PathBuf,
        /// The cause.
        error: DesignError,
    },
    /// The shipped table of responses is damaged.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// All looks of a person are at one frequency.
    #[error(
        "{}: the only frequency looked at is {hz} Hz, expected at least two to tell apart",
        printable(subject)
    )]
    OneFrequency {
        /// The subject's name.
        subject: String,
        /// The frequency.
        hz: f64,
    },
    /// The signal grew beyond all numbers.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

/// Figures of people, in recordings of looking at flicker.
///
/// # Errors
/// [`LookingError`] for the first person who cannot be evaluated.
pub fn evaluate(
    subjects: &[Subject],
    read_as: &ReadAs,
    on_progress: OnProgress<'_>,
) -> Result<LookingScores, LookingError> {
    let scored = parallel::map_with_progress(subjects, "people judged", on_progress, |subject| {
        Ok((subject.name.clone(), of_subject(subject, read_as)?))
    });
    let subjects: BTreeMap<String, LookingScore> =
        scored.into_iter().collect::<Result<_, LookingError>>()?;
    let mean = mean_of(&subjects);
    Ok(LookingScores { subjects, mean })
}

fn mean_of(subjects: &BTreeMap<String, LookingScore>) -> LookingScore {
    let n = subjects.len().max(1) as f64;
    let mean =
        |figure: &dyn Fn(&LookingScore) -> f64| subjects.values().map(figure).sum::<f64>() / n;
    let points = subjects
        .values()
        .next()
        .map_or(0, |score| score.curve.len());
    let curve = (0..points).map(|k| CurvePoint {
        threshold: mean(&|score| score.curve[k].threshold),
        selected_4s: mean(&|score| score.curve[k].selected_4s),
        wrong_4s: mean(&|score| score.curve[k].wrong_4s),
        false_per_min: mean(&|score| score.curve[k].false_per_min),
    });
    LookingScore {
        accuracy_1s: mean(&|score| score.accuracy_1s),
        accuracy_2s: mean(&|score| score.accuracy_2s),
        accuracy_3s: mean(&|score| score.accuracy_3s),
        bits_per_min: mean(&|score| score.bits_per_min),
        accuracy_dynamic: mean(&|score| score.accuracy_dynamic),
        rest_auc: mean(&|score| score.rest_auc),
        false_per_min: mean(&|score| score.false_per_min),
        selected_4s: mean(&|score| score.selected_4s),
        curve: curve.collect(),
    }
}

/// The looks of one cue.
struct Looked {
    /// Place of the tag; `None` for rest.
    target: Option<usize>,
    /// For each of [`WINDOWS_S`] that was over in time.
    looks: Vec<Look>,
}

fn of_subject(subject: &Subject, read_as: &ReadAs) -> Result<LookingScore, LookingError> {
    let sessions: Vec<Session> = subject
        .imagery
        .iter()
        .map(|path| Session::read(path, read_as))
        .collect::<Result<_, _>>()?;
    let mut tags: Vec<f64> = sessions
        .iter()
        .flat_map(|session| session.cues.iter().filter_map(|cue| cue.frequency_hz))
        .collect();
    tags.sort_by(f64::total_cmp);
    tags.dedup();
    if let [hz] = tags[..] {
        return Err(LookingError::OneFrequency {
            subject: subject.name.clone(),
            hz,
        });
    }
    let mut looked = Vec::new();
    for session in &sessions {
        looked.extend(look(session, &tags)?);
    }
    let curve = selections::curve(&sessions, &tags)?;
    let at = curve
        .iter()
        .find(|point| point.threshold >= selections::THRESHOLD)
        .cloned()
        .unwrap_or_default();
    let (accuracy_dynamic, bits_per_min) = dynamic(&looked, tags.len());
    Ok(LookingScore {
        accuracy_1s: accuracy(&looked, 1.0),
        accuracy_2s: accuracy(&looked, 2.0),
        accuracy_3s: accuracy(&looked, 3.0),
        bits_per_min,
        accuracy_dynamic,
        rest_auc: rest_auc(&looked, 2.0),
        false_per_min: at.false_per_min,
        selected_4s: at.selected_4s,
        curve,
    })
}

/// A decoder for a session's electrodes that knows nothing of its person.
fn decoder(session: &Session, tags: &[f64]) -> Result<SsvepDecoder, LookingError> {
    Ok(SsvepDecoder::new(SsvepSpec {
        rate_hz: session.rate.hz(),
        frequencies_hz: tags.to_vec(),
        prior: response_prior(&session.labels)?,
    })?)
}

/// Every cue's windows of growing length, from [`FIND_S`] after it.
fn look(session: &Session, tags: &[f64]) -> Result<Vec<Looked>, LookingError> {
    let mut decoder = decoder(session, tags)?;
    let mut looked: Vec<Looked> = Vec::new();
    let mut begun: Option<(usize, Mark)> = None;
    let mut cues = session.cues.iter().peekable();
    for (at, frame) in session.frames().enumerate() {
        if let (Some((begin, mark)), Some(now)) = (&begun, looked.last_mut()) {
            let window = now.looks.len();
            let length = |window_s: &f64| (window_s * session.rate.hz()).round() as usize;
            let next_s = WINDOWS_S
                .get(window)
                .filter(|window_s| **window_s <= LONGEST_S);
            if next_s.is_some_and(|next_s| at == begin + length(next_s)) {
                now.looks.push(decoder.since(mark, window)?);
            }
        }
        if let Some(cue) = cues.next_if(|cue| session.after(cue, FIND_S) <= at) {
            let is_it = |hz: f64| tags.iter().position(|tag| *tag == hz);
            looked.push(Looked {
                target: cue.frequency_hz.and_then(is_it),
                looks: Vec::new(),
            });
            begun = Some((at, decoder.mark()));
        }
        decoder.push(frame)?;
    }
    Ok(looked)
}

/// Share of looks that a window of this length recognises.
fn accuracy(looked: &[Looked], window_s: f64) -> f64 {
    let of = |look: &Looked| Some(argmax(&at_window(look, window_s)?.probability) == look.target?);
    let right: Vec<bool> = looked.iter().filter_map(of).collect();
    share(right.iter().filter(|right| **right).count(), right.len())
}

fn rest_auc(looked: &[Looked], window_s: f64) -> f64 {
    let of = |look: &Looked| Some((look.target.is_some(), at_window(look, window_s)?.excess));
    auc(looked.iter().filter_map(of)).unwrap_or(0.5)
}

fn at_window(look: &Looked, window_s: f64) -> Option<&Look> {
    look.looks
        .get(WINDOWS_S.iter().position(|length| *length == window_s)?)
}

/// Accuracy and bits per minute where each look ends as soon as it is clear, or after [`LONGEST_S`].
fn dynamic(looked: &[Looked], tags: usize) -> (f64, f64) {
    let (mut right, mut looks, mut seconds) = (0, 0, 0.0);
    for look in looked {
        let Some(target) = look.target else { continue };
        let clear = |look: &Look| look.probability.iter().any(|p| *p >= 1.0 - ERROR);
        let Some(last) = look.looks.len().checked_sub(1) else {
            continue;
        };
        let end = look.looks.iter().position(clear).unwrap_or(last);
        right += usize::from(argmax(&look.looks[end].probability) == target);
        looks += 1;
        seconds += WINDOWS_S[end] + PAUSE_S;
    }
    let accuracy = share(right, looks);
    let bits = if accuracy > 1.0 / tags as f64 {
        wolpaw_bits(accuracy, tags)
    } else {
        0.0
    };
    (
        accuracy,
        if looks == 0 {
            0.0
        } else {
            bits * looks as f64 * 60.0 / seconds
        },
    )
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}
