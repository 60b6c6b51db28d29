//! Figures: how well recorded people are decoded.

pub mod closed_loop;
pub mod decoding;
pub mod latency;
pub mod quality;
pub mod rest;
pub mod shard;
pub mod subjects;
