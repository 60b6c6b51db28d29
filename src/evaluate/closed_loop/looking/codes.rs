//! A person who looked at codes.
//!
//! What the wanted tag shows is what the person looked at when the EEG was recorded; the other tags show what else was on the screen then. While the
//! user looks at nothing, all tags show codes that were not on the screen at all.

use super::super::bank::{At, Bank, Playing};
use super::super::{LoopError, LoopSpec};
use super::room::{Eyes, RecordedLooks};
use crate::block::{Block, Layout};
use crate::command::MOST_CODES;
use crate::fit::looking::{LooksError, ShownDuringLook, read_looks};
use crate::looking::{CodeFrame, CodeSet, Looking, LookingModel, LookingSettings, code_book};
use crate::source;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::starters::people::Subject;
use crate::stimulus::CodeBook;
use crate::time::SampleIndex;
use bci_cursor_calibration::looking::cvep::{Training, Trial};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::path::Path;

/// Parts of the looks. Each is played with a response that was fitted to the other parts.
const PARTS: usize = 4;
/// Refresh rate for codes that were not on the screen, Hz.
const REFRESH_HZ: f64 = 60.0;

/// A look of the recording.
#[derive(Debug, Clone)]
struct RecordedLook {
    trial: Trial,
    /// Frames of EEG.
    eeg: Vec<f64>,
    /// When each frame of the display was shown, in samples of the look, and which tags were bright.
    frames: Vec<(f64, Vec<bool>)>,
}

/// Plays each part of a person's looks; `false` if the recordings are not of codes.
pub(super) fn play(
    person: &Subject,
    spec: &LoopSpec,
    read_as: &ReadAs,
    play: &mut dyn FnMut(&RecordedLooks<'_>) -> Result<(), LoopError>,
) -> Result<bool, LoopError> {
    let failed = |error| LoopError::Looks {
        subject: person.name.clone(),
        error: Box::new(error),
    };
    let mut read: Option<(Layout, Vec<RecordedLook>)> = None;
    for path in &person.imagery {
        let Some((layout, looks)) = recorded_looks(path, read_as).map_err(failed)? else {
            return Ok(false);
        };
        match &mut read {
            None => read = Some((layout, looks)),
            Some((first, all)) if *first == layout => all.extend(looks),
            Some((first, _)) => {
                return Err(failed(LooksError::OtherElectrodes {
                    path: path.clone(),
                    missing: missing(first, &layout),
                }));
            }
        }
    }
    let Some((layout, looks)) = read else {
        return Ok(false);
    };
    if looks.len() < 2 * PARTS {
        return Err(failed(LooksError::FewLooks {
            found: looks.len(),
            needed: 2 * PARTS,
        }));
    }
    let part = LoopSpec {
        minutes: spec.minutes / PARTS as f64,
        ..spec.clone()
    };
    for number in 0..PARTS {
        let is_played = |place: &usize| place % PARTS == number;
        let (played, known): (Vec<usize>, Vec<usize>) = (0..looks.len()).partition(is_played);
        let known: Vec<Trial> = known
            .into_iter()
            .map(|place| looks[place].trial.clone())
            .collect();
        let response = Training::new(&known)
            .and_then(|training| training.fit())
            .map_err(|error| failed(error.into()))?;
        let model = LookingModel::new(layout.labels.clone(), response).map_err(|error| {
            LoopError::Looking {
                subject: person.name.clone(),
                error: error.into(),
            }
        })?;
        let settings = LookingSettings::with_model(model);
        let played: Vec<&RecordedLook> = played.into_iter().map(|place| &looks[place]).collect();
        let bank = bank(&layout, &played);
        let part = LoopSpec {
            seed: spec.seed + number as u64,
            ..part.clone()
        };
        play(&RecordedLooks {
            subject: &person.name,
            eyes: &|| Box::new(CodeEyes::new(&bank, &played, part.seed)),
            settings: &settings,
            spec: &part,
            has_rest: true,
        })?;
    }
    Ok(true)
}

/// The first channel of one stream that the other lacks.
fn missing(first: &Layout, other: &Layout) -> String {
    let is_missing = |label: &&String| !other.labels.contains(label);
    let found = first.labels.iter().find(is_missing);
    found.cloned().unwrap_or_default()
}

/// The looks of a recording, with their EEG as it was recorded.
fn recorded_looks(
    path: &Path,
    read_as: &ReadAs,
) -> Result<Option<(Layout, Vec<RecordedLook>)>, LooksError> {
    let Some(looks) = read_looks(path, read_as, 0.0)? else {
        return Ok(None);
    };
    let mut source = source::open_to_decode(&path.to_string_lossy(), read_as)?;
    let layout = source.layout().clone();
    let mut eeg = vec![Vec::new(); looks.shown.len()];
    let mut walk = Walk::new(&mut *source);
    while let Some(passed) = walk.advance()? {
        let Passed::Samples(block) = passed else {
            continue;
        };
        for (index, frame) in (block.first.0..).zip(block.iter()) {
            let own = looks.shown.iter().zip(&mut eeg);
            for (_, eeg) in own.filter(|(shown, _)| shown.samples.contains(&index)) {
                eeg.extend_from_slice(frame);
            }
        }
    }
    let both = looks.trials.into_iter().zip(looks.shown).zip(eeg);
    let looks = both.map(|((trial, shown), eeg)| RecordedLook {
        frames: from_start(shown),
        trial,
        eeg,
    });
    Ok(Some((layout, looks.collect())))
}

fn from_start(shown: ShownDuringLook) -> Vec<(f64, Vec<bool>)> {
    let start = shown.samples.start as f64;
    let frames = shown.frames.into_iter();
    frames
        .map(|(place, bright)| (place - start, bright))
        .collect()
}

/// Each look is a class of its own; all of them are "rest".
fn bank(layout: &Layout, looks: &[&RecordedLook]) -> Bank {
    let mut by_class: Vec<Vec<Vec<f64>>> =
        looks.iter().map(|look| vec![look.eeg.clone()]).collect();
    by_class.push(looks.iter().map(|look| look.eeg.clone()).collect());
    Bank::of(layout.clone(), by_class)
}

/// Plays looks, and what was shown during them.
struct CodeEyes<'a> {
    playing: Playing<'a>,
    looks: &'a [&'a RecordedLook],
    random: ChaCha8Rng,
    book: CodeBook,
    /// The code that is looked at, and the look that is played.
    wanted: Option<usize>,
    /// The last frame of EEG.
    last: Option<At>,
    /// Number of frames of the display so far.
    shown: u64,
}

impl<'a> CodeEyes<'a> {
    fn new(bank: &'a Bank, looks: &'a [&'a RecordedLook], seed: u64) -> Self {
        Self {
            playing: bank.play(seed),
            looks,
            random: ChaCha8Rng::seed_from_u64(seed),
            book: code_book(),
            wanted: None,
            last: None,
            shown: 0,
        }
    }
}

impl Eyes for CodeEyes<'_> {
    fn layout(&self) -> &Layout {
        self.playing.bank().layout()
    }

    fn look(&mut self, code: Option<usize>, block: &mut Block, samples: usize, to: &mut Looking) {
        if code != self.wanted {
            self.wanted = code;
            let drawn = (self.random.next_u64() % self.looks.len() as u64) as usize;
            self.playing.imagine(code.map(|_| drawn));
        }
        let Self {
            playing,
            looks,
            book,
            wanted,
            last,
            shown,
            ..
        } = self;
        playing.fill_and_tell(block, samples, |SampleIndex(index), at| {
            let is_rest = at.class == looks.len();
            let look = looks[if is_rest { at.stretch } else { at.class }];
            let follows = last.is_some_and(|last| {
                At {
                    frame: last.frame + 1,
                    ..last
                } == at
            });
            *last = Some(at);
            let now = at.frame as f64;
            // At the beginning of a stretch, the frame that is on the screen already.
            let first = look
                .frames
                .partition_point(|(place, _)| *place <= if follows { now - 1.0 } else { now });
            let first = if follows {
                first
            } else {
                first.saturating_sub(1)
            };
            let until = look.frames.partition_point(|(place, _)| *place <= now);
            for (place, bright) in &look.frames[first..until.max(first)] {
                let looked_at = wanted.filter(|_| !is_rest);
                let is_bright = |code: &usize| {
                    let from_book = book.brightness(*code as u16, *shown, REFRESH_HZ) > Some(0.5);
                    looked_at.map_or(from_book, |wanted| {
                        let tag = recorded_tag(*code, wanted, look.trial.target);
                        bright.get(tag).copied().unwrap_or(from_book)
                    })
                };
                to.show_frame(CodeFrame {
                    place: index as f64 + (place - now).max(if follows { -1.0 } else { 0.0 }),
                    bright: (0..MOST_CODES)
                        .filter(is_bright)
                        .fold(CodeSet::NONE, CodeSet::with),
                    is_late: false,
                });
                *shown += 1;
            }
        });
    }
}

/// The recorded tag that a code shows: the wanted code what was looked at, the others the other tags in order.
fn recorded_tag(code: usize, wanted: usize, target: usize) -> usize {
    match code.cmp(&wanted) {
        std::cmp::Ordering::Equal => target,
        order => {
            let other = code - usize::from(order.is_gt());
            other + usize::from(other >= target)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::recorded_tag;

    #[test]
    fn each_code_shows_another_tag_and_the_wanted_one_what_was_looked_at() {
        for (wanted, target) in [(0, 0), (3, 1), (1, 3), (7, 0), (0, 7)] {
            let mut tags: Vec<usize> = (0..8)
                .map(|code| recorded_tag(code, wanted, target))
                .collect();
            assert_eq!(tags[wanted], target);
            tags.sort_unstable();
            assert_eq!(tags, [0, 1, 2, 3, 4, 5, 6, 7]);
        }
    }
}
