//! Resources used by this process (Linux only; unknown elsewhere).

use serde::Serialize;

/// Memory and processor time of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Peak resident memory, megabytes.
    pub peak_resident_mb: Option<f64>,
    /// Processor time of all threads so far, seconds.
    pub cpu_s: Option<f64>,
}

/// Reads `/proc`.
#[must_use]
pub fn now() -> Usage {
    Usage {
        peak_resident_mb: peak_resident_mb(),
        cpu_s: cpu_s_of("self"),
    }
}

fn peak_resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Processor time of all threads of another process so far, seconds.
#[must_use]
pub fn cpu_s(process: u32) -> Option<f64> {
    cpu_s_of(&process.to_string())
}

fn cpu_s_of(process: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may contain spaces. Fields 14 and 15 are user and system time in ticks of 10 ms.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<f64>().ok());
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
