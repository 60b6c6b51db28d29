//! A look at a known tag.

use super::CvepError;
use super::edges::edges;
use crate::matrix::Matrix;

/// One look: EEG, and what the tags showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Samples × channels, at [`GRID_HZ`](super::GRID_HZ), band-passed.
    pub eeg: Matrix,
    /// Tags × samples: for how much of the time since the sample before a tag was bright, 0 to 1. So a change of brightness between two
    /// samples keeps its time.
    pub brightness: Matrix,
    /// Number of first samples that belong to the time before the look. They tell what was shown just before it, and what the EEG was.
    /// Zero where this is unknown.
    pub lead_in: usize,
}

/// One look of which the target is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// EEG, and what the tags showed.
    pub look: Look,
    /// Place of the tag that was looked at.
    pub target: usize,
}

impl Look {
    /// Number of samples without the lead-in.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.eeg.rows().saturating_sub(self.lead_in)
    }

    /// Checks that all parts fit together. `number` is counted from 1.
    pub(super) fn check(&self, number: usize, channels: usize) -> Result<(), CvepError> {
        if self.eeg.columns() != channels {
            return Err(CvepError::Channels {
                trial: number,
                found: self.eeg.columns(),
                expected: channels,
            });
        }
        if self.samples() == 0 {
            return Err(CvepError::Empty { trial: number });
        }
        let (found, expected) = (self.brightness.columns(), self.eeg.rows());
        if found != expected {
            return Err(CvepError::Length {
                trial: number,
                found,
                expected,
            });
        }
        let all = [&self.eeg, &self.brightness];
        let mut values = all.into_iter().flat_map(|matrix| matrix.values());
        if values.any(|value| !value.is_finite()) {
            return Err(CvepError::NotFinite);
        }
        Ok(())
    }

    /// The samples of the look, one after another, and `order` samples before it. Where the lead-in is shorter, its first sample is
    /// repeated.
    pub(super) fn with_past(&self, order: usize) -> Vec<f64> {
        let mut values = Vec::with_capacity((order + self.samples()) * self.eeg.columns());
        for at in 0..order + self.samples() {
            let row = (at + self.lead_in).saturating_sub(order);
            values.extend_from_slice(self.eeg.row(row));
        }
        values
    }
}

impl Trial {
    /// Checks that all parts fit together. `number` is counted from 1.
    pub(in crate::looking) fn check(
        &self,
        number: usize,
        channels: usize,
    ) -> Result<(), CvepError> {
        self.look.check(number, channels)?;
        let tags = self.look.brightness.rows();
        if self.target >= tags {
            return Err(CvepError::NoSuchTarget {
                trial: number,
                target: self.target + 1,
                tags,
            });
        }
        if edges(self.target_code()).next().is_none() {
            return Err(CvepError::SteadyTarget { trial: number });
        }
        Ok(())
    }

    /// What the target showed.
    pub(super) fn target_code(&self) -> &[f64] {
        self.look.brightness.row(self.target)
    }
}
