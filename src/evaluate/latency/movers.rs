//! Who is measured: the driver, the barest loop there can be, and any other program.

use super::LatencyError;
use crate::command::{Action, Axis, Mode};
use crate::control::ControlSettings;
use crate::pipeline::PipelineSettings;
use crate::pointer::{Pointer, PointerOpener};
use crate::runtime::{Driver, LiveSource, Obeyed, RunSettings, StopFlag};
use crate::source::{LslSpec, SourceSpec};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Decoder;
use crossbeam_channel::bounded;
use lsl::Pullable;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Commands that there is room for; 25 come in a second.
const COMMANDS: usize = 1 << 20;
/// A stream is looked for so long, seconds.
const LOOK_S: f64 = 10.0;

/// The driver, as in a run.
///
/// # Errors
/// [`LatencyError`] where it cannot run.
pub fn driver(
    stream: &str,
    decoder: Decoder,
    seconds: f64,
    open_pointer: PointerOpener,
    stop: &StopFlag,
) -> Result<Vec<Obeyed>, LatencyError> {
    let (trace, obeyed) = bounded(COMMANDS);
    let mut control = ControlSettings::default();
    (control.pause.at_start, control.pause.after_loss) = (false, false);
    control.pause.manual_override_ms = 0;
    let settings = RunSettings {
        trace: Some(trace),
        source: LiveSource::open(SourceSpec::Lsl(LslSpec::named(stream, LOOK_S)))?,
        open_pointer,
        decoder,
        pipeline: PipelineSettings {
            mode: Some(Mode::Axis(Axis::Horizontal)),
            ..PipelineSettings::default()
        },
        control,
        auxiliary: Vec::new(),
        open_targets: None,
        open_recording: None,
        shows_signal: false,
    };
    let driving = StopFlag::default();
    let driver = Driver::start(settings, driving.clone())?;
    let end = HostNanos(clock::now().0 + (seconds * 1e9) as i64);
    while clock::now() < end && !stop.stopped() && !driving.stopped() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    driving.stop();
    driver.join()?;
    Ok(obeyed.try_iter().collect())
}

/// A loop of an LSL inlet and a pointer, which moves at each block.
///
/// # Errors
/// [`LatencyError`] where the stream is not there, or the pointer does not move.
pub fn floor(
    stream: &str,
    seconds: f64,
    pointer: &mut dyn Pointer,
    stop: &StopFlag,
) -> Result<Vec<Obeyed>, LatencyError> {
    let failed = |error: lsl::Error| LatencyError::Stream {
        name: stream.to_owned(),
        fault: error.into(),
    };
    let found = lsl::resolve_byprop("name", stream, 1, LOOK_S).map_err(failed)?;
    let info = found.first().ok_or_else(|| failed(lsl::Error::Timeout))?;
    let inlet = lsl::StreamInlet::new(info, 10, 0, false).map_err(failed)?;
    let mut sample: Vec<f32> = Vec::new();
    let mut obeyed = Vec::with_capacity(COMMANDS);
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
        obeyed.push(Obeyed {
            acquired: StreamNanos::from_secs(stamp_s),
            received,
            taken: received,
            applied: clock::now(),
            has_moved: true,
        });
    }
    Ok(obeyed)
}

/// Another program, started with the stream's name and the seconds it has. It prints a line for each motion: stamp, when it was received,
/// when the pointer was about to be moved, when that was done, all in nanoseconds of LSL's clock.
///
/// # Errors
/// [`LatencyError`] where it cannot be started, fails, or prints something else.
pub fn peer(
    name: &str,
    args: &[String],
    stream: &str,
    seconds: f64,
) -> Result<Vec<Obeyed>, LatencyError> {
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
    text.lines().map(line).collect()
}

fn line(line: &str) -> Result<Obeyed, LatencyError> {
    let times = line.split_whitespace().map(str::parse::<i64>);
    let times: Vec<i64> = times.collect::<Result<_, _>>().unwrap_or_default();
    let [acquired, received, taken, applied] = times[..] else {
        return Err(LatencyError::PeerLine {
            found: line.to_owned(),
        });
    };
    Ok(Obeyed {
        acquired: StreamNanos(acquired),
        received: HostNanos(received),
        taken: HostNanos(taken),
        applied: HostNanos(applied),
        has_moved: true,
    })
}
