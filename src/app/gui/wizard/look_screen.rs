//! What shows fields that flicker: for a calibration, or to practise with what is looked at.

use crate::app::gui::text::Message;
use crate::block::Block;
use crate::looking::code_book;
use crate::practice::looks::LiveLooks;
use crate::rect::Rect;
use crate::runtime::TagDisplay;
use crate::stimulus::{CodeBook, Scene, SceneTag};
use crate::time::HostNanos;

/// What shows tags.
pub struct TagScreen {
    /// Where scenes go, and frames come from.
    pub display: Box<dyn TagDisplay>,
    /// Frames a second.
    pub refresh_hz: f64,
    /// Width and height of a tag, pixels.
    pub tag_px: i32,
}

/// Shows fields.
pub(super) enum LookScreen {
    /// Each field has a code of its own. Nothing is decoded.
    Fixed(Box<FixedFields>),
    /// Looks are decoded, and choose.
    Live(Box<LiveLooks>),
}

impl LookScreen {
    pub(super) fn fixed(screen: TagScreen) -> Self {
        Self::Fixed(Box::new(FixedFields::new(screen)))
    }

    /// Number of codes of the display.
    pub(super) fn codes(&self) -> usize {
        match self {
            Self::Fixed(fields) => fields.book.codes.len(),
            Self::Live(looks) => looks.codes(),
        }
    }

    /// Shows these fields, pixels of the desktop.
    pub(super) fn show(&mut self, fields: impl Iterator<Item = Rect>) {
        match self {
            Self::Fixed(own) => own.show(fields),
            Self::Live(looks) => looks.offer(fields),
        }
    }

    /// Hides all fields at once.
    pub(super) fn hide(&mut self, now: HostNanos) {
        self.show(std::iter::empty());
        self.tick(now);
    }

    /// Whether fields are to be shown.
    pub(super) fn is_on(&self) -> bool {
        match self {
            Self::Fixed(fields) => !fields.scenes[1].tags.is_empty(),
            Self::Live(looks) => looks.is_offering(),
        }
    }

    /// Takes the frames that were shown, and passes on each with the brightness of all codes. Returns when the fields that are to be shown
    /// were first seen in them.
    pub(super) fn follow(
        &mut self,
        now: HostNanos,
        mut take: impl FnMut(HostNanos, &[f32]),
    ) -> Option<HostNanos> {
        match self {
            Self::Fixed(fields) => fields.follow(take),
            Self::Live(looks) => looks.follow(now, &mut take),
        }
    }

    /// Takes a block of EEG that has just arrived.
    pub(super) fn take(&mut self, block: &Block, now: HostNanos) {
        if let Self::Live(looks) = self {
            looks.take(block, now);
        }
    }

    /// Advances to a time. Returns the field that was chosen, if one was.
    pub(super) fn tick(&mut self, now: HostNanos) -> Option<usize> {
        match self {
            Self::Fixed(_) => None,
            Self::Live(looks) => looks.tick(now),
        }
    }

    /// Why the fields are not shown, if there is news about that.
    pub(super) fn trouble(&mut self) -> Option<Message> {
        let reason = match self {
            Self::Fixed(fields) => fields.trouble.take().or(fields.screen.display.refusal()),
            Self::Live(looks) => looks.trouble(),
        };
        reason.map(|reason| {
            Message::new(
                format!("the fields are not shown: {reason}"),
                format!("没有显示方块：{reason}"),
            )
        })
    }
}

/// Fields of a calibration.
pub(super) struct FixedFields {
    screen: TagScreen,
    book: CodeBook,
    /// The scene before the current one, whose last frames may still come, and the current one.
    scenes: [Scene; 2],
    trouble: Option<String>,
}

impl FixedFields {
    fn new(screen: TagScreen) -> Self {
        Self {
            screen,
            book: code_book(),
            scenes: [Scene::default(), Scene::default()],
            trouble: None,
        }
    }

    fn show(&mut self, fields: impl Iterator<Item = Rect>) {
        let tags = fields.zip(0_u16..);
        let scene = Scene {
            number: self.scenes[1].number + 1,
            tags: tags
                .map(|(target, code)| SceneTag { target, code })
                .collect(),
        };
        if let Err(why) = self.screen.display.show(&scene) {
            self.trouble = Some(why.to_string());
        }
        self.scenes.swap(0, 1);
        self.scenes[1] = scene;
    }

    fn follow(&mut self, mut take: impl FnMut(HostNanos, &[f32])) -> Option<HostNanos> {
        let mut begun = None;
        while let Some(frame) = self.screen.display.next_frame() {
            let mut known = self.scenes.iter();
            let Some(scene) = known.find(|scene| scene.number == frame.scene) else {
                continue;
            };
            let levels = self.book.levels(scene, frame.frame, self.screen.refresh_hz);
            let levels: Vec<f32> = levels.map(|level| level as f32).collect();
            take(frame.shown, &levels);
            let is_on = frame.scene == self.scenes[1].number && !scene.tags.is_empty();
            begun = begun.or(is_on.then_some(frame.shown));
        }
        begun
    }
}
