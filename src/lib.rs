//! Move and click the ordinary mouse pointer with EEG.
//!
//! # Where to start
//!
//! Most programs need only the items at the top of the crate:
//!
//! | to | use |
//! | --- | --- |
//! | read EEG | [`open_recording`], or a [`Source`] of your own that fills [`Block`]s |
//! | decode it | [`Pipeline`] with a [`Decoder`]: blocks in, an [`Intent`] and a [`Command`] out of each [`Step`] |
//! | get a decoder | [`starters::for_layout`], [`fit_recordings`] or [`load_decoder`] |
//! | test what a recording does | [`Trace`] |
//! | control a pointer | [`Driver`] with [`RunSettings::new`], and a [`Pointer`] of your own |
//!
//! `examples/` has a short program for each of these. None of them needs a feature; `docs/developers.md` lists what the
//! features add.
//!
//! # Layers
//!
//! Data flows one way, and a module uses only the modules above it:
//!
//! 1. **Shared types**: [`units`], [`time`], [`montage`], [`block`], [`command`].
//! 2. **EEG in**: a [`source`] gives blocks of samples, in microvolts.
//! 3. **Decoding**: [`conditioning`] cleans the blocks, [`features`] turns them into covariances, [`decoding`] into intents, [`steering`]
//!    into commands. The mathematics, and the [`Decoder`] itself, are in [`calibration`].
//! 4. **Pointer out**: [`control`] turns commands into actions, safely, and a [`mod@pointer`] carries them out.
//! 5. **Put together**: [`pipeline`] joins the stages without threads or clocks, and [`runtime`] adds those.
//!    [`mod@recording`] stores everything, and [`replay`] runs a recording again, bit for bit.
//! 6. **For patients and studies**: [`fit`], [`starters`], [`guided`], [`practice`], [`patient`], [`evaluate`], [`report`].
//!
//! ARCHITECTURE.md has the complete table and the reasons.
//!
//! Research software, not a medical device.

pub use bci_cursor_calibration as calibration;

pub use bci_cursor_calibration::Decoder;
pub use block::{Block, Layout};
pub use command::{Action, Buttons, Command};
pub use decoding::Intent;
pub use fit::classes::ClassMarker;
pub use fit::{FitRequest, fit_recordings, load_decoder, save_decoder};
pub use pipeline::{Pipeline, PipelineSettings, Step};
pub use pointer::{Pointer, PointerError};
pub use replay::trace::Trace;
pub use runtime::{Driver, LiveSource, RunSettings, RunStats, StopFlag};
pub use source::{OpenSource, Source, SourceError, SourceEvent, SourceSpec, open_recording};

#[cfg(feature = "cli")]
pub mod app;
pub mod assist;
pub mod block;
pub mod command;
pub mod conditioning;
pub mod control;
pub mod decoding;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub mod dock;
pub mod evaluate;
pub mod features;
pub mod fit;
pub mod guided;
pub mod hash;
#[cfg(all(feature = "cli", unix, not(target_os = "macos")))]
pub mod keyboard;
pub mod looking;
pub mod montage;
pub mod nearest;
pub mod note;
pub mod patient;
pub mod pipeline;
pub mod pointer;
pub mod practice;
pub mod preprocessing;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub mod presenter;
pub mod printable;
pub mod recording;
pub mod rect;
pub mod replay;
pub mod report;
pub mod runtime;
pub mod settings;
pub mod source;
pub mod starters;
pub mod steering;
pub mod stimulus;
pub mod system;
pub mod time;
pub mod units;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod wayland;
#[cfg(feature = "cli")]
pub mod words;
#[cfg(feature = "cli")]
pub mod writing;

/// Compiles and runs the examples of this document as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/recordings.md")]
struct Recordings;

/// Compiles and runs the examples of this document as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/developers.md")]
struct Developers;
