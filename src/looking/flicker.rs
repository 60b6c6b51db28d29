//! Which of a few frequencies is looked at, without any training.

use super::channels::over_visual_cortex;
use super::conditioner::VisualConditioner;
use super::electrodes::Electrodes;
use super::error::LookingError;
use super::prior::response_prior;
use super::scenes::Scenes;
use super::selection::{CodeSet, select};
use crate::block::Layout;
use crate::command::{MOST_CODES, Selection};
use crate::time::SampleIndex;
use crate::units::Hertz;
use bci_cursor_calibration::looking::ssvep::{SsvepDecoder, SsvepSpec};

/// The response follows the flicker after about this time (Norcia et al. 2015, doi:10.1167/15.6.4), seconds: what is earlier tells about the
/// scene before.
const RESPONSE_S: f64 = 0.15;

#[derive(Debug)]
pub(super) struct Flicker {
    conditioner: VisualConditioner,
    decoder: SsvepDecoder,
    codes: usize,
    threshold: f64,
    response: u64,
    frame: Vec<f64>,
    pub(super) scenes: Scenes,
    /// Codes that are not shown tell about disturbances.
    follows_disturbances: bool,
    /// The signal grew beyond all numbers: nothing is selected any more.
    has_failed: bool,
}

impl Flicker {
    /// Places of the electrodes in the stream.
    pub(super) fn places(stream: &Layout) -> Result<Vec<usize>, LookingError> {
        let places = over_visual_cortex(&stream.labels);
        if places.is_empty() {
            return Err(LookingError::NoElectrode {
                found: stream.labels.clone(),
            });
        }
        Ok(places)
    }

    pub(super) fn new(
        rate: Hertz,
        electrodes: &Electrodes,
        frequencies_hz: &[f64],
        threshold: f64,
        mains_hz: &[f64],
    ) -> Result<Self, LookingError> {
        let codes = frequencies_hz.len();
        if !(1..=MOST_CODES).contains(&codes) {
            return Err(LookingError::Codes { found: codes });
        }
        let labels = electrodes.labels();
        let spec = SsvepSpec {
            rate_hz: rate.hz(),
            frequencies_hz: frequencies_hz.to_vec(),
            prior: response_prior(labels)?,
        };
        let mut flicker = Self {
            conditioner: VisualConditioner::new(rate, labels.len(), mains_hz)?,
            decoder: SsvepDecoder::new(spec)?,
            threshold,
            response: u64::try_from(rate.samples_in_secs(RESPONSE_S)).unwrap_or(0),
            frame: vec![0.0; labels.len()],
            scenes: Scenes::new(),
            follows_disturbances: electrodes.are_checked(),
            codes,
            has_failed: false,
        };
        flicker.set_shown(CodeSet::NONE);
        Ok(flicker)
    }

    /// Samples are missing before the next one.
    pub(super) fn restart(&mut self) {
        self.decoder.restart();
    }

    /// Takes the newest sample of the electrodes, which has this index. If it is not trusted, nothing up to it is evidence.
    pub(super) fn push(
        &mut self,
        index: SampleIndex,
        electrodes: &Electrodes,
        is_trusted: bool,
    ) -> Option<Selection> {
        self.change_scene(index);
        if self.has_failed {
            return None;
        }
        self.frame.copy_from_slice(electrodes.frame());
        self.conditioner.run(&mut self.frame);
        electrodes.mend(&mut self.frame);
        let odds = match self.decoder.push(&self.frame) {
            Ok(odds) => odds,
            Err(error) => {
                log::error!("looks are not decoded any more: {error}");
                self.has_failed = true;
                return None;
            }
        };
        if !is_trusted {
            self.decoder.restart();
            return None;
        }
        let selection = select(odds?, self.scenes.shown()?, self.threshold)?;
        self.scenes.end();
        self.decoder.restart();
        Some(selection)
    }

    fn change_scene(&mut self, index: SampleIndex) {
        let place = index.0 as f64 - self.response as f64;
        while let Some(scene) = self.scenes.change(place) {
            self.decoder.restart();
            self.set_shown(scene.codes);
        }
        // What is not shown any more tells nothing, even before the response to the next scene begins.
        if let Some(next) = self.scenes.next().filter(|next| next.from <= index) {
            let codes = next.codes;
            self.scenes.end();
            if self.follows_disturbances {
                let shown = (0..self.codes).filter(|code| codes.has(*code));
                shown.for_each(|code| self.decoder.set_shown(code, true));
            }
        }
    }

    /// The other codes are dark from now on.
    fn set_shown(&mut self, codes: CodeSet) {
        if self.follows_disturbances {
            (0..self.codes).for_each(|code| self.decoder.set_shown(code, codes.has(code)));
        }
    }
}
