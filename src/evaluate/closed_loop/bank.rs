//! EEG of one person, sorted by class, and played back as a simulated user requests: whole stretches of a class that
//! fade into each other.

use crate::block::{Block, Layout};
use crate::fit::classes::{ClassMarker, REST_MARKERS, class_names, class_of};
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::source::{self, Source, SourceError};
use crate::time::SampleIndex;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::path::PathBuf;

/// When stretches start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Time after a cue, seconds.
    pub from_s: f64,
    /// Time after a cue for rest, seconds.
    pub rest_from_s: f64,
}

/// Imagery starts a little after its cue, because the response to the cue itself comes first; rest later, because imagery rebounds.
pub const IMAGERY: Cut = Cut {
    from_s: 0.5,
    rest_from_s: 1.5,
};

/// Longest and shortest stretch that is used, seconds.
const MOST_S: f64 = 4.0;
const LEAST_S: f64 = 1.5;
/// Duration of the fade from one stretch to the next, seconds.
const FADE_S: f64 = 0.1;

/// Stretches of EEG by class; rest comes after the classes.
#[derive(Debug, Clone)]
pub struct Bank {
    layout: Layout,
    by_class: Vec<Vec<Stretch>>,
    fade: usize,
}

/// Frames in order; each channel has mean 0.
#[derive(Debug, Clone)]
struct Stretch(Vec<f64>);

impl Bank {
    /// Reads recordings according to `read_as`; `channels` are the channels to keep, and `cut` says when stretches start.
    ///
    /// # Errors
    /// [`SourceError`] if a recording cannot be read or lacks a channel.
    pub fn read(
        recordings: &[PathBuf],
        classes: &[ClassMarker],
        channels: &[String],
        read_as: &ReadAs,
        cut: Cut,
    ) -> Result<Self, SourceError> {
        // Several markers may announce one class.
        let rest = class_names(classes).len();
        let mut by_class = vec![Vec::new(); rest + 1];
        let mut rate = None;
        for recording in recordings {
            let name = recording.to_string_lossy();
            let recording = source::open_to_decode(&name, read_as)?;
            let mut source = source::channel_selection::ChannelSelection::new(recording, channels)?;
            let layout = source.layout().clone();
            let count = layout.channel_count();
            let samples = |secs: f64| layout.rate.samples_in_secs(secs) as usize;
            // The current stretch: its class, its first sample, and its frames so far.
            let mut current: Option<(usize, u64, Vec<f64>)> = None;
            let mut done = |current: Option<(usize, u64, Vec<f64>)>| {
                if let Some((class, _, frames)) = current
                    && frames.len() >= samples(LEAST_S) * count
                {
                    by_class[class].push(Stretch::of(frames, count));
                }
            };
            let mut walk = Walk::new(&mut source);
            while let Some(passed) = walk.advance()? {
                match passed {
                    Passed::Samples(block) => {
                        let Some((_, from, frames)) = &mut current else {
                            continue;
                        };
                        for (index, frame) in (block.first.0..).zip(block.iter()) {
                            if index >= *from && frames.len() < samples(MOST_S) * count {
                                frames.extend_from_slice(frame);
                            }
                        }
                    }
                    Passed::Marker(marker) => {
                        done(current.take());
                        let class = class_of(classes, &marker.label, &name).or_else(|| {
                            let is_rest = REST_MARKERS.contains(&marker.label.as_str());
                            is_rest.then_some(rest)
                        });
                        current = class.map(|class| {
                            let is_rest = class == rest;
                            let from_s = if is_rest { cut.rest_from_s } else { cut.from_s };
                            (class, marker.at.0 + samples(from_s) as u64, Vec::new())
                        });
                    }
                    // A stretch with a gap is not used.
                    Passed::Gap { .. } | Passed::ClockReset => current = None,
                }
            }
            done(current.take());
            rate = Some(layout.rate);
        }
        let rate = rate.ok_or(SourceError::NoRecording)?;
        Ok(Self {
            fade: rate.samples_in_secs(FADE_S) as usize,
            layout: Layout {
                rate,
                labels: channels.to_vec(),
            },
            by_class,
        })
    }

    /// A bank of stretches that were read elsewhere: `by_class` holds the frames of each, rest last.
    #[must_use]
    pub fn of(layout: Layout, by_class: Vec<Vec<Vec<f64>>>) -> Self {
        let channels = layout.channel_count();
        let stretches = |frames: Vec<Vec<f64>>| {
            let stretch = |frames| Stretch::of(frames, channels);
            frames.into_iter().map(stretch).collect()
        };
        Self {
            fade: layout.rate.samples_in_secs(FADE_S) as usize,
            by_class: by_class.into_iter().map(stretches).collect(),
            layout,
        }
    }

    /// Channels and rate.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of stretches of each class; the last is rest.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        self.by_class.iter().map(Vec::len).collect()
    }

    /// Starts endless EEG that follows the requested class.
    #[must_use]
    pub fn play(&self, seed: u64) -> Playing<'_> {
        let mut playing = Playing {
            bank: self,
            random: ChaCha8Rng::seed_from_u64(seed),
            class: self.by_class.len() - 1,
            now: At::default(),
            before: None,
            index: 0,
        };
        playing.now = playing.draw();
        playing
    }
}

impl Stretch {
    fn of(mut frames: Vec<f64>, channels: usize) -> Self {
        let count = (frames.len() / channels.max(1)) as f64;
        for channel in 0..channels {
            let own = frames.iter().skip(channel).step_by(channels);
            let mean = own.sum::<f64>() / count;
            let own = frames.iter_mut().skip(channel).step_by(channels);
            own.for_each(|value| *value -= mean);
        }
        Self(frames)
    }
}

/// A stretch, and the index of a frame of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct At {
    /// Its class; rest comes after the classes.
    pub class: usize,
    /// Its place among those of the class.
    pub stretch: usize,
    /// The frame.
    pub frame: usize,
}

/// EEG that is being played.
#[derive(Debug, Clone)]
pub struct Playing<'a> {
    bank: &'a Bank,
    random: ChaCha8Rng,
    class: usize,
    now: At,
    /// The stretch that fades out, and how many frames of the fade have passed.
    before: Option<(At, usize)>,
    index: u64,
}

impl Playing<'_> {
    /// Sets the class to play; `None` for rest.
    pub fn imagine(&mut self, class: Option<usize>) {
        let class = class.unwrap_or(self.bank.by_class.len() - 1);
        if class != self.class {
            self.class = class;
            self.turn();
        }
    }

    /// What is being played.
    #[must_use]
    pub fn bank(&self) -> &Bank {
        self.bank
    }

    /// The next `frames` frames.
    pub fn fill(&mut self, block: &mut Block, frames: usize) {
        self.fill_and_tell(block, frames, |_, _| {});
    }

    /// The next `frames` frames. `tell` learns the index of each, and from where it comes.
    pub fn fill_and_tell(
        &mut self,
        block: &mut Block,
        frames: usize,
        mut tell: impl FnMut(SampleIndex, At),
    ) {
        block.restart(SampleIndex(self.index));
        let channels = self.bank.layout.channel_count();
        for _ in 0..frames {
            // Change early enough that the rest of the stretch can fade out.
            if self.now.frame + self.bank.fade >= self.length(self.now) {
                self.turn();
            }
            let Some(to) = block.push_frame() else { break };
            to.copy_from_slice(self.bank.frame(self.now, channels));
            tell(SampleIndex(self.index), self.now);
            self.now.frame += 1;
            if let Some((at, over)) = &mut self.before {
                let share = (*over + 1) as f64 / (self.bank.fade + 1) as f64;
                for (value, old) in to.iter_mut().zip(self.bank.frame(*at, channels)) {
                    *value = share * *value + (1.0 - share) * old;
                }
                (at.frame, *over) = (at.frame + 1, *over + 1);
                if *over >= self.bank.fade {
                    self.before = None;
                }
            }
            self.index += 1;
        }
    }

    fn length(&self, at: At) -> usize {
        let stretch = &self.bank.by_class[at.class][at.stretch];
        stretch.0.len() / self.bank.layout.channel_count()
    }

    /// Fades in another stretch.
    fn turn(&mut self) {
        // A stretch that has hardly faded in fades out from its current level: every stretch is long enough for that.
        let is_left = self.now.frame + self.bank.fade < self.length(self.now) + 1;
        self.before = is_left.then_some((self.now, 0));
        self.now = self.draw();
    }

    fn draw(&mut self) -> At {
        let count = self.bank.by_class[self.class].len().max(1) as u64;
        At {
            class: self.class,
            stretch: (self.random.next_u64() % count) as usize,
            frame: 0,
        }
    }
}

impl Bank {
    fn frame(&self, at: At, channels: usize) -> &[f64] {
        let frames = &self.by_class[at.class][at.stretch].0;
        &frames[at.frame * channels..(at.frame + 1) * channels]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(classes: &[ClassMarker]) -> Vec<usize> {
        let recordings = [PathBuf::from(
            "synthetic:seed=3,channels=8,trials=10,rest=4",
        )];
        let channels = ["C3".to_owned(), "C4".to_owned()];
        let bank =
            Bank::read(&recordings, classes, &channels, &ReadAs::default(), IMAGERY).unwrap();
        bank.counts()
    }

    #[test]
    fn two_markers_of_one_class_are_pooled() {
        let [left, right] =
            ["left_hand", "right_hand"].map(|marker| ClassMarker::new(marker, marker));
        let [lefts, rights, rests] = counts(&[left.clone(), right])[..] else {
            panic!("two classes and rest");
        };
        assert!(lefts > 0 && rights > 0 && rests > 0);
        let also_left = ClassMarker::new("left_hand", "right_hand");
        assert_eq!(counts(&[left, also_left]), [lefts + rights, rests]);
    }

    #[test]
    fn markers_of_other_recordings_are_ignored() {
        let mut left = ClassMarker::new("left_hand", "left_hand");
        left.only_in = vec!["R06".into()];
        let right = ClassMarker::new("right_hand", "right_hand");
        let found = counts(&[left, right]);
        assert!(found[0] == 0 && found[1] > 0, "{found:?}");
    }
}
