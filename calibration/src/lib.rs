//! Fits a patient's decoder to labelled EEG covariances, and applies it.
//!
//! Only mathematics: no threads, clocks, files or operating system. The driver runs recordings through its own live pipeline and passes
//! the labelled covariances on, so fitting and running cannot use different filters.
//!
//! An [`Estimator`] fits a [`Model`] to a [`Dataset`]; the model's [`Scorer`] applies it on the live path and allocates nothing. A
//! [`Decoder`] is a model together with the conditions under which it holds, as it is stored in a file.
//!
//! ```
//! use bci_cursor_calibration::{Dataset, Epoch, SymmetricMatrix, estimators};
//!
//! // Trials of two channels and one band: the power of one channel depends on the class.
//! let epoch = |trial: usize| {
//!     let class = trial % 2;
//!     let power = 1.0 + class as f64 + 0.1 * (trial % 5) as f64;
//!     let covariance = SymmetricMatrix::from_values(vec![power, 0.2, 0.2, 1.0])?;
//!     Ok(Epoch { class, trial, covariances: vec![covariance] })
//! };
//! let dataset = Dataset {
//!     classes: vec!["left_hand".into(), "right_hand".into()],
//!     channel_count: 2,
//!     band_count: 1,
//!     epochs: (0..20).map(epoch).collect::<Result<_, Box<dyn std::error::Error>>>()?,
//!     rest: Vec::new(),
//! };
//! let model = estimators::TANGENT_SPACE.fit(&dataset.part(|_| true), 2, None)?;
//! let window = SymmetricMatrix::from_values(vec![2.2, 0.2, 0.2, 1.0])?;
//! let mut scorer = model.scorer()?;
//! let scores = scorer.score(&[window])?;
//! assert!(scores[1] > scores[0], "{scores:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod conditions;
pub mod covariance_means;
pub mod csp;
pub mod damage;
pub mod dataset;
pub mod decoder;
pub mod eigen;
pub mod error;
pub mod estimators;
pub mod face_switch;
pub mod feature_map;
pub mod folds;
pub mod idle_gate;
pub mod lda;
pub mod linear;
pub mod logistic;
pub mod looking;
pub mod matrix;
pub mod model;
pub mod parse_words;
pub mod pattern;
pub mod personal;
pub mod population;
pub mod recentring;
pub mod rest;
pub mod ridge;
pub mod selection;
pub mod spatial_map;
pub mod spd;
pub mod statistics;
mod stored;
pub mod tangent_applier;
pub mod tangent_space;
pub mod validation;
pub mod vectors;
pub mod velocity;
pub mod velocity_fit;

pub use conditions::{ConditioningSpec, FeatureSpec, ReadUnit, Reading, Reference};
pub use damage::Damage;
pub use dataset::{Dataset, Epoch, Part};
pub use decoder::{Decoder, DecoderError, Origin, RecordingHash};
pub use error::DatasetError;
pub use estimators::Estimator;
pub use face_switch::FaceSwitch;
pub use feature_map::FeatureMap;
pub use idle_gate::IdleGate;
pub use linear::Linear;
pub use matrix::{Matrix, SymmetricMatrix};
pub use model::{Model, Scorer};
pub use rest::RestDetector;
pub use spatial_map::SpatialMap;
pub use validation::{Figures, Validation};
pub use velocity::VelocityRegressor;
