//! EEG over the visual cortex, and what was shown, to the code that is looked at.
//!
//! Codes are a few frequencies (`flicker`), which need no training, or up to 32 pseudo-random codes (`codes`) with the person's response to
//! them. The stage runs beside imagery and shares nothing with it. It selects at most once for each scene: after a selection, the next scene
//! must be shown before anything counts again.

pub mod channels;
mod codes;
pub mod conditioner;
pub mod cue;
mod electrodes;
mod error;
pub mod figures;
mod flicker;
pub mod grid;
mod model;
pub mod prior;
mod scenes;
mod selection;
mod settings;

pub use codes::{CodeFrame, brightness, code_book, decide};
pub use error::LookingError;
pub use model::{LookingModel, LookingModelError};
pub use selection::{Certainty, CodeSet, Shown, select};
pub use settings::{CODES, LookingSettings, TagCodes, threshold_for};

use crate::block::{Block, Layout};
use crate::command::Selection;
use crate::conditioning::Fault;
use crate::time::SampleIndex;
use codes::Codes;
use electrodes::Electrodes;
use flicker::Flicker;

/// Finds out which of the shown codes is looked at.
#[derive(Debug)]
pub struct Looking {
    electrodes: Electrodes,
    decoder: Decoder,
    next: Option<SampleIndex>,
    selection: Option<(SampleIndex, Selection)>,
}

#[derive(Debug)]
enum Decoder {
    Flicker(Box<Flicker>),
    Codes(Box<Codes>),
}

impl Looking {
    /// A stage for a stream. Channels that are not needed are not used.
    ///
    /// # Errors
    /// [`LookingError`] if the stream has no suitable electrodes, or its rate is too low.
    pub fn new(
        stream: &Layout,
        settings: &LookingSettings,
        mains_hz: &[f64],
    ) -> Result<Self, LookingError> {
        let places = match &settings.codes {
            TagCodes::Flicker(_) => Flicker::places(stream)?,
            TagCodes::Model(model) => Codes::places(stream, model)?,
        };
        let electrodes = Electrodes::new(
            stream,
            places,
            [settings.is_checked, settings.leaves_out_muscles],
        )?;
        let decoder = match &settings.codes {
            TagCodes::Flicker(hz) => Decoder::Flicker(Box::new(Flicker::new(
                stream.rate,
                &electrodes,
                hz,
                settings.threshold,
                mains_hz,
            )?)),
            TagCodes::Model(model) => {
                Decoder::Codes(Box::new(Codes::new(stream, model, settings.certainty())?))
            }
        };
        Ok(Self {
            electrodes,
            decoder,
            next: None,
            selection: None,
        })
    }

    /// Number of values that were replaced because they cannot be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.electrodes.replaced()
    }

    /// Labels of the electrodes that are used.
    #[must_use]
    pub fn electrodes(&self) -> &[String] {
        self.electrodes.labels()
    }

    /// Their places in a frame of the stream.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        self.electrodes.places()
    }

    /// The fault of each of them, if it has one. A bad electrode is interpolated or left out; if too many are bad, nothing is selected.
    #[must_use]
    pub fn faults(&self) -> &[Option<Fault>] {
        self.electrodes.faults()
    }

    /// Whether their signal looks like EEG; true where this is not known: in the first seconds, and with fewer than six electrodes of known
    /// position. Otherwise nothing is selected.
    #[must_use]
    pub fn is_eeg(&self) -> bool {
        self.electrodes.is_eeg()
    }

    /// Announces a scene, in the order of their samples. Call it before the block that holds [`Shown::from`]; with pseudo-random codes,
    /// before the sample [`delay`](Self::delay) later.
    pub fn show(&mut self, shown: Shown) {
        match &mut self.decoder {
            Decoder::Flicker(flicker) => flicker.scenes.announce(shown),
            Decoder::Codes(codes) => codes.scenes_mut().announce(shown),
        }
    }

    /// Announces a frame, in the order of their places. Only pseudo-random codes need frames: each, whether it shows tags or not, before
    /// the sample that [`is_late`](Self::is_late) asks for.
    pub fn show_frame(&mut self, frame: CodeFrame) {
        if let Decoder::Codes(codes) = &mut self.decoder {
            codes.announce(frame);
        }
    }

    /// Whether [`show_frame`](Self::show_frame) is needed.
    #[must_use]
    pub fn needs_frames(&self) -> bool {
        matches!(self.decoder, Decoder::Codes(_))
    }

    /// Samples by which decoding is late, to learn what was shown.
    #[must_use]
    pub fn delay(&self) -> u64 {
        match &self.decoder {
            Decoder::Flicker(_) => 0,
            Decoder::Codes(codes) => codes.delay(),
        }
    }

    /// Whether a frame that ends the time since the place `before` comes too late, if `next` is the next sample of the stream. It is then
    /// announced as late.
    #[must_use]
    pub fn is_late(&self, before: f64, next: SampleIndex) -> bool {
        match &self.decoder {
            Decoder::Flicker(_) => false,
            Decoder::Codes(codes) => codes.is_late(before, next),
        }
    }

    /// Whether there is room for another scene and another frame without new memory.
    #[must_use]
    pub fn has_room(&self) -> bool {
        match &self.decoder {
            Decoder::Flicker(flicker) => flicker.scenes.has_room(),
            Decoder::Codes(codes) => codes.scenes().has_room() && codes.has_room(),
        }
    }

    /// Takes a block of the stream. After a gap, evidence starts again.
    pub fn take(&mut self, block: &Block) {
        self.begin(block);
        self.take_until(block, block.first.after(block.frames() as u64));
    }

    /// Begins a block of the stream. After a gap, evidence starts again.
    pub fn begin(&mut self, block: &Block) {
        if self
            .next
            .replace(block.first)
            .is_some_and(|next| next != block.first)
        {
            self.electrodes.restart();
            match &mut self.decoder {
                Decoder::Flicker(flicker) => flicker.restart(),
                Decoder::Codes(codes) => codes.restart(),
            }
        }
    }

    /// Takes the samples of the block that was begun, up to an index.
    pub fn take_until(&mut self, block: &Block, end: SampleIndex) {
        let mut index = self.next.unwrap_or(block.first);
        let taken = usize::try_from(index.0.saturating_sub(block.first.0)).unwrap_or(usize::MAX);
        for frame in block.iter().skip(taken) {
            if index >= end {
                break;
            }
            let is_trusted = self.electrodes.take(index, frame);
            let selection = match &mut self.decoder {
                Decoder::Flicker(flicker) => flicker.push(index, &self.electrodes, is_trusted),
                Decoder::Codes(codes) => codes.push(index, &self.electrodes, is_trusted),
            };
            index = index.after(1);
            if let Some(selection) = selection {
                self.selection = Some((index, selection));
            }
        }
        self.next = Some(index);
    }

    /// The selection up to an index since the last call, if there was one.
    pub fn selection_before(&mut self, end: SampleIndex) -> Option<Selection> {
        self.selection
            .take_if(|(at, _)| *at <= end)
            .map(|(_, selection)| selection)
    }
}

#[cfg(test)]
mod tests;
