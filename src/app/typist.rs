//! Presses keys for the patient, and speaks what was written.

use crate::keyboard::{self, Keyboard, KeyboardError};
use crate::pointer::PointerName;
use crate::writing::Keys;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

/// Programs that speak what comes to their standard input, the best first.
const SPEAKERS: [&[&str]; 2] = [
    &["spd-say", "--wait", "--pipe-mode"],
    &["espeak-ng", "--stdin"],
];

/// Nothing can be spoken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpeechError {
    /// There is no program that speaks.
    #[error("nothing here can speak: install speech-dispatcher or espeak-ng")]
    NoSpeaker,
    /// It does not start.
    #[error("the text cannot be spoken: {0}")]
    Failed(#[from] io::Error),
}

/// Writes through the keyboard of a pointer.
pub(super) struct Typist {
    pointer: PointerName,
    /// Opened when it is needed, and again if it is lost.
    keyboard: Option<Box<dyn Keyboard>>,
    speaking: Vec<Child>,
}

impl Typist {
    /// Writes where this pointer is.
    pub(super) fn new(pointer: PointerName) -> Self {
        Self {
            pointer,
            keyboard: None,
            speaking: Vec::new(),
        }
    }

    /// Presses keys.
    ///
    /// # Errors
    /// [`KeyboardError`]; the next attempt opens the keyboard again.
    pub(super) fn press(&mut self, keys: &Keys) -> Result<(), KeyboardError> {
        let mut keyboard = match self.keyboard.take() {
            Some(keyboard) => keyboard,
            None => keyboard::open(self.pointer)?,
        };
        keyboard.press(keys)?;
        self.keyboard = Some(keyboard);
        Ok(())
    }

    /// Speaks a text, and does not wait for its end.
    ///
    /// # Errors
    /// [`SpeechError`] if nothing can.
    pub(super) fn speak(&mut self, text: &str) -> Result<(), SpeechError> {
        // Those that have ended are forgotten.
        self.speaking
            .retain_mut(|speaker| matches!(speaker.try_wait(), Ok(None)));
        for speaker in SPEAKERS {
            match speak_with(speaker, text) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                spoken => {
                    self.speaking.push(spoken?);
                    return Ok(());
                }
            }
        }
        Err(SpeechError::NoSpeaker)
    }
}

/// The text is not among the arguments, which every user of the computer can read.
fn speak_with(speaker: &[&str], text: &str) -> io::Result<Child> {
    let Some((program, arguments)) = speaker.split_first() else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A sentence fits into the pipe, so this does not wait.
        writeln!(input, "{text}")?;
    }
    Ok(child)
}
