//! Figures: how well recorded people are decoded.

pub mod decoding;
pub mod subjects;
