//! The steps of a session, in the order of the window.

/// The steps of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Choose the patient and the source of EEG.
    Start,
    /// Check the electrodes.
    Signal,
    /// Choose what to train.
    Training,
    /// Show cues and record.
    Cues,
    /// Show and save the result.
    Result,
    /// Tasks with live feedback.
    Practice,
}

/// All of them, in order.
pub(super) const STEPS: [Step; 6] = [
    Step::Start,
    Step::Signal,
    Step::Training,
    Step::Cues,
    Step::Result,
    Step::Practice,
];
