//! The thread that owns a head sensor.

use super::{StopFlag, clock};
use crate::control::HeadRate;
use crate::source::SourceError;
use crate::source::lsl::{HeadSensor, StreamQuery, resolve};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// Rotations that wait for the pointer's next tick.
const WAITING: usize = 256;
/// How long the thread waits for a sample before it looks whether it is still needed, seconds.
const LOOK_S: f64 = 0.05;

/// Opens a head sensor, and passes on what it tells until the stop flag is set.
///
/// # Errors
/// [`SourceError`] where there is no such stream, or it is no head sensor.
pub(super) fn watch(
    query: StreamQuery,
    wait_s: f64,
    stop: StopFlag,
) -> Result<Receiver<HeadRate>, SourceError> {
    let (rates, heard) = bounded(WAITING);
    let (opened_tx, opened) = bounded(1);
    std::thread::spawn(move || {
        // An inlet cannot change threads.
        match resolve(&query, wait_s).and_then(|stream| HeadSensor::open(&stream)) {
            Ok(sensor) => {
                // Whoever opens waits for this.
                let _ = opened_tx.send(Ok(()));
                pass_on(sensor, &rates, &stop);
            }
            Err(error) => drop(opened_tx.send(Err(error))),
        }
    });
    let answer = opened.recv().unwrap_or_else(|_| {
        Err(SourceError::Stream {
            name: "head sensor".into(),
            what: "could not be opened".into(),
        })
    });
    answer.map(|()| heard)
}

fn pass_on(mut sensor: HeadSensor, rates: &Sender<HeadRate>, stop: &StopFlag) {
    let mut is_late = false;
    while !stop.stopped() {
        let deg_s = match sensor.next(LOOK_S) {
            Ok(Some(deg_s)) => deg_s,
            Ok(None) => continue,
            Err(error) => return log::warn!("{error}; the head moves nothing any more"),
        };
        let at = clock::now();
        match rates.try_send(HeadRate { deg_s, at }) {
            Ok(()) => is_late = false,
            Err(TrySendError::Disconnected(_)) => return,
            Err(TrySendError::Full(_)) if !is_late => {
                log::warn!("the head sensor sends faster than the pointer takes it");
                is_late = true;
            }
            Err(TrySendError::Full(_)) => {}
        }
    }
}
