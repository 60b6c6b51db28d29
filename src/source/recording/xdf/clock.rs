//! Converts stamps from a stream's own clock to the recorder's.

/// Offsets that differ by more than this from the line through the others count as disturbed by the network, seconds
/// (as in pyxdf).
const DISTURBED_S: f64 = 1e-4;
/// A clock was reset if a pause between measured offsets is longer than usual by this much, and the offsets differ by
/// more than usual: in seconds, and in multiples of the usual deviation (as in pyxdf).
const RESET_PAUSE_S: f64 = 5.0;
const RESET_PAUSE_DEVIATIONS: f64 = 5.0;
const RESET_OFFSET_S: f64 = 1.0;
const RESET_OFFSET_DEVIATIONS: f64 = 10.0;
/// Maximum number of reweighted fits of a line. They converge much sooner.
const ROUNDS: usize = 100;

/// A period without a clock reset.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// Offset = at zero + slope × time, seconds.
    at_zero_s: f64,
    slope: f64,
    /// The last measurement of this period and the first of the next, on the stream's clock.
    last_s: f64,
    next_s: f64,
}

/// Corrects a stream's stamps, which must be given in file order.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    stretches: Vec<Stretch>,
    current: usize,
}

impl Clock {
    /// Builds the correction from measured offsets: (time on the stream's clock, offset to the recorder's), seconds.
    /// Each period between resets gets a line that is robust against single disturbed measurements (Huber's loss).
    pub(super) fn new(offsets: &[(f64, f64)]) -> Self {
        let usable: Vec<(f64, f64)> = offsets
            .iter()
            .copied()
            .filter(|(time, offset)| time.is_finite() && offset.is_finite())
            .collect();
        let mut bounds = vec![0];
        bounds.extend(resets(&usable));
        bounds.push(usable.len());
        let stretches = bounds.windows(2).filter_map(|bound| {
            let own = usable.get(bound[0]..bound[1])?;
            let (at_zero_s, slope) = robust_line(own);
            Some(Stretch {
                at_zero_s,
                slope,
                last_s: own.last()?.0,
                next_s: usable.get(bound[1]).map_or(f64::INFINITY, |next| next.0),
            })
        });
        Self {
            stretches: stretches.collect(),
            current: 0,
        }
    }

    /// The stamp on the recorder's clock, seconds.
    pub(super) fn correct(&mut self, stamp_s: f64) -> f64 {
        while let Some(stretch) = self.stretches.get(self.current) {
            let is_last = self.current + 1 == self.stretches.len();
            if is_last || (stamp_s - stretch.last_s).abs() < (stamp_s - stretch.next_s).abs() {
                return stamp_s + stretch.at_zero_s + stretch.slope * stamp_s;
            }
            self.current += 1;
        }
        stamp_s
    }
}

/// Places before which the clock was reset.
fn resets(offsets: &[(f64, f64)]) -> Vec<usize> {
    let pauses: Vec<f64> = offsets
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    let changes: Vec<f64> = offsets
        .windows(2)
        .map(|pair| pair[1].1 - pair[0].1)
        .collect();
    let odd_pauses = odd_ones(&pauses, RESET_PAUSE_DEVIATIONS, RESET_PAUSE_S);
    let odd_changes = odd_ones(&changes, RESET_OFFSET_DEVIATIONS, RESET_OFFSET_S);
    (0..pauses.len())
        .filter(|&k| pauses[k] < 0.0 || (odd_pauses[k] && odd_changes[k]))
        .map(|k| k + 1)
        .collect()
}

/// Which values are far from the median, both in multiples of the median deviation and in seconds.
fn odd_ones(values: &[f64], deviations: f64, seconds: f64) -> Vec<bool> {
    let middle = median(values.to_vec());
    let usual = median(values.iter().map(|value| (value - middle).abs()).collect()) + f64::EPSILON;
    values
        .iter()
        .map(|value| {
            let far = (value - middle).abs();
            far > seconds && far / usual > deviations
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half), values.len() % 2) {
        (Some(&upper), 0) => (values[half - 1] + upper) / 2.0,
        (Some(&middle), _) => middle,
        (None, _) => 0.0,
    }
}

/// Line through (time, offset) under Huber's loss, by reweighted least squares; a constant if there is only one point.
fn robust_line(points: &[(f64, f64)]) -> (f64, f64) {
    let Some(&(origin, base)) = points.first() else {
        return (0.0, 0.0);
    };
    // Relative to the first point: on a clock that counts since boot, the sums would lose precision.
    let (mut level, mut slope) = (0.0, 0.0);
    for round in 0..ROUNDS {
        let [mut w, mut wx, mut wy, mut wxx, mut wxy] = [0.0; 5];
        for &(time, offset) in points {
            let (x, y) = (time - origin, offset - base);
            let far = (y - level - slope * x).abs() / DISTURBED_S;
            let weight = if round == 0 || far <= 1.0 {
                1.0
            } else {
                1.0 / far
            };
            w += weight;
            wx += weight * x;
            wy += weight * y;
            wxx += weight * x * x;
            wxy += weight * x * y;
        }
        let spread = w * wxx - wx * wx;
        let before = (level, slope);
        slope = if spread > f64::EPSILON * w * wxx {
            (w * wxy - wx * wy) / spread
        } else {
            0.0
        };
        level = (wy - slope * wx) / w;
        if before == (level, slope) {
            break;
        }
    }
    (base + level - slope * origin, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drifting_clock_is_followed_and_a_disturbed_measurement_is_not() {
        let offset = |t: f64| 100.0 + 2e-5 * t;
        let mut measured: Vec<(f64, f64)> = (0..60)
            .map(|k| f64::from(k) * 5.0 + 1e5)
            .map(|t| (t, offset(t)))
            .collect();
        measured[20].1 += 0.05;
        let mut clock = Clock::new(&measured);
        for t in [1e5, 1e5 + 150.0, 1e5 + 400.0] {
            assert!((clock.correct(t) - t - offset(t)).abs() < 1e-5, "{t}");
        }
    }

    #[test]
    fn a_clock_reset_begins_a_new_period() {
        // The stream's computer counted to 300 s, was restarted, and counts from 10 s.
        let mut measured: Vec<(f64, f64)> = (0..60).map(|k| (f64::from(k) * 5.0, 1000.0)).collect();
        measured.extend((0..60).map(|k| (10.0 + f64::from(k) * 5.0, 1400.0)));
        let mut clock = Clock::new(&measured);
        assert!((clock.correct(290.0) - 1290.0).abs() < 1e-9);
        assert!((clock.correct(12.0) - 1412.0).abs() < 1e-9);
        // The result does not go back.
        assert!((clock.correct(290.0) - 1690.0).abs() < 1e-9);
    }

    #[test]
    fn without_measurements_nothing_is_corrected() {
        assert_eq!(Clock::new(&[]).correct(5.0), 5.0);
        assert_eq!(Clock::new(&[(f64::NAN, 1.0)]).correct(5.0), 5.0);
        assert_eq!(Clock::new(&[(1.0, 2.0)]).correct(5.0), 7.0);
    }
}
