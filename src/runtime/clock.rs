//! The host's clock. Signal processing, decoding and control never read it.

use crate::time::HostNanos;
use std::time::Duration;

/// Now, on the monotonic clock that LSL stamps samples with: a latency is a subtraction.
#[must_use]
pub fn now() -> HostNanos {
    crate::source::lsl::local_clock()
}

/// Waits until a time has come, or a little longer; returns at once where it is past.
pub fn wait_until(time: HostNanos) {
    loop {
        let left_ns = time.since(now());
        if left_ns == 0 {
            return;
        }
        std::thread::park_timeout(Duration::from_nanos(left_ns));
    }
}

/// Date and time of day, UTC, ISO 8601 to the second: for names of files and their headers.
#[must_use]
pub fn date_time() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}
