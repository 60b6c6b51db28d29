//! Evaluation of decoders, latency and signal quality on recordings.

pub mod closed_loop;
pub mod decoding;
pub mod display;
pub mod latency;
pub mod looking;
pub mod quality;
pub mod rest;
pub mod shard;
pub mod subjects;
