//! The decoder file: everything that a run needs to decode one patient, as versioned JSON.

use crate::conditions::{ConditioningSpec, FeatureSpec, Reading};
use crate::damage::Damage;
use crate::idle_gate::IdleGate;
use crate::model::{Model, Scorer};
use crate::parse_words::in_words;
use crate::stored::StoredModel;
use crate::validation::Figures;
use serde::{Deserialize, Serialize};

/// The `format` of every decoder file.
pub const FORMAT: &str = "bci-cursor-decoder";
/// Version of the file format that this code writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// A fitted decoder and the conditions under which it holds.
///
/// [`from_json`](Self::from_json) and [`to_json`](Self::to_json) read and write its file, in which the model `M` is made of plain lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoder<M = Model> {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the file format.
    pub version: u32,
    /// Program and version that fitted it.
    pub created_by: String,
    /// Electrode labels, in the order of every covariance.
    pub channels: Vec<String>,
    /// Sampling rate that it was fitted at, Hz; none if it works at any rate at which its bands can be filtered.
    pub rate_hz: Option<f64>,
    /// How the EEG is conditioned before features are computed.
    pub conditioning: ConditioningSpec,
    /// How covariances are computed.
    pub features: FeatureSpec,
    /// Class names, in the order of scores.
    pub classes: Vec<String>,
    /// The fitted part.
    pub model: M,
    /// Whose trials it was fitted to.
    pub origin: Origin,
    /// Cross-validated figures of the fit; none for a starter.
    pub figures: Option<Figures>,
    /// Confidence that is needed to move; none if no gate was fitted.
    pub idle_gate: Option<IdleGate>,
    /// How its recordings were read; none if as their headers say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// The recordings that it was fitted to.
    pub recordings: Vec<RecordingHash>,
}

/// Whose trials a decoder was fitted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// One person's own trials.
    Personal {
        /// Whether a starter was the prior.
        from_starter: bool,
    },
    /// Other people's trials. It works for somebody new, and follows the mean of the stream.
    Starter {
        /// Number of people.
        people: usize,
        /// Credit for the data, with their terms of use.
        attribution: String,
    },
}

/// A recording, identified by its content.
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
    /// JSON, but not a decoder.
    #[error("not a decoder file: its \"format\" is {found:?}, expected {FORMAT:?}")]
    Format {
        /// The format that it states.
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
    /// Reads the text of a decoder file and checks that all parts fit together.
    ///
    /// # Errors
    /// [`DecoderError`] if it is not a decoder file, was written by a newer version, or is damaged.
    pub fn from_json(text: &str) -> Result<Self, DecoderError> {
        // Format and version first: a newer file may have fields that this program does not know.
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
        let stored: Decoder<StoredModel> = serde_json::from_str(text)?;
        stored.check_conditions()?;
        let (channels, bands) = (stored.channels.len(), stored.features.bands_hz.len());
        let decoder = stored.try_map(|model| model.into_model(channels, bands))?;
        decoder.check()?;
        Ok(decoder)
    }

    /// The text of the decoder file, one JSON document.
    ///
    /// # Errors
    /// [`DecoderError::Inconsistent`] if the parts do not fit together, or a number is not finite: JSON has no such numbers.
    pub fn to_json(&self) -> Result<String, DecoderError> {
        self.check()?;
        let stored = self
            .clone()
            .try_map(|model| Ok::<_, Damage>(StoredModel::from(&model)))?;
        Ok(serde_json::to_string(&stored)? + "\n")
    }

    /// Rounds all weights to seven digits: this makes the file four times smaller and changes no decision.
    pub fn round(&mut self) {
        self.model
            .round(&|value| format!("{value:.6e}").parse().unwrap_or(value));
    }

    /// Prepares the decoder for the live path. The scorer has its own working memory.
    ///
    /// # Errors
    /// [`DecoderError::Inconsistent`] if a reference is not finite. This cannot happen after a check.
    pub fn scorer(&self) -> Result<Scorer, DecoderError> {
        Ok(self.model.scorer().map_err(Damage::from)?)
    }

    fn check(&self) -> Result<(), Damage> {
        self.check_conditions()?;
        let bands = self.features.bands_hz.len();
        self.model
            .check(self.channels.len(), bands, self.classes.len())
    }
}

impl<M> Decoder<M> {
    fn try_map<N, E>(self, model: impl FnOnce(M) -> Result<N, E>) -> Result<Decoder<N>, E> {
        Ok(Decoder {
            model: model(self.model)?,
            format: self.format,
            version: self.version,
            created_by: self.created_by,
            channels: self.channels,
            rate_hz: self.rate_hz,
            conditioning: self.conditioning,
            features: self.features,
            classes: self.classes,
            origin: self.origin,
            figures: self.figures,
            idle_gate: self.idle_gate,
            reading: self.reading,
            recordings: self.recordings,
        })
    }

    /// Checks everything but the model.
    fn check_conditions(&self) -> Result<(), Damage> {
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{ReadUnit, Reference};
    use crate::linear::Linear;
    use crate::matrix::{Matrix, SymmetricMatrix};
    use crate::spatial_map::SpatialMap;
    use crate::tangent_space::TangentSpace;

    fn decoder() -> Decoder {
        let reference = vec![1.1, 0.1, 0.1, 1.0 / 3.0];
        let model = Model {
            spatial_map: SpatialMap::TangentSpace(TangentSpace {
                projections: vec![Matrix::from_rows([[0.6, 0.8], [-0.8, 0.6]]).unwrap()],
                references: vec![SymmetricMatrix::from_values(reference).unwrap()],
                scales: vec![0.5],
            }),
            linear: Linear {
                weights: Matrix::from_rows([[0.1; 3], [-0.1; 3]]).unwrap(),
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
    fn a_decoder_is_read_as_it_was_written() {
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
    fn a_newer_version_is_named_even_if_its_fields_are_unknown() {
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
    fn other_files_are_not_read_as_decoders() {
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

    /// A file as earlier versions wrote it, with every part that a model can have.
    const CSP: &str = concat!(
        r#"{"format":"bci-cursor-decoder","version":1,"created_by":"test","channels":["C3","C4","Cz"],"rate_hz":250.0,"#,
        r#""conditioning":{"reference":"none","mains_hz":null},"#,
        r#""features":{"bands_hz":[[8.0,13.0],[13.0,30.0]],"filter_order":4,"window_ms":1500,"hop_ms":40,"shrinkage":0.1},"#,
        r#""classes":["left_hand","right_hand"],"#,
        r#""model":{"spatial_map":{"kind":"csp","filters":[[0.5,-0.25,0.0,0.1,1e-7,0.3],[1.0,2.0,3.0]]},"#,
        r#""linear":{"weights":[[0.1,0.2,0.3],[-0.1,-0.2,-0.3]],"biases":[0.5,-0.5]},"log_odds_gain":0.7,"#,
        r#""rest":{"linear":{"weights":[[1.0,0.0,0.5],[-1.0,0.0,-0.5]],"biases":[0.0,0.0]},"log_odds_gain":1.5},"#,
        r#""velocity":{"linear":{"weights":[[0.25,0.5,1.0],[0.0,0.0,0.1]],"biases":[0.0,0.1]},"#,
        r#""figures":{"trials":40,"towards":30,"interval":[0.6,0.86],"cosine":0.5}}},"#,
        r#""origin":{"kind":"personal","from_starter":false},"figures":null,"idle_gate":null,"#,
        r#""recordings":[{"file":"a.xdf","sha256":"00"}]}"#,
        "\n"
    );

    #[test]
    fn a_file_is_written_as_it_was_read() {
        assert_eq!(Decoder::from_json(CSP).unwrap().to_json().unwrap(), CSP);
        let json = decoder().to_json().unwrap();
        let map = r#""spatial_map":{"kind":"tangent_space","projections":[[0.6,0.8,-0.8,0.6]],"references":[[1.1,0.1,0.1,0.3333333333333333]],"scales":[0.5]}"#;
        assert!(json.contains(map), "{json}");
    }

    #[test]
    fn parts_that_do_not_fit_are_named() {
        let json = decoder().to_json().unwrap();
        for (part, damaged, expected) in [
            (
                "[-0.1,-0.1,-0.1]",
                "[-0.1,-0.1]",
                "3 features, but 2 weights",
            ),
            (",[-0.1,-0.1,-0.1]", "", "2 classes, but 1 rows of weights"),
            (
                "[[0.6,0.8,-0.8,0.6]]",
                "[[0.6,0.8,-0.8]]",
                "its spatial map",
            ),
            ("[[0.6,0.8,-0.8,0.6]]", "[[0.6,0.8]]", "its references"),
            ("[[0.6,0.8,-0.8,0.6]]", "[[]]", "its spatial map"),
            (
                "[1.1,0.1,0.1,0.3333333333333333]",
                "[1.1,0.1,0.1]",
                "its references",
            ),
            ("\"scales\":[0.5]", "\"scales\":[]", "1 bands, but 0 scales"),
        ] {
            let changed = json.replacen(part, damaged, 1);
            assert_ne!(changed, json);
            let error = Decoder::from_json(&changed).unwrap_err().to_string();
            assert!(
                error.starts_with("the decoder file is damaged: ") && error.contains(expected),
                "{error}"
            );
        }
        let mut other = decoder();
        other.channels.push("Cz".into());
        let error = other.to_json().unwrap_err().to_string();
        assert!(error.contains("its spatial map"), "{error}");
    }
}
