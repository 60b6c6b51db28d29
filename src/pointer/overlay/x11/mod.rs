//! Windows of an X server, shaped because without a program that composes windows an ordinary one would be a rectangle.

mod badge;
mod brush;
mod chosen;
mod heading;
mod line;
pub(crate) mod pane;

use super::{Badge, Overlay, PointerError};
use crate::control::{ChoiceLine, Rect, Target};
use crate::pointer::in_words;
use badge::BadgeWindow;
use chosen::ChosenFrame;
use heading::HeadingArrow;
use line::ChoiceWindows;
use std::error::Error;

/// We do not learn when another window covers ours, so it is raised again after this many updates.
const RAISE_AFTER: u32 = 30;

/// Everything that is shown, each on its own connection.
#[derive(Default)]
pub(super) struct Windows {
    badge: Option<BadgeWindow>,
    arrow: Option<HeadingArrow>,
    line: Option<ChoiceWindows>,
    chosen: Option<ChosenFrame>,
}

/// The window that is there, or a new one.
fn opened<T>(
    window: &mut Option<T>,
    open: impl FnOnce() -> Result<T, PointerError>,
) -> Result<&mut T, PointerError> {
    Ok(match window {
        Some(window) => window,
        none => none.insert(open()?),
    })
}

impl Overlay for Windows {
    fn badge(
        &mut self,
        badge: Option<(Badge, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        let Some((badge, height)) = badge else {
            self.badge = None;
            return Ok(());
        };
        opened(&mut self.badge, BadgeWindow::open)?.show(badge, height, pointer)
    }

    fn heading(
        &mut self,
        heading: Option<(f64, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        let Some((heading_rad, height)) = heading else {
            self.arrow = None;
            return Ok(());
        };
        opened(&mut self.arrow, HeadingArrow::open)?.show(heading_rad, height, pointer)
    }

    fn line(&mut self, line: Option<ChoiceLine>, targets: &[Target]) -> Result<(), PointerError> {
        if line.is_none() && self.line.is_none() {
            return Ok(());
        }
        opened(&mut self.line, ChoiceWindows::open)?.show(line, targets)
    }

    fn chosen(&mut self, rect: Option<Rect>) -> Result<(), PointerError> {
        if rect.is_none() && self.chosen.is_none() {
            return Ok(());
        }
        opened(&mut self.chosen, ChosenFrame::open)?.show(rect)
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> PointerError {
    PointerError::Overlay {
        cause: in_words(error.as_ref()),
    }
}
