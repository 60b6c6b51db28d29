//! Where no window can be made that lets every click through.

use super::PointerError;
use crate::control::{ChoiceLine, ClickKind, State, Target};

/// What the sign says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badge {
    /// What the driver is doing.
    pub state: State,
    /// Which kind the next click is.
    pub kind: ClickKind,
    /// Share of the dwell time that is over, 0 to 1.
    pub dwell: f64,
    /// There is an arrow at the pointer (mode `steer`): the sign stays clear of it.
    pub has_arrow: bool,
}

/// A sign that cannot be shown.
#[derive(Debug)]
pub enum Overlay {}

impl Overlay {
    /// Says so.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        let cause = "it is shown on X servers only, so far".to_owned();
        Err(PointerError::Overlay { cause })
    }

    /// Cannot come to be.
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
    /// Says so.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        Overlay::open().map(|overlay| match overlay {})
    }

    /// Cannot come to be.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: f64, _: u16) -> Result<(), PointerError> {
        match *self {}
    }
}

/// A line that cannot be shown.
#[derive(Debug)]
pub enum ChoiceOverlay {}

impl ChoiceOverlay {
    /// Says so.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> Result<Self, PointerError> {
        Overlay::open().map(|overlay| match overlay {})
    }

    /// Cannot come to be.
    ///
    /// # Errors
    /// Never.
    pub fn show(&mut self, _: Option<ChoiceLine>, _: &[Target]) -> Result<(), PointerError> {
        match *self {}
    }
}
