use super::NoiseKind;
use crate::montage;
use crate::source::{SourceError, SpecError};
use crate::units::Hertz;
use std::fmt;

/// Description of a synthetic patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Seed of everything random.
    pub seed: u64,
    /// Electrodes, all of the 10-10 system.
    pub labels: Vec<String>,
    /// Sampling rate.
    pub rate: Hertz,
    /// Imagined classes: `left_hand`, `right_hand`, `both_hands`, `feet`; or gestures: `clench`, `blinks`.
    pub classes: Vec<String>,
    /// Number of cued trials, after which the recording ends.
    pub trials: usize,
    /// Duration of each imagery, seconds.
    pub imagery_s: f64,
    /// Rest before each cue, seconds.
    pub rest_s: f64,
    /// Fraction of a rhythm's amplitude that imagery removes, 0 to 1.
    pub erd: f64,
    /// Line frequency, Hz.
    pub mains_hz: f64,
    /// Noise instead of a patient; `None` for a patient.
    pub noise: Option<NoiseKind>,
    /// Duration of noise, seconds. A patient ends after the trials.
    pub noise_s: f64,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            seed: 1,
            labels: montage::named(21).unwrap_or_default(),
            rate: Hertz::new(250.0).unwrap_or_else(|| unreachable!("250 Hz is a frequency")),
            classes: vec!["left_hand".into(), "right_hand".into()],
            trials: 20,
            imagery_s: 4.0,
            rest_s: 2.0,
            erd: 0.6,
            mains_hz: 50.0,
            noise: None,
            noise_s: 600.0,
        }
    }
}

/// Prints the description as [`Spec::parse`] reads it.
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed={},channels={},rate={},classes={},trials={},imagery={},rest={},erd={},mains={}",
            self.seed,
            self.labels.join("+"),
            self.rate.hz(),
            self.classes.join("+"),
            self.trials,
            self.imagery_s,
            self.rest_s,
            self.erd,
            self.mains_hz
        )?;
        match self.noise {
            Some(kind) => write!(f, ",noise={kind},seconds={}", self.noise_s),
            None => Ok(()),
        }
    }
}

impl Spec {
    /// Parses `key=value,...`. Keys that are not given keep their default.
    ///
    /// # Errors
    /// [`SourceError::SyntheticSpec`] if a key is unknown or a value unusable.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        Self::read(text).map_err(|error| SourceError::SyntheticSpec {
            spec: text.to_owned(),
            error,
        })
    }

    fn read(text: &str) -> Result<Self, SpecError> {
        let mut spec = Self::default();
        let mut seconds = None;
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| SpecError::NoValue(part.to_owned()))?;
            let number = || {
                let number = value
                    .parse::<f64>()
                    .ok()
                    .filter(|n| n.is_finite() && *n >= 0.0);
                number.ok_or_else(|| SpecError::NoNumber {
                    key: key.to_owned(),
                    value: value.to_owned(),
                })
            };
            match key {
                "seed" => {
                    spec.seed = value
                        .parse()
                        .map_err(|_| SpecError::Seed(value.to_owned()))?
                }
                "rate" => {
                    let rate =
                        Hertz::new(number()?).filter(|rate| (64.0..=20_000.0).contains(&rate.hz()));
                    spec.rate = rate.ok_or_else(|| SpecError::Rate(value.to_owned()))?;
                }
                "channels" => {
                    let named = value.parse().ok().and_then(montage::named);
                    let listed = || value.split('+').map(montage::canonical_label).collect();
                    spec.labels = named.unwrap_or_else(listed);
                }
                "classes" => spec.classes = value.split('+').map(str::to_owned).collect(),
                "trials" => spec.trials = number()? as usize,
                "imagery" => spec.imagery_s = number()?,
                "rest" => spec.rest_s = number()?,
                "erd" => spec.erd = number()?.min(1.0),
                "mains" => spec.mains_hz = number()?,
                "noise" => {
                    let kind = NoiseKind::named(value);
                    spec.noise = Some(kind.ok_or_else(|| SpecError::Noise {
                        found: value.to_owned(),
                        known: NoiseKind::ALL.map(|kind| kind.to_string()).join(", "),
                    })?);
                }
                "seconds" => seconds = Some(number()?),
                _ => return Err(SpecError::Key(key.to_owned())),
            }
        }
        match (seconds, spec.noise) {
            (Some(secs), Some(_)) => spec.noise_s = secs,
            (Some(_), None) => return Err(SpecError::Seconds),
            (None, _) => {}
        }
        Ok(spec)
    }
}
