//! Clicking by dwelling.

use super::{DwellSettings, Rect};

/// Measures how long the pointer stays in one place.
///
/// It is armed by motion: the pointer must first move far enough from the last click (or the start) that staying in a place again is
/// intended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dwell {
    is_armed: bool,
    /// Position of the last click.
    clicked: [f64; 2],
    /// Where the pointer stays, and for how long, milliseconds.
    stays: [f64; 2],
    stayed_ms: f64,
    /// The target on which it stays; none: a circle around `stays`.
    shape: Option<Rect>,
}

/// Progress of dwelling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// The pointer moves, or has not moved far enough to arm dwelling.
    Waiting,
    /// The pointer stays: fraction of the dwell time that has passed, 0 to 1.
    Staying(f64),
    /// The dwell time has passed: click.
    Click,
}

impl Dwell {
    /// Starts again at a place: no click before the pointer has moved.
    pub fn restart(&mut self, place_px: [f64; 2]) {
        *self = Self {
            clicked: place_px,
            stays: place_px,
            ..Self::default()
        };
    }

    /// Starts again at a place where staying is intended: it clicks again without motion.
    pub fn repeat(&mut self, place_px: [f64; 2]) {
        self.restart(place_px);
        self.is_armed = true;
    }

    /// Discards the dwell time so far; dwelling stays armed or not, as it was.
    pub fn leave(&mut self, place_px: [f64; 2]) {
        (self.stays, self.stayed_ms, self.shape) = (place_px, 0.0, None);
    }

    /// Advances by `ms` with the pointer at a place, on a target of this shape, if any: anywhere on the target counts as staying. `scale`:
    /// screen pixels per pixel of the settings.
    pub fn step(
        &mut self,
        place_px: [f64; 2],
        shape: Option<Rect>,
        ms: f64,
        scale: f64,
        settings: &DwellSettings,
    ) -> Progress {
        if distance(place_px, self.clicked) >= settings.rearm_px * scale {
            self.is_armed = true;
        }
        let stays = match shape {
            Some(_) => shape == self.shape,
            None => distance(place_px, self.stays) <= settings.radius_px * scale,
        };
        // A target that disappears from the list has not been left.
        if shape.is_some() || !stays {
            self.shape = shape;
        }
        if !stays {
            (self.stays, self.stayed_ms) = (place_px, 0.0);
        } else {
            self.stayed_ms += ms;
        }
        if !self.is_armed {
            return Progress::Waiting;
        }
        let share = self.stayed_ms / f64::from(settings.time_ms.max(1));
        if share >= 1.0 {
            self.restart(place_px);
            Progress::Click
        } else if share > 0.0 {
            Progress::Staying(share)
        } else {
            Progress::Waiting
        }
    }
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> DwellSettings {
        DwellSettings {
            on: true,
            ..DwellSettings::default()
        }
    }

    /// Clicks, as (step, place), of a pointer that is at `path(step)` every 10 ms.
    fn clicks(path: impl Fn(usize) -> f64, steps: usize) -> Vec<(usize, f64)> {
        let mut dwell = Dwell::default();
        dwell.restart([path(0), 0.0]);
        let step = |k: usize| (k, dwell.step([path(k), 0.0], None, 10.0, 1.0, &settings()));
        let all = (0..steps)
            .map(step)
            .filter(|(_, progress)| *progress == Progress::Click);
        all.map(|(k, _)| (k, path(k))).collect()
    }

    #[test]
    fn it_clicks_once_where_the_pointer_stops_after_moving() {
        // 100 pixels in the first second, then it stays: one click, 1.2 seconds after it came within the radius.
        let found = clicks(|k| k.min(100) as f64, 1000);
        assert_eq!(found.len(), 1);
        assert!((200..=220).contains(&found[0].0), "{found:?}");
        // It stays where it began, or moves too little to arm dwelling, or never stops: no click.
        assert_eq!(clicks(|_| 5.0, 1000), []);
        assert_eq!(clicks(|k| k.min(50) as f64, 1000), []);
        assert_eq!(clicks(|k| 2.0 * k as f64, 1000), []);
    }

    #[test]
    fn trembling_within_the_radius_is_staying() {
        let found = clicks(|k| k.min(100) as f64 + 8.0 * (k as f64).sin(), 500);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_countdown_grows_to_one() {
        let mut dwell = Dwell::default();
        dwell.restart([0.0; 2]);
        let mut last = 0.0;
        for _ in 0..121 {
            match dwell.step([100.0, 0.0], None, 10.0, 1.0, &settings()) {
                Progress::Waiting => assert_eq!(last, 0.0),
                Progress::Staying(share) => {
                    assert!(share > last && share < 1.0);
                    last = share;
                }
                Progress::Click => assert!(last > 0.98),
            }
        }
        assert_eq!(
            dwell.step([100.0, 0.0], None, 10.0, 1.0, &settings()),
            Progress::Waiting
        );
    }
}
