//! Which visually tagged target a person looks at, from evoked responses over the visual cortex.

pub mod cca;
pub mod cholesky;
pub mod codes;
pub mod cvep;
mod dark;
pub mod demodulation;
mod expected;
pub mod flash_check;
pub mod flicker_fit;
mod front;
mod locked;
mod log_odds;
mod moments;
pub mod noise;
pub mod response;
mod scores;
mod spec;
pub mod ssvep;
pub mod whitening;
mod window;
