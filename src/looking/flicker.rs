//! Which of a few frequencies is looked at, without any training.

use super::channels::{labels_over_visual_cortex, over_visual_cortex};
use super::conditioner::VisualConditioner;
use super::error::LookingError;
use super::prior::response_prior;
use super::scenes::Scenes;
use super::selection::select;
use crate::block::Layout;
use crate::command::{MOST_CODES, Selection};
use crate::time::SampleIndex;
use bci_cursor_calibration::looking::ssvep::{SsvepDecoder, SsvepSpec};

/// The response follows the flicker after about this time (Norcia et al. 2015, doi:10.1167/15.6.4), seconds: what is earlier tells about the
/// scene before.
const RESPONSE_S: f64 = 0.15;

#[derive(Debug)]
pub(super) struct Flicker {
    places: Vec<usize>,
    conditioner: VisualConditioner,
    decoder: SsvepDecoder,
    threshold: f64,
    response: u64,
    frame: Vec<f64>,
    pub(super) scenes: Scenes,
    /// The signal grew beyond all numbers: nothing is selected any more.
    has_failed: bool,
}

impl Flicker {
    pub(super) fn new(
        stream: &Layout,
        frequencies_hz: &[f64],
        threshold: f64,
        mains_hz: &[f64],
    ) -> Result<Self, LookingError> {
        let codes = frequencies_hz.len();
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
            frequencies_hz: frequencies_hz.to_vec(),
            prior: response_prior(&labels)?,
        };
        Ok(Self {
            conditioner: VisualConditioner::new(stream.rate, places.len(), mains_hz)?,
            decoder: SsvepDecoder::new(spec)?,
            threshold,
            response: u64::try_from(stream.rate.samples_in_secs(RESPONSE_S)).unwrap_or(0),
            frame: vec![0.0; places.len()],
            places,
            scenes: Scenes::new(),
            has_failed: false,
        })
    }

    pub(super) fn replaced(&self) -> u64 {
        self.conditioner.replaced()
    }

    /// Samples are missing before the next one.
    pub(super) fn restart(&mut self) {
        self.decoder.restart();
    }

    /// Takes the sample with this index.
    pub(super) fn push(&mut self, index: SampleIndex, frame: &[f64]) -> Option<Selection> {
        self.change_scene(index);
        for (value, place) in self.frame.iter_mut().zip(&self.places) {
            *value = frame[*place];
        }
        if self.has_failed {
            return None;
        }
        self.conditioner.run(&mut self.frame);
        let odds = match self.decoder.push(&self.frame) {
            Ok(odds) => odds?,
            Err(error) => {
                log::error!("looks are not decoded any more: {error}");
                self.has_failed = true;
                return None;
            }
        };
        let selection = select(odds, self.scenes.shown()?, self.threshold)?;
        self.scenes.end();
        self.decoder.restart();
        Some(selection)
    }

    fn change_scene(&mut self, index: SampleIndex) {
        let place = index.0 as f64 - self.response as f64;
        while self.scenes.change(place).is_some() {
            self.decoder.restart();
        }
        // What is not shown any more tells nothing, even before the response to the next scene begins.
        if self.scenes.next().is_some_and(|next| next.from <= index) {
            self.scenes.end();
        }
    }
}
