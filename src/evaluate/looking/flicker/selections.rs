//! Selections where nothing says when a look begins: how many looks are answered, and how often rest is.

use super::decoder;
use super::session::Session;
use crate::evaluate::looking::{LookingError, share};
use serde::Serialize;

/// Natural log odds against rest at which a tag is selected. Chosen on V01 to V04.
pub(super) const THRESHOLD: f64 = 8.0;
const THRESHOLDS: [f64; 9] = [3.0, 4.0, 5.0, 6.0, 7.0, THRESHOLD, 9.0, 10.0, 11.0];
/// A look counts as answered from this long after its cue,
const FROM_S: f64 = 1.0;
/// for this long.
const WITHIN_S: f64 = 4.0;
/// A stretch of rest, from its cue on.
const REST_S: f64 = 5.0;

/// What one threshold gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Natural log odds at which a tag is selected.
    pub threshold: f64,
    /// Share of looks whose first selection within four seconds is right.
    pub selected_4s: f64,
    /// Share of looks whose first selection within four seconds is wrong.
    pub wrong_4s: f64,
    /// Selections per minute of rest.
    pub false_per_min: f64,
}

/// Selections of all sessions, at each threshold.
pub(super) fn curve(sessions: &[Session], tags: &[f64]) -> Result<Vec<CurvePoint>, LookingError> {
    THRESHOLDS
        .iter()
        .map(|threshold| point(sessions, tags, *threshold))
        .collect()
}

fn point(sessions: &[Session], tags: &[f64], threshold: f64) -> Result<CurvePoint, LookingError> {
    let (mut right, mut wrong, mut looks, mut at_rest, mut rest_s) = (0, 0, 0, 0, 0.0);
    for session in sessions {
        let selected = select(session, tags, threshold)?;
        for (cue, next) in session
            .cues
            .iter()
            .zip(session.cues.iter().skip(1).map(Some).chain([None]))
        {
            let end = next.map_or(usize::MAX, |next| next.at);
            let Some(hz) = cue.frequency_hz else {
                let end = end.min(session.after(cue, REST_S));
                at_rest += selected
                    .iter()
                    .filter(|(at, _)| (cue.at..end).contains(at))
                    .count();
                rest_s += (end - cue.at) as f64 / session.rate.hz();
                continue;
            };
            let span = session.after(cue, FROM_S) + 1..=session.after(cue, FROM_S + WITHIN_S);
            let first = selected.iter().find(|(at, _)| span.contains(at));
            looks += 1;
            match first {
                Some((_, tag)) if tags[*tag] == hz => right += 1,
                Some(_) => wrong += 1,
                None => {}
            }
        }
    }
    Ok(CurvePoint {
        threshold,
        selected_4s: share(right, looks),
        wrong_4s: share(wrong, looks),
        false_per_min: if rest_s > 0.0 {
            60.0 * f64::from(u32::try_from(at_rest).unwrap_or(u32::MAX)) / rest_s
        } else {
            0.0
        },
    })
}

/// The frame and tag of each selection. What was before a selection does not count for the next one.
fn select(
    session: &Session,
    tags: &[f64],
    threshold: f64,
) -> Result<Vec<(usize, usize)>, LookingError> {
    let mut decoder = decoder(session, tags)?;
    let mut selected = Vec::new();
    for (at, frame) in session.frames().enumerate() {
        let Some(odds) = decoder.push(frame)? else {
            continue;
        };
        let best = bci_cursor_calibration::statistics::argmax(odds);
        if odds[best] >= threshold {
            selected.push((at + 1, best));
            decoder.restart();
        }
    }
    Ok(selected)
}
