//! Velocity to pixels and wheel steps: gain, curve, limit, smoothing, edges. Nothing is lost to rounding, whatever the tick interval.

use super::motion::Motion;
use super::one_euro::OneEuro;
use super::{Edges, Screens, ScrollSettings, SpeedSettings};

/// The pointer's current motion.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dynamics {
    smooth: [OneEuro; 2],
    motion: Motion,
    wheel: Motion,
}

/// Distance before an edge in which the pointer slows down, and its speed at the edge as a fraction, if edges resist.
const RESIST_PX: f64 = 60.0;
const RESIST_LEAST: f64 = 0.2;
/// Below this speed the pointer counts as standing still, pixels per second.
const STANDSTILL_PX_S: f64 = 0.5;

impl Dynamics {
    /// Pixels to move after a further `secs`, of which only `moving_s` count as motion.
    pub(super) fn pointer(
        &mut self,
        velocity_px_s: [f64; 2],
        [secs, moving_s]: [f64; 2],
        speed: &SpeedSettings,
        edges: Edges,
        screens: &Screens,
        place: Option<[i32; 2]>,
    ) -> [i32; 2] {
        let scale = screens.scale(place);
        let mut velocity = self.velocity(velocity_px_s, secs, speed).map(|v| v * scale);
        let Some(from) = place else {
            return self.motion.advance(velocity, moving_s);
        };
        if edges == Edges::Resist {
            let room = screens.room(from, velocity);
            for (velocity, room) in velocity.iter_mut().zip(room) {
                let near = room.map_or(1.0, |room| f64::from(room) / (RESIST_PX * scale));
                *velocity *= near.clamp(RESIST_LEAST, 1.0);
            }
        }
        screens.cut(from, self.motion.advance(velocity, moving_s))
    }

    /// Wheel steps after a further `secs`: to the right and down.
    pub(super) fn wheel(
        &mut self,
        velocity_px_s: [f64; 2],
        secs: f64,
        speed: &SpeedSettings,
        scroll: &ScrollSettings,
    ) -> [i32; 2] {
        let velocity = self.velocity(velocity_px_s, secs, speed);
        if velocity[0].hypot(velocity[1]) < scroll.stop_zone_px_s {
            self.wheel.stop();
            return [0; 2];
        }
        self.wheel
            .advance(velocity.map(|v| v / scroll.px_per_step), secs)
    }

    /// The velocity after gain, curve, limit and smoothing.
    fn velocity(&mut self, wanted_px_s: [f64; 2], secs: f64, speed: &SpeedSettings) -> [f64; 2] {
        let wanted = [wanted_px_s[0] * speed.gain_x, wanted_px_s[1] * speed.gain_y];
        let fast = wanted[0].hypot(wanted[1]);
        if !fast.is_finite() {
            self.stop();
            return [0.0; 2];
        }
        let is_rest = fast <= speed.dead_zone_px_s || fast == 0.0;
        if is_rest && speed.snap_to_stop {
            self.stop();
            return [0.0; 2];
        }
        let limit = speed.limit_px_s;
        let share = (fast / limit).min(1.0);
        let speed_px_s = if is_rest {
            0.0
        } else {
            limit * libm::pow(share, speed.exponent)
        };
        let mut velocity = [0.0; 2];
        for ((own, wanted), filter) in velocity.iter_mut().zip(wanted).zip(&mut self.smooth) {
            let along = if is_rest {
                0.0
            } else {
                wanted / fast * speed_px_s
            };
            *own = filter.step(along, secs, speed.min_cutoff_hz, speed.beta);
        }
        if is_rest && velocity[0].hypot(velocity[1]) < STANDSTILL_PX_S {
            self.stop();
            return [0.0; 2];
        }
        velocity
    }

    /// Stops at once and forgets the remaining fraction of a pixel.
    pub(super) fn stop(&mut self) {
        self.smooth.iter_mut().for_each(OneEuro::stop);
        self.motion.stop();
        self.wheel.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rect;
    use super::*;

    const HD: Rect = Rect {
        x: 0,
        y: 0,
        width: 1920,
        height: 1080,
    };

    /// Where one second of this velocity leads from a place.
    fn after_a_second(
        velocity: [f64; 2],
        speed: &SpeedSettings,
        edges: Edges,
        rect: Rect,
        tick_s: f64,
    ) -> [i32; 2] {
        let (mut dynamics, screens) = (Dynamics::default(), Screens::new(vec![rect]));
        let mut at = [rect.width / 2, rect.height / 2];
        for _ in 0..(1.0 / tick_s).round() as usize {
            let [dx, dy] =
                dynamics.pointer(velocity, [tick_s; 2], speed, edges, &screens, Some(at));
            at = [at[0] + dx, at[1] + dy];
        }
        [at[0] - rect.width / 2, at[1] - rect.height / 2]
    }

    #[test]
    fn speed_follows_gain_curve_limit_and_screen() {
        let quick = SpeedSettings {
            min_cutoff_hz: 100.0,
            ..SpeedSettings::default()
        };
        let gone = |change: fn(&mut SpeedSettings), rect: Rect| {
            let mut speed = quick;
            change(&mut speed);
            let [x, y] = after_a_second([120.0, 160.0], &speed, Edges::Stop, rect, 0.01);
            assert!(f64::from(y).abs() < 400.0 || rect.height > 1080);
            [x, y]
        };
        let near = |found: [i32; 2], expected: [f64; 2]| {
            let off = |k: usize| (f64::from(found[k]) - expected[k]).abs();
            assert!(
                off(0) <= 2.0 && off(1) <= 2.0,
                "{found:?}, expected {expected:?}"
            );
        };
        near(gone(|_| {}, HD), [120.0, 160.0]);
        near(gone(|s| s.gain_x = 2.0, HD), [240.0, 160.0]);
        near(gone(|s| s.limit_px_s = 100.0, HD), [60.0, 80.0]);
        near(gone(|s| s.dead_zone_px_s = 250.0, HD), [0.0, 0.0]);
        // 200 of 400, squared, is a quarter of 400.
        near(
            gone(|s| (s.limit_px_s, s.exponent) = (400.0, 2.0), HD),
            [60.0, 80.0],
        );
        let uhd = Rect {
            width: 3840,
            height: 2160,
            ..HD
        };
        near(gone(|_| {}, uhd), [240.0, 320.0]);
    }

    #[test]
    fn the_tick_interval_does_not_matter_and_rest_stops_at_once() {
        let speed = SpeedSettings::default();
        let gone: Vec<i32> = [0.004, 0.008, 0.02]
            .map(|tick_s| after_a_second([300.0, 0.0], &speed, Edges::Stop, HD, tick_s)[0])
            .into();
        assert!(gone.iter().all(|x| (x - gone[0]).abs() <= 6), "{gone:?}");
        let screens = Screens::default();
        let mut dynamics = Dynamics::default();
        let mut step = |v: f64, speed: &SpeedSettings| {
            dynamics.pointer([v, 0.0], [0.05; 2], speed, Edges::Stop, &screens, None)[0]
        };
        (0..20).for_each(|_| assert!(step(300.0, &speed) >= 0));
        assert_eq!(step(0.0, &speed), 0);
        let glides = SpeedSettings {
            snap_to_stop: false,
            ..SpeedSettings::default()
        };
        (0..20).for_each(|_| assert!(step(300.0, &glides) >= 0));
        assert!(step(0.0, &glides) > 0);
        (0..100).for_each(|_| _ = step(0.0, &glides));
        assert_eq!(step(0.0, &glides), 0);
    }

    #[test]
    fn edges_stop_or_resist() {
        let speed = SpeedSettings::default();
        let fast = [-9000.0, 0.0];
        let small = Rect { width: 400, ..HD };
        assert_eq!(
            after_a_second(fast, &speed, Edges::Stop, small, 0.01)[0],
            -200
        );
        let free = after_a_second([-190.0, 0.0], &speed, Edges::Stop, small, 0.01)[0];
        let slowed = after_a_second([-190.0, 0.0], &speed, Edges::Resist, small, 0.01)[0];
        assert!(slowed > free && slowed < -120, "{slowed} {free}");
    }

    #[test]
    fn the_wheel_turns_and_stops_in_its_stop_zone() {
        let speed = SpeedSettings::default();
        let scroll = ScrollSettings::default();
        let mut dynamics = Dynamics::default();
        let mut turned = |velocity: [f64; 2]| {
            let step = |_| dynamics.wheel(velocity, 0.01, &speed, &scroll);
            (0..300)
                .map(step)
                .fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]])
        };
        let [x, y] = turned([0.0, 200.0]);
        assert!(x == 0 && (13..=15).contains(&y), "{y}");
        assert_eq!(turned([0.0, 50.0])[0], 0);
        assert_eq!(turned([50.0, 0.0]), [0, 0]);
    }
}
