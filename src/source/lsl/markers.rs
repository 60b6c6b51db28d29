//! A marker stream, of text or numbers. It has a thread of its own, because comparing its clock takes several tenths of
//! a second after each reconnection, and samples must not wait for that.

use super::description::{channels_of, no_answer, open_described, refuse};
use super::detached::{DetachedThread, StopFlag};
use super::found::FoundStream;
use crate::source::channels::{are_annotations, names_of_nonzero};
use crate::source::{LslFault, SourceError, StreamError};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lsl::Pullable;
use std::time::Duration;

/// Number of markers that wait to be placed among the samples.
const WAITING: usize = 1024;
/// Number of markers that the inlet buffers.
const BUFFER: i32 = 1024;
/// Maximum time for each step of a connection, and for all of them, seconds.
const STEP_S: f64 = 5.0;
const CONNECT: Duration = Duration::from_secs(15);
/// How long the thread waits for a marker before it checks whether it is still needed, seconds.
const LOOK_S: f64 = 0.2;

/// A marker's text, and its stamp on this computer's clock, seconds.
type Stamped = (String, f64);

/// Markers as they arrive.
pub(super) struct Markers {
    markers: Receiver<Stamped>,
    /// The thread ends when this value is dropped.
    _thread: DetachedThread,
}

impl Markers {
    /// Connects. A stream that is lost is used again when it is back.
    pub(super) fn open(stream: &FoundStream) -> Result<Self, SourceError> {
        let (markers_tx, markers) = bounded(WAITING);
        let (opened_tx, opened) = bounded(1);
        let found = stream.clone();
        let body = move |wanted: &StopFlag| match connect(&found) {
            Ok((inlet, annotations)) => {
                // The opener waits for this.
                let _ = opened_tx.send(Ok(()));
                let label_of = |texts: &[String]| match &annotations {
                    Some(labels) => annotation_of(labels, texts),
                    None => label_of(texts),
                };
                pass_on(&inlet, &found.name, wanted, &markers_tx, label_of);
            }
            Err(error) => drop(opened_tx.send(Err(error))),
        };
        let failed = || no_answer(&stream.name, lsl::Error::Timeout);
        let thread = DetachedThread::start("markers", body)
            .ok_or_else(|| refuse(&stream.name, StreamError::NoThread))?;
        opened.recv_timeout(CONNECT).map_err(|_| failed())??;
        Ok(Self {
            markers,
            _thread: thread,
        })
    }

    /// The next marker, if there is one.
    pub(super) fn next(&self) -> Option<Stamped> {
        self.markers.try_recv().ok()
    }
}

/// Passes markers on until they are no longer needed, or the stream is lost for good.
fn pass_on(
    inlet: &lsl::StreamInlet,
    name: &str,
    wanted: &StopFlag,
    markers: &Sender<Stamped>,
    label_of: impl Fn(&[String]) -> Option<String>,
) {
    let (mut is_full, mut reported_empty) = (false, false);
    while wanted.is_wanted() {
        let marker = match Pullable::<String>::pull_sample(inlet, LOOK_S) {
            Ok((texts, stamp_s)) if stamp_s != 0.0 => {
                let label = label_of(&texts);
                if label.is_none() && !std::mem::replace(&mut reported_empty, true) {
                    log::warn!(
                        "a marker of stream '{name}' has no text; such markers are left out"
                    );
                }
                label.map(|label| (label, stamp_s))
            }
            Ok(_) | Err(lsl::Error::Timeout) => None,
            Err(error) => {
                return log::warn!(
                    "marker stream '{name}' is lost ({}); there will be no more markers",
                    LslFault::from(error)
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
                        "markers arrive faster than they can be placed: '{text}' is the first one lost"
                    );
                }
                is_full = true;
            }
        }
    }
}

/// The label of a sample: its text, the texts of several channels separated by commas, or whole numbers. `None` if it
/// is empty.
fn label_of(texts: &[String]) -> Option<String> {
    let parts: Vec<&str> = texts.iter().map(|text| whole_number(text.trim())).collect();
    let is_empty = parts.iter().all(|part| part.is_empty());
    (!is_empty).then(|| parts.join(","))
}

/// A whole number without the decimal zeros that liblsl writes for floating-point streams.
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

/// The label of a sample of annotations: the names of the channels that are not zero.
fn annotation_of(labels: &[String], texts: &[String]) -> Option<String> {
    let values = texts.iter().map(|text| text.trim().parse().unwrap_or(0.0));
    let values: Vec<f64> = values.collect();
    names_of_nonzero(labels.iter().map(String::as_str), &values)
}

/// Connects. Also returns the names of the channels if these are the markers.
fn connect(stream: &FoundStream) -> Result<(lsl::StreamInlet, Option<Vec<String>>), SourceError> {
    let failed = |error| no_answer(&stream.name, error);
    let (inlet, mut info) = open_described(stream, BUFFER, STEP_S)?;
    let is_text = info.channel_format() == lsl::ChannelFormat::String;
    let (channels, _) = channels_of(&mut info)?;
    let labels: Vec<String> = channels.into_iter().map(|channel| channel.label).collect();
    let names = labels.iter().map(String::as_str);
    let is_annotations = !is_text && are_annotations(&stream.kind, &stream.name, names);
    inlet
        .set_postprocessing(&[lsl::ProcessingOption::ClockSync])
        .map_err(failed)?;
    inlet.open_stream(STEP_S).map_err(failed)?;
    // The first comparison of the clocks happens now, so that the first marker is in time.
    inlet.time_correction(STEP_S).map_err(failed)?;
    Ok((inlet, is_annotations.then_some(labels)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_text_of_the_sample() {
        let label = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            label_of(&texts)
        };
        assert_eq!(label(&["left, then right"]).unwrap(), "left, then right");
        assert_eq!(label(&["7", "left_hand"]).unwrap(), "7,left_hand");
        assert_eq!(label(&["769.000000"]).unwrap(), "769");
        assert_eq!(label(&["0.50"]).unwrap(), "0.50");
        assert_eq!(label(&["", ""]), None);
        let labels = ["left_hand", "right_hand"].map(str::to_owned);
        let annotation = |texts: [&str; 2]| annotation_of(&labels, &texts.map(str::to_owned));
        // A duration, and -1 where there is none.
        assert_eq!(annotation(["4.000000", "0.000000"]).unwrap(), "left_hand");
        assert_eq!(annotation(["0", "-1"]).unwrap(), "right_hand");
        assert_eq!(annotation(["0", "0"]), None);
    }
}
