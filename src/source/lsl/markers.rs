//! A stream of text markers, on a thread of its own: comparing its clock takes some tenths of a second whenever it comes
//! back, and samples must not wait for that.

use super::description::{no_answer, open_inlet};
use super::resolve::{FoundStream, resolve};
use crate::source::SourceError;
use crossbeam_channel::{Receiver, bounded};
use lsl::Pullable;
use std::sync::Arc;

/// Markers that wait to be placed among the samples.
const WAITING: usize = 1024;
/// Markers that the inlet holds.
const BUFFER: i32 = 1024;
/// How long a connection, and finding the stream again on the other thread, may take, seconds.
const CONNECT_S: f64 = 5.0;
/// How long the thread waits for a marker before it looks whether it is still needed, seconds.
const LOOK_S: f64 = 0.2;

/// Markers as they come, each with its stamp on this computer's clock, seconds.
pub(super) struct Markers {
    markers: Receiver<(String, f64)>,
    /// The thread ends when this does.
    _needed: Arc<()>,
}

impl Markers {
    /// Connects. A stream that is lost is taken up again when it is back.
    pub(super) fn open(stream: &FoundStream) -> Result<Self, SourceError> {
        let (query, name) = (stream.query(), stream.name.clone());
        let failed = |what: String| SourceError::Stream {
            name: stream.name.clone(),
            what,
        };
        let (markers_tx, markers) = bounded(WAITING);
        let (opened_tx, opened) = bounded(1);
        let still_needed = Arc::new(());
        let needed = Arc::downgrade(&still_needed);
        let body = move || {
            let inlet = match resolve(&query, CONNECT_S).and_then(|stream| connect(&stream)) {
                Ok(inlet) => inlet,
                Err(error) => return drop(opened_tx.send(Err(error))),
            };
            // Whoever opens waits for this.
            let _ = opened_tx.send(Ok(()));
            let mut is_full = false;
            loop {
                let marker = match Pullable::<String>::pull_sample(&inlet, LOOK_S) {
                    Ok((texts, stamp_s)) if stamp_s != 0.0 => {
                        texts.into_iter().next().map(|text| (text, stamp_s))
                    }
                    Ok(_) | Err(lsl::Error::Timeout) => None,
                    Err(error) => {
                        log::warn!(
                            "marker stream '{name}' is lost ({error:?}); there will be no more markers"
                        );
                        return;
                    }
                };
                match marker.map(|marker| markers_tx.try_send(marker)) {
                    None => {}
                    Some(Ok(())) => is_full = false,
                    Some(Err(crossbeam_channel::TrySendError::Disconnected(_))) => return,
                    Some(Err(crossbeam_channel::TrySendError::Full((text, _)))) => {
                        if !is_full {
                            log::warn!(
                                "more markers come than can be placed: '{text}' is the first that is lost"
                            );
                        }
                        is_full = true;
                    }
                }
                if needed.upgrade().is_none() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("markers".into())
            .spawn(body)
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        opened
            .recv()
            .map_err(|_| failed("cannot be read: its thread failed".into()))??;
        Ok(Self {
            markers,
            _needed: still_needed,
        })
    }

    /// The next marker, where there is one.
    pub(super) fn next(&self) -> Option<(String, f64)> {
        self.markers.try_recv().ok()
    }
}

fn connect(stream: &FoundStream) -> Result<lsl::StreamInlet, SourceError> {
    let failed = |error| no_answer(&stream.name, error);
    let inlet = open_inlet(stream, BUFFER, true)?;
    inlet
        .set_postprocessing(&[lsl::ProcessingOption::ClockSync])
        .map_err(failed)?;
    inlet.open_stream(CONNECT_S).map_err(failed)?;
    // The first comparison of the clocks: now, so that the first marker is in time.
    inlet.time_correction(CONNECT_S).map_err(failed)?;
    Ok(inlet)
}
