//! Cuts an XDF recording into looks at known targets.

use super::LooksError;
use super::signal::{Mark, Run, Signal};
use crate::looking::grid::CodeGrid;
use crate::printable::printable_path;
use crate::source::channels::ReadAs;
use crate::source::open_to_decode;
use crate::source::recording::Stimulus;
use bci_cursor_calibration::looking::cvep::{GRID_HZ, LAGS, Look, Trial};
use bci_cursor_calibration::matrix::Matrix;
use std::ops::Range;
use std::path::Path;

/// Looks that are shorter are left out, seconds.
const SHORTEST_S: f64 = 0.5;
/// Brightness is rounded to this many steps, because the places of frames are only known so well.
const STEPS: f64 = 1000.0;

/// The looks in a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    /// Labels of its channels.
    pub labels: Vec<String>,
    /// The looks, in order of time.
    pub trials: Vec<Trial>,
    /// What was shown during each of them.
    pub shown: Vec<ShownDuringLook>,
}

/// What was shown during a look.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownDuringLook {
    /// Samples of the recording.
    pub samples: Range<u64>,
    /// When each frame was shown, in samples of the recording, and which tags were bright, in the order of
    /// [`Look::brightness`].
    pub frames: Vec<(f64, Vec<bool>)>,
}

/// The looks in a recording; `None` if it is not a recording of codes. The light of each frame comes `display_delay_ms` after its stamp.
///
/// # Errors
/// [`LooksError`] if it cannot be read, or its markers and its stream of what was shown do not fit together.
pub fn read(
    path: &Path,
    read_as: &ReadAs,
    display_delay_ms: f64,
) -> Result<Option<Looks>, LooksError> {
    let mut source = open_to_decode(&path.to_string_lossy(), read_as)?;
    if source.about().format != "XDF" {
        return Ok(None);
    }
    let delay = 1e-3 * display_delay_ms * source.layout().rate.hz();
    let shown = source.stimulus()?;
    let shown = shown.map(|shown| shown.later_by(delay));
    let signal = Signal::read(path, &mut *source)?;
    let path = path.to_owned();
    let shown = match (shown, signal.target_marker.clone()) {
        (Some(shown), Some(_)) => shown,
        (None, Some(marker)) => return Err(LooksError::NoStimulus { path, marker }),
        (Some(_), None) if !signal.has_cue => return Err(LooksError::NoTarget { path }),
        (_, None) => return Ok(None),
    };
    let Some(last) = shown.frames().checked_sub(1) else {
        return Err(LooksError::NoFrame { path });
    };
    let end = signal.grid.place(signal.end());
    if shown.place(last) < 0.0 || shown.place(0) > end {
        return Err(LooksError::OtherClock { path });
    }
    let cut = Cut {
        path: &path,
        grid: &signal.grid,
        runs: &signal.runs,
        shown: &shown,
    };
    let (trials, shown) = cut.trials(&signal.marks)?.into_iter().unzip();
    Ok(Some(Looks {
        labels: signal.labels,
        trials,
        shown,
    }))
}

impl Looks {
    /// Keeps only these channels, in this order. Returns the first one that is missing.
    pub(super) fn keep(&mut self, channels: &[String]) -> Result<(), String> {
        let place = |label: &String| {
            let found = self.labels.iter().position(|own| own == label);
            found.ok_or_else(|| label.clone())
        };
        let places = channels.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        for trial in &mut self.trials {
            let mut eeg = Matrix::with_columns(places.len());
            for sample in trial.look.eeg.iter() {
                let kept: Vec<f64> = places.iter().map(|place| sample[*place]).collect();
                eeg.push_row(&kept);
            }
            trial.look.eeg = eeg;
        }
        self.labels = channels.to_vec();
        Ok(())
    }
}

/// What looks are cut from.
struct Cut<'a> {
    path: &'a Path,
    grid: &'a CodeGrid,
    runs: &'a [Run],
    shown: &'a Stimulus,
}

impl Cut<'_> {
    fn trials(&self, marks: &[(u64, Mark)]) -> Result<Vec<(Trial, ShownDuringLook)>, LooksError> {
        let last = self.runs.last().map_or(0, Run::end);
        let mut trials = Vec::new();
        for (k, (at, mark)) in marks.iter().enumerate() {
            let Mark::Target(target) = mark else { continue };
            let number = |at: &u64| self.grid.at_or_after(*at as f64);
            let end = marks.get(k + 1).map_or(last, |(at, _)| number(at));
            trials.extend(self.trial(number(at)..end, target)?);
        }
        Ok(trials)
    }

    /// The look at a target in these points of the grid; `None` if too few of them are there.
    fn trial(
        &self,
        points: Range<u64>,
        target: &str,
    ) -> Result<Option<(Trial, ShownDuringLook)>, LooksError> {
        let place = self.shown.tag_called(target);
        let place = place.ok_or_else(|| LooksError::UnknownTarget {
            path: self.path.to_owned(),
            target: target.to_owned(),
            labels: self.shown.labels().to_vec(),
        })?;
        let at_s = points.start as f64 / GRID_HZ;
        let run = self.runs.iter().find(|run| run.end() > points.start);
        let Some((run, here)) = run.map(|run| {
            let here = points.start.max(run.first)..points.end.min(run.end());
            (run, here)
        }) else {
            return Ok(None);
        };
        let length_s = here.end.saturating_sub(here.start) as f64 / GRID_HZ;
        let marked = points.end.saturating_sub(points.start);
        if here.end.saturating_sub(here.start) < marked {
            log::warn!(
                "{}: samples are missing in the trial at {at_s:.1} s; {length_s:.2} s of it are used",
                printable_path(self.path)
            );
        }
        if length_s < SHORTEST_S {
            log::warn!(
                "{}: the trial at {at_s:.1} s is left out: it is shorter than {SHORTEST_S} s",
                printable_path(self.path)
            );
            return Ok(None);
        }
        let thresholds = self.thresholds(&here);
        let flickers = |tag: &usize| thresholds[*tag].is_some();
        let tags: Vec<usize> = (0..thresholds.len()).filter(flickers).collect();
        let Some(target) = tags.iter().position(|tag| *tag == place) else {
            return Err(LooksError::SteadyTarget {
                path: self.path.to_owned(),
                target: target.to_owned(),
                at_s,
            });
        };
        let begin = here.start.saturating_sub(LAGS as u64).max(run.first);
        let mut brightness = Matrix::zeros(tags.len(), (here.end - begin) as usize);
        for (column, number) in (begin..here.end).enumerate() {
            let (from, to) = (
                self.grid.place(number) - self.grid.step(),
                self.grid.place(number),
            );
            for (tag, code) in tags.iter().zip(brightness.iter_mut()) {
                let threshold = thresholds[*tag].unwrap_or(f32::INFINITY);
                let bright = self.shown.during(from, to).filter_map(|(frame, samples)| {
                    (self.shown.values(frame)[*tag] > threshold).then_some(samples)
                });
                let share = bright.sum::<f64>() / self.grid.step();
                code[column] = (STEPS * share).round() / STEPS;
            }
        }
        let mut eeg = Matrix::with_columns(run.points.columns());
        for number in begin..here.end {
            eeg.push_row(run.points.row((number - run.first) as usize));
        }
        let look = Look {
            eeg,
            brightness,
            lead_in: (here.start - begin) as usize,
        };
        let shown = self.shown_during(&here, &tags, &thresholds);
        Ok(Some((Trial { look, target }, shown)))
    }

    /// The frames that were shown at these points of the grid, as these tags.
    fn shown_during(
        &self,
        points: &Range<u64>,
        tags: &[usize],
        thresholds: &[Option<f32>],
    ) -> ShownDuringLook {
        let [from, to] = [points.start, points.end].map(|number| self.grid.place(number));
        let frames = self.shown.during(from, to).map(|(frame, _)| {
            let values = self.shown.values(frame);
            let is_bright =
                |tag: &usize| thresholds[*tag].is_some_and(|least| values[*tag] > least);
            let place = self.shown.place(frame);
            (place, tags.iter().map(is_bright).collect())
        });
        ShownDuringLook {
            samples: from.ceil() as u64..to.floor() as u64,
            frames: frames.collect(),
        }
    }

    /// The frame that is shown at a point of the grid.
    fn frame_at(&self, number: u64) -> Option<usize> {
        self.shown.frame_at(self.grid.place(number))
    }

    /// The middle between the darkest and the brightest state of each tag; `None` for a tag that does not change.
    fn thresholds(&self, points: &Range<u64>) -> Vec<Option<f32>> {
        let mut span = vec![(f32::INFINITY, f32::NEG_INFINITY); self.shown.labels().len()];
        let first = self.frame_at(points.start).unwrap_or(0);
        let last = self.frame_at(points.end.saturating_sub(1));
        let frames = first..last.map_or(first, |last| last + 1);
        for frame in frames {
            for ((least, most), value) in span.iter_mut().zip(self.shown.values(frame)) {
                *least = least.min(*value);
                *most = most.max(*value);
            }
        }
        let middle = |(least, most): (f32, f32)| (most > least).then_some(0.5 * (least + most));
        span.into_iter().map(middle).collect()
    }
}
