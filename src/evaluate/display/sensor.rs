//! Changes of light in the signal of a sensor on the screen.

use super::PixelChange;
use crate::time::HostNanos;

/// Light must go this far beyond the middle until it counts as changed, as a share of its range.
const BEYOND: f64 = 0.15;
/// The range is that of this share of the samples, without the rarest ones.
const USUAL: [f64; 2] = [0.05, 0.95];

/// Samples of a light sensor.
#[derive(Debug, Clone, Default)]
pub struct LightCurve {
    /// When each sample was taken, nanoseconds of the LSL clock, rising.
    pub times_ns: Vec<i64>,
    /// Their values, in any unit.
    pub values: Vec<f64>,
}

impl LightCurve {
    /// When the light crossed the middle of its range, interpolated between samples; a sensor whose signal falls with
    /// light gives opposite directions.
    #[must_use]
    pub fn changes(&self) -> Vec<PixelChange> {
        let mut sorted: Vec<f64> = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * sorted.len().saturating_sub(1) as f64) as usize;
            sorted.get(place).copied().unwrap_or(0.0)
        };
        let [low, high] = USUAL.map(at);
        let (middle, beyond) = (0.5 * (low + high), BEYOND * (high - low));
        let mut changes = Vec::new();
        let mut was_bright = None;
        // Where the middle was last crossed.
        let mut crossing = None;
        let mut last: Option<(i64, f64)> = None;
        for (time_ns, value) in self.times_ns.iter().zip(&self.values) {
            if let Some((last_ns, before)) = last
                && (before < middle) != (*value < middle)
            {
                let share = (middle - before) / (value - before);
                let step_ns = time_ns - last_ns;
                crossing = Some((last_ns + (share * step_ns as f64) as i64, step_ns / 2));
            }
            last = Some((*time_ns, *value));
            let is_bright = *value > middle;
            if (value - middle).abs() < beyond || was_bright == Some(is_bright) {
                continue;
            }
            if let (Some(_), Some((at_ns, half_ns))) = (was_bright, crossing) {
                changes.push(PixelChange {
                    is_rise: is_bright,
                    after: HostNanos(at_ns - half_ns),
                    before: HostNanos(at_ns + half_ns),
                });
            }
            was_bright = Some(is_bright);
        }
        changes
    }
}

/// The same changes of a sensor whose signal falls with light.
#[must_use]
pub fn inverted(changes: &[PixelChange]) -> Vec<PixelChange> {
    let inverse = |change: &PixelChange| PixelChange {
        is_rise: !change.is_rise,
        ..*change
    };
    changes.iter().map(inverse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_changes_where_it_crosses_the_middle_and_noise_does_not_count() {
        // 500 samples a second: dark for 100 ms, then bright, with slopes of 10 ms and noise.
        let value = |k: i64| {
            let phase = (k % 100) as f64;
            let light =
                ((phase - 48.0) / 5.0).clamp(0.0, 1.0) - ((phase - 95.0) / 5.0).clamp(0.0, 1.0);
            light * 40.0 - 7.0 + [0.8, -0.5, 0.3, -0.9, 0.1][(k % 5) as usize]
        };
        let curve = LightCurve {
            times_ns: (0..1000).map(|k| k * 2_000_000).collect(),
            values: (0..1000).map(value).collect(),
        };
        let changes = curve.changes();
        assert_eq!(changes.len(), 20);
        for (k, change) in changes.iter().enumerate() {
            assert_eq!(change.is_rise, k % 2 == 0);
            let middle_ms = (change.after.0 + change.before.0) as f64 / 2e6;
            let expected_ms = 200.0 * (k / 2) as f64 + if k % 2 == 0 { 101.0 } else { 195.0 };
            assert!((middle_ms - expected_ms).abs() < 1.0, "{k}: {middle_ms}");
        }
        assert_eq!(LightCurve::default().changes(), []);
    }
}
