//! Which of many codes is looked at, with the response that was fitted to this person.
//!
//! EEG waits for [`DELAY_S`] before it is decoded, because a frame of the display is reported only after it was shown. What is unknown until
//! then stays unknown: the result depends on the frames and on which of them were late, and on nothing else.

mod book;
mod screen;

pub use book::code_book;
pub use screen::{CodeFrame, brightness};

use super::electrodes::Electrodes;
use super::error::LookingError;
use super::grid::CodeGrid;
use super::model::LookingModel;
use super::scenes::Scenes;
use super::selection::{Certainty, Shown, select};
use crate::block::Layout;
use crate::command::{MOST_CODES, Selection};
use crate::time::SampleIndex;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, LAGS};
use screen::Screen;

/// EEG is decoded this much later than it was taken, seconds. A frame is known once the next one was shown (17 ms at 60 Hz) and both were
/// reported (15 ms on an idle computer); the rest is for missed frames and a busy computer.
const DELAY_S: f64 = 0.1;
/// Points of the grid between two decisions: 50 ms.
const EVERY: u64 = 6;
/// A sample with a lower weight than this has too much power: it is an artifact, and evidence starts again.
const ARTIFACT_WEIGHT: f64 = 0.25;
/// It starts again after this many points: 0.25 s.
const AFTER_ARTIFACT: usize = 30;
/// A report this close to its time limit is late, samples.
const MARGIN: f64 = 1e-3;

/// Where fewer codes are shown, they are no measure of chance.
const FEW: u32 = 3;
/// The threshold where few codes are shown, at least.
const THRESHOLD_FOR_FEW: f64 = 12.0;

/// The selection, if a shown code is certain enough.
#[must_use]
pub fn decide(odds: &[f64], shown: Shown, certainty: Certainty) -> Option<Selection> {
    let threshold = match shown.codes.bits().count_ones() < FEW {
        true => certainty.threshold.max(THRESHOLD_FOR_FEW),
        false => certainty.threshold,
    };
    let selection = select(odds, shown, threshold)?;
    let log_probability = selection.log_probability.iter();
    let best = log_probability.copied().fold(f64::NEG_INFINITY, f64::max);
    (best >= libm::log(certainty.probability)).then_some(selection)
}

/// Samples by which decoding is late.
fn delay(stream: &Layout) -> u64 {
    let samples = stream.rate.samples_in_secs(DELAY_S);
    u64::try_from(samples).unwrap_or(0).max(1)
}

#[derive(Debug)]
pub(super) struct Codes {
    waiting: Waiting,
    grid: CodeGrid,
    judge: Judge,
}

impl Codes {
    /// Places of the channels of the response in a stream.
    pub(super) fn places(
        stream: &Layout,
        model: &LookingModel,
    ) -> Result<Vec<usize>, LookingError> {
        let place = |label: &String| stream.position(label);
        let places: Vec<usize> = model.channels().iter().filter_map(place).collect();
        if places.len() < model.channels().len() {
            let missing = model.channels().iter();
            return Err(LookingError::MissingChannels {
                missing: missing
                    .filter(|label| place(label).is_none())
                    .cloned()
                    .collect(),
                found: stream.labels.clone(),
            });
        }
        Ok(places)
    }

    pub(super) fn new(
        stream: &Layout,
        model: &LookingModel,
        certainty: Certainty,
    ) -> Result<Self, LookingError> {
        let channels = model.channels().len();
        let mut decoder = CvepDecoder::new(model.response(), MOST_CODES);
        decoder.begin(MOST_CODES)?;
        Ok(Self {
            waiting: Waiting::new(delay(stream), channels),
            grid: CodeGrid::new(stream.rate, channels)?,
            judge: Judge {
                decoder,
                screen: Screen::new(),
                scenes: Scenes::new(),
                certainty,
                brightness: vec![0.0; MOST_CODES],
                next: None,
                unknown: LAGS,
                unsettled: LAGS,
                last_scene: None,
                point: vec![0.0; channels],
            },
        })
    }

    /// Samples by which decoding is late.
    pub(super) fn delay(&self) -> u64 {
        self.waiting.delay
    }

    /// Whether a frame that ends the time since `before` is reported too late, if `next` is the next sample to be taken.
    pub(super) fn is_late(&self, before: f64, next: SampleIndex) -> bool {
        next.0 as f64 + MARGIN > before + self.waiting.delay as f64
    }

    pub(super) fn scenes(&self) -> &Scenes {
        &self.judge.scenes
    }

    pub(super) fn scenes_mut(&mut self) -> &mut Scenes {
        &mut self.judge.scenes
    }

    pub(super) fn has_room(&self) -> bool {
        self.judge.screen.has_room()
    }

    pub(super) fn announce(&mut self, frame: CodeFrame) {
        self.judge.screen.announce(frame);
    }

    /// Samples are missing before the next one.
    pub(super) fn restart(&mut self) {
        self.waiting.clear();
    }

    /// Takes the newest sample of the electrodes, which has this index. If it is not trusted, nothing up to it is evidence.
    pub(super) fn push(
        &mut self,
        SampleIndex(index): SampleIndex,
        electrodes: &Electrodes,
        is_trusted: bool,
    ) -> Option<Selection> {
        let Self {
            waiting,
            grid,
            judge,
        } = self;
        if !is_trusted {
            judge.distrust();
        }
        let (index, frame) = waiting.exchange(index, electrodes.frame())?;
        let (step, mut selection) = (grid.step(), None);
        grid.push(index, frame, |number, point| {
            let place = number as f64 * step;
            judge.point.copy_from_slice(point);
            electrodes.mend(&mut judge.point);
            selection = selection.or(judge.take(number, place - step, place));
        });
        selection
    }
}

/// EEG that waits until it is known what was shown.
#[derive(Debug)]
struct Waiting {
    delay: u64,
    channels: usize,
    frames: Vec<f64>,
    filled: u64,
    oldest: Vec<f64>,
}

impl Waiting {
    fn new(delay: u64, channels: usize) -> Self {
        Self {
            delay,
            channels,
            frames: vec![0.0; delay as usize * channels],
            filled: 0,
            oldest: vec![0.0; channels],
        }
    }

    fn clear(&mut self) {
        self.filled = 0;
    }

    /// Takes a frame, and returns the one that has waited long enough.
    fn exchange(&mut self, index: u64, frame: &[f64]) -> Option<(u64, &[f64])> {
        let slot = (index % self.delay) as usize * self.channels;
        let slot = &mut self.frames[slot..slot + self.channels];
        self.oldest.copy_from_slice(slot);
        slot.copy_from_slice(frame);
        if self.filled < self.delay {
            self.filled += 1;
            return None;
        }
        Some((index - self.delay, &self.oldest))
    }
}

/// Decides at each point of the grid.
#[derive(Debug)]
struct Judge {
    decoder: CvepDecoder,
    screen: Screen,
    scenes: Scenes,
    certainty: Certainty,
    brightness: Vec<f64>,
    /// Number of the next point, unless EEG is missing.
    next: Option<u64>,
    /// Points until it is known what was shown for the whole length of a response.
    unknown: usize,
    /// Points until the filters have settled, or an artifact is over.
    unsettled: usize,
    /// The scene that was last shown.
    last_scene: Option<u32>,
    /// The newest point.
    point: Vec<f64>,
}

impl Judge {
    /// Nothing up to now is evidence.
    fn distrust(&mut self) {
        self.decoder.restart();
        self.unsettled = LAGS;
    }

    /// Takes the newest point, which has this number and ends the interval between two places.
    fn take(&mut self, number: u64, from: f64, to: f64) -> Option<Selection> {
        if self.next != Some(number) {
            self.begin_after_gap();
        }
        self.next = Some(number + 1);
        while let Some(scene) = self.scenes.change(to) {
            self.begin(scene);
        }
        if self.screen.during(from, to, &mut self.brightness) {
            self.unknown = self.unknown.saturating_sub(1);
        } else {
            self.unknown = LAGS;
            self.brightness.fill(f64::NAN);
        }
        self.unsettled = self.unsettled.saturating_sub(1);
        if self.unknown + self.unsettled > 0 {
            self.decoder.push_unjudged(&self.point, &self.brightness);
            return None;
        }
        self.decoder.push(&self.point, &self.brightness);
        self.decoder.forget_doubt();
        if self.decoder.last_weight() < ARTIFACT_WEIGHT {
            self.decoder.restart();
            self.unsettled = AFTER_ARTIFACT;
            return None;
        }
        if !number.is_multiple_of(EVERY) {
            return None;
        }
        let shown = self.scenes.shown()?;
        let selection = decide(self.decoder.log_odds(), shown, self.certainty)?;
        self.scenes.end();
        Some(selection)
    }

    /// EEG is missing before the next point.
    fn begin_after_gap(&mut self) {
        self.dark();
        self.brightness.fill(0.0);
        self.decoder.push_missing(&self.brightness);
        (self.unknown, self.unsettled) = (LAGS, LAGS);
    }

    fn begin(&mut self, scene: Shown) {
        if self.last_scene.replace(scene.scene) == Some(scene.scene) {
            // The same tags as before the display stalled: they were not dark.
            self.decoder.restart();
            self.unknown = LAGS;
        } else {
            self.dark();
            self.screen.begin(scene.from.0 as f64);
            self.unknown = 0;
        }
    }

    /// No code was shown until now.
    fn dark(&mut self) {
        if let Err(error) = self.decoder.begin(MOST_CODES) {
            // The decoder was made for so many.
            log::error!("{error}");
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
