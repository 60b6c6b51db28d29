//! Cuts an XDF recording into looks at known targets.

use crate::evaluate::looking::{LookingError, flicker};
use crate::looking::grid::CodeGrid;
use crate::printable::printable_path;
use crate::source::channels::ReadAs;
use crate::source::open_to_decode;
use crate::source::recording::Stimulus;
use crate::source::walk::{Passed, Walk};
use bci_cursor_calibration::looking::cvep::{GRID_HZ, Look, Trial};
use bci_cursor_calibration::matrix::Matrix;
use std::ops::Range;
use std::path::Path;

/// Points of the grid before a look that belong to it: the length of a response.
const LEAD_IN: u64 = 54;
/// Looks that are shorter are left out, seconds.
const SHORTEST_S: f64 = 0.5;
/// Brightness is rounded to this many steps, because the places of frames are only known so well.
const STEPS: f64 = 1000.0;

/// Points of the grid without a gap.
struct Run {
    first: u64,
    points: Matrix,
}

impl Run {
    fn end(&self) -> u64 {
        self.first + self.points.rows() as u64
    }
}

/// What a marker says.
enum Mark {
    /// A look at a target begins.
    Target(String),
    /// Another kind of trial begins, or a look is over.
    End,
}

/// A marker of the form `trial target=3`, `trial selected=2` or `end`.
fn mark(label: &str) -> Option<Mark> {
    let label = label.trim();
    if label.eq_ignore_ascii_case("end") {
        return Some(Mark::End);
    }
    let (first, rest) = label.split_once(char::is_whitespace)?;
    if !first.eq_ignore_ascii_case("trial") {
        return None;
    }
    let target = rest.split_whitespace().find_map(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case("target").then_some(value)
    });
    Some(target.map_or(Mark::End, |target| Mark::Target(target.to_owned())))
}

/// The trials of a recording; `None` if it is not a recording of codes.
pub(super) fn read(path: &Path, read_as: &ReadAs) -> Result<Option<Vec<Trial>>, LookingError> {
    let mut source = open_to_decode(&path.to_string_lossy(), read_as)?;
    if source.about().format != "XDF" {
        return Ok(None);
    }
    let shown = source.stimulus()?;
    let layout = source.layout().clone();
    let channels = layout.channel_count();
    let mut grid = CodeGrid::new(layout.rate, channels).map_err(|error| LookingError::Filter {
        path: path.to_owned(),
        error,
    })?;
    let mut runs: Vec<Run> = Vec::new();
    let (mut marks, mut named, mut has_cue) = (Vec::new(), None, false);
    let mut walk = Walk::new(&mut *source);
    while let Some(passed) = walk.advance()? {
        match passed {
            Passed::Samples(block) => {
                for (index, frame) in (block.first.0..).zip(block.iter()) {
                    grid.push(index, frame, |number, point| {
                        add(&mut runs, number, point);
                    });
                }
            }
            Passed::Marker(marker) => {
                has_cue |= flicker::is_cue(&marker.label);
                if let Some(mark) = mark(&marker.label) {
                    if matches!(mark, Mark::Target(_)) {
                        named.get_or_insert(marker.label);
                    }
                    marks.push((marker.at.0, mark));
                }
            }
            Passed::Gap { .. } | Passed::ClockReset => {}
        }
    }
    let path = || path.to_owned();
    let shown = match (shown, named) {
        (Some(shown), Some(_)) if shown.frames() > 0 => shown,
        (Some(_), Some(_)) => return Err(LookingError::NoFrame { path: path() }),
        (None, Some(marker)) => {
            return Err(LookingError::NoStimulus {
                path: path(),
                marker,
            });
        }
        (Some(_), None) if !has_cue => return Err(LookingError::NoTarget { path: path() }),
        (_, None) => return Ok(None),
    };
    Cut {
        path: &path(),
        grid: &grid,
        runs: &runs,
        shown: &shown,
    }
    .trials(&marks)
    .map(Some)
}

/// Adds a point to the last run, or begins a new one after a gap.
fn add(runs: &mut Vec<Run>, number: u64, point: &[f64]) {
    match runs.last_mut() {
        Some(run) if run.end() == number => run.points.push_row(point),
        _ => {
            let mut points = Matrix::with_columns(point.len());
            points.push_row(point);
            runs.push(Run {
                first: number,
                points,
            });
        }
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
    fn trials(&self, marks: &[(u64, Mark)]) -> Result<Vec<Trial>, LookingError> {
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
    fn trial(&self, points: Range<u64>, target: &str) -> Result<Option<Trial>, LookingError> {
        let place = self.shown.tag_called(target);
        let place = place.ok_or_else(|| LookingError::UnknownTarget {
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
            return Err(LookingError::SteadyTarget {
                path: self.path.to_owned(),
                target: target.to_owned(),
                at_s,
            });
        };
        let begin = here.start.saturating_sub(LEAD_IN).max(run.first);
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
        Ok(Some(Trial { look, target }))
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

#[cfg(test)]
mod tests {
    use super::{Mark, mark};

    #[test]
    fn markers_name_targets_and_ends() {
        let target = |label| match mark(label) {
            Some(Mark::Target(target)) => Some(target),
            _ => None,
        };
        assert_eq!(target("trial target=12").as_deref(), Some("12"));
        assert_eq!(
            target(" Trial block=2 Target=left ").as_deref(),
            Some("left")
        );
        for end in ["end", "trial selected=3", "trial selected=none"] {
            assert!(matches!(mark(end), Some(Mark::End)), "{end}");
        }
        for other in ["trial", "target=3", "rest", "weekend"] {
            assert!(mark(other).is_none(), "{other}");
        }
    }
}
