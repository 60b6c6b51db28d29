//! Intents as an LSL stream, for games, wheelchairs and experiments.

use crate::pipeline::Step;
use crate::recording::session::{INTENTS_TYPE, StepRows};
use crate::source::SourceError;
use crate::source::lsl::{NumbersOutlet, OutletAbout};

/// An LSL stream of type `Intents`, with the same channels as in a session's file: sample, class (index in the
/// decoder's list; -1 at rest), direction, speed, press, confidence, and the probability of each class.
pub struct IntentOutlet {
    outlet: NumbersOutlet,
    width: usize,
    numbers: Vec<f64>,
}

impl IntentOutlet {
    /// Publishes a stream for a decoder of these classes.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses, for example because of a NUL in the name.
    pub fn new(about: &OutletAbout, classes: &[String]) -> Result<Self, SourceError> {
        let labels: Vec<&str> = StepRows::intent_labels(classes).collect();
        Ok(Self {
            outlet: NumbersOutlet::new(about, INTENTS_TYPE, &labels)?,
            width: labels.len(),
            numbers: Vec::with_capacity(StepRows::width(classes.len())),
        })
    }

    /// Pushes the intent of a step, stamped with the time of the newest sample that it is based on.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(&mut self, step: &Step<'_>) -> Result<(), SourceError> {
        self.numbers.clear();
        StepRows::push(step, &mut self.numbers);
        self.numbers.truncate(self.width);
        let stamp_s = step.command.acquired.0 as f64 / 1e9;
        self.outlet.push(&self.numbers, stamp_s)
    }
}
