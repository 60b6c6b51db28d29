//! Cleans EEG before features are computed: filter design, cascades, and the chain of stages.

pub mod amplitude;
pub mod artifacts;
pub mod bad_channels;
pub mod cascade;
pub mod design;
pub mod interpolation;
pub mod line_power;
pub mod mains;
pub mod stages;

pub use artifacts::Artifacts;
pub use bad_channels::{BadChannels, Fault};
pub use interpolation::Interpolation;
pub use stages::{CommonAverage, Condition, LineNotch, Sanitize};
