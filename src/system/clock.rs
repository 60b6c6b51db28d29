//! The host's clock, the only place that reads one. Signal processing, decoding and control never do.

use crate::time::HostNanos;
use std::time::Duration;

/// Now, on the monotonic clock that LSL stamps samples with: a latency is a subtraction.
#[must_use]
pub fn now() -> HostNanos {
    #[cfg(feature = "lsl")]
    return HostNanos((lsl::local_clock() * 1e9) as i64);
    #[cfg(not(feature = "lsl"))]
    monotonic()
}

/// Without liblsl: on Linux this is the clock that liblsl reads, so stamps of other programs still mean the same time.
#[cfg(all(unix, any(test, not(feature = "lsl"))))]
fn monotonic() -> HostNanos {
    of(rustix::time::clock_gettime(
        rustix::time::ClockId::Monotonic,
    ))
}

/// Without liblsl: the time since this was first asked.
#[cfg(all(not(unix), not(feature = "lsl")))]
fn monotonic() -> HostNanos {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let passed = START.get_or_init(std::time::Instant::now).elapsed();
    HostNanos(i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(any(target_os = "linux", all(unix, any(test, not(feature = "lsl")))))]
fn of(time: rustix::time::Timespec) -> HostNanos {
    let nanos = time.tv_sec.saturating_mul(1_000_000_000);
    HostNanos(nanos.saturating_add(time.tv_nsec))
}

/// Now, on a clock that goes on while the computer sleeps. Only differences of it mean anything.
#[must_use]
pub fn with_sleep() -> HostNanos {
    #[cfg(target_os = "linux")]
    return of(rustix::time::clock_gettime(rustix::time::ClockId::Boottime));
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

#[cfg(all(test, feature = "lsl", target_os = "linux"))]
mod tests {
    use super::*;

    /// Stamps mean the same with and without liblsl.
    #[test]
    fn liblsl_reads_the_monotonic_clock() {
        // Rounding to seconds as a 64-bit float is below a microsecond for a century.
        const ROUNDING_NS: i64 = 1_000;
        for _ in 0..1000 {
            let (before, lsl, after) = (monotonic(), now(), monotonic());
            assert!(before.0 - ROUNDING_NS <= lsl.0 && lsl.0 <= after.0 + ROUNDING_NS);
        }
    }
}
