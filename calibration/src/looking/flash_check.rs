//! Whether flicker keeps within the thresholds for photosensitive epilepsy: WCAG 2.2, success criterion 2.3.1 (general and red flash
//! thresholds), which agrees with ITU-R BT.1702 on displays of up to 200 cd/m².
//!
//! At most three flashes a second, or flashes at one time on at most 0.006 steradian of any 10 degrees of the visual field. Here all tags that
//! flash more often than that count as flashing at one time, whatever their codes, so that the answer does not depend on luck.

use std::collections::VecDeque;

/// Flashes a second that any area may have.
pub const MOST_FLASHES_A_SECOND: usize = 3;
/// Area that may flash more often within any [`FIELD_DEG`], steradian.
pub const MOST_AREA_SR: f64 = 0.006;
/// Width of the part of the visual field in which areas are added, degrees.
pub const FIELD_DEG: f64 = 10.0;
/// A change of a tenth of the brightest luminance counts, unless both states are bright.
const LUMINANCE: Rule = Rule {
    least_change: 0.1,
    lower_below: 0.8,
};
/// A change of `320 (R - G - B)` counts above 20, if red makes up this share of a state.
const RED: Rule = Rule {
    least_change: 20.0 + 1e-9,
    lower_below: f64::INFINITY,
};
const SATURATED: f64 = 0.8;

/// Linear red, green and blue, each from 0 to 1 (not the gamma-coded values of a picture).
pub type LinearRgb = [f64; 3];

/// Where a tag is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch {
    /// Direction of its middle from the middle of the screen, degrees to the right and down.
    pub centre_deg: [f64; 2],
    /// Width and height, degrees.
    pub size_deg: [f64; 2],
}

impl Patch {
    /// A patch of a screen that is looked at from `distance_mm`, from its middle and size on the screen, millimetres.
    #[must_use]
    pub fn on_screen(centre_mm: [f64; 2], size_mm: [f64; 2], distance_mm: f64) -> Self {
        let angle = |mm: f64| libm::atan(mm / distance_mm).to_degrees();
        let width = |k: usize| {
            angle(centre_mm[k] + size_mm[k] / 2.0) - angle(centre_mm[k] - size_mm[k] / 2.0)
        };
        Self {
            centre_deg: centre_mm.map(angle),
            size_deg: [width(0), width(1)],
        }
    }

    fn area_sr(&self) -> f64 {
        self.size_deg[0].to_radians() * self.size_deg[1].to_radians()
    }

    fn reach_deg(&self) -> f64 {
        libm::hypot(self.size_deg[0], self.size_deg[1]) / 2.0
    }
}

/// What exceeds a threshold.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Excess {
    /// Too large an area flashes too often.
    #[error(
        "{flashes} flashes a second on {area_sr:.4} steradian within {FIELD_DEG:.0} degrees, where at most {MOST_AREA_SR} may flash more than {MOST_FLASHES_A_SECOND} times"
    )]
    Area {
        /// Flashes in the worst second of one of the tags.
        flashes: usize,
        /// The area, steradian.
        area_sr: f64,
    },
    /// The same with saturated red.
    #[error(
        "{flashes} flashes a second with saturated red on {area_sr:.4} steradian within {FIELD_DEG:.0} degrees, where at most {MOST_AREA_SR} may flash more than {MOST_FLASHES_A_SECOND} times"
    )]
    Red {
        /// Flashes in the worst second of one of the tags.
        flashes: usize,
        /// The area, steradian.
        area_sr: f64,
    },
}

/// Watches the frames that are going to be shown.
#[derive(Debug, Clone)]
pub struct FlashCheck {
    patches: Vec<Patch>,
    luminance: Vec<Transitions>,
    red: Vec<Transitions>,
}

impl FlashCheck {
    /// For tags at these places on a display of `refresh_hz`.
    #[must_use]
    pub fn new(patches: Vec<Patch>, refresh_hz: f64) -> Self {
        let frames_a_second = libm::ceil(refresh_hz).max(1.0) as u64;
        let of = |rule| vec![Transitions::new(rule, frames_a_second); patches.len()];
        Self {
            luminance: of(LUMINANCE),
            red: of(RED),
            patches,
        }
    }

    /// Takes the colour of each tag in the next frame.
    pub fn push(&mut self, colours: &[LinearRgb]) {
        for ((luminance, red), colour) in self.luminance.iter_mut().zip(&mut self.red).zip(colours)
        {
            let [r, g, b] = *colour;
            // Relative luminance of sRGB's primaries.
            luminance.push(State {
                value: 0.2126 * r + 0.7152 * g + 0.0722 * b,
                is_marked: true,
            });
            let is_saturated = r > 0.0 && r >= SATURATED * (r + g + b);
            red.push(State {
                value: (320.0 * (r - g - b)).max(0.0),
                is_marked: is_saturated,
            });
        }
    }

    /// What the frames so far exceed.
    #[must_use]
    pub fn excesses(&self) -> Vec<Excess> {
        let general = self
            .worst(&self.luminance)
            .map(|(flashes, area_sr)| Excess::Area { flashes, area_sr });
        let red = self
            .worst(&self.red)
            .map(|(flashes, area_sr)| Excess::Red { flashes, area_sr });
        general.into_iter().chain(red).collect()
    }

    fn worst(&self, transitions: &[Transitions]) -> Option<(usize, f64)> {
        let flashes = transitions.iter().map(|tag| tag.most / 2);
        let often: Vec<&Patch> = self
            .patches
            .iter()
            .zip(flashes.clone())
            .filter_map(|(patch, flashes)| (flashes > MOST_FLASHES_A_SECOND).then_some(patch))
            .collect();
        let area_sr = largest_area_sr(&often);
        (area_sr > MOST_AREA_SR).then(|| (flashes.max().unwrap_or(0), area_sr))
    }
}

/// The largest area in any circle of [`FIELD_DEG`]. A patch counts wholly if any of it can be in the circle.
fn largest_area_sr(patches: &[&Patch]) -> f64 {
    let radius = FIELD_DEG / 2.0
        + patches
            .iter()
            .map(|patch| patch.reach_deg())
            .fold(0.0, f64::max);
    // A circle with most in it can be moved until two middles lie on its edge, or one in its middle.
    let mut middles: Vec<[f64; 2]> = patches.iter().map(|patch| patch.centre_deg).collect();
    for (k, one) in patches.iter().enumerate() {
        for other in &patches[k + 1..] {
            middles.extend(
                through(one.centre_deg, other.centre_deg, radius)
                    .into_iter()
                    .flatten(),
            );
        }
    }
    let area = |[x, y]: &[f64; 2]| -> f64 {
        let near = patches.iter().filter(|patch| {
            libm::hypot(patch.centre_deg[0] - x, patch.centre_deg[1] - y) <= radius + 1e-9
        });
        near.map(|patch| patch.area_sr()).sum()
    };
    middles.iter().map(area).fold(0.0, f64::max)
}

/// The middles of the two circles through two points; `None` if they are too far apart, or one point.
fn through(a: [f64; 2], b: [f64; 2], radius: f64) -> Option<[[f64; 2]; 2]> {
    let half = [(b[0] - a[0]) / 2.0, (b[1] - a[1]) / 2.0];
    let square = half[0] * half[0] + half[1] * half[1];
    if square == 0.0 || square > radius * radius {
        return None;
    }
    let along = libm::sqrt((radius * radius - square) / square);
    let middle = [a[0] + half[0], a[1] + half[1]];
    Some([1.0, -1.0].map(|side| {
        [
            middle[0] - side * along * half[1],
            middle[1] + side * along * half[0],
        ]
    }))
}

/// Rises and falls of one quantity, and the most of them in any second. A flash is a pair.
#[derive(Debug, Clone)]
struct Transitions {
    rule: Rule,
    frames_a_second: u64,
    frame: u64,
    lowest: State,
    highest: State,
    /// The direction of the last transition.
    is_rise: Option<bool>,
    /// Frames of the transitions of the last second.
    recent: VecDeque<u64>,
    most: usize,
}

/// What counts as a transition.
#[derive(Debug, Clone, Copy)]
struct Rule {
    least_change: f64,
    /// The lower state must be below this.
    lower_below: f64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    value: f64,
    /// One of both states of a transition must be marked.
    is_marked: bool,
}

impl Transitions {
    fn new(rule: Rule, frames_a_second: u64) -> Self {
        let unknown = |value| State {
            value,
            is_marked: false,
        };
        Self {
            rule,
            frames_a_second,
            frame: 0,
            lowest: unknown(f64::INFINITY),
            highest: unknown(f64::NEG_INFINITY),
            is_rise: None,
            recent: VecDeque::new(),
            most: 0,
        }
    }

    fn push(&mut self, now: State) {
        if now.value < self.lowest.value {
            self.lowest = now;
        }
        if now.value > self.highest.value {
            self.highest = now;
        }
        let is_change = |low: State, high: State| {
            high.value - low.value >= self.rule.least_change
                && low.value < self.rule.lower_below
                && (low.is_marked || high.is_marked)
        };
        if self.is_rise != Some(true) && is_change(self.lowest, now) {
            self.count(now, true);
        } else if self.is_rise != Some(false) && is_change(now, self.highest) {
            self.count(now, false);
        }
        self.frame += 1;
    }

    fn count(&mut self, now: State, is_rise: bool) {
        (self.lowest, self.highest, self.is_rise) = (now, now, Some(is_rise));
        self.recent.push_back(self.frame);
        while self
            .recent
            .front()
            .is_some_and(|first| self.frame - first >= self.frames_a_second)
        {
            self.recent.pop_front();
        }
        self.most = self.most.max(self.recent.len());
    }
}

#[cfg(test)]
mod tests {
    use super::{Excess, FlashCheck, LinearRgb, MOST_AREA_SR, Patch};

    const BLACK: LinearRgb = [0.0; 3];
    const WHITE: LinearRgb = [1.0; 3];

    /// Tags of this width and height at these directions, degrees, all of which alternate twice `hz` times a second at 60 Hz.
    fn check(places: &[[f64; 2]], size_deg: f64, hz: f64, colours: [LinearRgb; 2]) -> Vec<Excess> {
        let patch = |centre_deg: &[f64; 2]| Patch {
            centre_deg: *centre_deg,
            size_deg: [size_deg; 2],
        };
        let mut check = FlashCheck::new(places.iter().map(patch).collect(), 60.0);
        for frame in 0..180 {
            let is_second = (f64::from(frame) * hz / 60.0 + 1e-9).fract() >= 0.5;
            check.push(&vec![colours[usize::from(is_second)]; places.len()]);
        }
        check.excesses()
    }

    #[test]
    fn three_flashes_a_second_may_be_of_any_size_and_four_may_not() {
        assert_eq!(check(&[[0.0, 0.0]], 20.0, 3.0, [BLACK, WHITE]), []);
        let [Excess::Area { flashes, area_sr }] =
            check(&[[0.0, 0.0]], 20.0, 4.0, [BLACK, WHITE])[..]
        else {
            panic!("no excess");
        };
        assert_eq!(flashes, 4);
        assert!((area_sr - 20.0_f64.to_radians().powi(2)).abs() < 1e-12);
    }

    #[test]
    fn small_areas_may_flash_and_are_added_within_ten_degrees() {
        // 0.0019 steradian each.
        let size = 2.5;
        assert_eq!(
            check(
                &[[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]],
                size,
                15.0,
                [BLACK, WHITE]
            ),
            []
        );
        assert_eq!(
            check(
                &[[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]],
                size,
                15.0,
                [BLACK, WHITE]
            )
            .len(),
            1
        );
        // The same four, too far apart for any circle to have them all.
        assert_eq!(
            check(
                &[[0.0, 0.0], [20.0, 0.0], [0.0, 20.0], [20.0, 20.0]],
                size,
                15.0,
                [BLACK, WHITE]
            ),
            []
        );
        // In a row of 13.5 degrees, a circle touches all four.
        assert_eq!(
            check(
                &[[0.0, 0.0], [4.5, 0.0], [9.0, 0.0], [13.5, 0.0]],
                size,
                15.0,
                [BLACK, WHITE]
            )
            .len(),
            1
        );
    }

    #[test]
    fn low_contrast_and_bright_changes_do_not_count() {
        let grey = |value: f64| [value; 3];
        assert_eq!(
            check(&[[0.0, 0.0]], 20.0, 15.0, [grey(0.3), grey(0.399)]),
            []
        );
        assert_eq!(
            check(&[[0.0, 0.0]], 20.0, 15.0, [grey(0.3), grey(0.401)]).len(),
            1
        );
        assert_eq!(
            check(&[[0.0, 0.0]], 20.0, 15.0, [grey(0.81), grey(1.0)]),
            []
        );
    }

    #[test]
    fn saturated_red_counts_by_itself() {
        // No change of luminance of 0.1, but one of red.
        let found = check(&[[0.0, 0.0]], 20.0, 15.0, [BLACK, [0.3, 0.0, 0.0]]);
        assert!(
            matches!(found[..], [Excess::Red { flashes: 15, .. }]),
            "{found:?}"
        );
        assert_eq!(
            check(&[[0.0, 0.0]], 20.0, 15.0, [BLACK, [0.2, 0.06, 0.0]]),
            [],
            "not saturated"
        );
    }

    #[test]
    fn slow_ramps_count_by_their_whole_change() {
        let mut check = FlashCheck::new(
            vec![Patch {
                centre_deg: [0.0; 2],
                size_deg: [20.0; 2],
            }],
            60.0,
        );
        for frame in 0..300 {
            // Ten steps up and ten down: three whole flashes a second, in steps of less than a tenth.
            let step = (frame % 20_i32 - 10).unsigned_abs();
            check.push(&[[f64::from(step) * 0.05; 3]]);
        }
        assert_eq!(check.excesses(), []);
        for frame in 0..300 {
            let step = (frame % 12_i32 - 6).unsigned_abs();
            check.push(&[[f64::from(step) * 0.05; 3]]);
        }
        assert_eq!(check.excesses().len(), 1, "five a second");
    }

    #[test]
    fn a_patch_of_a_screen_has_its_angle() {
        // 21 mm at 600 mm are two degrees; 2 x 2 degrees are 0.0012 steradian.
        let patch = Patch::on_screen([0.0, 0.0], [20.947, 20.947], 600.0);
        assert!((patch.size_deg[0] - 2.0).abs() < 1e-3, "{patch:?}");
        assert!((patch.area_sr() - 0.001_218_5).abs() < 1e-6);
        assert!(5.0 * patch.area_sr() > MOST_AREA_SR);
        let aside = Patch::on_screen([600.0, 0.0], [20.947, 20.947], 600.0);
        assert!((aside.centre_deg[0] - 45.0).abs() < 1e-9 && aside.size_deg[0] < 1.01);
    }
}
