//! What was shown, for other programs: a stream of brightnesses and one of scenes.

use super::PresenterError;
use crate::source::lsl::{LevelsOutlet, MarkerOutlet, OutletAbout};
use crate::stimulus::{CodeBook, Scene, ShownFrame};
use std::collections::VecDeque;

/// Names of the streams.
const STIMULUS: &str = "bci-cursor-stimulus";
const SCENES: &str = "bci-cursor-scenes";
/// Scenes whose frames can still be on their way.
const RECENT: usize = 8;
/// The scene is repeated after this many frames, for programs that began to read after it was first sent.
const REPEATED_AFTER: u64 = 60;

pub(super) struct Publisher {
    book: CodeBook,
    refresh_hz: f64,
    levels: LevelsOutlet,
    scenes: MarkerOutlet,
    recent: VecDeque<Scene>,
    /// The scene that was last sent, and the frame at which it was.
    sent: Option<(u32, u64)>,
}

impl Publisher {
    pub(super) fn new(book: &CodeBook, refresh_hz: f64) -> Result<Self, PresenterError> {
        let about = |name: &str| OutletAbout {
            name: name.to_owned(),
            source_id: name.to_owned(),
            ..OutletAbout::default()
        };
        let labels: Vec<String> = (1..=book.codes.len())
            .map(|code| format!("code_{code}"))
            .collect();
        Ok(Self {
            book: book.clone(),
            refresh_hz,
            levels: LevelsOutlet::new(&about(STIMULUS), "Stimulus", &labels)?,
            scenes: MarkerOutlet::new(&about(SCENES))?,
            recent: VecDeque::new(),
            sent: None,
        })
    }

    /// A scene begins; its frames follow.
    pub(super) fn scene(&mut self, scene: &Scene) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(scene.clone());
    }

    /// Publishes a frame, and its scene before the first of its frames and every second.
    pub(super) fn frame(&mut self, frame: &ShownFrame) -> Result<(), PresenterError> {
        let stamp_s = frame.shown.0 as f64 / 1e9;
        // A scene that was hidden has its number twice: with its tags, then without.
        let mut newest = self.recent.iter().rev();
        let Some(scene) = newest.find(|scene| scene.number == frame.scene) else {
            return Ok(());
        };
        let is_due = scene.tags.is_empty()
            || self.sent.is_none_or(|(number, at)| {
                number != scene.number || frame.frame >= at + REPEATED_AFTER
            });
        if is_due {
            self.sent = Some((scene.number, frame.frame));
            let text = serde_json::to_string(scene).unwrap_or_default();
            self.scenes.push(&text, stamp_s)?;
        }
        let levels = self.book.levels(scene, frame.frame, self.refresh_hz);
        self.levels.push(levels, stamp_s)?;
        Ok(())
    }
}
