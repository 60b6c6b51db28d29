//! EEG in, cleaner EEG out: filter design, cascades, and the chain of stages before features.

pub mod cascade;
pub mod design;
pub mod mains;
pub mod stages;

pub use stages::{CommonAverage, Condition, LineNotch, Sanitize};
