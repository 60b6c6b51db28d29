//! Stands in for the overlay on systems where we cannot open a window that lets every click through.

use super::PointerError;
use crate::control::{ChoiceLine, ClickKind, Rect, State, Target};

/// The content of the badge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badge {
    /// What the driver is doing.
    pub state: State,
    /// The kind of the next click.
    pub kind: ClickKind,
    /// Fraction of the dwell time that has passed, 0 to 1.
    pub dwell: f64,
    /// An arrow is shown at the pointer (mode `steer`), so the badge keeps clear of it.
    pub has_arrow: bool,
}

/// A badge that cannot be shown.
#[derive(Debug)]
pub enum Overlay {}

impl Overlay {
    /// Reports that overlays are not supported here.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        let cause = "it can only be shown on X servers so far".to_owned();
        Err(PointerError::Overlay { cause })
    }

    /// Can never be called, because no value of this type exists.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: Badge, _: u16) -> Result<(), PointerError> {
        match *self {}
    }
}

/// An arrow that cannot be shown.
#[derive(Debug)]
pub enum HeadingArrow {}

impl HeadingArrow {
    /// Reports that overlays are not supported here.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        Overlay::open().map(|overlay| match overlay {})
    }

    /// Can never be called, because no value of this type exists.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: f64, _: u16) -> Result<(), PointerError> {
        match *self {}
    }
}

/// A dividing line that cannot be shown.
#[derive(Debug)]
pub enum ChoiceOverlay {}

impl ChoiceOverlay {
    /// Reports that overlays are not supported here.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        Overlay::open().map(|overlay| match overlay {})
    }

    /// Can never be called, because no value of this type exists.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: Option<ChoiceLine>, _: &[Target]) -> Result<(), PointerError> {
        match *self {}
    }
}

/// A frame around what was looked at that cannot be shown.
#[derive(Debug)]
pub enum ChosenFrame {}

impl ChosenFrame {
    /// Reports that overlays are not supported here.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        Overlay::open().map(|overlay| match overlay {})
    }

    /// Can never be called, because no value of this type exists.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: Option<Rect>) -> Result<(), PointerError> {
        match *self {}
    }
}
