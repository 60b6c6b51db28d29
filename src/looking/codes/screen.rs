//! What codes showed on the screen at each time.

use crate::command::MOST_CODES;
use crate::looking::selection::CodeSet;
use std::collections::VecDeque;

/// Frames that can wait until their samples arrive: four seconds at 60 Hz.
const WAITING: usize = 256;
/// Shares of an interval are rounded to this many steps, because the places of frames are only known so well.
const STEPS: f64 = 1000.0;

/// A frame that was shown until the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CodeFrame {
    /// When it was shown, in samples of the EEG: 10.5 is halfway between the samples with the indices 10 and 11.
    pub place: f64,
    /// Codes that were bright, whether a tag showed them or not. The others were dark.
    pub bright: CodeSet,
    /// What was shown between the frame before and this one is unknown, because this one was reported too late.
    pub is_late: bool,
}

/// The share of an interval for which a code was bright, from the number of samples for which it was.
#[must_use]
pub fn brightness(bright_samples: f64, interval_samples: f64) -> f64 {
    (STEPS * bright_samples / interval_samples).round() / STEPS
}

/// Frames in order of time.
#[derive(Debug)]
pub(super) struct Screen {
    frames: VecDeque<CodeFrame>,
    /// The current scene began here. Before, none of its codes was shown.
    begun_at: f64,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            frames: VecDeque::with_capacity(WAITING),
            begun_at: f64::NEG_INFINITY,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.frames.len() < self.frames.capacity()
    }

    /// Adds a frame. One from before the last replaces it in time: places never decrease.
    pub(super) fn announce(&mut self, frame: CodeFrame) {
        let last = self.frames.back().map_or(frame.place, |last| last.place);
        self.frames.push_back(CodeFrame {
            place: frame.place.max(last),
            ..frame
        });
    }

    /// Another scene begins: what was shown before matters no more.
    pub(super) fn begin(&mut self, place: f64) {
        self.begun_at = place;
    }

    /// Writes for how much of the time between two places each code was bright, and forgets what was before. Returns false if that is unknown.
    pub(super) fn during(&mut self, from: f64, to: f64, out: &mut [f64]) -> bool {
        while self.frames.get(1).is_some_and(|next| next.place <= from) {
            self.frames.pop_front();
        }
        let mut samples = [0.0; MOST_CODES];
        let (mut is_known, mut is_late) = (false, false);
        for (k, frame) in self.frames.iter().enumerate() {
            is_late |= frame.is_late && frame.place > from.max(self.begun_at);
            // Only the next frame tells that this one was shown until then.
            is_known = frame.place >= to;
            if is_known {
                break;
            }
            let next = self.frames.get(k + 1).map_or(to, |next| next.place.min(to));
            let shown = (next - frame.place.max(from)).max(0.0);
            for (code, samples) in samples.iter_mut().enumerate() {
                *samples += if frame.bright.has(code) { shown } else { 0.0 };
            }
        }
        for (out, samples) in out.iter_mut().zip(samples) {
            *out = brightness(samples, to - from);
        }
        is_known && !is_late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(place: f64, codes: &[usize], is_late: bool) -> CodeFrame {
        CodeFrame {
            place,
            bright: codes
                .iter()
                .fold(CodeSet::NONE, |set, code| set.with(*code)),
            is_late,
        }
    }

    fn during(screen: &mut Screen, from: f64, to: f64) -> (bool, [f64; 2]) {
        let mut out = [0.0; 2];
        let is_known = screen.during(from, to, &mut out);
        (is_known, out)
    }

    #[test]
    fn an_interval_is_shared_by_its_frames() {
        let mut screen = Screen::new();
        assert!(!during(&mut screen, 0.0, 2.0).0);
        screen.announce(frame(3.0, &[0], false));
        screen.announce(frame(5.0, &[1], false));
        assert_eq!(during(&mut screen, 0.0, 2.0), (true, [0.0, 0.0]));
        assert_eq!(during(&mut screen, 2.0, 4.0), (true, [0.5, 0.0]));
        // Nothing tells how long the second frame was shown.
        assert!(!during(&mut screen, 4.0, 6.0).0);
        screen.announce(frame(9.0, &[0, 1], false));
        assert_eq!(during(&mut screen, 4.0, 6.0), (true, [0.5, 0.5]));
        assert_eq!(during(&mut screen, 6.0, 8.0), (true, [0.0, 1.0]));
    }

    #[test]
    fn the_time_before_a_late_frame_is_unknown_unless_its_scene_begins_there() {
        let mut screen = Screen::new();
        for (place, is_late) in [(3.0, false), (5.0, true), (7.0, false), (9.0, false)] {
            screen.announce(frame(place, &[0], is_late));
        }
        let mut known = [false; 4];
        for (k, known) in known.iter_mut().enumerate() {
            let from = 1.0 + 2.0 * k as f64;
            *known = during(&mut screen, from, from + 2.0).0;
        }
        assert_eq!(known, [true, false, true, true]);
        let mut screen = Screen::new();
        screen.announce(frame(4.5, &[0], true));
        screen.announce(frame(7.0, &[], false));
        screen.begin(5.0);
        assert_eq!(during(&mut screen, 3.0, 5.0), (true, [0.25, 0.0]));
    }
}
