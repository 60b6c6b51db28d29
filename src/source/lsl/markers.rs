//! A stream of markers, text or numbers, on a thread of its own: comparing its clock takes some tenths of a second whenever it comes
//! back, and samples must not wait for that.

use super::apart::{Apart, Wanted};
use super::description::{no_answer, open_described, refuse};
use super::found::FoundStream;
use crate::source::SourceError;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lsl::Pullable;
use std::time::Duration;

/// Markers that wait to be placed among the samples.
const WAITING: usize = 1024;
/// Markers that the inlet holds.
const BUFFER: i32 = 1024;
/// How long each step of a connection may take, seconds, and all of them.
const STEP_S: f64 = 5.0;
const CONNECT: Duration = Duration::from_secs(15);
/// How long the thread waits for a marker before it looks whether it is still needed, seconds.
const LOOK_S: f64 = 0.2;

/// A marker as it came, with its stamp on this computer's clock, seconds.
type Stamped = (String, f64);

/// Markers as they come.
pub(super) struct Markers {
    markers: Receiver<Stamped>,
    /// The thread ends when this does.
    _thread: Apart,
}

impl Markers {
    /// Connects. A stream that is lost is taken up again when it is back.
    pub(super) fn open(stream: &FoundStream) -> Result<Self, SourceError> {
        let (markers_tx, markers) = bounded(WAITING);
        let (opened_tx, opened) = bounded(1);
        let found = stream.clone();
        let body = move |wanted: &Wanted| match connect(&found) {
            Ok(inlet) => {
                // Whoever opens waits for this.
                let _ = opened_tx.send(Ok(()));
                pass_on(&inlet, &found.name, wanted, &markers_tx);
            }
            Err(error) => drop(opened_tx.send(Err(error))),
        };
        let failed = || no_answer(&stream.name, lsl::Error::Timeout);
        let thread = Apart::start("markers", body)
            .ok_or_else(|| refuse(&stream.name, "cannot be read: no thread could be started"))?;
        opened.recv_timeout(CONNECT).map_err(|_| failed())??;
        Ok(Self {
            markers,
            _thread: thread,
        })
    }

    /// The next marker, where there is one.
    pub(super) fn next(&self) -> Option<Stamped> {
        self.markers.try_recv().ok()
    }
}

/// Passes markers on until nobody needs them, or the stream is lost for good.
fn pass_on(inlet: &lsl::StreamInlet, name: &str, wanted: &Wanted, markers: &Sender<Stamped>) {
    let mut is_full = false;
    while wanted.is_wanted() {
        let marker = match Pullable::<String>::pull_sample(inlet, LOOK_S) {
            Ok((texts, stamp_s)) if stamp_s != 0.0 => {
                label_of(&texts).map(|label| (label, stamp_s))
            }
            Ok(_) | Err(lsl::Error::Timeout) => None,
            Err(error) => {
                return log::warn!(
                    "marker stream '{name}' is lost ({error:?}); there will be no more markers"
                );
            }
        };
        match marker.map(|marker| markers.try_send(marker)) {
            None => {}
            Some(Ok(())) => is_full = false,
            Some(Err(TrySendError::Disconnected(_))) => return,
            Some(Err(TrySendError::Full((text, _)))) => {
                if !is_full {
                    log::warn!(
                        "more markers come than can be placed: '{text}' is the first that is lost"
                    );
                }
                is_full = true;
            }
        }
    }
}

/// What a sample says: its text, the texts of several channels with a comma between them, or whole numbers; none where it is empty.
fn label_of(texts: &[String]) -> Option<String> {
    let parts: Vec<&str> = texts.iter().map(|text| whole_number(text.trim())).collect();
    let is_empty = parts.iter().all(|part| part.is_empty());
    (!is_empty).then(|| parts.join(","))
}

/// A whole number without the zeros that liblsl adds to those of floating-point streams.
fn whole_number(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if !zeros.is_empty()
                && zeros.bytes().all(|digit| digit == b'0')
                && whole.parse::<i64>().is_ok() =>
        {
            whole
        }
        _ => text,
    }
}

fn connect(stream: &FoundStream) -> Result<lsl::StreamInlet, SourceError> {
    let failed = |error| no_answer(&stream.name, error);
    let (inlet, _) = open_described(stream, BUFFER, STEP_S)?;
    inlet
        .set_postprocessing(&[lsl::ProcessingOption::ClockSync])
        .map_err(failed)?;
    inlet.open_stream(STEP_S).map_err(failed)?;
    // The first comparison of the clocks: now, so that the first marker is in time.
    inlet.time_correction(STEP_S).map_err(failed)?;
    Ok(inlet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_what_the_sample_says() {
        let label = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            label_of(&texts)
        };
        assert_eq!(label(&["left, then right"]).unwrap(), "left, then right");
        assert_eq!(label(&["7", "left_hand"]).unwrap(), "7,left_hand");
        assert_eq!(label(&["769.000000"]).unwrap(), "769");
        assert_eq!(label(&["0.50"]).unwrap(), "0.50");
        assert_eq!(label(&["", ""]), None);
    }
}
