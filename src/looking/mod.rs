//! EEG over the visual cortex, and what was shown, to the code that is looked at.
//!
//! The stage runs beside imagery and shares nothing with it. It selects at most once for each scene: after a selection, the next scene must
//! be shown before anything counts again.

pub mod channels;
pub mod conditioner;
pub mod cue;
pub mod figures;
pub mod grid;
pub mod prior;
mod selection;
mod settings;

pub use selection::{CodeSet, Shown, select};
pub use settings::{LookingSettings, threshold_for};

use crate::block::{Block, Layout};
use crate::command::{MOST_CODES, Selection};
use crate::conditioning::design::DesignError;
use crate::time::SampleIndex;
use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::looking::ssvep::{SsvepDecoder, SsvepSpec};
use channels::{labels_over_visual_cortex, over_visual_cortex};
use conditioner::VisualConditioner;
use prior::{PriorError, response_prior};
use std::collections::VecDeque;

/// The response follows the flicker after about this time (Norcia et al. 2015, doi:10.1167/15.6.4), seconds: what is earlier tells about the
/// scene before.
const RESPONSE_S: f64 = 0.15;
/// Scenes that can wait until their samples arrive.
const WAITING: usize = 64;

/// Looks cannot be decoded from a stream.
#[derive(Debug, thiserror::Error)]
pub enum LookingError {
    /// None of the electrodes is over the visual cortex.
    #[error(
        "looking needs electrodes over the visual cortex (such as Oz, O1, O2, POz), and the stream has {}. Connect some of them",
        found.join(", ")
    )]
    NoElectrode {
        /// Electrodes of the stream.
        found: Vec<String>,
    },
    /// There are too many codes, or none.
    #[error("{found} flicker frequencies are set, expected 1 to {MOST_CODES}")]
    Codes {
        /// Their number.
        found: usize,
    },
    /// The sampling rate is too low.
    #[error("looks cannot be decoded from this stream: {0}")]
    Design(#[from] DesignError),
    /// The shipped table of responses is damaged.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// The table holds a NaN.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

/// Finds out which of the shown codes is looked at.
#[derive(Debug)]
pub struct Looking {
    places: Vec<usize>,
    conditioner: VisualConditioner,
    decoder: SsvepDecoder,
    threshold: f64,
    response: u64,
    frame: Vec<f64>,
    next: Option<SampleIndex>,
    /// Scenes in the order of their samples.
    waiting: VecDeque<Shown>,
    shown: Option<Shown>,
    selection: Option<(SampleIndex, Selection)>,
    /// The signal grew beyond all numbers: nothing is selected any more.
    has_failed: bool,
}

impl Looking {
    /// A stage for a stream. Channels away from the visual cortex are not used.
    ///
    /// # Errors
    /// [`LookingError`] if the stream has no suitable electrode, or its rate is too low.
    pub fn new(
        stream: &Layout,
        settings: &LookingSettings,
        mains_hz: &[f64],
    ) -> Result<Self, LookingError> {
        let codes = settings.frequencies_hz.len();
        if !(1..=MOST_CODES).contains(&codes) {
            return Err(LookingError::Codes { found: codes });
        }
        let places = over_visual_cortex(&stream.labels);
        if places.is_empty() {
            return Err(LookingError::NoElectrode {
                found: stream.labels.clone(),
            });
        }
        let labels = labels_over_visual_cortex(&stream.labels);
        let spec = SsvepSpec {
            rate_hz: stream.rate.hz(),
            frequencies_hz: settings.frequencies_hz.clone(),
            prior: response_prior(&labels)?,
        };
        Ok(Self {
            conditioner: VisualConditioner::new(stream.rate, places.len(), mains_hz)?,
            decoder: SsvepDecoder::new(spec)?,
            threshold: settings.threshold,
            response: u64::try_from(stream.rate.samples_in_secs(RESPONSE_S)).unwrap_or(0),
            frame: vec![0.0; places.len()],
            places,
            next: None,
            waiting: VecDeque::with_capacity(WAITING),
            shown: None,
            selection: None,
            has_failed: false,
        })
    }

    /// Number of values that were replaced because they cannot be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.conditioner.replaced()
    }

    /// Announces a scene, in the order of their samples. Call it before the block that holds [`Shown::from`].
    pub fn show(&mut self, shown: Shown) {
        self.waiting.push_back(shown);
    }

    /// Whether there is room for another scene without new memory.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.waiting.len() < self.waiting.capacity()
    }

    /// Takes a block of the stream. After a gap, evidence starts again.
    pub fn take(&mut self, block: &Block) {
        if self.next.is_some_and(|next| next != block.first) {
            self.decoder.restart();
        }
        let mut index = block.first;
        for frame in block.iter() {
            self.change_scene(index);
            for (value, place) in self.frame.iter_mut().zip(&self.places) {
                *value = frame[*place];
            }
            index = index.after(1);
            self.push(index);
        }
        self.next = Some(index);
    }

    /// The selection up to an index since the last call, if there was one.
    pub fn selection_before(&mut self, end: SampleIndex) -> Option<Selection> {
        self.selection
            .take_if(|(at, _)| *at <= end)
            .map(|(_, selection)| selection)
    }

    fn change_scene(&mut self, index: SampleIndex) {
        let response = self.response;
        while let Some(shown) = self
            .waiting
            .pop_front_if(|shown| shown.from.after(response) <= index)
        {
            self.shown = Some(shown);
            self.decoder.restart();
        }
        // What is not shown any more tells nothing, even before the response to the next scene begins.
        if self.waiting.front().is_some_and(|next| next.from <= index) {
            self.shown = None;
        }
    }

    /// Decodes the sample in `frame`, the last before `end`.
    fn push(&mut self, end: SampleIndex) {
        if self.has_failed {
            return;
        }
        self.conditioner.run(&mut self.frame);
        let odds = match self.decoder.push(&self.frame) {
            Ok(odds) => odds,
            Err(error) => {
                log::error!("looks are not decoded any more: {error}");
                self.has_failed = true;
                return;
            }
        };
        let (Some(odds), Some(shown)) = (odds, self.shown) else {
            return;
        };
        let Some(selection) = select(odds, shown, self.threshold) else {
            return;
        };
        self.selection = Some((end, selection));
        self.shown = None;
        self.decoder.restart();
    }
}

#[cfg(test)]
mod tests;
