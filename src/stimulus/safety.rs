//! Whether a scene keeps within the thresholds for photosensitive epilepsy.

use super::appearance::{Appearance, step};
use super::placement::Placement;
use super::{CodeBook, SceneTag};
use crate::rect::Rect;
use bci_cursor_calibration::looking::codes::Code;
use bci_cursor_calibration::looking::flash_check::{Excess, FlashCheck, LinearRgb, Patch};

/// Sines never repeat exactly, so this much of them is checked, seconds.
const SINE_S: f64 = 10.0;
/// No code is checked for longer than this, seconds.
const LONGEST_S: f64 = 120.0;

/// Tags that would exceed a threshold are tried with these shares of their width and height, per cent.
const MOST_PERCENT: u32 = 90;
const LEAST_PERCENT: u32 = 50;
const PERCENT_STEP: u32 = 10;

/// The colours that each code will show, frame by frame: for a whole period of every code and one second more, so
/// that the busiest second is among them.
#[derive(Debug, Clone)]
pub struct SafetyCheck {
    /// For each code.
    colours: Vec<Vec<LinearRgb>>,
    refresh_hz: f64,
    distance_mm: f64,
}

impl SafetyCheck {
    /// For these codes on a display of `refresh_hz`, looked at from `distance_mm`.
    #[must_use]
    pub fn new(
        book: &CodeBook,
        appearance: &Appearance,
        refresh_hz: f64,
        distance_mm: f64,
    ) -> Self {
        let length_s = |code: &Code| match code {
            Code::Bits(_) => code.period_s(refresh_hz),
            Code::Sine { .. } => SINE_S,
        };
        let longest_s = book.codes.iter().map(length_s).fold(0.0, f64::max);
        let frames = libm::ceil((longest_s.min(LONGEST_S) + 1.0) * refresh_hz) as u64;
        let colour =
            |code: &Code, frame| appearance.linear(step(code.brightness(frame, refresh_hz)));
        let shown = |code| (0..frames).map(|frame| colour(code, frame)).collect();
        Self {
            colours: book.codes.iter().map(shown).collect(),
            refresh_hz,
            distance_mm,
        }
    }

    /// A placement in which these tags exceed no threshold: the given one, or the same with smaller tags. Many tags close together, such as
    /// those of a keyboard, must not be as large as a few.
    ///
    /// # Errors
    /// What they exceed in the given placement, if tags of half of its size still exceed something.
    pub fn fitting(&self, tags: &[SceneTag], placement: &Placement) -> Result<Placement, Excess> {
        let Some(excess) = self.excess(tags, placement) else {
            return Ok(placement.clone());
        };
        let mut percent = MOST_PERCENT;
        while percent >= LEAST_PERCENT {
            let shrunk = placement.shrunk(f64::from(percent) / 100.0);
            if self.excess(tags, &shrunk).is_none() {
                return Ok(shrunk);
            }
            percent -= PERCENT_STEP;
        }
        Err(excess)
    }

    /// What these tags exceed: the first threshold, if any.
    #[must_use]
    pub fn excess(&self, tags: &[SceneTag], placement: &Placement) -> Option<Excess> {
        let patches = tags
            .iter()
            .map(|tag| self.patch(&placement.tag(&tag.target), placement));
        let mut check = FlashCheck::new(patches.collect(), self.refresh_hz);
        let colours: Vec<&[LinearRgb]> = tags
            .iter()
            .filter_map(|tag| self.colours.get(usize::from(tag.code)).map(Vec::as_slice))
            .collect();
        let frames = colours.iter().map(|colours| colours.len()).min();
        let mut frame = Vec::with_capacity(colours.len());
        for k in 0..frames.unwrap_or(0) {
            frame.clear();
            frame.extend(colours.iter().map(|colours| colours[k]));
            check.push(&frame);
        }
        check.excesses().into_iter().next()
    }

    /// A tag as the eyes see it.
    fn patch(&self, tag: &Rect, placement: &Placement) -> Patch {
        let middle = tag.middle();
        let mm_per_px = placement
            .monitor(middle)
            .map_or(0.0, |monitor| monitor.mm_per_px);
        let main = placement.monitors().first();
        let centre = main.map_or([0.0; 2], |monitor| monitor.rect.middle());
        let centre_mm = [0, 1].map(|axis| (middle[axis] - centre[axis]) * mm_per_px);
        let size_mm = [tag.width, tag.height].map(|px| f64::from(px) * mm_per_px);
        Patch::on_screen(centre_mm, size_mm, self.distance_mm)
    }
}

#[cfg(test)]
mod tests {
    use super::super::placement::Monitor;
    use super::*;
    use crate::settings::{LookSettings, TagPatch};
    use bci_cursor_calibration::looking::codes::sequences::{gold_codes, modulated};

    fn rect(x: i32, y: i32) -> Rect {
        Rect {
            x,
            y,
            width: 30,
            height: 30,
        }
    }

    fn book() -> CodeBook {
        let codes = gold_codes(6).unwrap().into_iter();
        CodeBook {
            codes: codes.map(|code| Code::Bits(modulated(&code))).collect(),
        }
    }

    /// What tags at these places exceed on a screen of 1920 x 1080 pixels at 96 dots per inch, 600 mm away.
    fn excess(places: &[Rect], book: &CodeBook, look: &LookSettings) -> Option<Excess> {
        let screen = Rect {
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
        };
        let placement = Placement::new(look, vec![Monitor::new(screen, 508)]);
        let check = SafetyCheck::new(book, &Appearance::new(look), 60.0, look.distance_mm);
        let tags: Vec<SceneTag> = places
            .iter()
            .zip(0..)
            .map(|(target, code)| SceneTag {
                target: *target,
                code,
            })
            .collect();
        check.excess(&tags, &placement)
    }

    #[test]
    fn tags_spread_over_the_screen_may_flicker_and_a_dense_block_may_not() {
        let spread: Vec<Rect> = (0..32)
            .map(|k| rect(120 + 220 * (k % 8), 140 + 250 * (k / 8)))
            .collect();
        let look = LookSettings::default();
        assert_eq!(excess(&spread, &book(), &look), None);
        // 48 pixels are 12.7 mm, 1.2 degrees: 0.00045 steradian. 13 of them are 0.0058, 14 are 0.0063.
        let dense = |count: i32| -> Vec<Rect> {
            (0..count)
                .map(|k| rect(800 + 50 * (k % 4), 400 + 50 * (k / 4)))
                .collect()
        };
        assert_eq!(excess(&dense(13), &book(), &look), None);
        let found = excess(&dense(14), &book(), &look);
        assert!(matches!(found, Some(Excess::Area { .. })), "{found:?}");
        // Somewhat smaller tags are allowed, and very many are not.
        let fitting = |count: i32| {
            let screen = Rect::new(0, 0, 1920, 1080);
            let placement = Placement::new(&look, vec![Monitor::new(screen, 508)]);
            let book = book();
            let check = SafetyCheck::new(&book, &Appearance::new(&look), 60.0, look.distance_mm);
            let tags: Vec<SceneTag> = dense(count)
                .into_iter()
                .zip((0..32).cycle())
                .map(|(target, code)| SceneTag { target, code })
                .collect();
            check
                .fitting(&tags, &placement)
                .map(|found| found.side_px())
        };
        assert_eq!(fitting(13), Ok(48));
        assert_eq!(fitting(14), Ok(43));
        assert_eq!(fitting(32), Ok(28));
        assert_eq!(fitting(80).ok(), None);
        let halved = LookSettings {
            distance_mm: 300.0,
            ..look
        };
        assert!(excess(&dense(4), &book(), &halved).is_some(), "nearer eyes");
        // Low contrast changes the light by less than a tenth. A texture alone does not.
        let low = LookSettings {
            contrast: 0.09,
            ..look
        };
        assert_eq!(excess(&dense(32), &book(), &low), None);
        let textured = LookSettings {
            patch: TagPatch::Textured,
            ..look
        };
        assert!(excess(&dense(14), &book(), &textured).is_some());
    }

    #[test]
    fn one_large_tag_exceeds_the_area_unless_it_is_slow() {
        let large = LookSettings {
            size_px: 180,
            ..LookSettings::default()
        };
        let sine = |frequency_hz| CodeBook {
            codes: vec![Code::Sine {
                frequency_hz,
                phase_rad: 0.0,
            }],
        };
        let middle = [rect(900, 500)];
        assert!(excess(&middle, &sine(12.0), &large).is_some());
        assert_eq!(excess(&middle, &sine(2.5), &large), None);
    }

    #[test]
    fn the_busiest_second_of_a_long_code_counts() {
        // Quiet for eight seconds, then 15 flashes in one.
        let mut bits = vec![false; 480];
        bits.extend((0..60).map(|frame| frame % 4 < 2));
        let book = CodeBook {
            codes: vec![Code::Bits(bits)],
        };
        let large = LookSettings {
            size_px: 180,
            ..LookSettings::default()
        };
        let found = excess(&[rect(900, 500)], &book, &large);
        assert!(
            matches!(found, Some(Excess::Area { flashes: 15, .. })),
            "{found:?}"
        );
    }
}
