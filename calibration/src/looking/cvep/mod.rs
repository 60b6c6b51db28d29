//! Code-modulated visual evoked potentials: which tag is looked at, where each tag follows a binary code of its own.
//!
//! Each change of a tag's brightness evokes a response, one for rises and one for falls, and the responses of a code add up
//! (reconvolution; Thielen et al. 2015, doi:10.1371/journal.pone.0133797, and 2021, doi:10.1088/1741-2552/abecef). The response is fitted
//! to labelled trials ([`Training`]). The decoder then needs no trial of a tag to recognise it: its code is enough.
//!
//! 1. A vector autoregressive model (Lütkepohl 2005, ch. 3) makes the EEG white in time and over channels, with unit variance.
//! 2. The response is the mean of a posterior. Its prior over lags is a Gaussian process, smooth and strongest from 50 to 250 ms;
//!    its covariance over channels is fitted by expectation maximisation, and the strongest two directions are kept.
//! 3. A tag's log odds against "none of them" are the logarithm of a likelihood ratio, averaged over seven latencies, because the
//!    clocks of displays and amplifiers drift. Samples with more power than expected (blinks, jaws) weigh less.
//!
//! All of this works on EEG at [`GRID_HZ`], band-passed from 2 to 30 Hz.

mod basis;
mod edges;
mod error;
mod fit;
mod innovations;
mod latency;
mod model;
mod push;
mod response;
mod start;
mod trial;
mod whitened;

pub use basis::LAGS;
pub(super) use edges::edge_regressors;
pub use error::CvepError;
pub use fit::Training;
pub use model::CvepModel;
pub use push::CvepDecoder;
pub use start::UnlabelledStart;
pub use trial::{Look, Trial};

/// Sampling rate of the EEG and of the codes, Hz.
pub const GRID_HZ: f64 = 120.0;
/// Directions over channels in which a response is expected.
const RANK: usize = 2;
