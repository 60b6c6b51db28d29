//! The figures of a practice task.

use super::{Attempt, HOLD_S, Outcome, Practice, Task, distance};
use serde::{Deserialize, Serialize};

/// The figures of a practice task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PracticeFigures {
    /// Targets held.
    pub hits: usize,
    /// Wrong targets chosen.
    pub misses: usize,
    /// Targets for which the time ran out.
    pub time_outs: usize,
    /// Duration of the task, seconds. Copying: that of the looks, with a pause after each.
    pub seconds: f64,
    /// Hits per minute.
    pub hits_per_min: f64,
    /// Median time from the appearance of a target to the hit, seconds.
    pub time_to_target_s: Option<f64>,
    /// Median time from the first touch to the hit, minus the required holding time, seconds.
    pub dial_in_s: Option<f64>,
    /// Mean ratio of straight distance to path length, over hits.
    pub path_efficiency: Option<f64>,
    /// Grid: `log2(N - 1) x (hits - misses) / time`.
    pub grid_bits_per_s: Option<f64>,
    /// Tapping: effective index of difficulty over mean time (ISO 9241-411), bits per second.
    pub throughput_bits_per_s: Option<f64>,
    /// Copying: Wolpaw's rate, bits per minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_min: Option<f64>,
    /// Rest: number of motions, and fraction of the time with motion.
    pub false_activations: Option<usize>,
    /// See `false_activations`.
    pub moving_share: Option<f64>,
    /// Whether a hit required motion to the target. Earlier versions also counted targets on which the pointer already
    /// stood.
    #[serde(default)]
    pub needs_motion: bool,
}

impl Practice {
    /// The figures so far.
    #[must_use]
    pub fn figures(&self) -> PracticeFigures {
        let seconds = self.began_s.map_or(0.0, |began_s| self.now_s - began_s);
        let count = |outcome| {
            self.attempts
                .iter()
                .filter(|a| a.outcome == outcome)
                .count()
        };
        let hits: Vec<&Attempt> = self
            .attempts
            .iter()
            .filter(|a| a.outcome == Outcome::Hit)
            .collect();
        let misses = count(Outcome::Miss);
        let is_rest = self.task == Task::Rest;
        let dial_in = |a: &&Attempt| {
            a.first_touch_s
                .map(|touch_s| (a.took_s - touch_s - HOLD_S).max(0.0))
        };
        let efficiency = |a: &&Attempt| {
            let straight = (distance(a.from, a.target.at) - a.target.radius).max(0.0);
            (straight / a.path.max(1e-9)).min(1.0)
        };
        let bits = libm::log2((self.targets.len().max(3) - 1) as f64);
        PracticeFigures {
            hits: hits.len(),
            misses,
            time_outs: count(Outcome::TimeOut),
            seconds,
            hits_per_min: 60.0 * hits.len() as f64 / seconds.max(1e-9),
            time_to_target_s: median(hits.iter().map(|a| a.took_s).collect()),
            dial_in_s: median(hits.iter().filter_map(dial_in).collect()),
            path_efficiency: mean(&hits.iter().map(efficiency).collect::<Vec<_>>()),
            grid_bits_per_s: (self.task == Task::Grid)
                .then(|| bits * (hits.len() as f64 - misses as f64).max(0.0) / seconds.max(1e-9)),
            throughput_bits_per_s: if self.task == Task::Tapping {
                throughput(&hits)
            } else {
                None
            },
            bits_per_min: None,
            false_activations: is_rest.then_some(self.activations),
            moving_share: is_rest.then(|| self.moved_s / seconds.max(1e-9)),
            needs_motion: true,
        }
    }
}

/// Throughput `ID_e / MT`, bits per second, with the effective width `4.133 SD` of the end points of hits along the way
/// to their target (ISO 9241-411, Soukoreff and MacKenzie 2004). `None` for fewer than three hits.
fn throughput(hits: &[&Attempt]) -> Option<f64> {
    if hits.len() < 3 {
        return None;
    }
    let along: Vec<f64> = hits
        .iter()
        .map(|a| {
            let way = [a.target.at[0] - a.from[0], a.target.at[1] - a.from[1]];
            let length = way[0].hypot(way[1]).max(1e-9);
            let off = [a.end[0] - a.target.at[0], a.end[1] - a.target.at[1]];
            (off[0] * way[0] + off[1] * way[1]) / length
        })
        .collect();
    let centre = mean(&along)?;
    let variance = along
        .iter()
        .map(|x| (x - centre) * (x - centre))
        .sum::<f64>()
        / (along.len() - 1) as f64;
    // Identical end points have no width, so at least a hundredth of the field is used.
    let width = (4.133 * variance.sqrt()).max(0.01);
    let ways: Vec<f64> = hits
        .iter()
        .zip(&along)
        .map(|(a, off)| distance(a.from, a.target.at) + off)
        .collect();
    let times: Vec<f64> = hits.iter().map(|a| a.took_s).collect();
    Some(libm::log2(mean(&ways)?.max(0.0) / width + 1.0) / mean(&times)?.max(1e-9))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::super::PracticeTarget;
    use super::*;

    #[test]
    fn throughput_follows_the_standard() {
        // End points scattered by 0.01 along the way, distance 0.6, 2 s each: We = 0.0413 x 1.0, ID = log2(0.6 / We +
        // 1).
        let attempt = |off: f64| Attempt {
            from: [0.2, 0.5],
            target: PracticeTarget {
                at: [0.8, 0.5],
                radius: 0.05,
            },
            first_touch_s: Some(1.0),
            took_s: 2.0,
            outcome: Outcome::Hit,
            end: [0.8 + off, 0.5],
            path: 0.7,
        };
        let attempts = [attempt(-0.01), attempt(0.0), attempt(0.01)];
        let found = throughput(&attempts.iter().collect::<Vec<_>>()).unwrap();
        let expected = (0.6 / (4.133 * 0.01) + 1.0f64).log2() / 2.0;
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}
