//! The decoder file: everything that a run needs to decode one patient, as versioned JSON.

use crate::damage::Damage;
use crate::idle_gate::IdleGate;
use crate::linear::Linear;
use crate::model::{Model, Scorer, SpatialMap};
use crate::parse_words::in_words;
use crate::validation::Figures;
use serde::{Deserialize, Serialize};

/// What every decoder file says that it is.
pub const FORMAT: &str = "bci-cursor-decoder";
/// Version that this code writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// A fitted decoder and the conditions under which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoder {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the file's form.
    pub version: u32,
    /// Program and version that fitted it.
    pub created_by: String,
    /// Electrode labels, in the order of every covariance.
    pub channels: Vec<String>,
    /// Sampling rate that it was fitted at, Hz; none where it serves any rate at which its bands can be filtered.
    pub rate_hz: Option<f64>,
    /// What is done to the EEG before features.
    pub conditioning: ConditioningSpec,
    /// How covariances are made.
    pub features: FeatureSpec,
    /// Class names, in the order of scores.
    pub classes: Vec<String>,
    /// The fitted part.
    pub model: Model,
    /// Where its weights come from.
    pub origin: Origin,
    /// Cross-validated figures of the fit; none where there was no label to validate on.
    pub figures: Option<Figures>,
    /// How sure it must be before anything moves; none where there was no rest to fit it on.
    pub idle_gate: Option<IdleGate>,
    /// How its recordings were read, where that was not what they say of themselves; none: as they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// What it was fitted on.
    pub recordings: Vec<RecordingHash>,
}

/// How recordings were read where that was not what they say of themselves: the stream that a decoder runs on is read the same way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Channels that were chosen, by their own names; empty: every EEG channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// What those that were read were called, and
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// the electrodes that they were named after, in the same order; both empty where they kept their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub electrodes: Vec<String>,
    /// The unit that was stated, and the one that it really was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<ReadUnit>,
    /// The sampling rate that the user stated, Hz; none where the recording's own was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
}

/// A unit that was stated wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadUnit {
    /// As it was stated; empty where nothing was.
    pub stated: String,
    /// V, mV, uV or nV.
    pub read_as: String,
}

/// Where a decoder's weights come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// One person's own trials.
    Personal {
        /// Whether a starter was the prior.
        from_starter: bool,
    },
    /// Other people's trials: serves somebody new, and follows the mean of what it sees.
    Starter {
        /// How many people.
        people: usize,
        /// Whose data, and under which terms.
        attribution: String,
    },
}

/// What is done to the EEG before features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditioningSpec {
    /// Spatial reference.
    pub reference: Reference,
    /// Line frequency that is notched out with its harmonics, Hz.
    pub mains_hz: Option<f64>,
}

/// Spatial reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Common average reference (CAR): the mean of all channels is subtracted from each.
    CommonAverage,
    /// As recorded.
    None,
}

/// How covariances are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Pass bands: lower and upper edge, Hz.
    pub bands_hz: Vec<[f64; 2]>,
    /// Order of the Butterworth prototype (a band-pass has twice as many poles).
    pub filter_order: usize,
    /// Length of the sliding window, milliseconds.
    pub window_ms: u32,
    /// Time between two decodings, milliseconds.
    pub hop_ms: u32,
    /// Share of the mean channel power that is added to the diagonal in exchange for as much of the covariance.
    pub shrinkage: f64,
}

/// A recording by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingHash {
    /// File name without folder.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A decoder file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DecoderError {
    /// Not JSON, or JSON of another form.
    #[error("not a decoder file: {}", in_words(&.0.to_string()))]
    Malformed(#[from] serde_json::Error),
    /// JSON, but not ours.
    #[error("not a decoder file: its \"format\" is {found:?}, expected {FORMAT:?}")]
    Format {
        /// What it says that it is.
        found: String,
    },
    /// Written by a newer program.
    #[error(
        "the decoder file has format version {found}; this program reads up to version {VERSION}. \
         Update bci-cursor, or fit the decoder again with this one"
    )]
    Version {
        /// Its version.
        found: u32,
    },
    /// The parts do not fit together.
    #[error("the decoder file is damaged: {0}")]
    Inconsistent(#[from] Damage),
}

#[derive(Deserialize)]
struct Preamble {
    format: Option<String>,
    version: Option<u32>,
}

impl Decoder {
    /// Reads a decoder file's text and checks that all parts fit together.
    ///
    /// # Errors
    /// Where it is not a decoder file, of a newer version, or damaged.
    pub fn from_json(text: &str) -> Result<Self, DecoderError> {
        // Format and version first: a newer file may have fields that this program has never heard of.
        let preamble: Preamble = serde_json::from_str(text)?;
        match (preamble.format, preamble.version) {
            (Some(format), _) if format != FORMAT => {
                return Err(DecoderError::Format { found: format });
            }
            (None, _) => {
                return Err(DecoderError::Format {
                    found: String::new(),
                });
            }
            (_, Some(found)) if found > VERSION => return Err(DecoderError::Version { found }),
            _ => {}
        }
        let decoder: Self = serde_json::from_str(text)?;
        decoder.check()?;
        Ok(decoder)
    }

    /// The decoder file's text, one JSON document.
    ///
    /// # Errors
    /// [`DecoderError::Inconsistent`] where a number is not finite: JSON cannot hold it.
    pub fn to_json(&self) -> Result<String, DecoderError> {
        self.check()?;
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// Rounds all weights to seven digits: a quarter of the file's size, and no decision differs.
    pub fn round(&mut self) {
        let Model {
            linear,
            spatial_map: map,
            rest,
            velocity,
            ..
        } = &mut self.model;
        let maps = match map {
            SpatialMap::TangentSpace(space) => {
                // Far below the largest is rounding error, not a covariance.
                for reference in &mut space.references {
                    let largest = reference
                        .iter()
                        .fold(0.0f64, |most, value| most.max(value.abs()));
                    let negligible = |value: &&mut f64| value.abs() < 1e-12 * largest;
                    reference
                        .iter_mut()
                        .filter(negligible)
                        .for_each(|value| *value = 0.0);
                }
                let matrices = space.projections.iter_mut().chain(&mut space.references);
                matrices
                    .flatten()
                    .chain(&mut space.scales)
                    .collect::<Vec<_>>()
            }
            SpatialMap::Csp(csp) => csp.filters.iter_mut().flatten().collect(),
        };
        let velocities = velocity.iter_mut().map(|velocity| &mut velocity.linear);
        let linears = rest.iter_mut().map(|rest| &mut rest.linear).chain([linear]);
        let linears = linears.chain(velocities);
        let weights = linears.flat_map(|linear| {
            linear
                .weights
                .iter_mut()
                .flatten()
                .chain(&mut linear.biases)
        });
        for value in weights.chain(maps) {
            *value = format!("{value:.6e}").parse().unwrap_or(*value);
        }
    }

    /// Readies the decoder for use, with storage of its own.
    ///
    /// # Errors
    /// [`DecoderError::Inconsistent`] where a reference is not finite; never after a check.
    pub fn scorer(&self) -> Result<Scorer, DecoderError> {
        let scorer = self.model.scorer(self.channels.len());
        Ok(scorer.map_err(Damage::from)?)
    }

    fn check(&self) -> Result<(), Damage> {
        let (channels, bands, classes) = (
            self.channels.len(),
            self.features.bands_hz.len(),
            self.classes.len(),
        );
        if channels == 0 || bands == 0 || classes < 2 {
            return Err(Damage::Counts {
                channels,
                bands,
                classes,
            });
        }
        if let Some(rate_hz) = self.rate_hz.filter(|hz| !(hz.is_finite() && *hz > 0.0)) {
            return Err(Damage::Rate { rate_hz });
        }
        if let Some(gate) = self
            .idle_gate
            .filter(|gate| !(0.0..1.0).contains(&gate.threshold))
        {
            let threshold = gate.threshold;
            return Err(Damage::IdleGate { threshold });
        }
        let spec = &self.features;
        if spec.window_ms == 0 || spec.hop_ms == 0 || spec.hop_ms > spec.window_ms {
            let (window_ms, hop_ms) = (spec.window_ms, spec.hop_ms);
            return Err(Damage::Window { window_ms, hop_ms });
        }
        if !(0.0..=1.0).contains(&spec.shrinkage) {
            let shrinkage = spec.shrinkage;
            return Err(Damage::Shrinkage { shrinkage });
        }
        let map = &self.model.spatial_map;
        let fits = |matrix: &Vec<f64>| !matrix.is_empty() && matrix.len().is_multiple_of(channels);
        if map.matrices().len() != bands || !map.matrices().iter().all(fits) {
            return Err(Damage::SpatialMap);
        }
        if let SpatialMap::TangentSpace(space) = map {
            let order = |projection: &Vec<f64>| projection.len() / channels;
            let squares = space.projections.iter().map(|p| order(p) * order(p));
            if !squares.eq(space.references.iter().map(Vec::len)) {
                return Err(Damage::References);
            }
            if space.scales.len() != bands {
                let scales = space.scales.len();
                return Err(Damage::Scales { bands, scales });
            }
            let mut numbers = space.references.iter().flatten().chain(&space.scales);
            if !numbers.all(|number| number.is_finite()) {
                return Err(Damage::ReferenceNotFinite);
            }
        }
        let features = map.feature_count(channels);
        check_linear(&self.model.linear, classes, features)?;
        if let Some(rest) = &self.model.rest {
            check_linear(&rest.linear, 2, features)?;
        }
        if let Some(velocity) = &self.model.velocity {
            check_linear(&velocity.linear, 2, features)?;
        }
        let gains = self.model.rest.iter().map(|rest| &rest.log_odds_gain);
        let gains = gains.chain([&self.model.log_odds_gain]);
        if !map
            .matrices()
            .iter()
            .flatten()
            .chain(gains)
            .all(|number| number.is_finite())
        {
            return Err(Damage::NumberNotFinite);
        }
        Ok(())
    }
}

fn check_linear(linear: &Linear, classes: usize, features: usize) -> Result<(), Damage> {
    let (weights, biases) = (&linear.weights, &linear.biases);
    if weights.len() != classes || biases.len() != classes {
        let rows = weights.len();
        return Err(Damage::Classes { classes, rows });
    }
    if let Some(row) = weights.iter().find(|row| row.len() != features) {
        let weights = row.len();
        return Err(Damage::Features { features, weights });
    }
    let mut numbers = weights.iter().flatten().chain(biases);
    if !numbers.all(|number| number.is_finite()) {
        return Err(Damage::WeightNotFinite);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tangent_space::TangentSpace;

    fn decoder() -> Decoder {
        let model = Model {
            spatial_map: SpatialMap::TangentSpace(TangentSpace {
                projections: vec![vec![0.6, 0.8, -0.8, 0.6]],
                references: vec![vec![1.1, 0.1, 0.1, 1.0 / 3.0]],
                scales: vec![0.5],
            }),
            linear: Linear {
                weights: vec![vec![0.1; 3], vec![-0.1; 3]],
                biases: vec![0.0; 2],
            },
            log_odds_gain: 0.7,
            rest: None,
            velocity: None,
        };
        Decoder {
            format: FORMAT.into(),
            version: VERSION,
            created_by: "test".into(),
            channels: vec!["C3".into(), "C4".into()],
            rate_hz: Some(160.0),
            conditioning: ConditioningSpec {
                reference: Reference::CommonAverage,
                mains_hz: Some(50.0),
            },
            features: FeatureSpec {
                bands_hz: vec![[8.0, 30.0]],
                filter_order: 4,
                window_ms: 1000,
                hop_ms: 40,
                shrinkage: 0.1,
            },
            classes: vec!["left_hand".into(), "right_hand".into()],
            model,
            origin: Origin::Personal {
                from_starter: false,
            },
            figures: None,
            idle_gate: None,
            reading: None,
            recordings: vec![],
        }
    }

    #[test]
    fn a_decoder_comes_back_bit_for_bit() {
        let decoder = decoder();
        assert_eq!(
            Decoder::from_json(&decoder.to_json().unwrap()).unwrap(),
            decoder
        );
    }

    #[test]
    fn how_recordings_were_read_is_kept_and_files_without_it_are_read() {
        let mut decoder = decoder();
        assert!(!decoder.to_json().unwrap().contains("reading"));
        decoder.reading = Some(Reading {
            unit: Some(ReadUnit {
                stated: "uV".into(),
                read_as: "mV".into(),
            }),
            ..Reading::default()
        });
        let json = decoder.to_json().unwrap();
        assert_eq!(Decoder::from_json(&json).unwrap(), decoder);
    }

    #[test]
    fn a_newer_version_is_named_even_where_its_form_is_unknown() {
        let error =
            Decoder::from_json(r#"{"format":"bci-cursor-decoder","version":9,"x":1}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("format version 9; this program reads up to version 1"),
            "{error}"
        );
    }

    #[test]
    fn other_files_are_told_from_decoders() {
        for text in [
            "",
            "{}",
            "[1]",
            r#"{"format":"other","version":1}"#,
            "not json",
        ] {
            let message = Decoder::from_json(text).unwrap_err().to_string();
            assert!(
                message.starts_with("not a decoder file"),
                "{text:?}: {message}"
            );
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_named() {
        let mut damaged = decoder();
        damaged.model.linear.weights[1].pop();
        let error = Decoder::from_json(&serde_json::to_string(&damaged).unwrap()).unwrap_err();
        assert!(
            error.to_string().contains("3 features, but 2 weights"),
            "{error}"
        );
    }
}
