//! Decoding steps as numbers, for writing, hashing and comparing.

use crate::hash::hex;
use crate::pipeline::Step;
use crate::time::SampleIndex;
use sha2::{Digest, Sha256};

/// Numbers of an intent before its probabilities: sample, class, direction (two), speed, press, confidence.
pub(super) const INTENT_NUMBERS: [&str; 7] = [
    "sample",
    "class",
    "direction_x",
    "direction_y",
    "speed",
    "press",
    "confidence",
];
/// Numbers of a command. `left_button` is 1 if the left button should be down, plus 2 if the face switch was activated.
pub(super) const COMMAND_NUMBERS: [&str; 4] = ["sample", "velocity_x", "velocity_y", "left_button"];

/// Converts a decoding step to numbers, as it is written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRows;

impl StepRows {
    /// Number of values in a step, for a decoder with `classes` classes.
    #[must_use]
    pub fn width(classes: usize) -> usize {
        INTENT_NUMBERS.len() + classes + COMMAND_NUMBERS.len()
    }

    /// Names of an intent's numbers, which come first in a step, for a decoder with these classes.
    pub fn intent_labels(classes: &[String]) -> impl Iterator<Item = &str> {
        let classes = classes.iter().map(String::as_str);
        INTENT_NUMBERS.into_iter().chain(classes)
    }

    /// Appends a step's numbers.
    pub fn push(step: &Step<'_>, into: &mut Vec<f64>) {
        let (intent, command) = (&step.intent, &step.command);
        let SampleIndex(at) = command.at;
        into.extend([
            at as f64,
            intent.class.map_or(-1.0, |class| class as f64),
            intent.direction[0],
            intent.direction[1],
            intent.speed,
            f64::from(u8::from(intent.press)),
            intent.confidence,
        ]);
        into.extend_from_slice(step.probabilities);
        let [x, y] = command.velocity_px_s;
        let buttons = u8::from(command.buttons.left) + 2 * u8::from(command.face);
        into.extend([at as f64, x, y, f64::from(buttons)]);
    }
}

/// A hash of all steps, for comparing two runs quickly.
#[derive(Debug, Clone, Default)]
pub struct StepHash(Sha256);

impl StepHash {
    /// Adds a step's numbers.
    pub fn add(&mut self, row: &[f64]) {
        row.iter()
            .for_each(|value| self.0.update(value.to_bits().to_le_bytes()));
    }

    /// The SHA-256 hash, in hexadecimal.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}
