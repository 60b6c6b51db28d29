//! What a tag looks like at each brightness.

use crate::settings::{LookSettings, TagColour, TagPatch};
use bci_cursor_calibration::looking::flash_check::LinearRgb;

/// Steps between the darkest and the brightest picture of a tag. Their number is even, so that there is a middle one.
pub const STEPS: u8 = 32;

/// The step that shows a brightness from 0 to 1.
#[must_use]
pub fn step(brightness: f64) -> u8 {
    libm::round(brightness.clamp(0.0, 1.0) * f64::from(STEPS)) as u8
}

/// Colours of a tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Appearance {
    contrast: f64,
    colour: TagColour,
    is_textured: bool,
}

impl Appearance {
    /// As the settings ask.
    #[must_use]
    pub fn new(look: &LookSettings) -> Self {
        Self {
            contrast: look.contrast,
            colour: look.colour,
            is_textured: look.patch == TagPatch::Textured,
        }
    }

    /// Whether the fields of a checkerboard change against each other.
    #[must_use]
    pub fn is_textured(&self) -> bool {
        self.is_textured
    }

    /// Light that a step gives, as a share of the brightest that the display can show. It is linear in brightness,
    /// around one half.
    #[must_use]
    pub fn linear(&self, step: u8) -> LinearRgb {
        let share = f64::from(step.min(STEPS)) / f64::from(STEPS);
        let light = 0.5 + self.contrast * (share - 0.5);
        match self.colour {
            TagColour::White => [light; 3],
            TagColour::Green => [0.0, light, 0.0],
            TagColour::Blue => [0.0, 0.0, light],
        }
    }

    /// The same as red, green and blue of a picture, 0 to 255 (sRGB).
    #[must_use]
    pub fn srgb(&self, step: u8) -> [u8; 3] {
        self.linear(step).map(encode)
    }
}

/// The sRGB value of a linear one (IEC 61966-2-1).
fn encode(light: f64) -> u8 {
    let value = if light <= 0.003_130_8 {
        12.92 * light
    } else {
        1.055 * libm::pow(light, 1.0 / 2.4) - 0.055
    };
    libm::round(255.0 * value) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_linear_in_light_around_one_half() {
        let look = LookSettings::default();
        let full = Appearance::new(&look);
        assert_eq!(full.srgb(step(0.0)), [0; 3]);
        assert_eq!(full.srgb(step(1.0)), [255; 3]);
        // Half of the light is 188 of 255 in sRGB.
        assert_eq!(full.srgb(step(0.5)), [188; 3]);
        let low = Appearance::new(&LookSettings {
            contrast: 0.2,
            colour: TagColour::Green,
            ..look
        });
        assert_eq!(low.linear(0), [0.0, 0.4, 0.0]);
        assert_eq!(low.linear(STEPS), [0.0, 0.6, 0.0]);
        assert_eq!(low.linear(STEPS / 2), [0.0, 0.5, 0.0]);
    }

    #[test]
    fn brightness_that_is_no_number_is_dark() {
        assert_eq!([f64::NAN, -1.0, 0.0].map(step), [0; 3]);
        assert_eq!([1.0, 7.0].map(step), [STEPS; 2]);
    }
}
