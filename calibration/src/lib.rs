//! Labelled EEG covariances to a patient's decoder, and applying it.
//!
//! Pure mathematics: no thread, clock, file or operating system. The driver runs recordings through its own live
//! pipeline and hands labelled covariances over, so that fitting and running can never disagree on a filter.
//! Estimators have `fit` and, for the live path, an applier that owns its work space and allocates nothing.

pub mod csp;
pub mod damage;
pub mod dataset;
pub mod decoder;
pub mod eigen;
pub mod error;
pub mod face_switch;
pub mod folds;
pub mod idle_gate;
pub mod lda;
pub mod linear;
pub mod logistic;
pub mod model;
pub mod parse_words;
pub mod pattern;
pub mod personal;
pub mod population;
pub mod recentring;
pub mod rest;
pub mod ridge;
pub mod selection;
pub mod spd;
pub mod statistics;
pub mod tangent_applier;
pub mod tangent_space;
pub mod validation;
pub mod vectors;
pub mod velocity;
pub mod velocity_fit;

pub use damage::Damage;
pub use dataset::{Dataset, Epoch, Part};
pub use decoder::{
    ConditioningSpec, Decoder, DecoderError, FeatureSpec, Origin, ReadUnit, Reading, RecordingHash,
    Reference,
};
pub use error::DatasetError;
pub use face_switch::FaceSwitch;
pub use idle_gate::IdleGate;
pub use linear::Linear;
pub use model::{Estimator, Model, Scorer, SpatialMap};
pub use rest::RestDetector;
pub use validation::{Figures, Validation};
pub use velocity::VelocityRegressor;
