//! Which scene is shown at a sample.

use super::selection::Shown;
use std::collections::VecDeque;

/// Scenes that can wait until their samples arrive.
const WAITING: usize = 64;

/// Scenes in the order of their samples.
#[derive(Debug)]
pub(super) struct Scenes {
    waiting: VecDeque<Shown>,
    shown: Option<Shown>,
}

impl Scenes {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::with_capacity(WAITING),
            shown: None,
        }
    }

    pub(super) fn announce(&mut self, shown: Shown) {
        self.waiting.push_back(shown);
    }

    /// Whether there is room for another scene without new memory.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < self.waiting.capacity()
    }

    /// Changes to the next scene if it has begun at a place, which is a sample index with a fraction. Returns the new scene.
    pub(super) fn change(&mut self, place: f64) -> Option<Shown> {
        let has_begun = |next: &mut Shown| next.from.0 as f64 <= place;
        let next = self.waiting.pop_front_if(has_begun)?;
        self.shown = Some(next);
        Some(next)
    }

    /// The next scene, if it has not begun.
    pub(super) fn next(&self) -> Option<&Shown> {
        self.waiting.front()
    }

    pub(super) fn shown(&self) -> Option<Shown> {
        self.shown
    }

    /// Nothing counts as looked at until the next scene.
    pub(super) fn end(&mut self) {
        self.shown = None;
    }
}
