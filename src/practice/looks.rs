//! Looks at a few fields of the screen, decoded and chosen from as a run does, without a pointer.

use super::live::alone;
use crate::block::{Block, Layout};
use crate::command::Buttons;
use crate::control::watchdog::Watchdog;
use crate::control::{
    AssistMode, Governor, LookSettings, Rect, Screens, State, Target, TargetKind, Targets,
    TickInput,
};
use crate::looking::{CodeSet, LookingSettings};
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use crate::runtime::{Counters, Screen, ScreenReport, TagDisplay, Tags};
use crate::settings::{LookOffer, Settings};
use crate::stimulus::{Scene, SceneTag};
use crate::time::{HostNanos, StreamNanos};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;

/// Reports of the display that can wait for the next block: more than ten seconds.
const WAITING: usize = 4096;

/// Shows fields that flicker, and finds out which one is looked at.
pub struct LiveLooks {
    pipeline: Pipeline,
    governor: Governor,
    watchdog: Watchdog,
    state: State,
    tags: Tags,
    /// What the display showed, first to here, then to decoding.
    reports: Receiver<ScreenReport>,
    decoding: Sender<ScreenReport>,
    screen: Screen,
    /// A report did not reach decoding.
    has_lost_report: bool,
    /// The scene that is shown.
    scene: Scene,
    fields: Vec<Target>,
    spare: Option<Box<Targets>>,
    place: [i32; 2],
    trouble: Option<String>,
}

impl LiveLooks {
    /// Nothing is offered yet, and `display` shows no tags.
    ///
    /// # Errors
    /// [`PipelineError`] if the stream does not have the electrodes that these looks need.
    pub fn new(
        stream: &Layout,
        looking: LookingSettings,
        settings: &Settings,
        display: Box<dyn TagDisplay>,
    ) -> Result<Self, PipelineError> {
        let (codes, book) = (looking.code_count(), looking.code_book());
        let display_delay_ms = looking.display_delay_ms;
        let pipeline = PipelineSettings {
            looking: Some(looking),
            ..PipelineSettings::of(settings)
        };
        let mut control = alone(settings.control);
        control.assist.mode = AssistMode::Look;
        control.look = LookSettings {
            offer: LookOffer::Targets,
            // A choice is shown, and presses nothing.
            clicks: false,
            confirms: false,
            ..control.look
        };
        let mut governor = Governor::new(control, Screens::new(vec![NOWHERE]));
        governor.set_tag_codes(codes);
        let (shown, reports) = bounded(WAITING);
        let (decoding, decoded) = bounded(WAITING);
        Ok(Self {
            pipeline: Pipeline::for_looking(stream, &pipeline)?,
            governor,
            watchdog: Watchdog::default(),
            state: State::Starting,
            tags: Tags::new(
                display,
                shown,
                book,
                control.look,
                Arc::new(Counters::default()),
            ),
            reports,
            decoding,
            screen: Screen::new(decoded, None, stream.rate, display_delay_ms),
            has_lost_report: false,
            scene: Scene::default(),
            fields: Vec::new(),
            spare: Some(Box::new(Targets::with_capacity())),
            place: [0; 2],
            trouble: None,
        })
    }

    /// Offers these fields, pixels of the desktop, from the next tick on. Without any, nothing flickers.
    pub fn offer(&mut self, fields: impl IntoIterator<Item = Rect>) {
        let target = |rect| Target::new(rect, TargetKind::Button);
        self.fields = fields.into_iter().map(target).collect();
        // What was looked at before says nothing about what is offered now.
        self.governor.forget_target();
        let fields = self.fields.iter().map(|field| field.rect);
        if let Some(all) = fields.reduce(|one, other| one.around(&other)) {
            self.governor.set_screens(Screens::new(vec![all]));
            self.place = [all.x, all.y];
        }
    }

    /// Whether anything is offered.
    #[must_use]
    pub fn is_offering(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Takes what the display showed: calls `frame` with the time of each frame and the brightness of each code. Returns when the first of
    /// these frames with tags was shown. Call it before blocks are taken.
    pub fn follow(
        &mut self,
        now: HostNanos,
        mut frame: impl FnMut(HostNanos, &[f32]),
    ) -> Option<HostNanos> {
        self.tags.look(now);
        let codes = self.tags.codes();
        let mut begun = None;
        while let Ok(mut report) = self.reports.try_recv() {
            match &mut report {
                ScreenReport::Codes(change) if change.codes != CodeSet::NONE => {
                    begun = begun.or(Some(change.at));
                }
                ScreenReport::Codes(_) => {}
                ScreenReport::Frame(shown) => {
                    frame(shown.at, &shown.levels[..codes]);
                    shown.follows &= !self.has_lost_report;
                }
            }
            self.has_lost_report = self.decoding.try_send(report).is_err();
        }
        begun
    }

    /// Takes a block that has just arrived.
    pub fn take(&mut self, block: &Block, now: HostNanos) {
        let Self {
            pipeline,
            governor,
            screen,
            ..
        } = self;
        screen.announce(pipeline, block, |_| {});
        pipeline.process(block, |step| governor.command(step.command));
        // Only arrival counts here: samples of a simulated person have other stamps.
        self.watchdog.feed(StreamNanos(now.0), now);
    }

    /// Advances to a time. Returns the place of the field that has been chosen, if one has.
    pub fn tick(&mut self, now: HostNanos) -> Option<usize> {
        if let Some(mut targets) = self.spare.take() {
            targets.set(now, &self.fields);
            self.spare = Some(self.governor.see(targets));
        }
        let input = TickInput {
            signal: self.watchdog.check(now),
            is_pointer_gone: false,
            hand_px: None,
            place_px: Some(self.place),
            buttons: Some(Buttons::UP),
        };
        self.state = self.governor.tick(now, &input).state;
        self.show_scene(now);
        let chosen = self.governor.chosen()?;
        self.fields.iter().position(|field| field.rect == chosen)
    }

    /// Shows the tags that the governor asks for.
    fn show_scene(&mut self, now: HostNanos) {
        let (number, tags) = self.governor.tags();
        if number == self.scene.number {
            return;
        }
        let tag = |(target, code)| SceneTag {
            target,
            code: u16::from(code),
        };
        self.scene = Scene {
            number,
            tags: tags.map(tag).collect(),
        };
        if let Err(why) = self.tags.show(&self.scene, now) {
            self.trouble = Some(why.to_string());
        }
    }

    /// The code that a field has now; `None` if it has no tag.
    #[must_use]
    pub fn code_of(&self, field: usize) -> Option<u16> {
        let rect = self.fields.get(field)?.rect;
        let tag = self.scene.tags.iter().find(|tag| tag.target == rect)?;
        Some(tag.code)
    }

    /// Number of codes.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.tags.codes()
    }

    /// Why the fields are not shown, once after each reason.
    pub fn trouble(&mut self) -> Option<String> {
        self.trouble.take().or_else(|| self.tags.refusal())
    }

    /// What the driver's state would be.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }
}

/// Until fields are offered.
const NOWHERE: Rect = Rect {
    x: 0,
    y: 0,
    width: 1,
    height: 1,
};
