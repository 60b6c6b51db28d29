//! The threads that own auxiliary sensors, one each.

use super::StopFlag;
use crate::control::{AuxiliaryKind, AuxiliarySample, GazePoint, HeadRate};
use crate::source::{Sensor, SensorSample, SourceError, StreamError};
use crate::system::clock;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::time::Duration;

/// Samples that can wait for the pointer's next tick.
const WAITING: usize = 256;
/// How long a thread waits for a sample before it checks the stop flag, seconds.
const LOOK_S: f64 = 0.05;
/// How long connecting to a sensor may take once it was found.
const CONNECT: Duration = Duration::from_secs(20);

/// Opens a sensor on the thread that will own it, because an LSL inlet cannot change threads.
pub type SensorOpener = Box<dyn FnOnce() -> Result<Box<dyn Sensor>, SourceError> + Send>;

/// A requested sensor.
pub struct AuxiliaryRequest {
    /// Its kind.
    pub kind: AuxiliaryKind,
    /// Finds and opens it.
    pub open: SensorOpener,
    /// How long finding it may take, seconds. Connecting may take another 20 s.
    pub wait_s: f64,
}

/// Opens a sensor and passes its samples on until the stop flag is set.
///
/// # Errors
/// [`SourceError`] if there is no such stream, or it is not such a sensor.
pub(super) fn watch(
    request: AuxiliaryRequest,
    stop: StopFlag,
) -> Result<Receiver<AuxiliarySample>, SourceError> {
    let (samples, received) = bounded(WAITING);
    let (opened_tx, opened) = bounded(1);
    let limit = Duration::from_secs_f64(request.wait_s.clamp(0.0, 1e6)) + CONNECT;
    // Nobody joins this thread, because liblsl may block it forever.
    std::thread::spawn(move || {
        match (request.open)() {
            Ok(mut sensor) => {
                // `watch` waits for this.
                let _ = opened_tx.send(Ok(()));
                pass_on(sensor.as_mut(), &samples, &stop);
            }
            Err(error) => drop(opened_tx.send(Err(error))),
        }
    });
    let answer = opened.recv_timeout(limit).unwrap_or_else(|_| {
        Err(SourceError::Stream {
            name: "sensor".into(),
            error: StreamError::Unresponsive,
        })
    });
    answer.map(|()| received)
}

fn pass_on(sensor: &mut dyn Sensor, samples: &Sender<AuxiliarySample>, stop: &StopFlag) {
    let mut is_late = false;
    while !stop.stopped() {
        let sample = match sensor.next(LOOK_S) {
            Ok(Some(sample)) => sample,
            Ok(None) => continue,
            Err(error) => return log::warn!("{error}; it no longer moves the pointer"),
        };
        let at = clock::now();
        let sample = match sample {
            SensorSample::Rotation(deg_s) => AuxiliarySample::Head(HeadRate { deg_s, at }),
            SensorSample::Gaze {
                place,
                is_share,
                confidence,
            } => AuxiliarySample::Gaze(GazePoint {
                place,
                is_share,
                confidence,
                at,
            }),
        };
        match samples.try_send(sample) {
            Ok(()) => is_late = false,
            Err(TrySendError::Disconnected(_)) => return,
            Err(TrySendError::Full(_)) if !is_late => {
                log::warn!("a sensor sends samples faster than the pointer reads them");
                is_late = true;
            }
            Err(TrySendError::Full(_)) => {}
        }
    }
}
