//! Figures: how well recorded people are decoded.

pub mod decoding;
pub mod rest;
pub mod subjects;
