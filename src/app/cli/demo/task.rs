//! Targets for the demonstration, and the synthetic patient's behaviour.

use super::progress_bar;
use crate::pointer::SystemPointer;
use crate::printable::counted;
use crate::runtime::{Driver, StopFlag};
use crate::source::synthetic::Imagination;
use crate::system::clock;
use crate::time::HostNanos;
use anyhow::ensure;
use serde::Serialize;

/// The results of the task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TaskFigures {
    /// Targets that were hit or timed out.
    pub(super) targets: usize,
    /// Targets on which the pointer stayed for the hold time.
    pub(super) hits: usize,
    /// Median time from showing a target to the end of its hold, seconds.
    pub(super) median_secs_per_hit: Option<f64>,
    /// Length of the task, seconds.
    pub(super) seconds: f64,
}

const DISTANCE_PX: i32 = 300;
const RADIUS_PX: i32 = 60;
/// The pointer must stay on a target this long, nanoseconds.
const HOLD_NS: u64 = 500_000_000;
/// A target that is not hit is given up after this, nanoseconds.
const LIMIT_NS: u64 = 20_000_000_000;
/// The patient looks at pointer and target this often, nanoseconds.
const LOOK_NS: i64 = 20_000_000;
/// The patient acts on what they saw this many looks ago: a reaction time of 200 ms.
const REACTION_LOOKS: usize = 10;
/// A practised user knows that the pointer moves on for a moment, and aims by where it will be after this time,
/// seconds.
const FORESIGHT_S: f64 = 0.6;

/// Shows target after target, and lets the patient imagine the movement that leads there.
pub(super) fn run(
    seconds: f64,
    classes: &[String],
    imagination: &Imagination,
    driver: &Driver,
    stop: &StopFlag,
) -> anyhow::Result<TaskFigures> {
    let mut eye = SystemPointer::open()?;
    let bar = progress_bar((seconds * 10.0) as u64, "   {bar:40} {msg}");
    let start = clock::now();
    let end = HostNanos(start.0 + (seconds * 1e9) as i64);
    let mut figures = TaskFigures {
        targets: 0,
        hits: 0,
        median_secs_per_hit: None,
        seconds,
    };
    let mut times_s = Vec::new();
    let offsets = target_offsets(classes.len());
    // The pointer starts at the same place for each target.
    let centre = eye.screen_px()?.map(|size| size / 2);
    'targets: for offset in offsets.iter().cycle() {
        eye.place(centre)?;
        let target = [centre[0] + offset[0], centre[1] + offset[1]];
        let shown = clock::now();
        let mut inside_since = None;
        let mut decisions = [None; REACTION_LOOKS];
        let mut before = centre;
        for look in 0.. {
            let now = clock::now();
            if now >= end || stop.stopped() {
                break 'targets;
            }
            ensure!(!driver.finished(), "the driver ended unexpectedly");
            let at = eye.location_px()?;
            let inside = is_inside(target, at);
            let heading = std::array::from_fn(|k| {
                at[k] + (f64::from(at[k] - before[k]) * FORESIGHT_S * 1e9 / LOOK_NS as f64) as i32
            });
            before = at;
            let slot = &mut decisions[look % REACTION_LOOKS];
            imagination.set(slot.take().flatten());
            *slot = Some(movement_to(target, heading, classes));
            inside_since = if inside {
                inside_since.or(Some(now))
            } else {
                None
            };
            let held = inside_since.is_some_and(|since| now.since(since) >= HOLD_NS);
            let taken_ns = now.since(shown);
            if held {
                figures.hits += 1;
                times_s.push(taken_ns as f64 / 1e9);
            }
            if held || taken_ns > LIMIT_NS {
                figures.targets += 1;
                break;
            }
            bar.set_position(now.since(start) / 100_000_000);
            bar.set_message(format!(
                "{} of {} hit",
                figures.hits,
                counted(figures.targets, "target")
            ));
            clock::wait_until(HostNanos(now.0 + LOOK_NS));
        }
    }
    imagination.set(None);
    bar.finish_and_clear();
    times_s.sort_by(f64::total_cmp);
    figures.median_secs_per_hit = times_s.get(times_s.len() / 2).copied();
    Ok(figures)
}

fn target_offsets(classes: usize) -> Vec<[i32; 2]> {
    let line = vec![[-DISTANCE_PX, 0], [DISTANCE_PX, 0]];
    if classes < 4 {
        return line;
    }
    [line, vec![[0, -DISTANCE_PX], [0, DISTANCE_PX]]].concat()
}

fn is_inside(target: [i32; 2], at: [i32; 2]) -> bool {
    let left = [target[0] - at[0], target[1] - at[1]];
    left[0] * left[0] + left[1] * left[1] <= RADIUS_PX * RADIUS_PX
}

/// What the patient imagines while the pointer is heading for a place: the movement along the longer axis to the
/// target, or nothing if the pointer will be on it.
fn movement_to(target: [i32; 2], heading: [i32; 2], classes: &[String]) -> Option<usize> {
    if is_inside(target, heading) {
        return None;
    }
    let left = [target[0] - heading[0], target[1] - heading[1]];
    let name = if left[0].abs() >= left[1].abs() || classes.len() < 4 {
        if left[0] < 0 {
            "left_hand"
        } else {
            "right_hand"
        }
    } else if left[1] < 0 {
        "both_hands"
    } else {
        "feet"
    };
    classes.iter().position(|class| class == name)
}
