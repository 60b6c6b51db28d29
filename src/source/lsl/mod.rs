//! Lab Streaming Layer: finding streams, reading them, and publishing.

mod head;
mod inlet;
mod markers;
mod outlet;
mod resolve;
pub(crate) mod stamps;
pub(crate) mod tap;

pub use head::HeadSensor;
pub use inlet::{Amplifier, LslSource};
pub use outlet::{LslOutlet, MarkerOutlet, MotionOutlet, OutletAbout};
pub use resolve::{FoundStream, StreamQuery, resolve, streams};

use crate::time::HostNanos;

/// This host's monotonic clock, on which LSL stamps its samples. Threads read it through [`crate::runtime::clock`].
#[must_use]
pub(crate) fn local_clock() -> HostNanos {
    HostNanos((lsl::local_clock() * 1e9) as i64)
}

/// Version of liblsl, such as 1.13.
#[must_use]
pub fn library_version() -> String {
    let version = lsl::library_version();
    format!("{}.{}", version / 100, version % 100)
}
