//! Which frame comes next, and which ones were really shown.
//!
//! Every tag has a window of its own, and the display reports each window's picture by itself. A frame counts as shown
//! when the last of its pictures is. Displays that have no clock of their own (Xvfb) stamp the pictures of one frame up
//! to a millisecond apart, so a frame's time is the middle between its first and its last stamp.

use crate::stimulus::ShownFrame;
use crate::system::clock;
use std::collections::VecDeque;

/// Frames that are handed to the display in advance, so that a process which is late by less than this misses nothing.
const AHEAD: u64 = 3;

/// A picture that the display has dealt with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Completion {
    /// The serial number that it was handed over with.
    pub(super) serial: u32,
    /// The display's count of frames.
    pub(super) msc: u64,
    /// The display's time, microseconds.
    pub(super) ust_us: u64,
    /// It was replaced by another one before it could be shown.
    pub(super) is_skipped: bool,
}

/// A frame to hand to the display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NextFrame {
    /// Its number, from which its brightness follows.
    pub(super) frame: u64,
    /// When the display shall show it, by its own count.
    pub(super) target_msc: u64,
    /// The serial number for all of its pictures.
    pub(super) serial: u32,
}

#[derive(Debug)]
struct Waiting {
    scene: u32,
    frame: u64,
    serial: u32,
    /// Pictures that the display has not dealt with.
    left: usize,
    /// The latest count of frames at which a picture was shown, and the first and the last stamp there.
    msc: u64,
    stamps_us: [u64; 2],
    is_skipped: bool,
}

/// The frames of a display, counted from the first one that was asked for.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The display's count at frame 0.
    first_msc: Option<u64>,
    /// The newest frame that the display is known to have shown, by its own count.
    now_msc: u64,
    last_target_msc: u64,
    /// The serial number of the last frame. Not the frame's number: that can be handed over twice if tags come and go.
    serial: u32,
    /// The last frame that was reported since the tags appeared.
    last_shown_msc: Option<u64>,
    waiting: VecDeque<Waiting>,
}

impl Frames {
    /// The display has come this far.
    pub(super) fn reach(&mut self, msc: u64) {
        self.first_msc.get_or_insert(msc);
        self.now_msc = self.now_msc.max(msc);
    }

    /// The number of a frame by the display's count.
    pub(super) fn number(&self, msc: u64) -> u64 {
        msc.saturating_sub(self.first_msc.unwrap_or(msc))
    }

    /// The next frame to hand to the display as this many pictures; none if enough of them are ahead.
    pub(super) fn next(&mut self, scene: u32, pictures: usize) -> Option<NextFrame> {
        let target_msc = (self.last_target_msc + 1).max(self.now_msc + 1);
        if target_msc > self.now_msc + AHEAD || pictures == 0 {
            return None;
        }
        let frame = self.number(target_msc);
        self.serial = self.serial.wrapping_add(1);
        let serial = self.serial;
        self.last_target_msc = target_msc;
        self.waiting.push_back(Waiting {
            scene,
            frame,
            serial,
            left: pictures,
            msc: 0,
            stamps_us: [0; 2],
            is_skipped: false,
        });
        Some(NextFrame {
            frame,
            target_msc,
            serial,
        })
    }

    /// Takes note of a picture, and returns the frame that it completes. A frame with a picture that was skipped was
    /// never shown as a whole: it is missing from the display's count, and so counts as missed.
    pub(super) fn complete(&mut self, done: Completion) -> Option<ShownFrame> {
        self.reach(done.msc);
        let place = self
            .waiting
            .iter()
            .position(|waiting| waiting.serial == done.serial)?;
        let waiting = &mut self.waiting[place];
        waiting.left = waiting.left.saturating_sub(1);
        waiting.is_skipped |= done.is_skipped;
        if done.msc > waiting.msc {
            (waiting.msc, waiting.stamps_us) = (done.msc, [done.ust_us; 2]);
        } else if done.msc == waiting.msc {
            let [first, last] = waiting.stamps_us;
            waiting.stamps_us = [first.min(done.ust_us), last.max(done.ust_us)];
        }
        if waiting.left > 0 {
            return None;
        }
        let whole = self.waiting.remove(place)?;
        let is_old = self.last_shown_msc.is_some_and(|last| whole.msc <= last);
        if whole.is_skipped || is_old {
            return None;
        }
        let last = self.last_shown_msc.replace(whole.msc);
        let missed = last.map_or(0, |last| whole.msc - last - 1);
        let [first_us, last_us] = whole.stamps_us;
        Some(ShownFrame {
            scene: whole.scene,
            frame: whole.frame,
            shown: clock::of_monotonic_us(first_us.midpoint(last_us)),
            missed: u32::try_from(missed).unwrap_or(u32::MAX),
        })
    }

    /// Whether the display owes us frames.
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The tags are gone: frames on their way show nothing.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.last_shown_msc = None;
        // The next frames need not wait for those on their way, which may never be completed.
        self.last_target_msc = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HostNanos;

    fn done(next: NextFrame, msc: u64, is_skipped: bool) -> Completion {
        Completion {
            serial: next.serial,
            msc,
            ust_us: msc * 16_667,
            is_skipped,
        }
    }

    fn started() -> Frames {
        let mut frames = Frames::default();
        frames.reach(1000);
        frames
    }

    #[test]
    fn frames_are_shown_when_their_last_picture_is() {
        let mut frames = started();
        let first = frames.next(7, 2).unwrap();
        assert_eq!((first.frame, first.target_msc), (1, 1001));
        assert_eq!(frames.complete(done(first, 1001, false)), None);
        let shown = frames.complete(done(first, 1001, false)).unwrap();
        let expected = ShownFrame {
            scene: 7,
            frame: 1,
            shown: HostNanos(1001 * 16_667_000),
            missed: 0,
        };
        assert_eq!(shown, expected);
        // A picture that is not ours.
        assert_eq!(frames.complete(done(first, 1001, false)), None);
    }

    #[test]
    fn a_frame_whose_pictures_are_stamped_apart_is_shown_in_their_middle() {
        let mut frames = started();
        let next = frames.next(7, 4).unwrap();
        let stamped = |msc: u64, ust_us: u64| Completion {
            ust_us,
            ..done(next, msc, false)
        };
        // The first of them was shown a frame before the others.
        assert_eq!(frames.complete(stamped(1001, 5_000)), None);
        assert_eq!(frames.complete(stamped(1002, 21_400)), None);
        assert_eq!(frames.complete(stamped(1002, 21_000)), None);
        let shown = frames.complete(stamped(1002, 22_000)).unwrap();
        assert_eq!(shown.shown, HostNanos(21_500_000));
    }

    #[test]
    fn three_frames_are_ahead_of_the_display() {
        let mut frames = started();
        let mut handed = Vec::new();
        while let Some(next) = frames.next(0, 1) {
            handed.push(next.target_msc);
        }
        assert_eq!(handed, [1001, 1002, 1003]);
        frames.reach(1001);
        assert_eq!(frames.next(0, 1).unwrap().target_msc, 1004);
        assert_eq!(frames.next(0, 1), None);
        assert_eq!(frames.next(0, 0), None);
        // Late by ten frames: their numbers are left out.
        frames.reach(1011);
        let next = frames.next(0, 1).unwrap();
        assert_eq!((next.frame, next.target_msc), (12, 1012));
    }

    #[test]
    fn missed_frames_are_counted() {
        let mut frames = started();
        let handed: Vec<NextFrame> = std::iter::from_fn(|| frames.next(0, 1)).collect();
        assert_eq!(
            frames
                .complete(done(handed[0], 1001, false))
                .unwrap()
                .missed,
            0
        );
        // The second was replaced by the third, which came in time.
        assert_eq!(frames.complete(done(handed[1], 1003, true)), None);
        let third = frames.complete(done(handed[2], 1003, false)).unwrap();
        assert_eq!((third.frame, third.missed), (3, 1));
        // Shown two frames later than it should: its brightness is that of its number.
        let fourth = frames.next(0, 1).unwrap();
        let shown = frames.complete(done(fourth, 1006, false)).unwrap();
        assert_eq!((shown.frame, shown.missed), (4, 2));
    }

    #[test]
    fn tags_that_come_back_at_once_do_not_wait_for_frames_that_are_gone() {
        let mut frames = started();
        let gone: Vec<NextFrame> = std::iter::from_fn(|| frames.next(0, 1)).collect();
        frames.clear();
        let again = frames.next(1, 1).unwrap();
        assert_eq!(again.target_msc, gone[0].target_msc);
        assert_eq!(frames.complete(done(gone[0], 1001, true)), None);
        let shown = frames.complete(done(again, 1001, false)).unwrap();
        assert_eq!((shown.scene, shown.frame), (1, 1));
    }

    #[test]
    fn nothing_is_missed_while_there_are_no_tags() {
        let mut frames = started();
        let first = frames.next(0, 1).unwrap();
        frames.complete(done(first, 1001, false)).unwrap();
        let on_its_way = frames.next(0, 1).unwrap();
        frames.clear();
        assert_eq!(frames.complete(done(on_its_way, 1002, false)), None);
        assert!(!frames.are_waiting());
        frames.reach(1500);
        let next = frames.next(1, 1).unwrap();
        assert_eq!(next.frame, 501);
        let shown = frames.complete(done(next, 1501, false)).unwrap();
        assert_eq!((shown.scene, shown.missed), (1, 0));
    }
}
