//! The electrodes of a decoder of looks: which of them are bad, and whether their signal can be trusted.

use crate::block::Layout;
use crate::conditioning::design::DesignError;
use crate::conditioning::{Artifacts, BadChannels, Fault, Interpolation, Sanitize};
use crate::decoding::likeness::EegLikeness;
use crate::preprocessing::too_many_bad;
use crate::time::SampleIndex;
use bci_cursor_calibration::SymmetricMatrix;

/// After an electrode became bad or good, or samples were missing, nothing is evidence for this long, seconds: filters and covariances settle.
const SETTLE_S: f64 = 2.0;
/// Time between two checks of the likeness to EEG, seconds.
const LIKENESS_S: f64 = 1.0;

/// Takes the samples of some electrodes, and checks them.
#[derive(Debug)]
pub(super) struct Electrodes {
    labels: Vec<String>,
    /// Where they are in a frame of the stream.
    places: Vec<usize>,
    sanitize: Sanitize,
    /// None in sessions of versions that did not check.
    checks: Option<Box<Checks>>,
    frame: Vec<f64>,
    faults: Vec<Option<Fault>>,
}

#[derive(Debug)]
struct Checks {
    bad_channels: BadChannels,
    interpolation: Interpolation,
    /// None in sessions of versions that did not leave out clenched jaws.
    muscles: Option<Muscles>,
    likeness: Option<Likeness>,
    settle: u64,
    distrusted_until: SampleIndex,
    /// Too many are bad to decode without them.
    is_lost: bool,
}

impl Electrodes {
    /// For these places in a stream. Whether they are checked, and whether a clenched jaw is then no evidence.
    ///
    /// # Errors
    /// [`DesignError`] if the rate is too low for EEG.
    pub(super) fn new(
        stream: &Layout,
        places: Vec<usize>,
        [is_checked, leaves_out_muscles]: [bool; 2],
    ) -> Result<Self, DesignError> {
        let labels: Vec<String> = places
            .iter()
            .map(|place| stream.labels[*place].clone())
            .collect();
        let rate = stream.rate;
        let settle = u64::try_from(rate.samples_in_secs(SETTLE_S)).unwrap_or(0);
        let checks = || -> Result<_, DesignError> {
            Ok(Box::new(Checks {
                bad_channels: BadChannels::new(&labels, rate)?.with_absolute_limits(),
                interpolation: Interpolation::new(&labels),
                muscles: leaves_out_muscles.then(|| Muscles {
                    artifacts: Artifacts::new(rate, labels.len()).only_strong_muscles(),
                    recorded: vec![0.0; labels.len()],
                    filtered: vec![0.0; labels.len()],
                }),
                likeness: Likeness::new(&labels, rate.samples_in_ms((1e3 * LIKENESS_S) as u32)),
                settle,
                distrusted_until: SampleIndex::default(),
                is_lost: false,
            }))
        };
        Ok(Self {
            sanitize: Sanitize::new(places.len()),
            checks: is_checked.then(checks).transpose()?,
            frame: vec![0.0; places.len()],
            faults: vec![None; places.len()],
            labels,
            places,
        })
    }

    pub(super) fn are_checked(&self) -> bool {
        self.checks.is_some()
    }

    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }

    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    pub(super) fn faults(&self) -> &[Option<Fault>] {
        &self.faults
    }

    /// Number of values that were replaced because they cannot be EEG.
    pub(super) fn replaced(&self) -> u64 {
        self.sanitize.replaced()
    }

    /// Whether the signal looks like EEG, or this is not known.
    pub(super) fn is_eeg(&self) -> bool {
        let likeness = self.checks.as_ref().and_then(|it| it.likeness.as_ref());
        likeness.is_none_or(|likeness| likeness.check.is_eeg())
    }

    /// Samples are missing before the next one.
    pub(super) fn restart(&mut self) {
        if let Some(checks) = &mut self.checks {
            checks.bad_channels.restart();
            checks
                .muscles
                .iter_mut()
                .for_each(|muscles| muscles.artifacts.restart());
            checks.likeness.iter_mut().for_each(Likeness::restart);
        }
    }

    /// Takes a frame of the stream. Returns whether it may be evidence.
    pub(super) fn take(&mut self, index: SampleIndex, frame: &[f64]) -> bool {
        for (value, place) in self.frame.iter_mut().zip(&self.places) {
            *value = frame[*place];
        }
        let is_unusable = self.sanitize.mend(&mut self.frame);
        let Some(checks) = &mut self.checks else {
            return true;
        };
        let next = index.after(1);
        let has_changed = checks.bad_channels.push(&self.frame, next);
        if has_changed {
            self.faults.copy_from_slice(checks.bad_channels.faults());
            let bad = self.faults.iter().flatten().count();
            let is_possible = checks.interpolation.set_faults(&self.faults);
            checks.is_lost = too_many_bad(bad, self.faults.len()) || !is_possible;
        }
        if is_unusable || has_changed {
            checks.distrusted_until = next.after(checks.settle);
        }
        let filtered = checks.bad_channels.filtered();
        let is_muscle = checks.muscles.as_mut().is_some_and(|muscles| {
            muscles.are_active(&self.frame, filtered, &checks.interpolation, index)
        });
        let mut is_eeg = true;
        if let Some(likeness) = &mut checks.likeness {
            likeness.take(next, filtered, &checks.interpolation);
            is_eeg = likeness.check.is_eeg();
        }
        is_eeg && !is_muscle && !checks.is_lost && index >= checks.distrusted_until
    }

    /// The last frame: one sample for each electrode, as recorded.
    pub(super) fn frame(&self) -> &[f64] {
        &self.frame
    }

    /// Replaces bad electrodes of a filtered frame with what the others show there.
    pub(super) fn mend(&self, filtered: &mut [f64]) {
        if let Some(checks) = &self.checks {
            checks.interpolation.mend(filtered);
        }
    }
}

/// Fast activity on half of the electrodes: a clenched jaw, or chewing.
#[derive(Debug)]
struct Muscles {
    artifacts: Artifacts,
    recorded: Vec<f64>,
    filtered: Vec<f64>,
}

impl Muscles {
    /// Takes a frame as recorded, and filtered to EEG frequencies. Bad electrodes tell nothing.
    fn are_active(
        &mut self,
        recorded: &[f64],
        filtered: &[f64],
        interpolation: &Interpolation,
        index: SampleIndex,
    ) -> bool {
        self.recorded.copy_from_slice(recorded);
        self.filtered.copy_from_slice(filtered);
        interpolation.mend(&mut self.recorded);
        interpolation.mend(&mut self.filtered);
        self.artifacts.push(&self.recorded, &self.filtered, index)
    }
}

/// Collects the covariance of each second.
#[derive(Debug)]
struct Likeness {
    check: EegLikeness,
    stretch: u64,
    frames: u64,
    frame: Vec<f64>,
    sums: SymmetricMatrix,
}

impl Likeness {
    /// `None` if fewer than six of the electrodes have a known position. `stretch`: samples of a covariance.
    fn new(labels: &[String], stretch: u64) -> Option<Self> {
        Some(Self {
            check: EegLikeness::new(labels, 1, LIKENESS_S)?,
            stretch: stretch.max(1),
            frames: 0,
            frame: vec![0.0; labels.len()],
            sums: SymmetricMatrix::zeros(labels.len()),
        })
    }

    fn restart(&mut self) {
        self.frames = 0;
        self.sums.map_values(|_| 0.0);
    }

    /// Takes a frame, filtered to EEG frequencies, that ends at `end`.
    fn take(&mut self, end: SampleIndex, filtered: &[f64], interpolation: &Interpolation) {
        self.frame.copy_from_slice(filtered);
        interpolation.mend(&mut self.frame);
        let mean = self.frame.iter().sum::<f64>() / self.frame.len() as f64;
        self.frame.iter_mut().for_each(|value| *value -= mean);
        let frame = &self.frame;
        self.sums.fill_upper(|row, sums| {
            let products = frame[row..].iter().map(|value| frame[row] * value);
            sums.iter_mut()
                .zip(products)
                .for_each(|(sum, product)| *sum += product);
        });
        self.frames += 1;
        if end.0.is_multiple_of(self.stretch) {
            if self.frames == self.stretch {
                let samples = self.frames as f64;
                self.sums.map_values(|sum| sum / samples);
                self.check.take(std::slice::from_ref(&self.sums));
            }
            self.restart();
        }
    }
}
