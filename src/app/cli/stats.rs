//! Statistics of a run, as `run --stats` prints them.

use crate::app::out::say;
use crate::printable::counted;
use crate::runtime::{RunStats, usage};
use serde_json::json;

/// Prints the statistics of a run.
pub(super) fn print(stats: &RunStats, elapsed_s: f64, json: bool) -> anyhow::Result<()> {
    let usage = usage::now();
    let cpu_percent = usage.cpu_s.map(|cpu_s| 100.0 * cpu_s / elapsed_s);
    if json {
        let mut report = serde_json::to_value(stats)?;
        report["elapsed_s"] = json!(elapsed_s);
        report["peak_resident_mb"] = json!(usage.peak_resident_mb);
        report["cpu_percent_of_one_core"] = json!(cpu_percent);
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    let known = |value: Option<f64>, unit: &str| {
        value.map_or("unknown".into(), |value| format!("{value:.1} {unit}"))
    };
    say!("time       {elapsed_s:.1} s")?;
    say!(
        "samples    {} received, {} missing in {}",
        stats.samples,
        stats.missing_samples,
        counted(stats.gaps, "gap")
    )?;
    say!(
        "           {} not processed in time, {} not recorded, {} replaced",
        stats.overrun_samples,
        stats.not_recorded_samples,
        counted(stats.replaced_values, "value")
    )?;
    say!(
        "commands   {} carried out, {} overtaken by a newer one",
        stats.commands,
        stats.overtaken_commands
    )?;
    say!(
        "windows    {} left out as artifacts, {} because they did not look like EEG, artifacts cut out of {}; reference moved by {}",
        stats.artifact_windows,
        stats.not_eeg_windows,
        stats.shortened_windows,
        stats
            .drift
            .map_or("nothing (it is fixed)".into(), |drift| format!(
                "{drift:.2}"
            ))
    )?;
    say!(
        "clock      reset {}, {} without a time",
        counted(stats.clock_resets, "time"),
        counted(stats.invalid_stamps, "sample")
    )?;
    say!("holds      {}", stats.holds)?;
    let frames = stats.frames_shown + stats.frames_missed;
    if frames > 0 {
        say!(
            "tags       shown in {} of {}, {} missed",
            stats.frames_shown,
            counted(frames, "frame"),
            stats.frames_missed
        )?;
    }
    let slowest = stats.latency.known().map_or(String::new(), |latency| {
        format!(", slowest {:.2} ms", latency.max_ms)
    });
    say!("latency    sample to pointer: {}{slowest}", stats.latency)?;
    say!(
        "memory     {} resident at peak",
        known(usage.peak_resident_mb, "MB")
    )?;
    say!("processor  {} of one core", known(cpu_percent, "%"))?;
    Ok(())
}
