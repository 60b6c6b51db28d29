//! Cuts labelled windows from recordings with the live path.

use super::error::FitError;
use super::request::FitRequest;
use super::trial_windows::EpochCollector;
use crate::block::Layout;
use crate::montage;
use crate::note::{Note, Remedy};
use crate::preprocessing::{LayoutError, Preprocessor};
use crate::printable::counted;
use crate::runtime::progress::{OnProgress, Progress};
use crate::source::open_to_decode;
use crate::source::walk::{Passed, Walk};
use bci_cursor_calibration::{ConditioningSpec, Dataset, Reading};
use std::collections::BTreeMap;

/// Fraction of windows above which a bad channel is reported.
const WORTH_REPORTING: f64 = 0.1;

/// Labelled windows of several recordings.
pub(crate) struct Collected {
    pub(crate) dataset: Dataset,
    /// For each trial, the index of its recording.
    pub(crate) recording_of: Vec<usize>,
    /// How each recording was read.
    pub(crate) readings: Vec<Reading>,
}

/// Runs recordings through the live path and cuts out the labelled windows.
///
/// # Errors
/// [`FitError`] if a recording cannot be used or lacks a class's marker.
pub(crate) fn collect(
    recordings: &[String],
    request: &FitRequest,
    layout: &Layout,
    channels: &[String],
    conditioning: &ConditioningSpec,
    on_progress: OnProgress<'_>,
) -> Result<Collected, FitError> {
    let bands = request.features.bands_hz.len();
    let mut collector = None;
    let mut recording_of = Vec::new();
    let mut readings = Vec::with_capacity(recordings.len());
    let mut bad_windows = vec![0; channels.len()];
    let mut windows = 0u32;
    let mut is_cued = vec![false; request.classes.len()];
    let mut markers: BTreeMap<String, usize> = BTreeMap::new();
    let of = recordings.len();
    for (place, recording) in recordings.iter().enumerate() {
        on_progress(Progress {
            what: "recordings read",
            done: place,
            of,
        });
        let mut source = open_to_decode(recording, &request.read_as)?;
        readings.push(source.about().reading.clone());
        let own = source.layout().clone();
        let at_fault = |error| FitError::Layout {
            recording: recording.clone(),
            error,
        };
        if own.rate != layout.rate {
            return Err(at_fault(LayoutError::Rate {
                found: own.rate,
                expected: layout.rate,
            }));
        }
        let mut preprocessor =
            Preprocessor::new(&own, channels, conditioning, &request.features).map_err(at_fault)?;
        let (from_s, to_s) = (request.timing.from_s, request.timing.to_s);
        if layout.rate.secs_of(preprocessor.window()) > to_s - from_s {
            return Err(FitError::WindowTooLong {
                window_ms: request.features.window_ms,
                from_s,
                to_s,
            });
        }
        let collector = collector.get_or_insert_with(|| {
            let classes = request.classes.clone();
            EpochCollector::new(
                classes,
                request.timing,
                layout.rate,
                preprocessor.window(),
                channels.len(),
                bands,
            )
        });
        collector.begin_recording(recording);
        let mut walk = Walk::new(source.as_mut());
        while let Some(passed) = walk.advance()? {
            match passed {
                Passed::Samples(block) => {
                    preprocessor.process(block, |window| {
                        windows += 1;
                        for (bad, fault) in bad_windows.iter_mut().zip(window.faults) {
                            *bad += usize::from(fault.is_some());
                        }
                        collector.window(&window);
                    });
                }
                Passed::Marker(marker) => {
                    for (class, is_cued) in request.classes.iter().zip(&mut is_cued) {
                        *is_cued |= class.is_announced(&marker.label, recording);
                    }
                    collector.marker(&marker);
                    *markers.entry(marker.label).or_default() += 1;
                }
                Passed::Gap { .. } | Passed::ClockReset => {}
            }
        }
        collector.end_recording();
        recording_of.resize(collector.trials(), place);
    }
    let mut cued = request.classes.iter().zip(&is_cued);
    if let Some((missing, _)) = cued.find(|(_, is_cued)| !**is_cued) {
        return Err(FitError::UnknownMarker {
            marker: missing.spelling(),
            class: missing.class.clone(),
            found: markers.into_iter().collect(),
        });
    }
    let Some(collector) = collector else {
        return Ok(Collected {
            dataset: Dataset::default(),
            recording_of,
            readings,
        });
    };
    for (label, bad) in channels.iter().zip(bad_windows) {
        if bad as f64 > WORTH_REPORTING * f64::from(windows) {
            let share = 100.0 * bad as f64 / f64::from(windows);
            let instead = match montage::position(label) {
                Some(_) => "its neighbours stand in for it",
                None => "it is left out during that time, because its position is unknown",
            };
            let text = format!(
                "is bad in {share:.0} % of {}; {instead}. Check its electrode, or leave the channel out",
                recordings.join(", ")
            );
            Note::new(text, Remedy::LeaveOut).warn(format_args!("channel {label} "));
        }
    }
    if collector.untrusted() > 0 {
        log::warn!(
            "left out, because samples are missing or unusable: {}",
            counted(collector.untrusted(), "window")
        );
    }
    Ok(Collected {
        dataset: collector.into_dataset(),
        recording_of,
        readings,
    })
}
