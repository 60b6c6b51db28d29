//! What a display has to do to show tags: an X server, or a Wayland compositor.

mod wayland;
mod x11;

use super::PresenterError;
use super::frames::{Completion, NextFrame};
use crate::rect::Rect;
use crate::stimulus::appearance::Appearance;
use crate::stimulus::placement::Monitor;
use std::os::fd::BorrowedFd;

/// The name of every tag's window, for screen readers.
pub const TAG_NAME: &str = "bci-cursor tag";

/// A tag where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlacedTag {
    pub(super) place: Rect,
    pub(super) code: u16,
}

/// What a display reports.
#[derive(Debug, Clone, Copy)]
pub(super) enum DisplayEvent {
    /// A picture of a frame was shown, or skipped.
    Picture(Completion),
    /// The answer to [`Display::ask_time`].
    Time {
        /// The number of the question.
        question: u32,
        /// Its count of frames.
        msc: u64,
        /// Its time, microseconds.
        ust_us: u64,
    },
}

/// A connection to a display.
pub(super) trait Display {
    /// The monitors, the main one first.
    fn monitors(&mut self) -> Result<Vec<Monitor>, PresenterError>;

    /// Draws the pictures of tags of this width and height. All tags are gone.
    fn draw(&mut self, appearance: &Appearance, side: u16) -> Result<(), PresenterError>;

    /// Asks for the display's time, at a frame or (0) at the next one.
    fn ask_time(&mut self, question: u32, target_msc: u64) -> Result<(), PresenterError>;

    /// From the next frame on, these tags are shown. If there are none, all disappear at once.
    fn arrange(&mut self, tags: &[PlacedTag]) -> Result<(), PresenterError>;

    /// How many tags there are.
    fn tag_count(&self) -> usize;

    /// How many pictures it reports of each frame with tags.
    fn reports_of_a_frame(&self) -> usize;

    /// Whether it takes another frame now.
    fn takes_a_frame(&self) -> bool;

    /// Hands over a frame: for each tag the picture of the step that its code has.
    fn present(&mut self, next: NextFrame, step: &dyn Fn(u16) -> u8) -> Result<(), PresenterError>;

    /// The next event that has arrived.
    fn event(&mut self) -> Result<Option<DisplayEvent>, PresenterError>;

    /// Why it has told no time for too long.
    fn why_stalled(&self) -> PresenterError;

    /// Sends everything that was requested.
    fn flush(&self) -> Result<(), PresenterError>;

    /// What to wait on for events.
    fn fd(&self) -> BorrowedFd<'_>;
}

/// Connects to the display of this session.
///
/// # Errors
/// [`PresenterError`] if it does not tell when frames are shown.
pub(super) fn open() -> Result<Box<dyn Display>, PresenterError> {
    Ok(if crate::wayland::has_compositor() {
        Box::new(wayland::Compositor::open()?)
    } else {
        Box::new(x11::XServer::open()?)
    })
}

/// Which slots change so that these tags are shown: its number, and the tag that it has from now on. Tags that were there before keep
/// their slots, and no slot is added while there is one to spare.
fn changes(slots: &[Option<PlacedTag>], tags: &[PlacedTag]) -> Vec<(usize, Option<PlacedTag>)> {
    let mut new = tags.to_vec();
    let mut spare = Vec::new();
    for (number, slot) in slots.iter().enumerate() {
        match slot.and_then(|tag| new.iter().position(|one| *one == tag)) {
            Some(place) => drop(new.swap_remove(place)),
            None => spare.push(number),
        }
    }
    let (filled, count) = (spare.len().min(new.len()), slots.len());
    let emptied = spare.split_off(filled);
    let filled = spare.into_iter().chain(count..);
    let mut changes: Vec<_> = filled.zip(new.into_iter().map(Some)).collect();
    let was_shown = |number: &usize| slots[*number].is_some();
    let emptied = emptied.into_iter().filter(was_shown);
    changes.extend(emptied.map(|number| (number, None)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tag(at: i32) -> PlacedTag {
        PlacedTag {
            place: Rect {
                x: at,
                y: 0,
                width: 10,
                height: 10,
            },
            code: 0,
        }
    }

    proptest! {
        #[test]
        fn tags_keep_their_slots_and_none_is_wasted(scenes in prop::collection::vec(prop::collection::btree_set(0..12i32, 0..9), 1..9)) {
            let mut slots: Vec<Option<PlacedTag>> = Vec::new();
            let mut most = 0;
            for scene in scenes {
                let tags: Vec<PlacedTag> = scene.iter().map(|at| tag(*at)).collect();
                let before = slots.clone();
                for (number, tag) in changes(&before, &tags) {
                    prop_assert!(number <= slots.len());
                    if number == slots.len() {
                        slots.push(None);
                    }
                    prop_assert!(slots[number] != tag);
                    slots[number] = tag;
                }
                let mut shown: Vec<i32> = slots.iter().flatten().map(|tag| tag.place.x).collect();
                shown.sort_unstable();
                prop_assert_eq!(shown, scene.into_iter().collect::<Vec<_>>());
                for (slot, had) in slots.iter().zip(&before) {
                    prop_assert!(had.is_none_or(|tag| !tags.contains(&tag)) || slot == had);
                }
                most = most.max(tags.len());
                prop_assert_eq!(slots.len(), most);
            }
        }
    }
}
