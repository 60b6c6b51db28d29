//! The host's clock. Only this file reads one; signal processing, decoding and control never do.

use crate::time::HostNanos;
use std::time::Duration;

/// The current time on the monotonic clock that LSL stamps samples with, so that a latency is a difference of two
/// times.
#[must_use]
pub fn now() -> HostNanos {
    #[cfg(feature = "lsl")]
    return HostNanos((lsl::local_clock() * 1e9) as i64);
    #[cfg(not(feature = "lsl"))]
    monotonic()
}

/// On Linux this is the clock that liblsl reads, so stamps of other programs mean the same time without liblsl.
#[cfg(all(unix, any(test, not(feature = "lsl"))))]
fn monotonic() -> HostNanos {
    of(rustix::time::clock_gettime(
        rustix::time::ClockId::Monotonic,
    ))
}

/// Without liblsl and Unix: the time since the first call.
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

/// A time that another program took from the system's monotonic clock, microseconds: X servers stamp frames with it.
#[must_use]
pub fn of_monotonic_us(time_us: u64) -> HostNanos {
    HostNanos(i64::try_from(time_us.saturating_mul(1000)).unwrap_or(i64::MAX))
}

/// The current time on a clock that keeps running while the computer sleeps. Only differences are meaningful.
#[must_use]
pub fn with_sleep() -> HostNanos {
    #[cfg(target_os = "linux")]
    return of(rustix::time::clock_gettime(rustix::time::ClockId::Boottime));
    // On other systems the monotonic clock keeps running.
    #[cfg(not(target_os = "linux"))]
    now()
}

/// Waits until `time`, or a little longer. Returns at once if it has passed.
pub fn wait_until(time: HostNanos) {
    loop {
        let left_ns = time.since(now());
        if left_ns == 0 {
            return;
        }
        std::thread::park_timeout(Duration::from_nanos(left_ns));
    }
}

/// Date and time of day, UTC, ISO 8601 to the second, for file names and headers.
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
        // A 64-bit float holds seconds to within a microsecond for a century.
        const ROUNDING_NS: i64 = 1_000;
        for _ in 0..1000 {
            let (before, lsl, after) = (monotonic(), now(), monotonic());
            assert!(before.0 - ROUNDING_NS <= lsl.0 && lsl.0 <= after.0 + ROUNDING_NS);
        }
    }
}
