//! What looking needs to know at a tick, and what it decides.

use super::super::{AssistInput, Target, TargetKind};
use crate::command::Selection;
use crate::control::Screens;
use crate::control::auxiliary::GazeArea;
use crate::rect::Rect;
use crate::settings::LookSettings;

/// What is needed at a tick.
pub(in super::super) struct LookInput<'a> {
    pub(in super::super) selection: Option<&'a Selection>,
    pub(in super::super) settings: &'a LookSettings,
    pub(in super::super) screens: &'a Screens,
    /// The targets that programs publish; empty if they are too old.
    pub(in super::super) targets: &'a [Target],
    /// How long dwelling takes, seconds; 0 if it is off.
    pub(in super::super) dwells_s: f64,
    /// Where an eye tracker says that the eyes look.
    pub(in super::super) gaze: Option<GazeArea>,
    /// Imagined movement counts as well.
    pub(in super::super) has_imagery: bool,
    pub(in super::super) at: &'a AssistInput,
}

impl LookInput<'_> {
    /// The screen that the pointer is on, without the patient's panel.
    pub(super) fn screen(&self) -> Option<Rect> {
        let place = self.at.place.map(|px| px as i32);
        let rects = self.screens.rects();
        let here = rects.iter().find(|rect| rect.contains(place));
        let screen = here.or(rects.first()).copied()?;
        let buttons = self.panel().map(|target| target.rect);
        let rest = buttons
            .reduce(|one, other| one.around(&other))
            .and_then(|panel| screen.beside(&panel));
        Some(rest.unwrap_or(screen))
    }

    /// The buttons of the patient's panel.
    pub(super) fn panel(&self) -> impl Iterator<Item = &Target> {
        let targets = self.targets.iter();
        targets.filter(|target| target.kind == TargetKind::Panel)
    }

    pub(super) fn tag_px(&self) -> f64 {
        f64::from(self.settings.size_px) * self.at.scale
    }
}

/// The result of a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in super::super) struct Looked {
    /// Where the pointer goes, or has arrived.
    pub(in super::super) goes_to: Option<Rect>,
    /// It goes there for good, and is there.
    pub(in super::super) is_reached: bool,
    /// Staying at one place may be intended as a click.
    pub(in super::super) may_dwell: bool,
    /// The user asks for a click.
    pub(in super::super) asks_click: bool,
    /// Looks decide about the click here: staying does not, even later.
    pub(in super::super) disarms_dwell: bool,
}
