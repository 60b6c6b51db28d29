//! Lab Streaming Layer: finding streams, reading them, and publishing.

mod description;
mod detached;
mod found;
mod health;
mod inlet;
mod link;
mod losses;
mod markers;
mod outlet;
mod probe;
mod resolve;
mod search;
mod sensor;
pub(crate) mod stamps;
pub(crate) mod tap;
mod triggers;

pub use description::EegDescription;
pub use found::FoundStream;
pub use inlet::LslSource;
pub use outlet::{LevelsOutlet, LslOutlet, MarkerOutlet, MotionOutlet, NumbersOutlet, OutletAbout};
pub use resolve::{StreamQuery, resolve, streams, streams_that_fit};
pub use sensor::{LslSensor, SensorKind};

/// Version of liblsl, such as 1.13.
#[must_use]
pub fn library_version() -> String {
    let version = lsl::library_version();
    format!("{}.{}", version / 100, version % 100)
}
