//! Pictures above all windows of a Wayland compositor.

mod drawing;

use super::geometry::{beside, gap, reach_px, size};
use super::{Badge, Overlay, PointerError};
use crate::control::{ChoiceLine, Target};
use crate::rect::{Rect, nearest};
use crate::wayland::{Patch, Picture, Stage, WaylandError, pictures};
use drawing::{drawn_arrow, drawn_badge, drawn_frame, drawn_line};
use wayland_client::protocol::wl_buffer::WlBuffer;

/// A picture, and where it is shown.
#[derive(Default)]
struct Spot {
    patch: Option<Patch>,
    /// The picture that is shown, and the one before, which the compositor may still read.
    buffers: [Option<WlBuffer>; 2],
    at: Option<Rect>,
}

impl Spot {
    fn draw(&mut self, stage: &mut Stage, drawn: Picture, at: Rect) -> Result<(), WaylandError> {
        let buffer = pictures(&stage.client, &[drawn])?.pop();
        self.buffers.swap(0, 1);
        if let Some(old) = std::mem::replace(&mut self.buffers[0], buffer) {
            old.destroy();
        }
        self.move_to(stage, at);
        Ok(())
    }

    /// Shows its picture at a place. On another screen it must be shown again.
    fn move_to(&mut self, stage: &mut Stage, at: Rect) {
        stage.put(&mut self.patch, &at);
        self.at = Some(at);
        if let Some(patch) = &self.patch {
            patch.show(self.buffers[0].as_ref(), [at.width, at.height]);
        }
    }

    fn hide(&mut self) {
        if self.at.take().is_some()
            && let Some(patch) = &self.patch
        {
            patch.show(None, [0; 2]);
        }
    }
}

/// Everything that is shown.
pub(super) struct Glass {
    stage: Stage,
    screens: Vec<Rect>,
    badge: Spot,
    arrow: Spot,
    /// One for each screen.
    lines: Vec<Spot>,
    chosen: Spot,
    shown: Shown,
}

/// What it shows.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    badge: Option<(Badge, u16)>,
    /// Degrees, and the badge's height.
    arrow: Option<(i32, u16)>,
    line: Option<ChoiceLine>,
    targets: Vec<Target>,
    chosen: Option<Rect>,
}

impl Glass {
    pub(super) fn open() -> Result<Self, PointerError> {
        let stage = Stage::open("bci-cursor overlay").map_err(refused)?;
        Ok(Self {
            screens: stage.screens().map(|(rect, _)| rect).collect(),
            stage,
            badge: Spot::default(),
            arrow: Spot::default(),
            lines: Vec::new(),
            chosen: Spot::default(),
            shown: Shown::default(),
        })
    }

    /// Reads what the compositor has sent. If its screens have changed, everything is drawn again.
    fn follow(&mut self) -> Result<(), WaylandError> {
        while self.stage.event()?.is_some() {}
        let screens: Vec<Rect> = self.stage.screens().map(|(rect, _)| rect).collect();
        if screens == self.screens {
            return Ok(());
        }
        (self.badge, self.arrow, self.chosen) = (Spot::default(), Spot::default(), Spot::default());
        self.lines.clear();
        self.shown = Shown::default();
        self.stage.renew()?;
        self.screens = screens;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), WaylandError> {
        self.stage.commit(|_, _| {});
        self.stage.client.flush()
    }

    /// The screen that shows a place, or the nearest one.
    fn screen(&self, at: [i32; 2]) -> Rect {
        nearest(&self.screens, at.map(f64::from))
            .map_or(Rect::new(0, 0, 1, 1), |number| self.screens[number])
    }

    fn show_badge(
        &mut self,
        badge: Option<(Badge, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), WaylandError> {
        self.follow()?;
        let Some((badge, height)) = badge else {
            if self.shown.badge.take().is_none() {
                return Ok(());
            }
            self.badge.hide();
            return self.finish();
        };
        let [width, tall] = size(height).map(i32::from);
        let gap = gap(height, badge.has_arrow);
        let [x, y] = beside(pointer, [width, tall], &self.screen(pointer), gap);
        let at = Rect::new(x, y, width, tall);
        // A change of a hundredth of the ring is not visible.
        let is_other = self.shown.badge.is_none_or(|(before, was_high)| {
            (before.state, before.kind, was_high) != (badge.state, badge.kind, height)
                || (before.dwell - badge.dwell).abs() > 0.01
        });
        if is_other {
            self.badge
                .draw(&mut self.stage, drawn_badge(&badge, height), at)?;
            self.shown.badge = Some((badge, height));
        } else if self.badge.at != Some(at) {
            self.badge.move_to(&mut self.stage, at);
        } else {
            return Ok(());
        }
        self.finish()
    }

    fn show_heading(
        &mut self,
        heading: Option<(f64, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), WaylandError> {
        self.follow()?;
        let Some((heading_rad, height)) = heading else {
            if self.shown.arrow.take().is_none() {
                return Ok(());
            }
            self.arrow.hide();
            return self.finish();
        };
        let reach = i32::from(reach_px(height));
        let [x, y] = pointer.map(|at| at - reach);
        let at = Rect::new(x, y, 2 * reach, 2 * reach);
        let arrow = (heading_rad.to_degrees().round() as i32, height);
        if self.shown.arrow != Some(arrow) {
            self.arrow.draw(&mut self.stage, drawn_arrow(arrow), at)?;
            self.shown.arrow = Some(arrow);
        } else if self.arrow.at != Some(at) {
            self.arrow.move_to(&mut self.stage, at);
        } else {
            return Ok(());
        }
        self.finish()
    }

    fn show_line(
        &mut self,
        line: Option<ChoiceLine>,
        targets: &[Target],
    ) -> Result<(), WaylandError> {
        self.follow()?;
        if line == self.shown.line && (line.is_none() || targets == self.shown.targets) {
            return Ok(());
        }
        self.shown.line = line;
        self.shown.targets = targets.to_vec();
        self.lines.resize_with(self.screens.len(), Spot::default);
        for (spot, screen) in self.lines.iter_mut().zip(&self.screens) {
            match &line {
                Some(line) => {
                    spot.draw(&mut self.stage, drawn_line(line, targets, screen), *screen)?
                }
                None => spot.hide(),
            }
        }
        self.finish()
    }

    fn show_chosen(&mut self, rect: Option<Rect>) -> Result<(), WaylandError> {
        self.follow()?;
        if rect == self.shown.chosen {
            return Ok(());
        }
        self.shown.chosen = rect;
        match rect {
            Some(rect) => {
                let screen = self.screen(rect.middle().map(|at| at as i32));
                let (picture, at) = drawn_frame(&rect, &screen);
                self.chosen.draw(&mut self.stage, picture, at)?;
            }
            None => self.chosen.hide(),
        }
        self.finish()
    }
}

impl Overlay for Glass {
    fn badge(
        &mut self,
        badge: Option<(Badge, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        self.show_badge(badge, pointer).map_err(refused)
    }

    fn heading(
        &mut self,
        heading: Option<(f64, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        self.show_heading(heading, pointer).map_err(refused)
    }

    fn line(&mut self, line: Option<ChoiceLine>, targets: &[Target]) -> Result<(), PointerError> {
        self.show_line(line, targets).map_err(refused)
    }

    fn chosen(&mut self, rect: Option<Rect>) -> Result<(), PointerError> {
        self.show_chosen(rect).map_err(refused)
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: WaylandError) -> PointerError {
    let cause = match error {
        WaylandError::NotOffered(_) => {
            "this Wayland desktop lets no program show anything above all windows".to_owned()
        }
        other => other.to_string(),
    };
    PointerError::Overlay { cause }
}
