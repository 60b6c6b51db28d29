//! The host's clock, the only place that reads one. Signal processing, decoding and control never do.

use crate::time::HostNanos;
use std::time::Duration;

/// Now, on the monotonic clock that LSL stamps samples with: a latency is a subtraction.
#[must_use]
pub fn now() -> HostNanos {
    HostNanos((lsl::local_clock() * 1e9) as i64)
}

/// Now, on a clock that goes on while the computer sleeps. Only differences of it mean anything.
#[must_use]
pub fn with_sleep() -> HostNanos {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        HostNanos(
            time.tv_sec
                .saturating_mul(1_000_000_000)
                .saturating_add(time.tv_nsec),
        )
    }
    // The monotonic clocks of other systems go on.
    #[cfg(not(target_os = "linux"))]
    now()
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
