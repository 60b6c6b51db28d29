//! How well the flicker that a person looks at is recognised, on recordings with cues such as `ssvep_13hz` and `rest`.

mod fitted;
mod selections;
mod session;

use super::{LookingError, LookingScore, share};
use crate::looking::figures::{PAUSE_S, bits_per_min};
use crate::looking::prior::response_prior;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use bci_cursor_calibration::looking::ssvep::{Look, Mark, SsvepDecoder, SsvepSpec, WINDOWS_S};
use bci_cursor_calibration::statistics::{argmax, auc};
pub use selections::CurvePoint;
use session::Session;

/// Windows begin this long after a cue, seconds: a person first finds the light (as MOABB cuts this kind of data).
const FIND_S: f64 = 2.0;
/// The longest window, seconds.
const LONGEST_S: f64 = 3.0;
/// Dynamic stopping ends a look at this probability of error.
const ERROR: f64 = 0.05;

/// The looks of one cue.
struct Looked {
    /// Place of the tag; `None` for rest.
    target: Option<usize>,
    /// For each of [`WINDOWS_S`] that was over in time.
    looks: Vec<Look>,
}

/// Figures of a person. Nothing of the person is known before, but for the figures that say so.
pub(super) fn of_subject(
    subject: &Subject,
    read_as: &ReadAs,
) -> Result<LookingScore, LookingError> {
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
        looked.extend(look(session, &tags, decoder(session, &tags)?)?);
    }
    let fitted = fitted::looked(&sessions, &tags)?;
    let fitted_accuracy = |window_s| fitted.as_ref().map(|looked| accuracy(looked, window_s));
    let curve = selections::curve(&sessions, &tags)?;
    let at = curve
        .iter()
        .find(|point| point.threshold >= selections::THRESHOLD)
        .cloned()
        .unwrap_or_default();
    let (accuracy_dynamic, bits_per_min) = dynamic(&looked, tags.len());
    Ok(LookingScore {
        accuracy_1s: Some(accuracy(&looked, 1.0)),
        accuracy_2s: Some(accuracy(&looked, 2.0)),
        accuracy_3s: Some(accuracy(&looked, 3.0)),
        accuracy_4s: None,
        bits_per_min: Some(bits_per_min),
        accuracy_dynamic: Some(accuracy_dynamic),
        rest_auc: Some(rest_auc(&looked, 2.0)),
        false_per_min: Some(at.false_per_min),
        selected_4s: Some(at.selected_4s),
        fitted_accuracy_1s: fitted_accuracy(1.0),
        fitted_accuracy_2s: fitted_accuracy(2.0),
        curve,
    })
}

/// A decoder for a session's electrodes that knows nothing of its person.
fn decoder(session: &Session, tags: &[f64]) -> Result<SsvepDecoder, LookingError> {
    Ok(SsvepDecoder::new(spec(session, tags)?)?)
}

fn spec(session: &Session, tags: &[f64]) -> Result<SsvepSpec, LookingError> {
    Ok(SsvepSpec {
        rate_hz: session.rate.hz(),
        frequencies_hz: tags.to_vec(),
        prior: response_prior(&session.labels)?,
    })
}

/// Every cue's windows of growing length, from [`FIND_S`] after it.
fn look(
    session: &Session,
    tags: &[f64],
    mut decoder: SsvepDecoder,
) -> Result<Vec<Looked>, LookingError> {
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
            looked.push(Looked {
                target: cue.place_in(tags),
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
    (accuracy, bits_per_min(accuracy, tags, looks, seconds))
}
