//! Draws what is shown.

use crate::control::{ChoiceLine, Rect, Target};
use crate::pointer::overlay::Badge;
use crate::pointer::overlay::geometry::{
    CHOSEN_PX, EDGE, REFERENCE_HEIGHT_PX, STRIPES, arrow, frame, frame_px, reach_px, size, stripe,
};
use crate::pointer::overlay::shapes::{BLACK, BLUE, Brush, ORANGE, WHITE, mouse, ring, state};
use crate::wayland::Picture;
use std::convert::Infallible;

/// The badge, of this height in pixels.
pub(super) fn drawn_badge(badge: &Badge, height: u16) -> Picture {
    let [width, height] = size(height).map(f64::from);
    let mut picture = Picture::plain([width as u32, height as u32], 0);
    let edge = (height / 16.0).max(1.0);
    for (inset, colour) in [(0.0, WHITE), (edge, BLACK)] {
        let half = 0.5 * height;
        let radius = half - inset;
        picture.paint(colour, |[x, y]| {
            let beyond = x - x.clamp(half, width - half);
            beyond.hypot(y - half) <= radius
        });
    }
    let mut brush = PictureBrush {
        picture: &mut picture,
        height,
        colour: WHITE,
        line_px: 1.0,
    };
    let (Ok(()), Ok(()), Ok(())) = (
        ring(&mut brush, badge.dwell),
        state(&mut brush, badge.state),
        mouse(&mut brush, badge.kind),
    );
    picture
}

/// The arrow for a heading in degrees, and a badge of this height in pixels.
pub(super) fn drawn_arrow((degrees, height): (i32, u16)) -> Picture {
    let reach = reach_px(height);
    let mut picture = Picture::plain([2 * u32::from(reach); 2], 0);
    for (edge, colour) in [(EDGE, BLACK), (0.0, WHITE)] {
        let corners = arrow(f64::from(degrees).to_radians(), f64::from(height), edge);
        let corners = corners.map(|corner| corner.map(|at| f64::from(reach) + at));
        fill_polygon(&mut picture, &corners, colour);
    }
    picture
}

/// The part of the line that lies on a screen, and the frames there.
pub(super) fn drawn_line(line: &ChoiceLine, targets: &[Target], screen: &Rect) -> Picture {
    let mut picture = Picture::plain([screen.width, screen.height].map(i32::unsigned_abs), 0);
    let here = |rect: &Rect| Rect {
        x: rect.x - screen.x,
        y: rect.y - screen.y,
        ..*rect
    };
    for (second, (edges, colour)) in STRIPES.into_iter().zip([BLUE, ORANGE]).enumerate() {
        let corners = stripe(line, edges, screen);
        let corners = corners.map(|[x, y]| [x - f64::from(screen.x), y - f64::from(screen.y)]);
        fill_polygon(&mut picture, &corners, colour);
        let thick = frame_px(edges, screen);
        let visible = targets
            .iter()
            .filter_map(|target| target.rect.cut_to(screen));
        let own = visible.filter(|rect| line.is_second(rect.middle()) == (second == 1));
        for side in own.flat_map(|rect| frame(&here(&rect), thick)) {
            picture.fill(&side, colour);
        }
    }
    picture
}

/// A frame around the part of a rectangle that lies on a screen, and its place.
pub(super) fn drawn_frame(rect: &Rect, screen: &Rect) -> (Picture, Rect) {
    let rect = &rect.cut_to(screen).unwrap_or(Rect {
        width: 1,
        height: 1,
        ..*screen
    });
    let scale = f64::from(screen.height) / REFERENCE_HEIGHT_PX;
    let [white, black] = CHOSEN_PX.map(|px| (px * scale).round().max(1.0) as i32);
    let at = Rect {
        x: rect.x - black,
        y: rect.y - black,
        width: rect.width + 2 * black,
        height: rect.height + 2 * black,
    };
    let mut picture = Picture::plain([at.width, at.height].map(i32::unsigned_abs), 0);
    let within = Rect {
        x: black,
        y: black,
        ..*rect
    };
    for (thick, colour) in [(black, BLACK), (white, WHITE)] {
        for side in frame(&within, thick) {
            picture.fill(&side, colour);
        }
    }
    (picture, at)
}

/// Fills a polygon.
fn fill_polygon(picture: &mut Picture, corners: &[[f64; 2]], colour: [u8; 3]) {
    let mut crossings = Vec::with_capacity(corners.len());
    for row in 0..picture.height as i32 {
        let y = f64::from(row) + 0.5;
        let next = corners.iter().cycle().skip(1);
        let sides = corners.iter().zip(next);
        let crossed = sides.filter(|([_, ay], [_, by])| (*ay > y) != (*by > y));
        let places = crossed.map(|([ax, ay], [bx, by])| ax + (bx - ax) * (y - ay) / (by - ay));
        crossings.clear();
        crossings.extend(places.map(|x| x.round() as i32));
        crossings.sort_unstable();
        for pair in crossings.chunks_exact(2) {
            let span = Rect {
                x: pair[0],
                y: row,
                width: pair[1] - pair[0],
                height: 1,
            };
            picture.fill(&span, colour);
        }
    }
}

/// Draws on a picture.
struct PictureBrush<'a> {
    picture: &'a mut Picture,
    height: f64,
    colour: [u8; 3],
    line_px: f64,
}

impl PictureBrush<'_> {
    fn px(&self, at: [f64; 2]) -> [f64; 2] {
        at.map(|at| at * self.height)
    }
}

impl Brush for PictureBrush<'_> {
    type Error = Infallible;

    fn colour(&mut self, colour: [u8; 3], line: f64) -> Result<(), Infallible> {
        (self.colour, self.line_px) = (colour, (line * self.height).max(1.0));
        Ok(())
    }

    fn disc(&mut self, at: [f64; 2], radius: f64) -> Result<(), Infallible> {
        let ([cx, cy], radius) = (self.px(at), radius * self.height);
        self.picture
            .paint(self.colour, |[x, y]| (x - cx).hypot(y - cy) <= radius);
        Ok(())
    }

    fn circle(&mut self, at: [f64; 2], radius: f64, share: f64) -> Result<(), Infallible> {
        let ([cx, cy], radius) = (self.px(at), radius * self.height);
        let half = 0.5 * self.line_px;
        self.picture.paint(self.colour, |[x, y]| {
            let turn = f64::atan2(x - cx, cy - y) / std::f64::consts::TAU;
            ((x - cx).hypot(y - cy) - radius).abs() <= half && turn.rem_euclid(1.0) <= share
        });
        Ok(())
    }

    fn bar(&mut self, at: [f64; 2], size: [f64; 2]) -> Result<(), Infallible> {
        let ([cx, cy], [width, height]) = (self.px(at), self.px(size));
        self.picture.paint(self.colour, |[x, y]| {
            (x - cx).abs() <= 0.5 * width && (y - cy).abs() <= 0.5 * height
        });
        Ok(())
    }

    fn line(&mut self, from: [f64; 2], to: [f64; 2]) -> Result<(), Infallible> {
        let ([ax, ay], [bx, by]) = (self.px(from), self.px(to));
        let ([dx, dy], half) = ([bx - ax, by - ay], 0.5 * self.line_px);
        let squared = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        self.picture.paint(self.colour, |[x, y]| {
            let along = (((x - ax) * dx + (y - ay) * dy) / squared).clamp(0.0, 1.0);
            (x - ax - along * dx).hypot(y - ay - along * dy) <= half
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{ClickKind, PauseReason, State};

    const SCREEN: Rect = Rect {
        x: 100,
        y: 0,
        width: 640,
        height: 360,
    };

    fn pixel(picture: &Picture, [x, y]: [u32; 2]) -> u32 {
        picture.pixels[(y * picture.width + x) as usize]
    }

    const BLUE_PIXEL: u32 = 0xff56_b4e9;
    const ORANGE_PIXEL: u32 = 0xffe6_9f00;

    #[test]
    fn the_line_and_the_frames_have_the_colours_of_their_sides() {
        // Upright, at x = 400 of the desktop: 300 on this screen.
        let line = ChoiceLine {
            normal_rad: 0.0,
            offset_px: 400.0,
        };
        let target = |x| {
            Target::new(
                Rect::new(x, 100, 50, 40),
                crate::control::TargetKind::Button,
            )
        };
        let picture = drawn_line(&line, &[target(200), target(600)], &SCREEN);
        assert_eq!((picture.width, picture.height), (640, 360));
        // A third of the widths for 1080 pixels: from -1.7 to -0.3, and from 0.3 to 3.7.
        for y in [0, 180, 359] {
            assert_eq!(pixel(&picture, [298, y]), BLUE_PIXEL);
            assert_eq!(pixel(&picture, [302, y]), ORANGE_PIXEL);
            assert_eq!([290, 310].map(|x| pixel(&picture, [x, y])), [0; 2]);
        }
        assert_eq!(pixel(&picture, [99, 120]), BLUE_PIXEL);
        assert_eq!(pixel(&picture, [499, 120]), ORANGE_PIXEL);
        assert_eq!(pixel(&picture, [120, 120]), 0);
    }

    #[test]
    fn the_frame_leaves_what_was_chosen_free() {
        let chosen = Rect {
            x: 150,
            y: 50,
            width: 30,
            height: 20,
        };
        let (picture, at) = drawn_frame(&chosen, &SCREEN);
        assert_eq!((at.x, at.y, at.width, at.height), (148, 48, 34, 24));
        assert_eq!(
            [0, 1, 2].map(|x| pixel(&picture, [x, 10])),
            [0xff00_0000, 0xffff_ffff, 0]
        );
        assert_eq!(pixel(&picture, [31, 21]), 0);
    }

    #[test]
    fn each_state_looks_different() {
        let states = [
            State::Starting,
            State::Paused(PauseReason::Asked),
            State::Idle,
            State::Active,
            State::SignalLost,
        ];
        let drawn = |state: State| {
            let badge = Badge {
                state,
                kind: ClickKind::Left,
                dwell: 0.0,
                has_arrow: false,
            };
            drawn_badge(&badge, 40)
        };
        for (k, one) in states.iter().enumerate() {
            let picture = drawn(*one);
            // Outside of its round ends it is transparent, and within it is not.
            assert_eq!(pixel(&picture, [0, 0]), 0);
            assert_eq!(pixel(&picture, [36, 4]), 0xff00_0000);
            for other in &states[..k] {
                assert_ne!(picture, drawn(*other), "{one:?} {other:?}");
            }
        }
    }
}
