//! A Wayland compositor: surfaces above all windows, and the stamps of wp_presentation.
//!
//! All tags of a screen change in the same frame, and one stamp says when. Frames cannot be handed over in advance: each is committed when the
//! compositor has taken the one before, and is shown with its next frame. What comes too late is shown later, and the old picture stays until
//! then.

use super::super::PresenterError;
use super::super::frames::{Completion, NextFrame};
use super::super::picture::parts;
use super::{Display, DisplayEvent, PlacedTag, TAG_NAME, changes};
use crate::stimulus::appearance::{Appearance, STEPS};
use crate::stimulus::placement::Monitor;
use crate::wayland::{Event, Patch, Picture, Stage, WaylandError, pictures};
use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_protocols::wp::presentation_time::client::wp_presentation::WpPresentation;

/// Frames a second of a screen that states none, thousandths.
const USUAL_MHZ: u32 = 60_000;

/// The place of a tag. It is kept when its tag is gone, for the next one.
#[derive(Default)]
struct Slot {
    tag: Option<PlacedTag>,
    patch: Option<Patch>,
    /// The step that it shows.
    step: Option<u8>,
}

/// What a commit was for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// The number of a question for the time.
    Question(u32),
    /// The serial number of a frame.
    Frame(u32),
}

/// A connection to the compositor.
pub(super) struct Compositor {
    stage: Stage,
    presentation: WpPresentation,
    slots: Vec<Slot>,
    /// The picture of each step of brightness.
    pictures: Vec<WlBuffer>,
    side: u16,
    /// Number of the last commit with a stamp, and commits whose stamps are still to come.
    commits: u32,
    pending: VecDeque<(u32, Purpose)>,
    /// A question whose commit was never shown.
    unanswered: Option<u32>,
    takes_a_frame: bool,
    /// It has shown a frame before, whether it told when or not.
    has_shown: bool,
    count: FrameCount,
}

impl Compositor {
    /// Connects.
    ///
    /// # Errors
    /// [`PresenterError`] if it has no surfaces above windows, or does not tell when they are shown.
    pub(super) fn open() -> Result<Self, PresenterError> {
        let lacking = |instead: PresenterError| {
            move |error: WaylandError| match error {
                WaylandError::NotOffered(_) => instead,
                other => refused(other),
            }
        };
        let stage = Stage::open(TAG_NAME).map_err(lacking(PresenterError::NoLayers))?;
        let presentation = stage.client.bind(1);
        let stated = stage.client.outputs().next().map(|main| main.refresh_mhz);
        let stated = stated.filter(|mhz| *mhz > 0).unwrap_or(USUAL_MHZ);
        Ok(Self {
            presentation: presentation.map_err(lacking(PresenterError::NoStamps))?,
            stage,
            slots: Vec::new(),
            pictures: Vec::new(),
            side: 1,
            commits: 0,
            pending: VecDeque::new(),
            unanswered: None,
            takes_a_frame: true,
            has_shown: false,
            count: FrameCount::new(1e9 / f64::from(stated)),
        })
    }

    /// Takes note of an event. Returns it if the presenter must know it.
    fn note(&mut self, event: Event) -> Option<DisplayEvent> {
        match event {
            Event::Frame(_) => (self.takes_a_frame, self.has_shown) = (true, true),
            Event::Shown {
                serial,
                at_us,
                count,
                period_ns,
            } => {
                let msc = self.count.advance(at_us, count, period_ns);
                return Some(match self.take_pending(serial)? {
                    Purpose::Question(question) => DisplayEvent::Time {
                        question,
                        msc,
                        ust_us: at_us,
                    },
                    Purpose::Frame(serial) => DisplayEvent::Picture(Completion {
                        serial,
                        msc,
                        ust_us: at_us,
                        is_skipped: false,
                    }),
                });
            }
            Event::Skipped { serial } => match self.take_pending(serial)? {
                Purpose::Question(question) => self.unanswered = Some(question),
                Purpose::Frame(serial) => {
                    return Some(DisplayEvent::Picture(Completion {
                        serial,
                        msc: self.count.msc,
                        ust_us: self.count.at_us,
                        is_skipped: true,
                    }));
                }
            },
            _ => {}
        }
        None
    }

    fn take_pending(&mut self, commit: u32) -> Option<Purpose> {
        let mut pending = self.pending.iter();
        let place = pending.position(|(number, _)| *number == commit)?;
        self.pending.remove(place).map(|(_, purpose)| purpose)
    }

    /// Shows a tag in a slot, or nothing, from the next commit on. It is made if it is the next one.
    fn put(&mut self, number: usize, tag: Option<PlacedTag>) {
        if number == self.slots.len() {
            self.slots.push(Slot::default());
        }
        let slot = &mut self.slots[number];
        (slot.tag, slot.step) = (tag, None);
        if let Some(tag) = tag {
            self.stage.put(&mut slot.patch, &tag.place);
        } else if let Some(patch) = &slot.patch {
            patch.show(None, [0; 2]);
        }
    }

    /// Asks again if another commit came before the one with the question was shown. A question that is on its way needs another frame: sway
    /// 1.7 in a window of an X server tells about a frame only with the next one.
    fn pursue_question(&mut self) {
        let is_question = |(_, purpose): &(u32, Purpose)| matches!(purpose, Purpose::Question(_));
        if self.pending.iter().any(is_question) {
            self.stage.commit(|_, _| {});
            self.takes_a_frame = false;
        } else if let Some(question) = self.unanswered.take() {
            self.commit(Purpose::Question(question));
        }
    }

    /// Commits every screen, and asks when that is shown.
    fn commit(&mut self, purpose: Purpose) {
        self.commits = self.commits.wrapping_add(1);
        let (presentation, number) = (&self.presentation, self.commits);
        let is_asked = self.stage.commit(|client, surface| {
            presentation.feedback(surface, &client.handle(), number);
        });
        self.takes_a_frame = false;
        match purpose {
            _ if is_asked => self.pending.push_back((number, purpose)),
            // The main screen is gone. It is asked again when there is another one.
            Purpose::Question(question) => self.unanswered = Some(question),
            Purpose::Frame(_) => {}
        }
    }
}

impl Display for Compositor {
    fn monitors(&mut self) -> Result<Vec<Monitor>, PresenterError> {
        let screens = self.stage.screens();
        Ok(screens
            .map(|(rect, width_mm)| Monitor::new(rect, width_mm))
            .collect())
    }

    fn draw(&mut self, appearance: &Appearance, side: u16) -> Result<(), PresenterError> {
        self.slots.clear();
        self.pictures
            .drain(..)
            .for_each(|picture| picture.destroy());
        self.side = side;
        // Screens that are made anew tell nothing about what was committed before.
        let lost = self.pending.drain(..).rev();
        let mut questions = lost.filter_map(|(_, purpose)| match purpose {
            Purpose::Question(question) => Some(question),
            Purpose::Frame(_) => None,
        });
        self.unanswered = questions.next().or(self.unanswered);
        drop(questions);
        let steps = (0..=STEPS).map(|step| drawn(appearance, step, side));
        let drawn: Vec<Picture> = steps.collect();
        self.pictures = pictures(&self.stage.client, &drawn).map_err(refused)?;
        self.takes_a_frame = true;
        self.stage.renew().map_err(refused)
    }

    fn ask_time(&mut self, question: u32, _: u64) -> Result<(), PresenterError> {
        self.commit(Purpose::Question(question));
        Ok(())
    }

    fn arrange(&mut self, tags: &[PlacedTag]) -> Result<(), PresenterError> {
        let slots: Vec<_> = self.slots.iter().map(|slot| slot.tag).collect();
        for (number, tag) in changes(&slots, tags) {
            self.put(number, tag);
        }
        if tags.is_empty() {
            self.stage.commit(|_, _| {});
        }
        self.flush()
    }

    fn tag_count(&self) -> usize {
        self.slots.iter().filter(|slot| slot.tag.is_some()).count()
    }

    fn reports_of_a_frame(&self) -> usize {
        self.tag_count().min(1)
    }

    fn takes_a_frame(&self) -> bool {
        self.takes_a_frame
    }

    fn present(&mut self, next: NextFrame, step: &dyn Fn(u16) -> u8) -> Result<(), PresenterError> {
        for slot in &mut self.slots {
            let (Some(tag), Some(patch)) = (slot.tag, &slot.patch) else {
                continue;
            };
            let step = step(tag.code);
            if slot.step.replace(step) != Some(step) {
                let picture = self.pictures.get(usize::from(step));
                patch.show(picture, [i32::from(self.side); 2]);
            }
        }
        self.commit(Purpose::Frame(next.serial));
        Ok(())
    }

    fn event(&mut self) -> Result<Option<DisplayEvent>, PresenterError> {
        while let Some(event) = self.stage.event().map_err(refused)? {
            if let Some(event) = self.note(event) {
                return Ok(Some(event));
            }
        }
        if self.takes_a_frame {
            self.pursue_question();
        }
        self.flush()?;
        Ok(None)
    }

    fn why_stalled(&self) -> PresenterError {
        if self.has_shown && self.count.at_us == 0 {
            PresenterError::NoStamps
        } else {
            PresenterError::NoFrames
        }
    }

    fn flush(&self) -> Result<(), PresenterError> {
        self.stage.client.flush().map_err(refused)
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.stage.client.fd()
    }
}

/// The picture of a tag.
fn drawn(appearance: &Appearance, step: u8, side: u16) -> Picture {
    let mut picture = Picture::plain([u32::from(side); 2], 0);
    for part in parts(appearance, step, side) {
        for rect in &part.rects {
            picture.fill(rect, part.colour);
        }
    }
    picture
}

/// Counts frames of a display: by its own count, or by the time that has passed if it has none.
#[derive(Debug, Clone)]
struct FrameCount {
    msc: u64,
    /// The display's own count, and the time of the last frame, microseconds.
    count: u64,
    at_us: u64,
    period_us: f64,
}

impl FrameCount {
    fn new(period_us: f64) -> Self {
        Self {
            msc: 0,
            count: 0,
            at_us: 0,
            period_us,
        }
    }

    /// The number of a frame with this stamp.
    fn advance(&mut self, at_us: u64, count: u64, period_ns: u32) -> u64 {
        if period_ns > 0 {
            self.period_us = f64::from(period_ns) / 1e3;
        }
        let is_first = self.at_us == 0;
        let by_count = count.checked_sub(self.count).filter(|_| self.count > 0);
        let passed_us = at_us.saturating_sub(self.at_us) as f64;
        let by_time = libm::round(passed_us / self.period_us) as u64;
        self.msc = self.msc.saturating_add(match by_count {
            _ if is_first => 1,
            Some(frames) => frames.max(1),
            None => by_time.max(1),
        });
        (self.count, self.at_us) = (count, at_us);
        self.msc
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: WaylandError) -> PresenterError {
    PresenterError::Display {
        cause: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_with_the_displays_own_count_or_without_one() {
        let mut own = FrameCount::new(16_667.0);
        assert_eq!(own.advance(1_000_000, 700, 16_666_667), 1);
        assert_eq!(own.advance(1_016_667, 701, 16_666_667), 2);
        assert_eq!(own.advance(1_066_667, 704, 16_666_667), 5);
        // By time: early and late by a third of a frame, two frames missing, and a display that is faster than it states.
        let mut timed = FrameCount::new(16_667.0);
        let stamps = [
            1_000_000, 1_022_000, 1_033_000, 1_083_000, 1_099_000, 1_115_000,
        ];
        let numbers = stamps.map(|at_us| timed.advance(at_us, 0, 0));
        assert_eq!(numbers, [1, 2, 3, 6, 7, 8]);
        // It tells its rate with each frame.
        assert_eq!(timed.advance(1_115_000 + 20_833, 0, 6_944_444), 11);
    }
}
