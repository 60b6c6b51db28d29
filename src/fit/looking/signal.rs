//! A recording's EEG on the grid of the decoder, and the markers that tell of looks.

use super::LooksError;
use crate::looking::cue::looked_at;
use crate::looking::grid::CodeGrid;
use crate::source::recording::Recorded;
use crate::source::walk::{Passed, Walk};
use bci_cursor_calibration::matrix::Matrix;
use std::path::Path;

/// Points of the grid without a gap.
pub(super) struct Run {
    pub(super) first: u64,
    pub(super) points: Matrix,
}

impl Run {
    pub(super) fn end(&self) -> u64 {
        self.first + self.points.rows() as u64
    }
}

/// What a marker says.
pub(super) enum Mark {
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

/// EEG on the grid, and marks.
pub(super) struct Signal {
    /// Labels of the channels.
    pub(super) labels: Vec<String>,
    pub(super) grid: CodeGrid,
    pub(super) runs: Vec<Run>,
    /// With the index of their sample.
    pub(super) marks: Vec<(u64, Mark)>,
    /// The first marker that names a target.
    pub(super) target_marker: Option<String>,
    /// Whether a marker announces flicker or rest.
    pub(super) has_cue: bool,
}

impl Signal {
    /// Reads a recording to its end.
    pub(super) fn read(path: &Path, source: &mut dyn Recorded) -> Result<Self, LooksError> {
        let layout = source.layout();
        let grid = CodeGrid::new(layout.rate, layout.channel_count());
        let grid = grid.map_err(|error| LooksError::Filter {
            path: path.to_owned(),
            error,
        })?;
        let mut signal = Self {
            labels: layout.labels.clone(),
            grid,
            runs: Vec::new(),
            marks: Vec::new(),
            target_marker: None,
            has_cue: false,
        };
        let mut walk = Walk::new(source);
        while let Some(passed) = walk.advance()? {
            match passed {
                Passed::Samples(block) => {
                    for (index, frame) in (block.first.0..).zip(block.iter()) {
                        let runs = &mut signal.runs;
                        let take = |number, point: &[f64]| add(runs, number, point);
                        signal.grid.push(index, frame, take);
                    }
                }
                Passed::Marker(marker) => signal.take(marker.at.0, marker.label),
                Passed::Gap { .. } | Passed::ClockReset => {}
            }
        }
        Ok(signal)
    }

    fn take(&mut self, at: u64, label: String) {
        self.has_cue |= looked_at(&label).is_some();
        let Some(mark) = mark(&label) else { return };
        if matches!(mark, Mark::Target(_)) {
            self.target_marker.get_or_insert(label);
        }
        self.marks.push((at, mark));
    }

    /// The point after the last one.
    pub(super) fn end(&self) -> u64 {
        self.runs.last().map_or(0, Run::end)
    }
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
