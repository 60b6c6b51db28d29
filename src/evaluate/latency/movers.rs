//! The programs that are measured: the driver, the shortest possible loop (the floor), and any other program.

use super::LatencyError;
use crate::command::{Action, Axis, Mode};
use crate::control::ControlSettings;
use crate::pipeline::PipelineSettings;
use crate::pointer::{Pointer, PointerOpener};
use crate::runtime::{Driver, LiveSource, RunSettings, StopFlag, TimedCommand};
use crate::source::{LslSpec, SourceSpec};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Decoder;
use crossbeam_channel::bounded;
use lsl::Pullable;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Capacity for commands; the driver makes 25 a second.
const COMMANDS: usize = 1 << 20;
/// Time limit for finding the stream, seconds.
const SEARCH_S: f64 = 10.0;

/// Measures the driver, with the threads of a normal run.
///
/// # Errors
/// [`LatencyError`] if it cannot run.
pub fn driver(
    stream: &str,
    decoder: Decoder,
    seconds: f64,
    open_pointer: PointerOpener,
    stop: &StopFlag,
) -> Result<Vec<TimedCommand>, LatencyError> {
    let (trace, commands) = bounded(COMMANDS);
    let mut control = ControlSettings::default();
    (control.pause.at_start, control.pause.after_loss) = (false, false);
    control.pause.manual_override_ms = 0;
    let settings = RunSettings {
        trace: Some(trace),
        source: LiveSource::open(SourceSpec::Lsl(LslSpec::named(stream, SEARCH_S)))?,
        open_pointer,
        decoder: Some(decoder),
        pipeline: PipelineSettings {
            mode: Some(Mode::Axis(Axis::Horizontal)),
            ..PipelineSettings::default()
        },
        control,
        auxiliary: Vec::new(),
        open_targets: None,
        open_tags: None,
        open_recording: None,
        shows_signal: false,
    };
    let stop_driver = StopFlag::default();
    let driver = Driver::start(settings, stop_driver.clone())?;
    let end = HostNanos(clock::now().0 + (seconds * 1e9) as i64);
    while clock::now() < end && !stop.stopped() && !stop_driver.stopped() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    stop_driver.stop();
    driver.join()?;
    Ok(commands.try_iter().collect())
}

/// Measures a loop that reads an LSL inlet and moves the pointer at each block.
///
/// # Errors
/// [`LatencyError`] if the stream or the pointer fails.
pub fn floor(
    stream: &str,
    seconds: f64,
    pointer: &mut dyn Pointer,
    stop: &StopFlag,
) -> Result<Vec<TimedCommand>, LatencyError> {
    let failed = |error: lsl::Error| LatencyError::Stream {
        name: stream.to_owned(),
        fault: error.into(),
    };
    let found = lsl::resolve_byprop("name", stream, 1, SEARCH_S).map_err(failed)?;
    let info = found.first().ok_or_else(|| failed(lsl::Error::Timeout))?;
    let inlet = lsl::StreamInlet::new(info, 10, 0, false).map_err(failed)?;
    let mut sample: Vec<f32> = Vec::new();
    let mut commands = Vec::with_capacity(COMMANDS);
    let end = HostNanos(clock::now().0 + (seconds * 1e9) as i64);
    let mut step = Action {
        dx_px: 1,
        ..Action::default()
    };
    while clock::now() < end && !stop.stopped() {
        let mut stamp_s = inlet.pull_sample_buf(&mut sample, 0.2).map_err(failed)?;
        if stamp_s == 0.0 {
            continue;
        }
        loop {
            match inlet.pull_sample_buf(&mut sample, 0.0).map_err(failed)? {
                0.0 => break,
                newer_s => stamp_s = newer_s,
            }
        }
        let received = clock::now();
        pointer.apply(step)?;
        step.dx_px = -step.dx_px;
        commands.push(TimedCommand {
            acquired: StreamNanos::from_secs(stamp_s),
            received,
            taken: received,
            applied: clock::now(),
            has_moved: true,
        });
    }
    Ok(commands)
}

/// Measures another program, which gets the stream's name and the duration in seconds as its last arguments. It prints a line for each
/// motion with four times in nanoseconds of LSL's clock: the sample's stamp, when the sample was received, and before and after the
/// pointer was moved.
///
/// # Errors
/// [`LatencyError`] if it cannot be started, fails, or prints something else.
pub fn peer(
    name: &str,
    args: &[String],
    stream: &str,
    seconds: f64,
) -> Result<Vec<TimedCommand>, LatencyError> {
    let name = || name.to_owned();
    let output = Command::new(name())
        .args(args)
        .args([stream, &seconds.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| LatencyError::PeerStart {
            name: name(),
            cause,
        })?;
    if !output.status.success() {
        return Err(LatencyError::PeerFailed {
            name: name(),
            status: output.status,
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(parse_line).collect()
}

fn parse_line(line: &str) -> Result<TimedCommand, LatencyError> {
    let times = line.split_whitespace().map(str::parse::<i64>);
    let times: Vec<i64> = times.collect::<Result<_, _>>().unwrap_or_default();
    let [acquired, received, taken, applied] = times[..] else {
        return Err(LatencyError::PeerLine {
            found: line.to_owned(),
        });
    };
    Ok(TimedCommand {
        acquired: StreamNanos(acquired),
        received: HostNanos(received),
        taken: HostNanos(taken),
        applied: HostNanos(applied),
        has_moved: true,
    })
}
