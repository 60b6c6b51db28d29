//! What can be wrong with a decoder file that is well formed.

use crate::eigen::NotFinite;

/// Parts of a decoder that do not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Damage {
    /// Too few channels, bands or classes.
    #[error("it has {channels} channels, {bands} bands and {classes} classes")]
    Counts {
        /// Electrodes.
        channels: usize,
        /// Pass bands.
        bands: usize,
        /// Classes.
        classes: usize,
    },
    /// An impossible sampling rate.
    #[error("its sampling rate is {rate_hz} Hz")]
    Rate {
        /// The rate.
        rate_hz: f64,
    },
    /// An impossible threshold.
    #[error("an idle gate of {threshold}, expected 0 to below 1")]
    IdleGate {
        /// The threshold.
        threshold: f64,
    },
    /// A window and a hop that do not fit together.
    #[error("window {window_ms} ms, hop {hop_ms} ms")]
    Window {
        /// Length of a window, milliseconds.
        window_ms: u32,
        /// Time between two windows, milliseconds.
        hop_ms: u32,
    },
    /// An impossible shrinkage.
    #[error("shrinkage {shrinkage}, expected 0 to 1")]
    Shrinkage {
        /// The shrinkage.
        shrinkage: f64,
    },
    /// A spatial map of another shape.
    #[error("its spatial map does not have one matrix per band with one weight per channel")]
    SpatialMap,
    /// References whose order is not the number of components.
    #[error("its references do not fit its projections")]
    References,
    /// Not one scale per band.
    #[error("{bands} bands, but {scales} scales")]
    Scales {
        /// Bands of the projections.
        bands: usize,
        /// Number of scales.
        scales: usize,
    },
    /// Not one row of weights per class.
    #[error("{classes} classes, but {rows} rows of weights")]
    Classes {
        /// Classes.
        classes: usize,
        /// Number of rows.
        rows: usize,
    },
    /// Not one weight per feature.
    #[error("{features} features, but {weights} weights")]
    Features {
        /// Features of the spatial map.
        features: usize,
        /// Weights of each class.
        weights: usize,
    },
    /// A NaN or an infinity.
    #[error("it holds a number that is not finite")]
    NumberNotFinite,
    /// The same in a reference or a scale.
    #[error("a reference or a scale is not finite")]
    ReferenceNotFinite,
    /// The same in a weight.
    #[error("a weight is not finite")]
    WeightNotFinite,
    /// A reference without an eigendecomposition.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}
