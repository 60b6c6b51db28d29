//! Looks that are decoded with the response fitted to the person's other recordings.

use super::session::Session;
use super::{FIND_S, LONGEST_S, Looked, look, spec};
use crate::evaluate::looking::LookingError;
use bci_cursor_calibration::looking::flicker_fit::{self, FlickerTraining};
use bci_cursor_calibration::looking::ssvep::SsvepDecoder;

/// The looks of all recordings that have another one with the same electrodes and rate; `None` if there is none, or no response can be fitted.
pub(super) fn looked(
    sessions: &[Session],
    tags: &[f64],
) -> Result<Option<Vec<Looked>>, LookingError> {
    let mut all = Vec::new();
    for (number, session) in sessions.iter().enumerate() {
        let is_alike = |(other, it): &(usize, &Session)| {
            *other != number && it.labels == session.labels && it.rate == session.rate
        };
        let others = sessions.iter().enumerate().filter(is_alike);
        let others: Vec<&Session> = others.map(|(_, it)| it).collect();
        if others.is_empty() {
            continue;
        }
        let mut training = FlickerTraining::new(spec(session, tags)?);
        for other in others {
            training.add(other.frames(), looks(other, tags))?;
        }
        if let Some(response) = training.fit()? {
            let decoder = SsvepDecoder::with_response(spec(session, tags)?, &response)?;
            all.extend(look(session, tags, decoder)?);
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

/// What was looked at when.
fn looks(session: &Session, tags: &[f64]) -> Vec<flicker_fit::Looked> {
    let nexts = session.cues.iter().skip(1).map(|next| next.at);
    let cues = session.cues.iter().zip(nexts.chain([usize::MAX]));
    cues.map(|(cue, next)| {
        let begin = session.after(cue, FIND_S);
        let end = session.after(cue, FIND_S + LONGEST_S).min(next).max(begin);
        flicker_fit::Looked {
            target: cue.place_in(tags),
            samples: begin as u64..end as u64,
        }
    })
    .collect()
}
