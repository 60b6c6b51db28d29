//! What the synthetic patient's eyes see: the tags that the display has really shown.

use crate::control::Rect;
use crate::runtime::presenter::Presenter;
use crate::runtime::{TagDisplay, TagError};
use crate::settings::LookSettings;
use crate::source::synthetic::Sight;
use crate::stimulus::{CodeBook, Scene, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Scenes and frames that are remembered: two seconds at 60 Hz.
const SCENES: usize = 16;
const FRAMES: usize = 120;
/// A frame that is older shows nothing any more: the tags have disappeared, nanoseconds.
const STALE_NS: u64 = 100_000_000;

/// What was shown, and where the patient looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Retina(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    wanted: Option<Rect>,
    scenes: VecDeque<Scene>,
    frames: VecDeque<ShownFrame>,
}

impl Retina {
    /// Looks at a target, or at none.
    pub(super) fn look_at(&self, wanted: Option<Rect>) {
        self.seen().wanted = wanted;
    }

    /// The brightness that the patient sees. The first call tells when the patient's first sample is taken.
    pub(super) fn sight(&self, codes: CodeBook, refresh_hz: f64) -> Sight {
        let (retina, mut start) = (self.clone(), None);
        Box::new(move |at_s| {
            let start: HostNanos = *start.get_or_insert_with(clock::now);
            let at = HostNanos(start.0 + (at_s * 1e9) as i64);
            let (code, frame) = retina.seen().frame_at(at)?;
            codes.brightness(code, frame, refresh_hz)
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// The code of the tag that was looked at, and the number of the frame that showed it.
    fn frame_at(&self, at: HostNanos) -> Option<(u16, u64)> {
        let wanted = self.wanted?;
        let frame = self.frames.iter().rev().find(|frame| frame.shown <= at)?;
        let scene = self
            .scenes
            .iter()
            .rev()
            .find(|scene| scene.number == frame.scene)?;
        let tag = scene.tags.iter().find(|tag| tag.target == wanted)?;
        (at.since(frame.shown) < STALE_NS).then_some((tag.code, frame.frame))
    }
}

/// A display of tags that the patient sees.
pub(super) struct SeenDisplay {
    pub(super) presenter: Presenter,
    pub(super) retina: Retina,
}

impl TagDisplay for SeenDisplay {
    fn show(&mut self, scene: &Scene) -> Result<(), TagError> {
        let mut seen = self.retina.seen();
        seen.scenes.push_back(scene.clone());
        if seen.scenes.len() > SCENES {
            seen.scenes.pop_front();
        }
        drop(seen);
        TagDisplay::show(&mut self.presenter, scene)
    }

    fn refresh_hz(&self) -> f64 {
        self.presenter.refresh_hz()
    }

    fn restyle(&mut self, look: LookSettings) {
        TagDisplay::restyle(&mut self.presenter, look);
    }

    fn next_frame(&mut self) -> Option<ShownFrame> {
        let frame = self.presenter.next_frame()?;
        let mut seen = self.retina.seen();
        seen.frames.push_back(frame);
        if seen.frames.len() > FRAMES {
            seen.frames.pop_front();
        }
        Some(frame)
    }
}
