//! Practice tasks, and their targets on a field with side length 1.

use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// A practice task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Two bars, left and right, for one axis.
    Bars,
    /// Eight targets around the centre, with a return to the centre after each.
    CentreOut,
    /// A grid of 36 cells, one of which is the target ("Webgrid", Musk and Neuralink 2019); holding any cell chooses it.
    Grid,
    /// Targets on opposite sides of a circle in turn (ISO 9241-411, multi-directional tapping).
    Tapping,
    /// Rest: the pointer should not move.
    Rest,
}

impl Task {
    /// The task's name in session files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::CentreOut => "centre_out",
            Self::Grid => "grid",
            Self::Tapping => "tapping",
            Self::Rest => "rest",
        }
    }

    /// The task with this name in a session file; `None` if no version used the name.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        // Earlier versions wrote names without an underscore.
        let plain = |id: &str| id.replace('_', "");
        TASKS.into_iter().find(|task| plain(task.id()) == plain(id))
    }
}

/// All tasks.
pub const TASKS: [Task; 5] = [
    Task::Bars,
    Task::CentreOut,
    Task::Grid,
    Task::Tapping,
    Task::Rest,
];

/// A target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PracticeTarget {
    /// Its centre.
    pub at: [f64; 2],
    /// Its radius; half the width of a cell or a bar.
    pub radius: f64,
}

/// Cells per side of the grid.
const GRID: usize = 6;
/// Targets of the tapping task; the standard requires an odd number.
const TAPPING: usize = 9;

pub(super) fn targets(task: Task) -> Vec<PracticeTarget> {
    let around = |count: usize, far: f64, radius: f64| {
        (0..count).map(move |k| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / count as f64);
            PracticeTarget {
                at: [0.5 + far * cos, 0.5 + far * sin],
                radius,
            }
        })
    };
    let middle = |radius| PracticeTarget {
        at: [0.5; 2],
        radius,
    };
    match task {
        Task::Bars => [0.12, 0.88]
            .map(|x| PracticeTarget {
                at: [x, 0.5],
                radius: 0.08,
            })
            .to_vec(),
        Task::CentreOut => std::iter::once(middle(0.07))
            .chain(around(8, 0.38, 0.07))
            .collect(),
        Task::Grid => {
            let side = 1.0 / GRID as f64;
            let cell = |k: usize| PracticeTarget {
                at: [(k % GRID) as f64 + 0.5, (k / GRID) as f64 + 0.5].map(|at| at * side),
                radius: 0.5 * side,
            };
            (0..GRID * GRID).map(cell).collect()
        }
        Task::Tapping => around(TAPPING, 0.38, 0.06).collect(),
        Task::Rest => Vec::new(),
    }
}
