//! Move and click the ordinary mouse pointer with EEG.
//!
//! Data flows one way, in the order of the modules: a [`source`] gives blocks of samples, [`conditioning`] cleans them,
//! [`features`] turns them into covariances, [`decoding`] into intent, [`control`] into commands, and a [`mod@pointer`]
//! obeys. [`mod@recording`] keeps all of it. [`pipeline`] is where the stages meet, without a thread or a clock; [`runtime`] adds those.
//!
//! Research software, not a medical device.

#[cfg(feature = "cli")]
pub mod app;
pub mod assist;
pub mod block;
pub mod command;
pub mod conditioning;
pub mod control;
pub mod decoding;
pub mod evaluate;
pub mod features;
pub mod fit;
pub mod guided;
pub mod hash;
pub mod montage;
pub mod nearest;
pub mod patient;
pub mod pipeline;
pub mod pointer;
pub mod practice;
pub mod preprocessing;
pub mod printable;
pub mod recording;
pub mod replay;
pub mod report;
pub mod runtime;
pub mod settings;
pub mod source;
pub mod starters;
pub mod steering;
pub mod system;
pub mod time;
pub mod units;

/// The examples for who tests on recordings are compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/recordings.md")]
struct Recordings;

/// And those for developers.
#[cfg(doctest)]
#[doc = include_str!("../docs/developers.md")]
struct Developers;
