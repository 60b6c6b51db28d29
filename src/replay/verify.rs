//! Verifies that a recorded session, run again, gives the same results bit for bit.

use crate::hash::sha256_of_text;
use crate::looking::Shown;
use crate::pipeline::PipelineSettings;
use crate::pipeline::{Pipeline, PipelineError};
use crate::printable::{counted, printable, printable_path};
use crate::recording::session::{
    COMMANDS_TYPE, FRAMES_TYPE, INTENTS_TYPE, Looked, SessionEvent, StepHash, StepRows,
    frame_of_row, stored_settings_hash,
};
use crate::replay::play::{Played, play};
use crate::source::recording::Input;
use crate::source::recording::xdf::format::SESSION_TYPE;
use crate::source::recording::xdf::{XdfRecording, XdfStream};
use crate::source::{Source, SourceError};
use bci_cursor_calibration::{Decoder, DecoderError};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// A session that could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The decoder in it cannot be used.
    #[error("the decoder in the session cannot be used: {0}")]
    Decoder(#[from] DecoderError),
    /// The decoder does not fit the EEG.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The file is a recording, but not a session with a decoder.
    #[error(
        "{} holds no decoder and no intents. Only sessions that a run recorded can be verified",
        printable_path(path)
    )]
    NoSession {
        /// The file.
        path: PathBuf,
    },
    /// The decoder or the settings do not match the hash in the session.
    #[error(
        "the {what} in the session has the hash {found}, but the session says {expected}: the file was changed"
    )]
    Hash {
        /// Which part.
        what: &'static str,
        /// Its actual hash.
        found: String,
        /// The hash stored in the session.
        expected: String,
    },
    /// The first difference.
    #[error("differs at sample {sample}: {number} was {live} live and is {again} now")]
    Differs {
        /// Index after the last sample of the step.
        sample: u64,
        /// Which number of the step.
        number: StepNumber,
        /// The live value.
        live: f64,
        /// The value now.
        again: f64,
    },
    /// A look differs.
    #[error(
        "differs at sample {sample}: {} live and {} now",
        look_in_words(live.as_ref()),
        look_in_words(again.as_ref())
    )]
    Looks {
        /// Index after the last sample of the earlier one.
        sample: u64,
        /// The live look, if there was one.
        live: Option<Looked>,
        /// The look now, if there is one.
        again: Option<Looked>,
    },
    /// A step is missing on one side.
    #[error(
        "differs at sample {sample}: a step that {}",
        if *is_live { "happened live does not happen now" } else { "happens now did not happen live" }
    )]
    Steps {
        /// Index after the last sample of the step.
        sample: u64,
        /// Whether it happened live, and is missing now.
        is_live: bool,
    },
    /// Part of the session was not recorded.
    #[error(
        "from frame {at_frame} on it cannot be verified: the disk was too slow to record {}. Up to there, every step is the same ({})",
        counted(frames, "sample"),
        counted(steps, "step")
    )]
    NotRecorded {
        /// Frames in the file before that.
        at_frame: u64,
        /// Number of missing frames.
        frames: u64,
        /// Number of identical steps before that.
        steps: u64,
    },
}

fn look_in_words(looked: Option<&Looked>) -> String {
    looked.map_or_else(
        || "nothing was looked at".into(),
        |looked| {
            format!(
                "code {} of scene {} was looked at",
                looked.code, looked.scene
            )
        },
    )
}

/// A number in the record of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepNumber {
    /// A number that every step has, by name.
    Named(&'static str),
    /// The probability of a class.
    Probability(String),
    /// The number of numbers.
    Count,
}

impl fmt::Display for StepNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Probability(class) => write!(f, "the probability of {}", printable(class)),
            Self::Count => f.write_str("the count of numbers of a step"),
        }
    }
}

/// The result of a session that gives the same results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Number of steps, all identical bit for bit.
    pub steps: u64,
    /// Number of samples.
    pub samples: u64,
    /// Whether the session was ended properly. Otherwise the file was cut off, and what it contains is identical.
    pub is_complete: bool,
    /// SHA-256 of all steps.
    pub hash: String,
    /// SHA-256 of the decoder.
    pub model_sha256: String,
    /// SHA-256 of the settings.
    pub settings_sha256: String,
}

/// The decoder and settings stored in a session.
struct StoredRun {
    /// None if only looks were decoded.
    decoder: Option<Decoder>,
    settings: PipelineSettings,
    hashes: [String; 2],
    is_complete: bool,
    not_recorded: Option<(u64, u64)>,
    shown: Vec<Shown>,
    looked: Vec<Looked>,
}

impl StoredRun {
    /// The session ended properly, and all of it was recorded.
    fn is_whole(&self) -> bool {
        self.is_complete && self.not_recorded.is_none()
    }
}

/// Runs a session again, and compares every intent and command with the live ones.
///
/// # Errors
/// [`VerifyError`] with the first difference, or why the session cannot be verified.
pub fn verify(path: &Path) -> Result<Verified, VerifyError> {
    let stored = read_stored_run(path)?;
    let stream = |kind: &str| -> Result<XdfStream, VerifyError> {
        let stream = XdfStream::of_kind(Input::open(path)?, kind)?;
        stream.ok_or_else(|| VerifyError::NoSession {
            path: path.to_owned(),
        })
    };
    let (mut intents, mut commands) = (stream(INTENTS_TYPE)?, stream(COMMANDS_TYPE)?);
    let mut source = XdfRecording::as_run(Input::open(path)?)?;
    let layout = source.layout().clone();
    let mut pipeline = match &stored.decoder {
        Some(decoder) => Pipeline::new(&layout, decoder, &stored.settings)?,
        None => Pipeline::for_looking(&layout, &stored.settings)?,
    };
    for shown in &stored.shown {
        pipeline.show(*shown);
    }
    if let Some(mut frames) = XdfStream::of_kind(Input::open(path)?, FRAMES_TYPE)? {
        let mut row = Vec::new();
        while frames.next_numbers(&mut row)?.is_some() {
            frame_of_row(&row)
                .into_iter()
                .for_each(|frame| pipeline.show_frame(frame));
        }
    }
    let mut looks = stored.looked.iter();
    let names = row_names(stored.decoder.as_ref());
    let (mut live, mut part, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let mut next_live = |live: &mut Vec<f64>| -> Result<bool, SourceError> {
        let first = intents.next_numbers(live)?;
        let second = commands.next_numbers(&mut part)?;
        live.extend_from_slice(&part);
        Ok(first.is_some() && second.is_some())
    };
    let (mut steps, mut hash, mut is_over) = (0, StepHash::default(), false);
    let samples = play(&mut source, &mut pipeline, 256, |played| {
        let Played::Step(step) = played else {
            return Ok(());
        };
        if let Some(again) = Looked::of(&step) {
            let live = looks.next().copied();
            if live != Some(again) && stored.is_whole() {
                return Err(VerifyError::Looks {
                    sample: again.sample,
                    live,
                    again: Some(again),
                });
            }
        }
        again.clear();
        StepRows::push(&step, &mut again);
        if is_over || !next_live(&mut live)? {
            is_over = true;
            // A session that was cut off, or not completely recorded, can end before its EEG does.
            if stored.is_whole() {
                let sample = step.command.at.0;
                return Err(VerifyError::Steps {
                    sample,
                    is_live: false,
                });
            }
            return Ok(());
        }
        if let Some((at_frame, frames)) = stored.not_recorded
            && let Some(error) = first_difference(&names, &live, &again)
        {
            log::debug!("{error}");
            return Err(VerifyError::NotRecorded {
                at_frame,
                frames,
                steps,
            });
        }
        if let Some(error) = first_difference(&names, &live, &again) {
            return Err(error);
        }
        hash.add(&again);
        steps += 1;
        Ok(())
    })?;
    if !is_over && next_live(&mut live)? {
        let sample = live.first().copied().unwrap_or(0.0) as u64;
        return Err(VerifyError::Steps {
            sample,
            is_live: true,
        });
    }
    if let Some(live) = looks.next().filter(|_| stored.is_whole()) {
        return Err(VerifyError::Looks {
            sample: live.sample,
            live: Some(*live),
            again: None,
        });
    }
    if let Some((at_frame, frames)) = stored.not_recorded {
        return Err(VerifyError::NotRecorded {
            at_frame,
            frames,
            steps,
        });
    }
    let [model_sha256, settings_sha256] = stored.hashes;
    Ok(Verified {
        steps,
        samples,
        is_complete: stored.is_complete,
        hash: hash.finish(),
        model_sha256,
        settings_sha256,
    })
}

/// The events stored in a session, in order; none if the file is not a session. Unknown events of later versions are
/// skipped.
///
/// # Errors
/// [`SourceError`] if it cannot be read.
pub fn events(path: &Path) -> Result<Vec<SessionEvent>, SourceError> {
    let texts = event_texts(path)?.into_iter();
    Ok(texts
        .filter_map(|text| serde_json::from_str(&text).ok())
        .collect())
}

fn event_texts(path: &Path) -> Result<Vec<String>, SourceError> {
    let Some(mut stream) = XdfStream::of_kind(Input::open(path)?, SESSION_TYPE)? else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    while let Some((_, texts)) = stream.next_texts()? {
        out.extend(texts.into_iter().next());
    }
    Ok(out)
}

fn read_stored_run(path: &Path) -> Result<StoredRun, VerifyError> {
    let no_session = || VerifyError::NoSession {
        path: path.to_owned(),
    };
    let (mut start, mut is_complete, mut not_recorded) = (None, false, None);
    let (mut shown, mut looked) = (Vec::new(), Vec::new());
    for text in event_texts(path)? {
        let Ok(event) = serde_json::from_str(&text) else {
            continue;
        };
        match event {
            SessionEvent::Start {
                model_sha256,
                settings_sha256,
                settings,
                decoder,
                ..
            } => {
                let hash = stored_settings_hash(&text).unwrap_or_default();
                start.get_or_insert((model_sha256, settings_sha256, settings, hash, decoder));
            }
            SessionEvent::NotRecorded { at_frame, frames } => {
                not_recorded.get_or_insert((at_frame, frames));
            }
            SessionEvent::End { .. } => is_complete = true,
            SessionEvent::Shown(change) => shown.push(change),
            SessionEvent::Looked(look) => looked.push(look),
            _ => {}
        }
    }
    let (model_sha256, settings_sha256, settings, settings_found, text) =
        start.ok_or_else(no_session)?;
    let checks = [
        ("decoder", sha256_of_text(&text), &model_sha256),
        ("settings", settings_found, &settings_sha256),
    ];
    for (what, found, expected) in checks {
        if found != *expected {
            return Err(VerifyError::Hash {
                what,
                found,
                expected: expected.clone(),
            });
        }
    }
    Ok(StoredRun {
        decoder: match text.as_str() {
            "" => None,
            text => Some(Decoder::from_json(text)?),
        },
        settings,
        hashes: [model_sha256, settings_sha256],
        is_complete,
        not_recorded,
        shown,
        looked,
    })
}

fn row_names(decoder: Option<&Decoder>) -> Vec<StepNumber> {
    let intent = [
        "the sample",
        "the class",
        "direction x",
        "direction y",
        "the speed",
        "the press",
        "the confidence",
    ];
    let command = [
        "the command's sample",
        "velocity x",
        "velocity y",
        "the left button",
    ];
    let classes = decoder
        .into_iter()
        .flat_map(|decoder| decoder.classes.iter().cloned());
    let intent = intent.into_iter().map(StepNumber::Named);
    let intent = intent.chain(classes.map(StepNumber::Probability));
    intent
        .chain(command.into_iter().map(StepNumber::Named))
        .collect()
}

fn first_difference(names: &[StepNumber], live: &[f64], again: &[f64]) -> Option<VerifyError> {
    let sample = again.first().copied().unwrap_or(0.0) as u64;
    if live.len() != again.len() {
        return Some(VerifyError::Differs {
            sample,
            number: StepNumber::Count,
            live: live.len() as f64,
            again: again.len() as f64,
        });
    }
    let place = live
        .iter()
        .zip(again)
        .position(|(live, again)| live.to_bits() != again.to_bits())?;
    Some(VerifyError::Differs {
        sample,
        number: names.get(place).cloned().unwrap_or(StepNumber::Count),
        live: live[place],
        again: again[place],
    })
}
