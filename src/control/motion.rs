//! Velocity to whole pixels.

/// Integrates a velocity and returns whole pixels; fractions are kept for the next call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Motion {
    remainder_px: [f64; 2],
}

impl Motion {
    /// Pixels to move after a further `secs` at a velocity in pixels per second.
    pub fn advance(&mut self, velocity_px_s: [f64; 2], secs: f64) -> [i32; 2] {
        let mut whole = [0; 2];
        for ((remainder, velocity), whole) in self
            .remainder_px
            .iter_mut()
            .zip(velocity_px_s)
            .zip(&mut whole)
        {
            *remainder += velocity * secs;
            let pixels = remainder.trunc();
            *remainder -= pixels;
            *whole = pixels as i32;
        }
        whole
    }

    /// Forgets the fraction of a pixel.
    pub fn stop(&mut self) {
        self.remainder_px = [0.0; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_motion_is_lost_to_rounding(steps in proptest::collection::vec((-900.0..900.0f64, 0.001..0.05f64), 1..200)) {
            let mut motion = Motion::default();
            let (mut pixels, mut exact) = (0i64, 0.0);
            for (velocity, secs) in steps {
                pixels += i64::from(motion.advance([velocity, 0.0], secs)[0]);
                exact += velocity * secs;
                prop_assert!((pixels as f64 - exact).abs() < 1.0 + 1e-6);
            }
        }
    }
}
