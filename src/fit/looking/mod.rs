//! Fits a person's response to codes (code-modulated visual evoked potentials) to recordings of looks: EEG, what each target showed (a stream
//! of type `Stimulus`), and markers such as `trial target=3`.

mod cross_validation;
mod electrodes;
mod elsewhere;
mod error;
mod signal;
mod trials;

pub use cross_validation::{Decoded, accuracy, dynamic, leave_one_out};
pub use error::LooksError;
pub use trials::{Looks, ShownDuringLook, read as read_looks};

use crate::looking::figures::LookingFigures;
use crate::looking::{LookingModel, LookingModelError};
use crate::source::channels::ReadAs;
use crate::source::recording::file_and_stream;
use bci_cursor_calibration::looking::cvep::{CvepModel, GRID_HZ, Training, Trial};
use cross_validation::figures;
use electrodes::usable_electrodes;
use elsewhere::elsewhere;

/// A response is fitted to at least this many looks.
const LEAST_LOOKS: usize = 8;
/// At least one look must be as long as the shortest time after which looks are judged, seconds.
const LEAST_S: f64 = 1.0;

/// A person's response to codes.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedLooking {
    /// Labels of the channels, in the order of the response.
    pub channels: Vec<String>,
    /// The response.
    pub response: CvepModel,
    /// How well the looks are recognised with the response to the others.
    pub figures: LookingFigures,
    /// The delay of the display that was taken into account, milliseconds; `None` if it is not known.
    pub display_delay_ms: Option<f64>,
}

impl FittedLooking {
    /// The response in the form in which it is stored and used.
    ///
    /// # Errors
    /// [`LookingModelError`] if two channels have the same label.
    pub fn model(&self) -> Result<LookingModel, LookingModelError> {
        let mut model = LookingModel::new(self.channels.clone(), self.response.clone())?;
        model.figures = Some(self.figures.clone());
        model.display_delay_ms = self.display_delay_ms;
        Ok(model)
    }
}

/// Fits a response to recordings of one person, and measures how well it recognises looks.
///
/// `display_delay_ms` is the time from the display's stamp of a frame to its light in the samples; without it, the response contains that time.
///
/// Of the electrodes, those over the visual cortex are used, without bad ones; if the places of all are unknown, all are used.
///
/// # Errors
/// [`LooksError`] if a recording cannot be used, or no electrode is over the visual cortex.
pub fn fit_looking(
    recordings: &[String],
    read_as: &ReadAs,
    display_delay_ms: Option<f64>,
) -> Result<FittedLooking, LooksError> {
    let mut all = Vec::with_capacity(recordings.len());
    for recording in recordings {
        let (path, _) = file_and_stream(recording);
        let looks = read_looks(path, read_as, display_delay_ms.unwrap_or(0.0))?;
        let looks = looks.ok_or_else(|| LooksError::NoLooks {
            path: path.to_owned(),
        })?;
        all.push((path, looks));
    }
    let labels = all.first().map_or(&[][..], |(_, looks)| &looks.labels);
    let channels = usable_electrodes(recordings, labels, read_as)?;
    let mut trials = Vec::new();
    for (path, mut looks) in all {
        looks
            .keep(&channels)
            .map_err(|missing| LooksError::OtherElectrodes {
                path: path.to_owned(),
                missing,
            })?;
        trials.append(&mut looks.trials);
    }
    check(&trials)?;
    let response = Training::new(&trials)?.fit()?;
    let figures = LookingFigures {
        elsewhere: Some(elsewhere(&response, &trials)?),
        ..figures(&leave_one_out(&trials)?)
    };
    Ok(FittedLooking {
        response,
        figures,
        channels,
        display_delay_ms,
    })
}

fn check(trials: &[Trial]) -> Result<(), LooksError> {
    if trials.len() < LEAST_LOOKS {
        return Err(LooksError::FewLooks {
            found: trials.len(),
            needed: LEAST_LOOKS,
        });
    }
    let samples = trials.iter().map(|trial| trial.look.samples());
    let longest_s = samples.max().unwrap_or(0) as f64 / GRID_HZ;
    // The end of a look is known to within a sample.
    if longest_s + 1.0 / GRID_HZ < LEAST_S {
        return Err(LooksError::ShortLooks {
            longest_s,
            needed_s: LEAST_S,
        });
    }
    Ok(())
}
