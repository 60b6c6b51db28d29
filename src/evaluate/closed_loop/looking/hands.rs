//! Imagined movement beside looking. It comes from the EEG of another person, at its own rate and with its own electrodes: a decoder runs on each.

use super::super::bank::Playing;
use super::super::user::{User, View};
use super::super::{LoopError, TURN_S};
use crate::block::Block;
use crate::command::{Axis, Command, Mode};
use crate::pipeline::{Pipeline, PipelineSettings};
use crate::settings::{Settings, SteeringSettings};
use bci_cursor_calibration::Decoder;

/// A person who imagines sides of a line.
pub(super) struct Hands<'a> {
    playing: Playing<'a>,
    pipeline: Pipeline,
    user: User,
    block: Block,
    hop: usize,
    hop_s: f64,
    now_s: f64,
    classes: usize,
    /// They imagine the classes in turn, whatever is shown.
    takes_turns: bool,
    command: Option<Command>,
}

impl<'a> Hands<'a> {
    /// Plays the EEG of a person with a decoder that was not fitted on it.
    pub(super) fn new(
        subject: &str,
        playing: Playing<'a>,
        decoder: &Decoder,
    ) -> Result<Self, LoopError> {
        let layout = playing.bank().layout();
        let settings = PipelineSettings {
            mode: Some(Mode::Axis(Axis::Horizontal)),
            looking: None,
            ..PipelineSettings::of(&Settings::default())
        };
        let pipeline = Pipeline::new(layout, decoder, &settings);
        let pipeline = pipeline.map_err(|error| LoopError::Pipeline {
            subject: subject.to_owned(),
            error,
        })?;
        let hop = layout.rate.samples_in_ms(decoder.features.hop_ms);
        Ok(Self {
            block: Block::with_capacity(layout.channel_count(), hop as usize),
            hop: hop as usize,
            hop_s: layout.rate.secs_of(hop),
            now_s: 0.0,
            classes: decoder.classes.len(),
            takes_turns: false,
            user: User::new(SteeringSettings::default().turn_deg_s.to_radians()),
            command: None,
            pipeline,
            playing,
        })
    }

    /// In the next step, the classes are imagined in turn, so that the decoder's reference settles.
    pub(super) fn take_turns(&mut self) {
        self.takes_turns = true;
    }

    /// Goes on until a time, while the person sees this.
    pub(super) fn advance(&mut self, until_s: f64, view: Option<&View>) {
        let in_turn = std::mem::take(&mut self.takes_turns);
        while self.now_s + self.hop_s <= until_s {
            let imagined = match view {
                _ if in_turn => Some((self.now_s / TURN_S) as usize % self.classes),
                Some(view) => self.user.look(self.now_s, view),
                None => None,
            };
            self.playing.imagine(imagined);
            self.playing.fill(&mut self.block, self.hop);
            let command = &mut self.command;
            self.pipeline
                .process(&self.block, |step| *command = Some(step.command));
            self.now_s += self.hop_s;
        }
    }

    /// What was decoded last, at the time of another command.
    pub(super) fn command(&self, at: Command) -> Command {
        self.command.map_or(at, |command| Command {
            at: at.at,
            acquired: at.acquired,
            received: at.received,
            ..command
        })
    }
}
